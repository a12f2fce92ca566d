"""How strictly sun.security.x509 reads each extension that it has a class for (OIDMap), and each kind of name.

Owns the parsing alone: a reader raises where the class's constructor does. What such an exception leads to is for
``java_reading``.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum

from tlswhy.pki import der
from tlswhy.pki import extensions as oid
from tlswhy.pki.java_uris import check_host, check_uri, constraint_host
from tlswhy.pki.java_values import Unreadable, bits, identifier, implicit_identifier, small_integer, whole


class Era(IntEnum):
    """The generations of sun.security.x509 and sun.security.util.DerValue."""

    CLASSIC = 7
    """7, and 8 before 8u121."""
    LENIENT = 10
    """11 before 11.0.9: lengths must be minimal (DerInputStream.getLength, JDK-8168714); what is no digit in a time is
    taken for -1; id-RSASSA-PSS keys with parameters have no factory."""
    MINIMAL = 11
    """8u121 on, 11.0.9 on: lengths must be minimal, and that is all."""
    REWRITTEN = 17
    """17 (DerValue rewritten in 16): Ed25519 and Ed448 have a key factory, DER is followed more closely."""
    STRICT = 21
    """21 on: EDIPartyName needs its party; alternative names that can't be parsed end the check of names."""

    @property
    def lengths_minimal(self) -> bool:
        return self in (Era.LENIENT, Era.MINIMAL)

    @property
    def rewritten(self) -> bool:
        return self >= Era.REWRITTEN


def _sequence(value: bytes) -> der.Element:
    return whole(value).expect(der.SEQUENCE)


@der.remembered(longest=1024)  # a chain names each CA twice, and every generation of Java looks at it
def check_name(element: der.Element) -> None:
    """X500Name, RDN, AVA: nothing in an attribute but its type and value."""
    for rdn in element.expect(der.SEQUENCE).children():
        for attribute in rdn.expect(der.SET).children():
            parts = list(attribute.expect(der.SEQUENCE).children())
            if len(parts) != 2:
                raise Unreadable("name")
            identifier(parts[0])


def _check_general_names(elements: list[der.Element], era: Era) -> None:
    """GeneralNames: at least one."""
    if not elements:
        raise Unreadable("no-names")
    for element in elements:
        _check_general_name(element, era)


def _check_general_name(element: der.Element, era: Era, *, constraint: bool = False) -> None:
    kind, constructed = element.tag & 0x1F, bool(element.tag & 0x20)
    if element.tag & 0xC0 != 0x80 or kind > 8 or constructed is not (kind in (0, 3, 4, 5)):
        raise Unreadable("general-name")
    text = element.content.decode("ascii", "replace")
    if kind == 0:
        children = list(element.children())
        identifier(children[0])
        if len(children) < 2:
            raise Unreadable("general-name")
    elif kind == 1:
        _check_email(text)
    elif kind == 4:
        check_name(element.first())
    elif kind == 5:
        parts = list(element.children())
        if not 1 <= len(parts) <= 2 or (era is Era.STRICT and not any(part.tag == 0x81 for part in parts)):
            raise Unreadable("general-name")
    elif kind == 6 and constraint:
        check_host(constraint_host(text))
    elif kind == 6:
        check_uri(text)
    elif kind == 7 and len(element.content) not in (4, 8, 16, 32):
        raise Unreadable("general-name")
    elif kind == 8:
        implicit_identifier(element, element.content)


def _check_email(text: str) -> None:
    """RFC822Name.parseName: something after the first "@", and not a dot alone."""
    if text[text.find("@") + 1 :] in ("", "."):
        raise Unreadable("general-name")


def _authority_key_id(value: bytes, critical: bool, era: Era) -> None:
    seen = set()
    for part in _sequence(value).children():
        if part.tag not in (0x80, 0xA1, 0x82) or part.tag in seen:
            raise Unreadable("authority-key-id")
        seen.add(part.tag)
        if part.tag == 0xA1:
            _check_general_names(list(part.children()), era)
        elif part.tag == 0x82:
            der.integer(part)


def _subject_key_id(value: bytes, critical: bool, era: Era) -> None:
    der.octets(whole(value).expect(der.OCTET_STRING, 0x24))


def _key_usage(value: bytes, critical: bool, era: Era) -> None:
    if not value:
        raise Unreadable("key-usage")
    element = whole(value)
    if element.tag == der.OCTET_STRING:
        element = whole(element.content)
    bits(element)


def _netscape_type(value: bytes, critical: bool, era: Era) -> None:
    bits(whole(value))


def _basic_constraints(value: bytes, critical: bool, era: Era) -> None:
    parts = list(_first(_sequence(value), 2))
    if parts and parts[0].tag == 0x01:
        der.boolean(parts[0])
        if len(parts) > 1:
            small_integer(parts[1])


