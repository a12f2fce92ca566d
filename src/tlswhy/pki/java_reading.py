"""What sun.security.x509 makes of a certificate: what it can't parse at all, and what it passes over.

Owns the strictness of X509CertImpl and X509CertInfo, with which a Java client ends the handshake (bad_certificate)
before any path is built. An extension that its class can't parse counts as absent where it isn't critical, however much
of it could be read (CertificateExtensions.parseExtension). Single extensions are in ``java_extensions``, keys in
``java_keys``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

from tlswhy.frozen import frozen
from tlswhy.pki import der
from tlswhy.pki import extensions as oid
from tlswhy.pki.certificate import Certificate
from tlswhy.pki.extensions import BasicConstraints, Extensions
from tlswhy.pki.java_extensions import READERS, Era, check_name
from tlswhy.pki.java_keys import check_curve, check_key, check_parameters
from tlswhy.pki.java_values import Unreadable, algorithm, bits, check_lengths, identifier, integer, small_integer, whole
from tlswhy.pki.keys import SignatureAlgorithm

__all__ = ["Era", "Reading", "java_reading"]


@frozen
class Reading:
    """``certificate`` as this Java sees it, the same bytes; ``fault``: why there is none at all, as a code, ``oid`` the
    extension that is to blame."""

    certificate: Certificate
    fault: str | None = None
    oid: str | None = None


def java_reading(certificate: Certificate, era: Era, *, knows_ec: bool = True) -> Reading:
    """Read the certificate as Java does; never raises. Without an EC key factory EC keys are kept as they are."""
    if certificate.to_be_signed_by is not None:  # nobody has written it yet, so nobody can misread it
        return Reading(certificate)
    return _read_once(certificate, era, knows_ec)


@lru_cache(maxsize=2048)
def _read_once(certificate: Certificate, era: Era, knows_ec: bool) -> Reading:
    try:
        seen = _read(certificate, era)
        if knows_ec:
            check_curve(certificate.public_key.spki)
    except Unreadable as unreadable:
        return Reading(certificate, str(unreadable), unreadable.oid)
    except (der.NotDer, IndexError):
        return Reading(certificate, "broken-encoding")
    signature = _named(certificate.signature)
    if seen == certificate.extensions and signature is certificate.signature:
        return Reading(certificate)
    return Reading(replace(certificate, extensions=seen, signature=signature))


def _named(algorithm: SignatureAlgorithm) -> SignatureAlgorithm:
    """AlgorithmId.getName: ecdsa-with-Specified goes by the digest in its parameters."""
    if algorithm.key == "EC" and algorithm.name == algorithm.oid and algorithm.digest:
        return replace(algorithm, name=f"{algorithm.digest.replace('SHA-', 'SHA')}withECDSA")
    return algorithm


def _read(certificate: Certificate, era: Era) -> Extensions:
    """X509CertImpl.parse."""
    outermost = der.read_element(certificate.der)
    if era.lengths_minimal:
        check_lengths(outermost)
    parts = list(outermost.children())
    if len(parts) != 3:
        raise Unreadable("fields-overrun")
    tbs, outer, signature = parts
    algorithm(outer)
    check_parameters(outer, era)
    bits(signature)
    fields = list(tbs.expect(der.SEQUENCE).children())
    seen = _read_info(certificate, fields, era)
    inner = fields[1 + (fields[0].tag & 0xDF == 0x80)]
    if algorithm(inner) != algorithm(outer):  # the parameters NULL count as none
        raise Unreadable("signature-algorithms-differ")
    return seen


def _read_info(certificate: Certificate, fields: list[der.Element], era: Era) -> Extensions:
    """X509CertInfo.parse."""
    version = 0
    if fields[0].tag & 0xDF == 0x80:
        version = small_integer(fields[0].first()) if fields[0].tag == 0xA0 else 0
        fields = fields[1:]
    serial, inner, issuer, validity, subject, key = fields[:6]
    integer(serial.expect(der.INTEGER))
    algorithm(inner)
    check_parameters(inner, era)
    check_name(issuer)
    if not any(certificate.issuer.rdns):
        raise Unreadable("issuer-empty")
    _check_validity(validity, era)
    check_name(subject)
    subject_empty = not any(certificate.subject.rdns)
    if version == 0 and subject_empty:
        raise Unreadable("subject-empty")
    check_key(key, era)
    rest = fields[6:]
    if not rest:
        return Extensions()
    if version == 0:
        raise Unreadable("fields-after-version-1")
    for kind in (1, 2):
        if rest and rest[0].tag & 0xDF == 0x80 | kind:
            bits(rest.pop(0), implicit=True, may_be_empty=not era.rewritten)
    if not rest:
        return Extensions()
    if version != 2:
        raise Unreadable("extensions-before-version-3")
    seen = Extensions()
    if rest[0].tag == 0xA3:
        seen = _read_extensions(certificate.extensions, rest[0], era)
    if subject_empty:
        _check_nameless(seen)
    return seen


def _check_nameless(seen: Extensions) -> None:
    """X509CertInfo.verifyCert: only the subjectAltName names it then, and must be critical."""
    names = seen.subject_alternative_names
    if names is None or names.empty:
        raise Unreadable("subject-empty")
    if oid.SUBJECT_ALTERNATIVE_NAME not in seen.critical:
        raise Unreadable("subject-empty")


def _read_extensions(stated: Extensions, explicit: der.Element, era: Era) -> Extensions:
    """CertificateExtensions: a duplicate, or a critical one that can't be parsed, spoils the certificate."""
    known: set[str] = set()
    passed: set[str] = set()
    critical: list[str] = []
    basic: BasicConstraints | None = None
    for kind, is_critical, value in _entries(explicit):
        if kind in READERS:
            try:
                small = len(value) <= _LONGEST_KEPT
                (_check_once if small else _check)(kind, value, is_critical, era)
            except (Unreadable, der.NotDer, IndexError) as broken:
                if is_critical:
                    raise Unreadable("critical-extension-broken", kind) from broken
                passed.add(kind)
                continue
        if kind in known:
            raise Unreadable("extension-twice", kind)
        known.add(kind)
        if kind == oid.BASIC_CONSTRAINTS:
            basic = _basic_constraints(value)
        if is_critical:
            critical.append(kind)
    lost = {_FIELDS[kind]: None for kind in passed - known if kind in _FIELDS}
    changes: dict[str, object] = {**lost, "basic_constraints": basic, "critical": tuple(critical)}
    return replace(stated, **changes)  # type: ignore[arg-type]


