"""A certificate as plain facts, read leniently: what strict parsers refuse is still read, with an oddity.

Owns X.509 (RFC 5280) and its extensions; knows nothing of paths, of what a client accepts, or of where the bytes
came from.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from hashlib import sha256

from tlswhy.errors import BadEvidence
from tlswhy.frozen import frozen
from tlswhy.oddity import Oddity
from tlswhy.pki import der
from tlswhy.pki.distinguished import DistinguishedName, read_name
from tlswhy.pki.extensions import (
    AuthorityKeyId,
    BasicConstraints,
    Extensions,
    NameConstraints,
    SubjectAlternativeNames,
    read_extensions,
)
from tlswhy.pki.keys import PublicKey, SignatureAlgorithm, read_public_key, read_signature_algorithm

__all__ = [
    "AuthorityKeyId",
    "BasicConstraints",
    "Certificate",
    "DistinguishedName",
    "NameConstraints",
    "PublicKey",
    "SignatureAlgorithm",
    "SubjectAlternativeNames",
    "read_certificate",
    "unreadable_certificate",
]

EARLIEST = datetime.min.replace(tzinfo=UTC)
LATEST = datetime.max.replace(tzinfo=UTC)


@frozen(eq=False)
class Certificate:
    """One certificate; equal to another when the bytes are, those after its end too. ``None`` in an extension's field:
    it is absent."""

    der: bytes
    sha256: str
    version: int
    """1, 2 or 3 (as people count, not as encoded)."""
    serial: int
    subject: DistinguishedName
    issuer: DistinguishedName
    not_before: datetime
    """Aware, UTC. Unreadable dates are EARLIEST and LATEST, with an oddity."""
    not_after: datetime
    public_key: PublicKey
    signature: SignatureAlgorithm
    """As stated outside the signed part."""
    signature_mismatch: bool
    """The signed part states another algorithm or other parameters (RFC 5280 §4.1.1.2 forbids it)."""
    tbs: bytes
    """The signed part, exactly as it stands in ``der``."""
    signature_value: bytes
    extensions: Extensions
    oddities: tuple[Oddity, ...]
    to_be_signed_by: PublicKey | None = None
    """The key that will sign it, where it is still to be issued (pki.reissue); None: a real certificate."""
    vouched_by: PublicKey | None = None
    """Of a real certificate whose issuer nobody has seen: the key that stands for the issuer's, and is taken to have
    signed it."""
    shapeless: bool = False
    """These bytes are no certificate at all (see ``unreadable_certificate``)."""

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, Certificate) or self.der != other.der:
            return False
        return self.oddities == other.oddities and self.vouched_by == other.vouched_by

    def __hash__(self) -> int:
        return hash(self.der)

    def __repr__(self) -> str:
        return f"<Certificate {self.subject.text!r} by {self.issuer.text!r} {self.sha256[:8]}>"

    @property
    def self_issued(self) -> bool:
        """Subject and issuer are the same name (RFC 5280 §3.2); says nothing about who signed."""
        return self.subject == self.issuer

    @property
    def names(self) -> SubjectAlternativeNames | None:
        """The subjectAltName extension."""
        return self.extensions.subject_alternative_names

    @property
    def basic_constraints(self) -> BasicConstraints | None:
        """The basicConstraints extension."""
        return self.extensions.basic_constraints

    @property
    def key_usage(self) -> frozenset[str] | None:
        """The keyUsage extension, bits by their RFC 5280 names."""
        return self.extensions.key_usage

    @property
    def extended_key_usage(self) -> tuple[str, ...] | None:
        """The extKeyUsage extension as OIDs."""
        return self.extensions.extended_key_usage

    @property
    def name_constraints(self) -> NameConstraints | None:
        """The nameConstraints extension."""
        return self.extensions.name_constraints

    @property
    def authority_key_id(self) -> AuthorityKeyId | None:
        """The authorityKeyIdentifier extension."""
        return self.extensions.authority_key_id

    @property
    def subject_key_id(self) -> bytes | None:
        """The subjectKeyIdentifier extension."""
        return self.extensions.subject_key_id

    @property
    def critical_extensions(self) -> tuple[str, ...]:
        """OIDs of the extensions marked critical, in order."""
        return self.extensions.critical


def read_certificate(data: bytes) -> Certificate:
    """Read one DER (or BER) certificate; raises ``BadEvidence`` when it does not even have a certificate's shape."""
    return _read_once(data) if len(data) <= LARGEST_CACHED else _read_or_refuse(data)


def unreadable_certificate(data: bytes) -> Certificate:
    """What stands in a chain where ``read_certificate`` gives up: its bytes, nothing in any field."""
    name = DistinguishedName(b"", (), "", "")
    return Certificate(
        der=data,
        sha256=sha256(data).hexdigest(),
        version=1,
        serial=0,
        subject=name,
        issuer=name,
        not_before=EARLIEST,
        not_after=LATEST,
        public_key=PublicKey("", b""),
        signature=SignatureAlgorithm("", "", None, None),
        signature_mismatch=False,
        tbs=b"",
        signature_value=b"",
        extensions=Extensions(),
        oddities=(Oddity("not-a-certificate", "byte 0"),),
        shapeless=True,
    )


