"""Certificates out of whatever people keep them in: PEM, DER, PKCS#7, PKCS#12, JKS, JCEKS, told apart by content.

Owns the file forms and where in them each certificate stands. Whether a certificate is served or trusted is decided
by who gave the file; the form only says what kind of entry it is.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator

from tlswhy.errors import BadEvidence
from tlswhy.frozen import frozen
from tlswhy.oddity import Oddity
from tlswhy.pki import der, java_keystore
from tlswhy.pki.certificate import Certificate, read_certificate
from tlswhy.pki.entries import CertificateEntry, EntryKind

__all__ = ["EntryKind", "Store", "StoredCertificate", "read_certificates", "read_store"]


@frozen
class StoredCertificate:
    """``place``: "line 12" (PEM), "alias tomcat" (Java stores, PKCS#12 with names), else "certificate 0"."""

    certificate: Certificate
    place: str
    kind: EntryKind
    alias: str | None = None
    position: int = 0
    """In the chain of a key entry: 0 is the key's own certificate. Otherwise 0."""


@frozen
class Store:
    """``form``: "empty", "pem", "der", "pkcs7", "pkcs12", "jks" or "jceks"."""

    form: str
    certificates: tuple[StoredCertificate, ...]
    oddities: tuple[Oddity, ...] = ()


def read_certificates(data: bytes, password: str | None = None) -> tuple[StoredCertificate, ...]:
    """Read the certificates of any store, in its own order; see ``read_store``."""
    return read_store(data, password).certificates


def read_store(data: bytes, password: str | None = None) -> Store:
    """Read any store; nothing at all (or only ``#`` comments) is an empty one.

    Raises ``BadEvidence`` when the bytes are no store ("not-a-certificate-store"), hold something else
    ("no-certificate-inside"), hold only what is damaged ("no-certificate-readable") or can't be opened
    ("store-password-needed", "store-password-wrong").
    """
    text = _as_text(data)
    if text is not None and all(line.lstrip().startswith(b"#") or not line.strip() for line in text.splitlines()):
        return Store("empty", ())
    reading = _Reading(password)
    if data[:4] in java_keystore.MAGIC:
        form = java_keystore.MAGIC[data[:4]]
        reading.take(java_keystore.read_entries(data, password, reading.oddities))
    elif text is not None and b"-----BEGIN" in text:
        form = "pem"
        reading.read_pem(text)
    else:
        form = reading.read_der(_bare_base64(text) if text is not None else data)
    if not reading.found and reading.oddities and form not in ("jks", "jceks"):
        # what cannot be read is no empty store: an empty one refuses everybody
        broken = reading.oddities[0]
        raise BadEvidence("certificates", broken.place, "no-certificate-readable", reason=broken.what)
    return Store(form, tuple(reading.found), tuple(reading.oddities))


class _Reading:
    """What has been found so far in one file."""

    def __init__(self, password: str | None) -> None:
        self.password = password
        self.found: list[StoredCertificate] = []
        self.oddities: list[Oddity] = []

    def take(self, entries: Iterator[CertificateEntry]) -> None:
        for entry in entries:
            place = f"certificate {len(self.found)}" if entry.alias is None else f"alias {entry.alias}"
            self.add(entry.der, entry.place or place, entry.kind, entry.alias, entry.position)

    def add(
        self, data: bytes, place: str, kind: EntryKind = EntryKind.LOOSE, alias: str | None = None, position: int = 0
    ) -> None:
        try:
            self.found.append(StoredCertificate(read_certificate(data), place, kind, alias, position))
        except BadEvidence as bad:
            self.oddities.append(Oddity("certificate-unreadable", place, facts={"why": str(bad)}))

    def read_pem(self, text: bytes) -> None:
        labels = set()
        for label, line, body, closed in _pem_blocks(text):
            labels.add(label)
            place = f"line {line}"
            if not closed:
                self.oddities.append(Oddity("pem-block-not-closed", place, facts={"label": label}))
            if label not in _PEM_LABELS:
                continue
            try:
                data = binascii.a2b_base64(body)
                end = der.read_element(data).end
            except (binascii.Error, der.NotDer) as broken:
                self.oddities.append(Oddity("pem-block-broken", place, facts={"label": label, "why": str(broken)}))
                continue
            # OpenSSL appends its trust settings to a TRUSTED CERTIFICATE; they are not part of the certificate
            self._read_one(data[:end] if label == "TRUSTED CERTIFICATE" else data, place)
        if not labels & _PEM_LABELS:
            raise BadEvidence("certificates", "line 1", "no-certificate-inside", labels=", ".join(sorted(labels)[:8]))

    def read_der(self, data: bytes) -> str:
        """Read one element after the other; the first says what this file is."""
        try:
            outer = der.read_element(data)
            form = _form(outer)
        except der.NotDer:
            raise BadEvidence("certificates", "byte 0", "not-a-certificate-store") from None
        if form == "pkcs12":
            from tlswhy.pki import pkcs12  # most stores are PEM

            self.take(pkcs12.read_entries(outer, self.password, self.oddities))
            return form
        position = 0
        while position < len(data):
            try:
                element = der.element_at(data, position, len(data))
            except der.NotDer:
                size = len(data) - position
                if data[position:].strip(b"\0\r\n\x1a "):
                    self.oddities.append(Oddity("trailing-bytes", f"byte {position}", facts={"size": size}))
                break
            self._read_one(element.raw, None)
            position = element.end
        if not self.found:
            raise BadEvidence("certificates", "byte 0", "no-certificate-inside")
        return form

    def _read_one(self, data: bytes, place: str | None) -> None:
        try:
            outer = der.read_element(data)
            if _form(outer) == "pkcs7":
                for member in _from_the_leaf(list(_pkcs7_members(outer))):
                    self.add(member, place or f"certificate {len(self.found)}")
                return
        except der.NotDer as broken:
            where = place or f"certificate {len(self.found)}"
            self.oddities.append(Oddity("certificate-unreadable", where, facts={"why": str(broken)}))
            return
        self.add(data, place or f"certificate {len(self.found)}")


_PEM_LABELS = {"CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE", "PKCS7", "PKCS #7 SIGNED DATA", "CMS"}
_BEGIN = re.compile(rb"-----BEGIN ([A-Z0-9 #]{1,60})-----")
_MARK = re.compile(rb"-----(?:BEGIN|END)")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/=]")


