"""What Go's x509.ParseCertificate makes of a certificate (src/crypto/x509/parser.go): what it refuses, and what it
passes over.

Owns the certificate's fields, as Go 1.19 to 1.24 read them; single extensions are in ``go_extensions``. A sent
certificate that can't be parsed ends the handshake; a root that can't is as if it were not there.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from tlswhy.frozen import frozen
from tlswhy.pki import extensions as oid
from tlswhy.pki.certificate import Certificate
from tlswhy.pki.extensions import Extensions, GeneralNames, NameConstraints
from tlswhy.pki.go_der import Input, Unreadable
from tlswhy.pki.go_extensions import check_extension
from tlswhy.pki.openssl_reading import key_decodes

SEQUENCE, SET = 0x30, 0x31


@frozen
class GoReading:
    """``certificate`` as Go sees it, the same bytes; ``fault``: why there is none, as a code, ``oid`` the extension."""

    certificate: Certificate
    fault: str | None = None
    oid: str | None = None


@lru_cache(maxsize=2048)
def go_reading(certificate: Certificate, *, negative_serial: bool = True) -> GoReading:
    """Read the certificate as Go does; never raises."""
    if certificate.to_be_signed_by is not None:  # nobody has written it yet, so nobody can misread it
        return GoReading(certificate)
    try:
        _read(certificate, negative_serial)
    except Unreadable as unreadable:
        return GoReading(certificate, str(unreadable), unreadable.oid)
    seen = _seen(certificate)
    return GoReading(certificate if seen == certificate.extensions else replace(certificate, extensions=seen))


def _seen(certificate: Certificate) -> Extensions:
    """Extensions below version 3 are not looked at. No bit, no use and a length of -1 count as nothing stated; nor do
    the bounds of subtrees, and "." is any name (matchDomainConstraint)."""
    stated = certificate.extensions
    if certificate.version != 3:
        return Extensions()
    basic, names = stated.basic_constraints, stated.name_constraints
    return replace(
        stated,
        key_usage=stated.key_usage or None,
        extended_key_usage=stated.extended_key_usage or None,
        basic_constraints=replace(basic, path_length=None) if basic and basic.path_length == -1 else basic,
        name_constraints=NameConstraints(_side(names.permitted), _side(names.excluded)) if names else None,
    )


def _side(names: GeneralNames | None) -> GeneralNames | None:
    return replace(names, dns=tuple("" if name == "." else name for name in names.dns)) if names else names


def _read(certificate: Certificate, negative_serial: bool) -> None:
    """parseCertificate."""
    if any(oddity.what == "certificate-trailing-bytes" for oddity in certificate.oddities):
        raise Unreadable("broken-encoding")
    whole = Input(certificate.der).into(SEQUENCE)
    fields = whole.into(SEQUENCE)
    version = 1
    if (explicit := fields.optional(0xA0)) is not None:
        inside = Input(explicit)
        version = inside.integer(8) + 1
        if inside or not 1 <= version <= 3:
            raise Unreadable("broken-encoding")
    if fields.integer() < 0 and not negative_serial:
        raise Unreadable("broken-encoding")
    inner = fields.take(SEQUENCE)
    if inner != whole.take(SEQUENCE):
        raise Unreadable("signature-algorithms-differ")
    _algorithm(Input(inner))
    _check_name(fields.into(SEQUENCE))
    validity = fields.into(SEQUENCE)
    for _ in range(2):
        if not validity:
            raise Unreadable("validity")
        validity.time()
    _check_name(fields.into(SEQUENCE))
    _check_key(certificate, fields.into(SEQUENCE))
    if version > 1:
        fields.optional(0x81)
        fields.optional(0x82)
        if version == 3 and (rest := fields.optional(0xA3)) is not None:
            _check_extensions(certificate, Input(rest).into(SEQUENCE))
    whole.bits()


def _algorithm(inside: Input) -> tuple[bytes, tuple[int, bytes] | None]:
    """parseAI."""
    return inside.identifier(), inside.any() if inside else None


_PRINTABLES = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 '()+,-./:=?*&")


def _check_name(name: Input) -> None:
    """parseName."""
    while name:
        attributes = name.into(SET)
        while attributes:
            attribute = attributes.into(SEQUENCE)
            attribute.identifier()
            if not _is_text(*attribute.any()):
                raise Unreadable("broken-encoding")


def _is_text(tag: int, value: bytes) -> bool:
    """parseASN1String."""
    match tag:
        case 0x14:  # T61String
            return True
        case 0x13:  # PrintableString
            return _PRINTABLES.issuperset(value)
        case 0x0C:  # UTF8String
            try:
                value.decode("utf-8")
            except UnicodeDecodeError:
                return False
            return True
        case 0x1E:  # BMPString
            return len(value) % 2 == 0
        case 0x16:  # IA5String
            return value.isascii()
        case 0x12:  # NumericString
            return frozenset(b"0123456789 ").issuperset(value)
        case _:
            return False


_RSA, _EC = bytes.fromhex("2a864886f70d010101"), bytes.fromhex("2a8648ce3d0201")
_ED25519, _DSA = bytes.fromhex("2b6570"), bytes.fromhex("2a8648ce380401")


def _check_key(certificate: Certificate, spki: Input) -> None:
    """parsePublicKey; kinds of key that Go doesn't know pass."""
    kind, parameters = _algorithm(spki.into(SEQUENCE))
    key = spki.bits()
    if kind == _RSA:
        _check_rsa(parameters, key)
    elif kind == _EC:
        _check_ec(certificate, parameters, key)
    elif kind == _ED25519 and (parameters is not None or len(key) != 32):
        raise Unreadable("public-key")
    elif kind == _DSA:
        if parameters is None or parameters[0] != SEQUENCE:
            raise Unreadable("public-key")
        numbers = Input(parameters[1])
        if min(Input(key).integer(), *(numbers.integer() for _ in range(3))) <= 0:
            raise Unreadable("public-key")


