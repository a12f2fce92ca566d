"""The extensions of a certificate (RFC 5280 §4.2) as plain facts.

Owns what each extension says; whether a client minds is for others. An extension that can't be read counts as absent
in its field, stays in ``all`` (and ``critical``), and leaves an oddity.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import field

from tlswhy.frozen import frozen
from tlswhy.oddity import Oddity
from tlswhy.pki import der
from tlswhy.pki.distinguished import DistinguishedName, read_name

SUBJECT_KEY_ID = "2.5.29.14"
KEY_USAGE = "2.5.29.15"
SUBJECT_ALTERNATIVE_NAME = "2.5.29.17"
BASIC_CONSTRAINTS = "2.5.29.19"
NAME_CONSTRAINTS = "2.5.29.30"
CRL_DISTRIBUTION_POINTS = "2.5.29.31"
CERTIFICATE_POLICIES = "2.5.29.32"
POLICY_MAPPINGS = "2.5.29.33"
AUTHORITY_KEY_ID = "2.5.29.35"
POLICY_CONSTRAINTS = "2.5.29.36"
EXTENDED_KEY_USAGE = "2.5.29.37"
INHIBIT_ANY_POLICY = "2.5.29.54"
AUTHORITY_INFORMATION_ACCESS = "1.3.6.1.5.5.7.1.1"
NETSCAPE_CERT_TYPE = "2.16.840.1.113730.1.1"

ANY_EXTENDED_KEY_USAGE = "2.5.29.37.0"
SERVER_AUTH = "1.3.6.1.5.5.7.3.1"
CLIENT_AUTH = "1.3.6.1.5.5.7.3.2"


@frozen
class BasicConstraints:
    """``path_length`` None: no limit."""

    ca: bool
    path_length: int | None


@frozen
class GeneralNames:
    """Names by type, in the order they stand in; ``other`` holds the types without a field, as context tag and DER."""

    dns: tuple[str, ...] = ()
    ip: tuple[bytes, ...] = ()
    """Address octets as encoded: 4 or 16 (in name constraints 8 or 32: address and mask)."""
    email: tuple[str, ...] = ()
    uri: tuple[str, ...] = ()
    directory: tuple[DistinguishedName, ...] = ()
    other: tuple[tuple[int, bytes], ...] = ()

    @property
    def ip_text(self) -> tuple[str, ...]:
        """The addresses as people write them ("192.0.2.1", "2001:db8::1"), odd lengths in hex."""
        return tuple(map(_address_text, self.ip))

    @property
    def empty(self) -> bool:
        """No name of any type."""
        return not (self.dns or self.ip or self.email or self.uri or self.directory or self.other)


SubjectAlternativeNames = GeneralNames


@frozen
class NameConstraints:
    """Subtrees by type of name; an empty type is not constrained. A None side is absent."""

    permitted: GeneralNames | None
    excluded: GeneralNames | None
    bounded: bool = False
    """A subtree has a minimum or maximum, which RFC 5280 §4.2.1.10 forbids and clients refuse."""


@frozen
class PolicyConstraints:
    """After how many more certificates a policy is required, and mapping no longer allowed; None: never."""

    require_explicit: int | None
    inhibit_mapping: int | None


@frozen
class AuthorityKeyId:
    """Each part may be absent."""

    key_id: bytes | None
    issuer: tuple[DistinguishedName, ...]
    serial: int | None


@frozen
class Extensions:
    """All extensions; those with a field of their own are None there when absent or unreadable."""

    all: tuple[str, ...] = ()
    """Every OID, in the order of the certificate."""
    critical: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()
    """OIDs of known extensions whose value can't be read."""
    raw: Mapping[str, bytes] = field(default_factory=dict)
    """extnValue octets by OID, the first of duplicates."""
    basic_constraints: BasicConstraints | None = None
    key_usage: frozenset[str] | None = None
    extended_key_usage: tuple[str, ...] | None = None
    subject_alternative_names: SubjectAlternativeNames | None = None
    name_constraints: NameConstraints | None = None
    authority_key_id: AuthorityKeyId | None = None
    subject_key_id: bytes | None = None
    netscape_cert_type: frozenset[str] | None = None
    certificate_policies: tuple[str, ...] | None = None
    qualified_policies: frozenset[str] = frozenset()
    """Those of the certificate policies that carry qualifiers."""
    policy_mappings: tuple[tuple[str, str], ...] = ()
    """(issuer's policy, subject's policy) pairs."""
    policy_constraints: PolicyConstraints | None = None
    inhibit_any_policy: int | None = None
    """After how many more certificates anyPolicy counts no longer."""
    ca_issuers: tuple[str, ...] = ()
    ocsp: tuple[str, ...] = ()
    crl: tuple[str, ...] = ()

    def has(self, oid: str) -> bool:
        """Whether the certificate carries this extension at all."""
        return oid in self.raw