def _pem_blocks(text: bytes) -> Iterator[tuple[str, int, bytes, bool]]:
    """Label, line of BEGIN, base64 digits, whether an END follows; text between blocks is skipped (RFC 7468 §2)."""
    text = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    line, counted = 1, 0
    for begin in _BEGIN.finditer(text):
        line += text.count(b"\n", counted, begin.start())
        counted = begin.start()
        end = _MARK.search(text, begin.end())
        body = text[begin.end() : end.start() if end else len(text)]
        if b"\\" in body:  # inside JSON or a configuration file the line ends are escapes
            body = body.replace(b"\\r", b"").replace(b"\\n", b"\n")
        digits = _NOT_BASE64.sub(b"", body.rpartition(b"\n\n")[2] if b":" in body else body)
        yield begin[1].decode("ascii"), line, digits, end is not None and end[0] == b"-----END"


def _as_text(data: bytes) -> bytes | None:
    """The input as ASCII-like text, or None when it is binary; PowerShell's ``>`` writes UTF-16."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        data = data.decode("utf-16", "replace").encode("utf-8")
    elif data[:64:2].strip(b"\0") == b"" or data[1:64:2].strip(b"\0") == b"":
        # UTF-16 without its mark: every other byte of a text in ASCII is zero
        wide = data.decode("utf-16-be" if data[:1] == b"\0" else "utf-16-le", "replace")
        data = wide.encode("utf-8", "replace") if "\0" not in wide[:64] else data
    elif data[:3] == b"\xef\xbb\xbf":
        data = data[3:]
    if data[:4] in java_keystore.MAGIC or b"\0" in data:
        return None
    # DER that happens to hold no zero byte: a SEQUENCE whose length fits
    return None if data[:1] == b"0" and _looks_like_der(data) else data


def _looks_like_der(data: bytes) -> bool:
    try:
        der.read_element(data)
    except der.NotDer:
        return False
    return True


def _bare_base64(text: bytes) -> bytes:
    """Base64 without armour, as people paste it."""
    digits = b"".join(text.split())
    try:
        return binascii.a2b_base64(digits, strict_mode=True)
    except binascii.Error:
        raise BadEvidence("certificates", "line 1", "not-a-certificate-store") from None


_SIGNED_DATA = "1.2.840.113549.1.7.2"


def _form(outer: der.Element) -> str:
    """Which of the three DER forms this is, by what its first field is."""
    first = outer.expect(der.SEQUENCE).first()
    if first.tag == der.INTEGER:
        return "pkcs12"
    if first.tag == der.OBJECT_IDENTIFIER:
        return "pkcs7"
    first.expect(der.SEQUENCE)
    return "der"


def _pkcs7_members(outer: der.Element) -> Iterator[bytes]:
    """The certificates of a SignedData (RFC 5652 §5.1); other choices than plain certificates are skipped."""
    kind, content = _pair(outer)
    if der.object_identifier(kind) != _SIGNED_DATA:
        raise der.NotDer(f"content type {der.object_identifier(kind)}")
    for field in content.first().expect(der.SEQUENCE).children():
        if field.tag == 0xA0:
            for member in field.children():
                if member.tag == der.SEQUENCE:
                    yield member.raw


def _from_the_leaf(members: list[bytes]) -> list[bytes]:
    """As a server would send them: they are a SET, which has no order, and whose DER is sorted by its bytes.

    Where it is not clear which of them issued none of the others they stay as they are.
    """
    try:
        read = {member: read_certificate(member) for member in members}
    except BadEvidence:
        return members
    named = {certificate.subject: member for member, certificate in read.items()}
    issuer_of = {member: named.get(certificate.issuer) for member, certificate in read.items()}
    issuers = {issuer for member, issuer in issuer_of.items() if issuer != member}
    leaves = [member for member in members if member not in issuers]
    if len(leaves) != 1:
        return members
    path: dict[bytes, None] = {}
    at: bytes | None = leaves[0]
    while at is not None and at not in path:
        path[at] = None
        at = issuer_of[at]
    return [*path, *(member for member in members if member not in path)]


def _pair(outer: der.Element) -> tuple[der.Element, der.Element]:
    parts = list(outer.children())
    if len(parts) < 2:
        raise der.NotDer("content info without content")
    return parts[0], parts[1]
