"""What NSS can't decode at all (CERT_DecodeDERCertificate: CERT_CertificateTemplate in lib/certdb/certdb.c).

Owns the reading alone: the certificate's frame (times, what follows the key, the parts of an extension), without which
there is none, and single values, which are decoded where they are asked for. What follows is for ``nss_paths``.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from tlswhy.pki import der
from tlswhy.pki.certificate import EARLIEST, LATEST, Certificate
from tlswhy.pki.extensions import (
    AUTHORITY_KEY_ID,
    BASIC_CONSTRAINTS,
    KEY_USAGE,
    KEY_USAGES,
    AuthorityKeyId,
    BasicConstraints,
)
from tlswhy.pki.java_values import Unreadable, bits, check_lengths
from tlswhy.pki.keys import PublicKey

_TIMES = (der.UTC_TIME, der.GENERALIZED_TIME)


@lru_cache(maxsize=1024)
def decode_fault(certificate: Certificate) -> str | None:
    """Why it can't be decoded, as a code (SEC_QuickDERDecodeItem: DER, nothing after it)."""
    if certificate.to_be_signed_by is not None:
        return None
    if any(oddity.what == "certificate-trailing-bytes" for oddity in certificate.oddities):
        return "broken-encoding"
    try:
        outer = der.read_element(certificate.der)
        if outer.end != outer.stop:
            return "broken-encoding"
        check_lengths(outer)
        fields = list(outer.first().children())
        fields = fields[1:] if fields[0].tag == 0xA0 else fields
        moments = list(fields[3].children())
        if len(moments) != 2 or not all(moment.tag in _TIMES and moment.content for moment in moments):
            return "validity"
        return None if _rest_decodes(fields[6:]) else "broken-encoding"
    except Unreadable as unreadable:
        return "length-not-minimal" if str(unreadable) == "length-not-minimal" else "broken-encoding"
    except (der.NotDer, IndexError):
        return "broken-encoding"


def _rest_decodes(rest: list[der.Element]) -> bool:
    """issuerUniqueID and subjectUniqueID, then the extensions, and nothing more."""
    tags = [element.tag for element in rest]
    wanted = [tag for tag in (0x81, 0x82, 0xA3) if tag in tags]
    if tags != wanted:
        return False
    for identifier in rest[: len(rest) - (0xA3 in tags)]:
        bits(identifier, implicit=True)
    if 0xA3 not in tags:
        return True
    entries = [[part.tag for part in entry.children()] for entry in rest[-1].first().children()]
    return all(parts in ([0x06, 0x04], [0x06, 0x01, 0x04]) for parts in entries)


# single values, where they are asked for


_DAY = rb"(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])"
_CLOCK = rb"([01]\d|2[0-3])([0-5]\d)([0-5]\d)?(?:Z|([+-])([01]\d|2[0-3])([0-5]\d))"
_WRITTEN = {
    der.UTC_TIME: re.compile(rb"(\d\d)" + _DAY + _CLOCK),
    der.GENERALIZED_TIME: re.compile(rb"(\d{4})" + _DAY + _CLOCK),
}


@lru_cache(maxsize=1024)
def times(certificate: Certificate) -> tuple[datetime, datetime] | None:
    """CERT_GetCertTimes: both dates, or None where one is none (der_TimeStringToTime in lib/util/dertime.c).

    A day beyond its month's end is one of the next; seconds may be left out, fractions and leap seconds may not be.
    """
    if certificate.to_be_signed_by is not None:
        return certificate.not_before, certificate.not_after
    fields = list(der.read_element(certificate.der).first().children())
    fields = fields[1:] if fields[0].tag == 0xA0 else fields
    first, last = map(_moment, fields[3].children())
    return (first, last) if first is not None and last is not None else None


def _moment(time: der.Element) -> datetime | None:
    written = _WRITTEN[time.tag].fullmatch(time.content)
    if written is None:
        return None
    year, month, day, hour, minute = map(int, written.groups()[:5])
    if time.tag == der.UTC_TIME:
        year += 2000 if year < 50 else 1900
    offset = timedelta(hours=int(written[8] or 0), minutes=int(written[9] or 0)) * (-1 if written[7] == b"-" else 1)
    try:
        begun = datetime(year, month, 1, hour, minute, int(written[6] or 0), tzinfo=UTC)
        return begun + timedelta(days=day - 1) - offset
    except (ValueError, OverflowError):  # the year 0, and what lies beyond those that datetime knows
        return EARLIEST if year < 2 else LATEST