def read_extensions(explicit: der.Element | None, oddities: list[Oddity]) -> Extensions:
    """Read the ``[3]`` field of a certificate; what can't be read is added to ``oddities``."""
    if explicit is None:
        return Extensions()
    every: list[str] = []
    critical: list[str] = []
    unreadable: list[str] = []
    raw: dict[str, bytes] = {}
    facts: dict[str, object] = {}
    for oid, is_critical, value in _entries(explicit, oddities):
        every.append(oid)
        if is_critical:
            critical.append(oid)
        if oid in raw:
            oddities.append(Oddity("extension-duplicate", facts={"oid": oid}))
            continue
        raw[oid] = value
        reader = _READERS.get(oid)
        if reader is None:
            continue
        try:
            element = der.read_element(value)
            if element.end != len(value):
                oddities.append(Oddity("extension-trailing-bytes", facts={"oid": oid}))
            facts.update(reader(element))
        except der.NotDer:
            unreadable.append(oid)
            oddities.append(Oddity("extension-unreadable", facts={"oid": oid, "critical": int(is_critical)}))
    return Extensions(tuple(every), tuple(critical), tuple(unreadable), raw, **facts)  # type: ignore[arg-type]


def _entries(explicit: der.Element, oddities: list[Oddity]) -> Iterator[tuple[str, bool, bytes]]:
    try:
        for entry in explicit.first().expect(der.SEQUENCE).children():
            parts = list(entry.expect(der.SEQUENCE).children())
            if len(parts) not in (2, 3):
                raise der.NotDer(f"extension at byte {entry.start}")
            oid = der.object_identifier(parts[0].expect(der.OBJECT_IDENTIFIER))
            yield oid, len(parts) == 3 and der.boolean(parts[1]), der.octets(parts[-1].expect(der.OCTET_STRING, 0x24))
    except der.NotDer as broken:
        oddities.append(Oddity("extensions-broken", f"byte {explicit.start}", facts={"why": str(broken)}))


def read_general_names(elements: Iterator[der.Element]) -> GeneralNames:
    """Read GeneralName after GeneralName; raises ``NotDer``."""
    dns: list[str] = []
    ip: list[bytes] = []
    email: list[str] = []
    uri: list[str] = []
    directory: list[DistinguishedName] = []
    other: list[tuple[int, bytes]] = []
    strings = {1: email, 2: dns, 6: uri}
    for element in elements:
        kind = element.tag & 0x1F
        if element.tag & 0xC0 != 0x80:
            raise der.NotDer(f"general name at byte {element.start}")
        if kind in strings:
            strings[kind].append(element.content.decode("ascii", "replace"))
        elif kind == 7:
            ip.append(element.content)
        elif kind == 4:
            directory.append(read_name(element.first().expect(der.SEQUENCE)))
        else:
            other.append((kind, element.content))
    return GeneralNames(tuple(dns), tuple(ip), tuple(email), tuple(uri), tuple(directory), tuple(other))


def _basic_constraints(element: der.Element) -> dict[str, object]:
    ca, path_length = False, None
    for part in element.expect(der.SEQUENCE).children():
        if part.tag == 0x01:
            ca = der.boolean(part)
        elif part.tag == der.INTEGER:
            path_length = der.integer(part)
    return {"basic_constraints": BasicConstraints(ca, path_length)}


KEY_USAGES = (
    "digitalSignature",
    "nonRepudiation",
    "keyEncipherment",
    "dataEncipherment",
    "keyAgreement",
    "keyCertSign",
    "cRLSign",
    "encipherOnly",
    "decipherOnly",
)
"""By bit (RFC 5280, 4.2.1.3)."""
_NETSCAPE_TYPES = (
    "sslClient",
    "sslServer",
    "smime",
    "objectSigning",
    "reserved",
    "sslCA",
    "smimeCA",
    "objectSigningCA",
)


def _bits(field_name: str, bit_names: tuple[str, ...]) -> Callable[[der.Element], dict[str, object]]:
    def read(element: der.Element) -> dict[str, object]:
        bits = der.named_bits(element.expect(der.BIT_STRING))
        return {field_name: frozenset(bit_names[bit] for bit in bits if bit < len(bit_names))}

    return read


def _extended_key_usage(element: der.Element) -> dict[str, object]:
    purposes = element.expect(der.SEQUENCE).children()
    return {"extended_key_usage": tuple(der.object_identifier(p.expect(der.OBJECT_IDENTIFIER)) for p in purposes)}


def _subject_alternative_names(element: der.Element) -> dict[str, object]:
    return {"subject_alternative_names": read_general_names(element.expect(der.SEQUENCE).children())}