def _first(element: der.Element, count: int) -> list[der.Element]:
    """So many children; Java looks at no more, so what follows may be anything."""
    found: list[der.Element] = []
    position = element.body
    while position < element.stop and len(found) < count:
        found.append(der.element_at(element.data, position, element.stop))
        position = found[-1].end
    return found


def _name_constraints(value: bytes, critical: bool, era: Era) -> None:
    seen = set()
    for side in _sequence(value).children():
        if side.tag not in (0xA0, 0xA1) or side.tag in seen:
            raise Unreadable("name-constraints")
        seen.add(side.tag)
        for subtree in side.children():
            parts = list(subtree.expect(der.SEQUENCE).children())
            _check_general_name(parts[0], era, constraint=True)
            for bound in parts[1:]:
                if bound.tag not in (0x80, 0x81):
                    raise Unreadable("name-constraints")
                small_integer(bound, implicit=True)


def _extended_key_usage(value: bytes, critical: bool, era: Era) -> None:
    for purpose in _sequence(value).children():
        identifier(purpose)


def _alternative_names(value: bytes, critical: bool, era: Era) -> None:
    _check_general_names(list(_sequence(value).children()), era)


def _policies(value: bytes, critical: bool, era: Era) -> None:
    """CertificatePoliciesExtension, PolicyInformation, java.security.cert.PolicyQualifierInfo."""
    for information in _sequence(value).children():
        parts = _first(information.expect(der.SEQUENCE), 2)
        identifier(parts[0])
        if len(parts) > 1:
            qualifiers = list(parts[1].expect(der.SEQUENCE).children())
            if not qualifiers:
                raise Unreadable("policies")
            for qualifier in qualifiers:
                identifier(qualifier.expect(der.SEQUENCE).first())


def _policy_mappings(value: bytes, critical: bool, era: Era) -> None:
    for mapping in _sequence(value).children():
        pair = _first(mapping.expect(der.SEQUENCE), 2)
        identifier(pair[0])
        identifier(pair[1])


def _policy_constraints(value: bytes, critical: bool, era: Era) -> None:
    limits: dict[int, int] = {}
    for part in _sequence(value).children():
        if part.tag not in (0x80, 0x81) or limits.get(part.tag, -1) != -1:
            raise Unreadable("policy-constraints")
        limits[part.tag] = small_integer(part, implicit=True)


def _inhibit_any_policy(value: bytes, critical: bool, era: Era) -> None:
    if not critical or small_integer(whole(value)) < -1:
        raise Unreadable("inhibit-any-policy")


def _distribution_points(value: bytes, critical: bool, era: Era) -> None:
    """CRLDistributionPointsExtension, DistributionPoint."""
    for point in _sequence(value).children():
        seen = set()
        for part in point.expect(der.SEQUENCE).children():
            if part.tag not in (0xA0, 0x81, 0xA2) or part.tag in seen:
                raise Unreadable("distribution-point")
            seen.add(part.tag)
            if part.tag == 0xA2:
                _check_general_names(list(part.children()), era)
            elif part.tag == 0x81:
                bits(part, implicit=True)
            elif (name := part.first()).tag == 0xA0:
                _check_general_names(list(name.children()), era)
            elif name.tag != 0xA1:
                raise Unreadable("distribution-point")
        if not seen & {0xA0, 0xA2}:
            raise Unreadable("distribution-point")


def _access(value: bytes, critical: bool, era: Era) -> None:
    """AuthorityInfoAccessExtension, SubjectInfoAccessExtension, AccessDescription."""
    for description in _sequence(value).children():
        parts = _first(description, 2)
        identifier(parts[0])
        _check_general_name(parts[1], era)


READERS: dict[str, Callable[[bytes, bool, Era], None]] = {
    oid.AUTHORITY_KEY_ID: _authority_key_id,
    oid.SUBJECT_KEY_ID: _subject_key_id,
    oid.KEY_USAGE: _key_usage,
    oid.NETSCAPE_CERT_TYPE: _netscape_type,
    oid.BASIC_CONSTRAINTS: _basic_constraints,
    oid.NAME_CONSTRAINTS: _name_constraints,
    oid.EXTENDED_KEY_USAGE: _extended_key_usage,
    oid.SUBJECT_ALTERNATIVE_NAME: _alternative_names,
    "2.5.29.18": _alternative_names,  # issuerAltName
    oid.CERTIFICATE_POLICIES: _policies,
    oid.POLICY_MAPPINGS: _policy_mappings,
    oid.POLICY_CONSTRAINTS: _policy_constraints,
    oid.INHIBIT_ANY_POLICY: _inhibit_any_policy,
    oid.CRL_DISTRIBUTION_POINTS: _distribution_points,
    "2.5.29.46": _distribution_points,  # freshestCRL
    oid.AUTHORITY_INFORMATION_ACCESS: _access,
    "1.3.6.1.5.5.7.1.11": _access,  # subjectInfoAccess
}