BROKEN = "broken"
"""The extension is there, and can't be decoded."""


@lru_cache(maxsize=1024)
def basic_constraints(certificate: Certificate) -> BasicConstraints | str | None:
    """CERT_DecodeBasicConstraintValue: nothing more in it or after it, a length with CAs alone and not negative."""
    value = certificate.extensions.raw.get(BASIC_CONSTRAINTS)
    if value is None:
        return None
    try:
        parts = list(_whole(value, der.SEQUENCE).children())
        if [part.tag for part in parts] not in ([], [0x01], [der.INTEGER], [0x01, der.INTEGER]):
            return BROKEN
        ca = bool(parts) and parts[0].tag == 0x01 and der.boolean(parts[0])
        if not parts or parts[-1].tag != der.INTEGER:
            return BasicConstraints(ca, None)
        length = der.integer(parts[-1])
    except der.NotDer:
        return BROKEN
    if not ca or not 0 <= length < (1 << 63) - 1:
        return BROKEN
    kept = length & 0xFFFFFFFF  # CERTBasicConstraints.pathLenConstraint is an int; below zero: no limit
    return BasicConstraints(True, kept if kept < 1 << 31 else None)


@lru_cache(maxsize=1024)
def key_usage(certificate: Certificate) -> frozenset[str] | None:
    """GetKeyUsage: the first octet, bits that are said not to count included; None: every use, also where the
    extension is broken."""
    value = certificate.extensions.raw.get(KEY_USAGE)
    if value is None:
        return None
    try:
        octets = bits(_whole(value, der.BIT_STRING))
    except (der.NotDer, Unreadable):
        return None
    first = value[-len(octets)] if octets else 0
    return frozenset(usage for bit, usage in enumerate(KEY_USAGES[:8]) if first & 0x80 >> bit)


@lru_cache(maxsize=1024)
def critical(certificate: Certificate) -> tuple[str, ...]:
    """cert_HasUnknownCriticalExten: critical is 0xFF and nothing else."""
    if not certificate.critical_extensions or certificate.to_be_signed_by is not None:
        return certificate.critical_extensions
    fields = list(der.read_element(certificate.der).first().children())
    entries = [list(entry.children()) for entry in fields[-1].first().children()]
    return tuple(der.object_identifier(e[0]) for e in entries if len(e) == 3 and e[1].content == b"\xff")


@lru_cache(maxsize=1024)
def authority_key_id(certificate: Certificate) -> AuthorityKeyId | None:
    """CERT_DecodeAuthKeyID: one with a field unknown to it is none."""
    value = certificate.extensions.raw.get(AUTHORITY_KEY_ID)
    if value is None or certificate.authority_key_id is None:
        return None
    tags = [part.tag for part in der.read_element(value).children()]
    known = [tag for tag in (0x80, 0xA1, 0x82) if tag in tags]
    return certificate.authority_key_id if tags == known else None


def is_root(certificate: Certificate) -> bool:
    """cert_IsRootCert: issued by its own name, and the authority key identifier names it itself."""
    if certificate.issuer.der != certificate.subject.der:
        return False
    stated = authority_key_id(certificate)
    if stated is None:
        return True
    if stated.key_id and stated.key_id != certificate.subject_key_id:
        return False
    if stated.issuer and stated.issuer[0].der != certificate.issuer.der:
        return False
    return stated.serial is None or stated.serial == certificate.serial


def key_extracts(key: PublicKey) -> bool:
    """seckey_ExtractPublicKey: RSA, DSA and DH by their numbers, EC by the name of a curve."""
    if key.algorithm == "EC":
        return key.curve is not None and key.curve != "explicit"
    return key.algorithm in ("RSA", "RSASSA-PSS", "DSA", "DH") and key.bits is not None


def _whole(value: bytes, tag: int) -> der.Element:
    element = der.read_element(value).expect(tag)
    if element.end != len(value):
        raise der.NotDer("more after it")
    return element
