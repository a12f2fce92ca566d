"""PKCS#12 files (RFC 7292): their certificates and how each is entered. Private keys stay closed.

Owns the bags, and the password-based decryption around them. ``cryptography`` opens such files too, but hides which
certificates are marked as trusted, and that decides whether Java trusts them at all.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from tlswhy.errors import BadEvidence
from tlswhy.oddity import Oddity
from tlswhy.pki import der
from tlswhy.pki.certificate import Certificate, read_certificate
from tlswhy.pki.entries import CertificateEntry, EntryKind
from tlswhy.pki.password_encryption import Budget, NotDecryptable, decrypt, derive

_DATA = "1.2.840.113549.1.7.1"
_ENCRYPTED_DATA = "1.2.840.113549.1.7.6"
_BAGS = "1.2.840.113549.1.12.10.1."
_KEY_BAGS = (_BAGS + "1", _BAGS + "2")
_CERT_BAG = _BAGS + "3"
_NESTED_BAG = _BAGS + "6"
_X509 = "1.2.840.113549.1.9.22.1"
_FRIENDLY_NAME = "1.2.840.113549.1.9.20"
_LOCAL_KEY_ID = "1.2.840.113549.1.9.21"
_TRUSTED_KEY_USAGE = "2.16.840.1.113894.746875.1.1"  # sun.security.pkcs12.PKCS12KeyStore

_MOST_SAFES = 16
_DEEPEST_NESTING = 3


def read_entries(pfx: der.Element, password: str | None, oddities: list[Oddity]) -> Iterator[CertificateEntry]:
    """Yield key chains, then trusted entries, then the rest; raises ``BadEvidence`` when nothing opens."""
    try:
        contents = _Contents(oddities)
        safes, closed = _safes(pfx), 0
        budget = Budget()
        for kind, body in safes:
            if kind == _DATA:
                contents.read(der.octets(body.first().expect(der.OCTET_STRING, 0x24)))
            elif kind == _ENCRYPTED_DATA and (plain := _open(body, password, budget, oddities)) is not None:
                contents.read(plain)
            else:
                closed += 1
    except der.NotDer as broken:
        raise BadEvidence("key store", "byte 0", "not-a-certificate-store", why=str(broken)) from None
    if closed and not contents.certificates:
        code = "store-password-needed" if password is None else "store-password-wrong"
        raise BadEvidence("key store", "byte 0", code)
    if closed:
        oddities.append(Oddity("store-part-not-readable", "byte 0", facts={"parts": closed}))
    if password is not None:
        _check_integrity(pfx, password, budget, oddities)
    return contents.entries()


def _safes(pfx: der.Element) -> list[tuple[str, der.Element]]:
    parts = list(pfx.children())
    if len(parts) < 2:
        raise der.NotDer("PFX without content")
    kind, content = _content_info(parts[1])
    if kind != _DATA:
        raise der.NotDer(f"PFX content {kind}")
    safes = der.read_element(der.octets(content.first().expect(der.OCTET_STRING, 0x24)))
    return [_content_info(safe) for safe in islice(safes.expect(der.SEQUENCE).children(), _MOST_SAFES)]


def _content_info(element: der.Element) -> tuple[str, der.Element]:
    parts = list(element.expect(der.SEQUENCE).children())
    if len(parts) < 2:
        raise der.NotDer(f"content info at byte {element.start}")
    return der.object_identifier(parts[0].expect(der.OBJECT_IDENTIFIER)), parts[1].expect(0xA0)


def _open(body: der.Element, password: str | None, budget: Budget, oddities: list[Oddity]) -> bytes | None:
    """The plain bytes of an EncryptedData under the first password that fits; None: none of them does."""
    parts = list(body.first().expect(der.SEQUENCE).children())
    if len(parts) < 2:
        raise der.NotDer("EncryptedData without content")
    fields = list(parts[1].expect(der.SEQUENCE).children())
    if len(fields) < 3:
        raise der.NotDer("EncryptedContentInfo without content")
    sealed = der.octets(fields[2])
    for candidate in dict.fromkeys((password, None, "", "changeit")):
        try:
            plain = decrypt(fields[1], sealed, candidate, budget)
            if plain is not None and der.read_element(plain).tag == der.SEQUENCE:
                return plain
        except der.NotDer:
            continue  # a wrong password whose padding looked right
        except NotDecryptable as reason:
            oddities.append(Oddity("store-encryption-unsupported", f"byte {body.start}", facts={"what": str(reason)}))
            return None
    return None


def _check_integrity(pfx: der.Element, password: str, budget: Budget, oddities: list[Oddity]) -> None:
    """MacData, RFC 7292 §5.1; an unknown MAC (PBMAC1) is left unchecked."""
    parts = list(pfx.children())
    if len(parts) < 3:
        return
    try:
        mac, salt, *rest = parts[2].expect(der.SEQUENCE).children()
        algorithm, digest = mac.expect(der.SEQUENCE).children()
        oid = der.object_identifier(algorithm.expect(der.SEQUENCE).first().expect(der.OBJECT_IDENTIFIER))
        hash_name = _MAC_HASHES[oid]
        rounds = der.integer(rest[0]) if rest else 1
        key = derive(hash_name, 3, password, salt.content, rounds, hashlib.new(hash_name).digest_size, budget)
        content = der.octets(_content_info(parts[1])[1].first())
    except (der.NotDer, ValueError, KeyError, NotDecryptable):
        return
    if not hmac.compare_digest(hmac.digest(key, content, hash_name), digest.content):
        oddities.append(Oddity("store-password-wrong", f"byte {parts[2].start}"))


_MAC_HASHES = {
    "1.3.14.3.2.26": "sha1",
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
    "2.16.840.1.101.3.4.2.4": "sha224",
}


@dataclass(slots=True)
class _Bag:
    der: bytes
    alias: str | None
    key_id: bytes | None
    trusted: bool


@dataclass(slots=True)
class _Contents:
    """The bags of all safes together: keys and certificates need not stand in the same one."""

    oddities: list[Oddity]
    certificates: list[_Bag] = field(default_factory=list)
    keys: list[tuple[bytes | None, str | None]] = field(default_factory=list)

    def read(self, contents: bytes) -> None:
        pending = [(der.read_element(contents), 0)]
        while pending:
            safe, depth = pending.pop()
            try:
                for bag in safe.expect(der.SEQUENCE).children():
                    nested = self._read_bag(bag)
                    if nested is not None and depth < _DEEPEST_NESTING:
                        pending.append((nested, depth + 1))
            except der.NotDer as broken:
                self.oddities.append(Oddity("store-bag-broken", f"byte {safe.start}", facts={"why": str(broken)}))

    def _read_bag(self, bag: der.Element) -> der.Element | None:
        parts = list(bag.expect(der.SEQUENCE).children())
        if len(parts) < 2:
            raise der.NotDer(f"bag at byte {bag.start}")
        kind = der.object_identifier(parts[0].expect(der.OBJECT_IDENTIFIER))
        attributes = _attributes(parts[2]) if len(parts) > 2 else {}
        name, key_id = attributes.get(_FRIENDLY_NAME), attributes.get(_LOCAL_KEY_ID)
        alias = der.text(name) if name is not None else None
        if kind in _KEY_BAGS:
            self.keys.append((key_id.content if key_id else None, alias))
        elif kind == _NESTED_BAG:
            return parts[1].first()
        elif kind == _CERT_BAG:
            oid, wrapped = _content_info(parts[1].first())
            if oid == _X509:
                content = der.octets(wrapped.first().expect(der.OCTET_STRING, 0x24))
                trusted = _TRUSTED_KEY_USAGE in attributes
                self.certificates.append(_Bag(content, alias, key_id.content if key_id else None, trusted))
        return None

    def entries(self) -> Iterator[CertificateEntry]:
        """As sun.security.pkcs12.PKCS12KeyStore: a key's chain follows issuer names through the whole store."""
        used: set[int] = set()
        read = [(index, certificate) for index, bag in enumerate(self.certificates) if (certificate := _read(bag))]
        by_subject = {certificate.subject: (index, certificate) for index, certificate in reversed(read)}
        by_key = {self.certificates[index].key_id: (index, certificate) for index, certificate in reversed(read)}
        for key_id, alias in self.keys:
            link = by_key.get(key_id) if key_id is not None else None
            seen: set[int] = set()
            while link is not None and link[0] not in seen and not (seen and self.certificates[link[0]].trusted):
                index, certificate = link
                yield CertificateEntry(certificate.der, EntryKind.KEY, alias or "", len(seen))
                seen.add(index)
                link = None if certificate.self_issued else by_subject.get(certificate.issuer)
            used |= seen
        for kind in (EntryKind.TRUSTED, EntryKind.LOOSE):
            for index, bag in enumerate(self.certificates):
                if index not in used and bag.trusted == (kind is EntryKind.TRUSTED):
                    yield CertificateEntry(bag.der, kind, bag.alias)


def _attributes(element: der.Element) -> dict[str, der.Element]:
    """First value of each attribute by OID."""
    found: dict[str, der.Element] = {}
    for attribute in element.expect(der.SET).children():
        parts = list(attribute.expect(der.SEQUENCE).children())
        if len(parts) == 2 and parts[1].stop > parts[1].body:
            found.setdefault(der.object_identifier(parts[0].expect(der.OBJECT_IDENTIFIER)), parts[1].first())
    return found


def _read(bag: _Bag) -> Certificate | None:
    try:
        return read_certificate(bag.der)
    except BadEvidence:
        return None
