"""Name constraints as NSS's classic verifier applies them (lib/certdb/genname.c).

Owns how a nameConstraints extension is decoded and each kind of name compared; whose constraints hold against whose
names is for ``nss_paths``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache

from tlswhy.pki import der
from tlswhy.pki.certificate import Certificate, DistinguishedName
from tlswhy.pki.distinguished import Attribute
from tlswhy.pki.extensions import NAME_CONSTRAINTS, GeneralNames, NameConstraints, read_general_names
from tlswhy.pki.library_paths import lone_common_names

EMAIL_ADDRESSES = ("1.2.840.113549.1.9.1", "0.9.2342.19200300.100.1.3")
"""PKCS #9 emailAddress and RFC 1274's mail (cert_ExtractDNEmailAddrs)."""

Names = tuple[tuple[str, object], ...]
"""(kind, name) pairs; kinds as the fields of ``GeneralNames``."""


class Undecodable(Exception):
    """cert_DecodeNameConstraints fails: no name at all is inside."""


def constrained_names(certificate: Certificate, *, leaf: bool) -> Names:
    """CERT_GetConstrainedCertificateNames: the subject, the e-mail addresses in it, the alternative names; of a leaf
    without a DNS name also the CN as one."""
    subject = certificate.subject
    emails = (a.text for rdn in subject.rdns for a in rdn if a.oid in EMAIL_ADDRESSES and a.text)
    found: list[tuple[str, object]] = [("directory", subject), *(("email", email) for email in emails)]
    names = certificate.names
    for kind in _COMPARISONS:
        found += ((kind, name) for name in getattr(names, kind, ()))
    if leaf and (lone := lone_common_names(certificate)):
        found.append(("dns", lone[-1]))  # CERT_GetCommonName: the last of them
    return tuple(found)


def violation(issuer: Certificate, names: Names) -> Mapping[str, object] | None:
    """CERT_CompareNameSpace: the facts of the first name that this issuer's constraints forbid, or None."""
    try:
        limit = _decoded(issuer)
    except Undecodable:
        return {"reason": "constraints-broken"}
    if limit is None:
        return None
    for kind, name in names:
        inside = _COMPARISONS[kind]
        excluded = getattr(limit.excluded, kind, ())
        permitted = getattr(limit.permitted, kind, ())
        reason = None
        if any(inside(tree, name) for tree in excluded):
            reason = "excluded"
        elif permitted and not any(inside(tree, name) for tree in permitted):
            reason = "not-permitted"
        if reason is not None:
            return {"reason": reason, "kind": kind, "name": _shown(kind, name)}
    return None


@lru_cache(maxsize=1024)
def _decoded(certificate: Certificate) -> NameConstraints | None:
    value = certificate.extensions.raw.get(NAME_CONSTRAINTS)
    if value is None:
        return None
    try:
        outer = der.read_element(value).expect(der.SEQUENCE)
        sides = list(outer.children())
        if outer.end != len(value) or [side.tag for side in sides] not in ([], [0xA0], [0xA1], [0xA0, 0xA1]):
            raise Undecodable
        read = {side.tag: read_general_names(_bases(side)) for side in sides}
    except der.NotDer:
        raise Undecodable from None
    return NameConstraints(read.get(0xA0), read.get(0xA1))


def _bases(side: der.Element) -> Iterator[der.Element]:
    """CERTNameConstraintTemplate; minimum and maximum are read and not looked at."""
    for subtree in side.children():
        tags = [part.tag for part in subtree.expect(der.SEQUENCE).children()]
        if not tags or tags[0] not in _GENERAL_NAMES or tags[1:] not in ([], [0x80], [0x81], [0x80, 0x81]):
            raise Undecodable
        yield subtree.first()


_GENERAL_NAMES = frozenset((0xA0, 0x81, 0x82, 0xA3, 0xA4, 0x86, 0x87, 0x88))
"""CERT_DecodeGeneralName; of ediPartyName it makes nothing (seen with 3.87.1)."""


def _dns_inside(tree: str, name: str) -> bool:
    """compareDNSN2C."""
    tree, name = tree.lower(), name.lower()
    if not tree or tree == name:
        return True
    return name.endswith(tree) and (name[-len(tree) - 1] == ".") != tree.startswith(".")


def _email_inside(tree: str, name: str) -> bool:
    """compareRFC822N2C."""
    tree, name = tree.lower(), name.lower()
    if "@" in tree:
        return tree == name
    if tree in ("", ".") or (tree.startswith(".") and name.endswith(tree)):
        return not tree or len(name) >= len(tree)
    return name.endswith("@" + tree)


def _uri_inside(tree: str, name: str) -> bool:
    """parseUriHostname and compareURIN2C; a URI without a host is inside nothing."""
    _, found, rest = name.partition("://")
    if not found:
        return False
    authority = rest.partition("/")[0]
    host = (authority.rpartition(":")[0] if ":" in authority else authority).lower()
    host = host.partition("@")[2] if "@" in host else host
    tree = tree.lower()
    return bool(host) and (host.endswith(tree) if tree.startswith(".") else host == tree)


def _ip_inside(tree: bytes, name: bytes) -> bool:
    """compareIPaddrN2C: bits of the network that its mask hides don't count."""
    size = len(name)
    if size not in (4, 16) or len(tree) != 2 * size:
        return False
    return all(not (octet ^ network) & mask for octet, network, mask in zip(name, tree, tree[size:], strict=False))


def _directory_inside(tree: DistinguishedName, name: DistinguishedName) -> bool:
    """RDN by RDN as long as both have one: a name shorter than the tree is inside, too."""
    return all(
        not there or all(any(_same(one, other) for other in there) for one in rdn)
        for rdn, there in zip(tree.rdns, name.rdns, strict=False)
    )


def _same(one: Attribute, other: Attribute) -> bool:
    """CERT_CompareAVA: case counts, but for two PrintableStrings."""
    if one.oid != other.oid:
        return False
    if one.value == other.value:
        return True
    if one.text is None or other.text is None:
        return False
    if one.value[0] != other.value[0]:
        return one.text == other.text
    return one.value[0] == der.PRINTABLE_STRING and _squeezed(one.text) == _squeezed(other.text)


def _squeezed(text: str) -> str:
    return " ".join(text.lower().split())


_COMPARISONS: Mapping[str, Callable[..., bool]] = {
    "directory": _directory_inside,
    "dns": _dns_inside,
    "email": _email_inside,
    "uri": _uri_inside,
    "ip": _ip_inside,
}


def _shown(kind: str, name: object) -> str:
    if isinstance(name, DistinguishedName):
        return name.text
    return GeneralNames(ip=(name,)).ip_text[0] if isinstance(name, bytes) else str(name)