def _check_rsa(parameters: tuple[int, bytes] | None, key: bytes) -> None:
    if parameters != (0x05, b""):
        raise Unreadable("public-key")
    numbers = Input(key).into(SEQUENCE)
    if numbers.integer() <= 0 or numbers.integer(8) <= 0:
        raise Unreadable("rsa-numbers")


def _check_ec(certificate: Certificate, parameters: tuple[int, bytes] | None, key: bytes) -> None:
    """A named curve (which, go_paths asks), and an uncompressed point on it."""
    if parameters is None or parameters[0] != 0x06:
        raise Unreadable("public-key")
    public_key = certificate.public_key
    if public_key.curve is not None and public_key.curve.startswith("secp") and not key.startswith(b"\x04"):
        raise Unreadable("curve-point")
    if not key_decodes(public_key):
        raise Unreadable("curve-point")


def _check_extensions(certificate: Certificate, entries: Input) -> None:
    """parseExtension for all of them, then processExtensions."""
    held: dict[bytes, bytes] = {}
    names = iter(certificate.extensions.all)
    while entries:
        entry = entries.into(SEQUENCE)
        kind = entry.identifier()
        if entry.peek(0x01):
            entry.boolean()
        value = entry.take(0x04)
        if kind in held:
            raise Unreadable("extension-twice", next(names, None))
        held[kind] = value
        next(names, None)
    for name in dict.fromkeys(certificate.extensions.all):
        value = certificate.extensions.raw[name]
        try:
            check_extension(name, value)
        except Unreadable:
            raise Unreadable("extension-broken", name) from None


def names_nothing(certificate: Certificate) -> bool:
    """A subjectAltName without a name that Go reads is none that it handles: it may not be critical."""
    names = certificate.names
    if oid.SUBJECT_ALTERNATIVE_NAME not in certificate.critical_extensions:
        return False
    return names is None or not (names.dns or names.email or names.ip or names.uri)