def _name_constraints(element: der.Element) -> dict[str, object]:
    sides: dict[int, GeneralNames] = {}
    bounded = False
    for side in element.expect(der.SEQUENCE).children():
        subtrees = [list(subtree.expect(der.SEQUENCE).children()) for subtree in side.children()]
        if not all(subtrees):
            raise der.NotDer(f"subtree at byte {side.start}")
        sides[side.tag] = read_general_names(subtree[0] for subtree in subtrees)
        for bound in (bound for subtree in subtrees for bound in subtree[1:]):
            bounded = bounded or bound.tag != 0x80 or der.integer(bound) != 0
    return {"name_constraints": NameConstraints(sides.get(0xA0), sides.get(0xA1), bounded)}


def _authority_key_id(element: der.Element) -> dict[str, object]:
    key_id, issuer, serial = None, GeneralNames(), None
    for part in element.expect(der.SEQUENCE).children():
        if part.tag == 0x80:
            key_id = part.content
        elif part.tag == 0xA1:
            issuer = read_general_names(part.children())
        elif part.tag == 0x82:
            serial = der.integer(part)
    return {"authority_key_id": AuthorityKeyId(key_id, issuer.directory, serial)}


def _subject_key_id(element: der.Element) -> dict[str, object]:
    return {"subject_key_id": element.expect(der.OCTET_STRING).content}


def _certificate_policies(element: der.Element) -> dict[str, object]:
    stated: list[str] = []
    qualified: set[str] = set()
    for information in element.expect(der.SEQUENCE).children():
        parts = list(information.expect(der.SEQUENCE).children())
        if not parts:
            raise der.NotDer(f"policy at byte {information.start}")
        stated.append(der.object_identifier(parts[0].expect(der.OBJECT_IDENTIFIER)))
        if len(parts) > 1:
            qualified.add(stated[-1])
    return {"certificate_policies": tuple(stated), "qualified_policies": frozenset(qualified)}


def _policy_mappings(element: der.Element) -> dict[str, object]:
    mappings = []
    for pair in element.expect(der.SEQUENCE).children():
        policies = [
            der.object_identifier(p.expect(der.OBJECT_IDENTIFIER)) for p in pair.expect(der.SEQUENCE).children()
        ]
        if len(policies) != 2:
            raise der.NotDer(f"policy mapping at byte {pair.start}")
        mappings.append((policies[0], policies[1]))
    return {"policy_mappings": tuple(mappings)}


def _policy_constraints(element: der.Element) -> dict[str, object]:
    limits = {part.tag: der.integer(part) for part in element.expect(der.SEQUENCE).children()}
    return {"policy_constraints": PolicyConstraints(limits.get(0x80), limits.get(0x81))}


def _inhibit_any_policy(element: der.Element) -> dict[str, object]:
    return {"inhibit_any_policy": der.integer(element.expect(der.INTEGER))}


def _authority_information_access(element: der.Element) -> dict[str, object]:
    urls: dict[str, list[str]] = {"1.3.6.1.5.5.7.48.1": [], "1.3.6.1.5.5.7.48.2": []}
    for access in element.expect(der.SEQUENCE).children():
        parts = list(access.expect(der.SEQUENCE).children())
        if len(parts) == 2 and parts[1].tag == 0x86:
            urls.get(der.object_identifier(parts[0]), []).append(parts[1].content.decode("ascii", "replace"))
    ocsp, ca_issuers = urls.values()
    return {"ocsp": tuple(ocsp), "ca_issuers": tuple(ca_issuers)}


def _crl_distribution_points(element: der.Element) -> dict[str, object]:
    urls: list[str] = []
    for point in element.expect(der.SEQUENCE).children():
        for part in point.expect(der.SEQUENCE).children():
            if part.tag == 0xA0 and part.stop > part.body and part.first().tag == 0xA0:  # distributionPoint, fullName
                urls += read_general_names(part.first().children()).uri
    return {"crl": tuple(urls)}


def _address_text(octets: bytes) -> str:
    if len(octets) == 4:
        return ".".join(map(str, octets))
    if len(octets) == 16:
        from ipaddress import IPv6Address

        return str(IPv6Address(octets))
    return octets.hex()


_READERS: dict[str, Callable[[der.Element], dict[str, object]]] = {
    BASIC_CONSTRAINTS: _basic_constraints,
    KEY_USAGE: _bits("key_usage", KEY_USAGES),
    EXTENDED_KEY_USAGE: _extended_key_usage,
    SUBJECT_ALTERNATIVE_NAME: _subject_alternative_names,
    NAME_CONSTRAINTS: _name_constraints,
    AUTHORITY_KEY_ID: _authority_key_id,
    SUBJECT_KEY_ID: _subject_key_id,
    NETSCAPE_CERT_TYPE: _bits("netscape_cert_type", _NETSCAPE_TYPES),
    CERTIFICATE_POLICIES: _certificate_policies,
    POLICY_MAPPINGS: _policy_mappings,
    POLICY_CONSTRAINTS: _policy_constraints,
    INHIBIT_ANY_POLICY: _inhibit_any_policy,
    AUTHORITY_INFORMATION_ACCESS: _authority_information_access,
    CRL_DISTRIBUTION_POINTS: _crl_distribution_points,
}