LARGEST_CACHED = 16384
"""Bytes. A hostile capture may hold many huge certificates; those are read each time rather than kept."""


def _read_or_refuse(data: bytes) -> Certificate:
    try:
        return _read(data)
    except (ValueError, OverflowError) as broken:
        raise BadEvidence("certificate", "byte 0", "not-a-certificate", why=str(broken)) from None


_read_once = lru_cache(maxsize=512)(_read_or_refuse)


def _read(data: bytes) -> Certificate:
    oddities: list[Oddity] = []
    outer = der.read_element(data).expect(der.SEQUENCE)
    if outer.end != len(data):
        oddities.append(
            Oddity("certificate-trailing-bytes", f"byte {outer.end}", facts={"size": len(data) - outer.end})
        )
        data = data[: outer.end]
    parts = list(outer.children())
    if len(parts) < 3:
        raise der.NotDer("fewer than three parts")
    tbs, algorithm, value = parts[0].expect(der.SEQUENCE), parts[1], parts[2]
    fields = _Fields(list(tbs.children()))
    version = 1
    if (explicit := fields.take(0xA0)) is not None:
        version = der.integer(explicit.first()) + 1
        if version not in (1, 2, 3):
            oddities.append(Oddity("certificate-version", f"byte {explicit.start}", facts={"version": version}))
    serial = der.integer(fields.need(der.INTEGER))
    if serial <= 0:
        oddities.append(Oddity("serial-not-positive", facts={"serial": hex(serial)}))
    inner_algorithm = fields.need(der.SEQUENCE)
    issuer = read_name(fields.need(der.SEQUENCE))
    not_before, not_after = _validity(fields.need(der.SEQUENCE), oddities)
    subject = read_name(fields.need(der.SEQUENCE))
    public_key = read_public_key(fields.need(der.SEQUENCE))
    fields.take(0x81, 0xA1)  # issuerUniqueID
    fields.take(0x82, 0xA2)  # subjectUniqueID
    extensions = read_extensions(fields.take(0xA3), oddities)
    if extensions.all and version != 3:
        oddities.append(Oddity("extensions-in-old-version", facts={"version": version}))
    signature = read_signature_algorithm(algorithm)
    if not signature.readable:
        oddities.append(Oddity("signature-parameters-unreadable", f"byte {algorithm.start}"))
    if public_key.bits is None and not public_key.algorithm[0].isdigit():
        oddities.append(Oddity("public-key-unreadable", facts={"algorithm": public_key.algorithm}))
    return Certificate(
        der=data,
        sha256=sha256(data).hexdigest(),
        version=version,
        serial=serial,
        subject=subject,
        issuer=issuer,
        not_before=not_before,
        not_after=not_after,
        public_key=public_key,
        signature=signature,
        signature_mismatch=inner_algorithm.raw != algorithm.raw,
        tbs=tbs.raw,
        signature_value=der.bit_string(value.expect(der.BIT_STRING)),
        extensions=extensions,
        oddities=tuple(oddities),
    )


class _Fields:
    """The fields of TBSCertificate, taken from the front."""

    def __init__(self, elements: list[der.Element]) -> None:
        self._elements = elements
        self._next = 0

    def take(self, *tags: int) -> der.Element | None:
        if self._next < len(self._elements) and self._elements[self._next].tag in tags:
            self._next += 1
            return self._elements[self._next - 1]
        return None

    def need(self, tag: int) -> der.Element:
        element = self.take(tag)
        if element is None:
            raise der.NotDer(f"field {self._next} is not of tag {tag:#04x}")
        return element


def _validity(element: der.Element, oddities: list[Oddity]) -> tuple[datetime, datetime]:
    moments = list(element.children())
    bounds = []
    for index, otherwise in ((0, EARLIEST), (1, LATEST)):
        try:
            bounds.append(_moment(moments[index]))
        except (IndexError, ValueError, OverflowError):
            bounds.append(otherwise)
            oddities.append(Oddity("validity-unreadable", f"byte {element.start}", facts={"bound": index}))
    return bounds[0], bounds[1]


def _moment(element: der.Element) -> datetime:
    """UTCTime or GeneralizedTime, also with the offsets and fractions that RFC 5280 §4.1.2.5 forbids."""
    digits = element.expect(der.UTC_TIME, der.GENERALIZED_TIME).content.decode("ascii")
    if element.tag == der.UTC_TIME:
        digits = ("20" if digits[:2] < "50" else "19") + digits
    offset = timedelta()
    for sign in "+-":
        digits, found, zone = digits.partition(sign)
        if found:
            offset = timedelta(hours=int(zone[:2]), minutes=int(zone[2:4] or 0)) * (1 if sign == "+" else -1)
            break
    digits = digits.rstrip("Z").partition(".")[0]
    if not digits.isdigit() or len(digits) not in (10, 12, 14):
        raise ValueError(digits)
    seconds = min(int(digits[12:14] or 0), 59)  # a leap second counts as the one before it
    clock = (int(digits[8:10]), int(digits[10:12] or 0), seconds)
    moment = datetime(int(digits[:4]), int(digits[4:6]), int(digits[6:8]), *clock, tzinfo=timezone(timedelta()))
    return (moment - offset).astimezone(UTC)
