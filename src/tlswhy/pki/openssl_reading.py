"""What OpenSSL can't make anything of: certificates that d2i_X509 refuses, extensions that spoil a certificate
(EXFLAG_INVALID in x509v3_cache_extensions), dates that X509_cmp_time won't compare, keys that can't be decoded.

Owns the reading alone; where each of them strikes is for ``openssl_paths`` and ``openssl_checks``. BER is taken.
"""

from __future__ import annotations

import re
from functools import lru_cache

from tlswhy.pki import der
from tlswhy.pki import extensions as oid
from tlswhy.pki.certificate import Certificate
from tlswhy.pki.java_values import Unreadable, bits
from tlswhy.pki.keys import PublicKey


@lru_cache(maxsize=1024)
def structure_fault(certificate: Certificate) -> str | None:
    """Why d2i_X509 fails, as a code: the templates of X509_CINF, X509_VAL, X509_EXTENSION and X509_NAME."""
    if certificate.to_be_signed_by is not None:
        return None
    try:
        parts = list(der.read_element(certificate.der).children())
        fields = list(parts[0].children())
        if len(parts) != 3:
            return "broken-encoding"
        fields = fields[1:] if fields[0].tag == 0xA0 else fields
        serial, _, issuer, validity, subject, _ = fields[:6]
        if not _minimal(serial.content):
            return "broken-encoding"
        moments = list(validity.children())
        if [moment.tag in (der.UTC_TIME, der.GENERALIZED_TIME) for moment in moments] != [True, True]:
            return "validity"
        if not all(map(_canonical, (issuer, subject))):
            return "broken-encoding"
        return _rest_fault(fields[6:])
    except (der.NotDer, IndexError, ValueError, Unreadable):
        return "broken-encoding"


def _rest_fault(rest: list[der.Element]) -> str | None:
    for tag in (0x81, 0x82):
        if rest and rest[0].tag == tag:
            bits(rest.pop(0), implicit=True)
    if not rest:
        return None
    if len(rest) > 1 or rest[0].tag != 0xA3:
        return "broken-encoding"
    for entry in rest[0].first().children():
        tags = [part.tag for part in entry.children()]
        if tags not in ([0x06, 0x04], [0x06, 0x01, 0x04]):
            return "broken-encoding"
    return None


def _minimal(number: bytes) -> bool:
    """c2i_ibuf: neither empty nor padded."""
    return bool(number) and not (len(number) > 1 and number[0] in (0, 0xFF) and number[0] >> 7 == number[1] >> 7)


_STRINGS = {0x03, 0x0C, 0x12, 0x13, 0x14, 0x16, 0x1A, 0x1B, 0x1C, 0x1E, 0x17, 0x18, 0x30, 0x04}


def _canonical(name: der.Element) -> bool:
    """x509_name_canon: strings have to be of their type."""
    for rdn in name.children():
        for attribute in rdn.children():
            value = list(attribute.children())[1]
            if value.tag not in _STRINGS:
                return False
            if value.tag == der.UTF8_STRING:
                value.content.decode("utf-8")
    return True


@lru_cache(maxsize=1024)
def extension_fault(certificate: Certificate) -> str | None:
    """EXFLAG_INVALID: the OID of the first extension that is there twice or can't be decoded. A keyUsage without any
    bit, and a negative path length, count so as well."""
    stated = certificate.extensions
    for kind in _CACHED:
        if stated.all.count(kind) > 1 or kind in stated.unreadable:
            return kind
        if kind in stated.raw and not _decodes(kind, stated.raw[kind]):
            return kind
    return None


_CACHED = (
    oid.BASIC_CONSTRAINTS,
    oid.KEY_USAGE,
    oid.EXTENDED_KEY_USAGE,
    oid.NETSCAPE_CERT_TYPE,
    oid.SUBJECT_KEY_ID,
    oid.AUTHORITY_KEY_ID,
    oid.SUBJECT_ALTERNATIVE_NAME,
    oid.NAME_CONSTRAINTS,
    oid.CRL_DISTRIBUTION_POINTS,
)


def _decodes(kind: str, value: bytes) -> bool:
    try:
        element = der.read_element(value)
        if kind == oid.BASIC_CONSTRAINTS:
            parts = list(element.expect(der.SEQUENCE).children())
            tags = [part.tag for part in parts]
            if tags not in ([], [0x01], [0x02], [0x01, 0x02]):
                return False
            return 0x02 not in tags or der.integer(parts[-1]) >= 0
        if kind == oid.KEY_USAGE:
            return any(bits(element))
        if kind == oid.AUTHORITY_KEY_ID:
            return all(part.tag in (0x80, 0xA1, 0x82) for part in element.children())
        if kind == oid.NAME_CONSTRAINTS:
            return [side.tag for side in element.children()] in ([], [0xA0], [0xA1], [0xA0, 0xA1])
        if kind == oid.SUBJECT_ALTERNATIVE_NAME:
            return all(map(_is_general_name, element.children()))
    except (der.NotDer, IndexError, Unreadable):
        return False
    return True


def _is_general_name(name: der.Element) -> bool:
    """GENERAL_NAME: the parts of the rarer kinds, too."""
    kind = name.tag & 0x1F
    if kind == 0:
        return [part.tag for part in name.children()] == [0x06, 0xA0]
    if kind == 5:
        return any(part.tag == 0xA1 for part in name.children())
    if kind == 8:
        return bool(der.object_identifier(name))
    return kind <= 8


_UTC = re.compile(rb"\d{10}[0-5]\dZ")
_GENERALIZED = re.compile(rb"\d{12}[0-5]\dZ")


@lru_cache(maxsize=1024)
def dates_compare(certificate: Certificate) -> bool:
    """X509_cmp_time: seconds, a Z, and neither offset nor fraction; and a day that the calendar has."""
    if certificate.to_be_signed_by is not None:
        return True
    if any(oddity.what == "validity-unreadable" for oddity in certificate.oddities):
        return False
    fields = list(der.read_element(certificate.der).first().children())
    fields = fields[1:] if fields[0].tag == 0xA0 else fields
    return all(
        (_UTC if moment.tag == der.UTC_TIME else _GENERALIZED).fullmatch(moment.content)
        for moment in fields[3].children()
    )


@lru_cache(maxsize=1024)
def key_decodes(key: PublicKey) -> bool:
    """d2i_PUBKEY, as far as it may fail for a key whose numbers could be read: points, lengths, parameters."""
    if key.algorithm not in ("EC", "Ed25519", "Ed448", "X25519", "X448") or key.curve == "explicit":
        return True
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    try:
        load_der_public_key(key.spki)
    except UnsupportedAlgorithm:
        return True
    except ValueError:
        return False
    return True
