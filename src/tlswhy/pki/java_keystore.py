"""JKS and JCEKS key stores: certificates and chains, which are stored in the clear.

Owns the layout of sun.security.provider.JavaKeyStore and com.sun.crypto.provider.JceKeyStore; private keys are
skipped, secret keys (serialized Java objects of unknown length) end the reading.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator

from tlswhy.errors import BadEvidence
from tlswhy.oddity import Oddity
from tlswhy.pki.entries import CertificateEntry, EntryKind

MAGIC = {b"\xfe\xed\xfe\xed": "jks", b"\xce\xce\xce\xce": "jceks"}

_KEY, _TRUSTED = 1, 2
_WHITENER = b"Mighty Aphrodite"  # JavaKeyStore.getPreKeyedHash
_DIGEST_SIZE = 20


def read_entries(data: bytes, password: str | None, oddities: list[Oddity]) -> Iterator[CertificateEntry]:
    """Yield the certificates in file order; the password only serves to check the digest at the end."""
    fields = _Fields(data)
    try:
        fields.skip(4)
        version, count = fields.number(4), fields.number(4)
    except EOFError:
        raise BadEvidence("key store", "byte 0", "not-a-certificate-store") from None
    if version not in (1, 2):
        raise BadEvidence("key store", "byte 4", "key-store-version", version=version)
    try:
        for _ in range(count):
            kind = fields.number(4)
            if kind not in (_KEY, _TRUSTED):
                oddities.append(Oddity("key-store-entry-unknown", f"byte {fields.position - 4}", facts={"kind": kind}))
                return
            alias = fields.text()
            fields.skip(8)  # creation date
            if kind == _TRUSTED:
                yield CertificateEntry(fields.certificate(version), EntryKind.TRUSTED, alias)
                continue
            fields.skip(fields.number(4))  # the protected private key
            for position in range(fields.number(4)):
                yield CertificateEntry(fields.certificate(version), EntryKind.KEY, alias, position)
    except EOFError:
        oddities.append(Oddity("key-store-cut", f"byte {len(data)}"))
        return
    _check_digest(data, fields.position, password, oddities)


def _check_digest(data: bytes, end: int, password: str | None, oddities: list[Oddity]) -> None:
    digest = data[end : end + _DIGEST_SIZE]
    if len(digest) < _DIGEST_SIZE:
        oddities.append(Oddity("key-store-cut", f"byte {len(data)}"))
    elif password is not None:
        secret = password.encode("utf-16-be", "surrogatepass")
        if not hmac.compare_digest(hashlib.sha1(secret + _WHITENER + data[:end]).digest(), digest):
            oddities.append(Oddity("store-password-wrong", f"byte {end}"))


class _Fields:
    """The fields of java.io.DataInputStream, from the front; EOFError at the end."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.position = 0

    def skip(self, size: int) -> bytes:
        if size > len(self._data) - self.position:
            raise EOFError
        self.position += size
        return self._data[self.position - size : self.position]

    def number(self, size: int) -> int:
        return int.from_bytes(self.skip(size), "big")

    def text(self) -> str:
        """DataInput.readUTF: UTF-8 but for U+0000 and characters beyond the BMP, which aliases hardly hold."""
        return self.skip(self.number(2)).decode("utf-8", "replace")

    def certificate(self, version: int) -> bytes:
        if version == 2:
            self.text()  # the type, "X.509"
        return self.skip(self.number(4))