def _check(kind: str, value: bytes, is_critical: bool, era: Era) -> None:
    """What the extension's class makes of its value; raises where the class throws."""
    if era.lengths_minimal:
        check_lengths(whole(value))
    READERS[kind](value, is_critical, era)


_LONGEST_KEPT = 64
_check_once = lru_cache(maxsize=512)(_check)
"""Most certificates have the same few key usages and basic constraints."""


def _entries(explicit: der.Element) -> Iterator[tuple[str, bool, bytes]]:
    """Extension(DerValue); what follows the value is not looked at."""
    for entry in explicit.first().expect(der.SEQUENCE).children():
        parts = list(entry.expect(der.SEQUENCE, der.SET).children())
        is_critical = len(parts) > 1 and parts[1].tag == 0x01 and der.boolean(parts[1])
        value = parts[2] if parts[1].tag == 0x01 else parts[1]
        yield identifier(parts[0]), is_critical, der.octets(value.expect(der.OCTET_STRING, 0x24))


def _basic_constraints(value: bytes) -> BasicConstraints:
    """BasicConstraintsExtension: whatever does not begin with a BOOLEAN is no CA; -1 says the same."""
    parts = list(whole(value).children())
    if not parts or parts[0].tag != 0x01 or not der.boolean(parts[0]):
        return BasicConstraints(False, None)
    length = der.integer(parts[1]) if len(parts) > 1 else None
    return BasicConstraints(False, None) if length == -1 else BasicConstraints(True, length)


_FIELDS = {
    oid.KEY_USAGE: "key_usage",
    oid.EXTENDED_KEY_USAGE: "extended_key_usage",
    oid.SUBJECT_ALTERNATIVE_NAME: "subject_alternative_names",
    oid.NAME_CONSTRAINTS: "name_constraints",
    oid.AUTHORITY_KEY_ID: "authority_key_id",
    oid.SUBJECT_KEY_ID: "subject_key_id",
    oid.NETSCAPE_CERT_TYPE: "netscape_cert_type",
    oid.CERTIFICATE_POLICIES: "certificate_policies",
    oid.POLICY_CONSTRAINTS: "policy_constraints",
    oid.INHIBIT_ANY_POLICY: "inhibit_any_policy",
}

# DerValue.getTimeInternal

_TIME = re.compile(
    rb"\d\d(?P<year>\d\d)(?P<month>\d\d)(?P<day>\d\d)(?P<hour>\d\d)(?P<minute>\d\d)(?P<second>\d\d)?"
    rb"(?P<fraction>[.,]\d+)?(?:Z|[+-](?P<off_hour>\d\d)(?P<off_minute>\d\d))"
)


def _check_validity(element: der.Element, era: Era) -> None:
    moments = list(element.expect(der.SEQUENCE).children())
    if len(moments) != 2:
        raise Unreadable("validity")
    for moment in moments:
        _check_time(moment.expect(der.UTC_TIME, der.GENERALIZED_TIME), era)


def _check_time(element: der.Element, era: Era) -> None:
    text, generalized = element.content, element.tag == der.GENERALIZED_TIME
    if not generalized and not 11 <= len(text) <= 17:
        raise Unreadable("validity")
    if era <= Era.LENIENT:  # Character.digit gives -1 for what is no digit, and nobody minds
        text = re.sub(rb"[^0-9.,+Z-]", b"0", text)
    found = _TIME.fullmatch(text if generalized else b"20" + text)
    if found is None or (found["fraction"] and not (generalized and found["second"])):
        raise Unreadable("validity")
    if found["second"] is None and found["off_hour"]:  # the offset is taken for seconds
        raise Unreadable("validity")
    bounds = (("month", 1, 12), ("day", 1, 31), ("hour", 0, 23), ("minute", 0, 59), ("second", 0, 59))
    for part, least, most in (*bounds, ("off_hour", 0, 23), ("off_minute", 0, 59)):
        if found[part] is not None and not least <= int(found[part]) <= most:
            raise Unreadable("validity")
