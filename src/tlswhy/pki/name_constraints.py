"""Name constraints as the JDK applies them: does a certificate's every name lie inside what those above it allow?

Owns sun.security.x509.NameConstraintsExtension.verify and the constrains() of each kind of name. Knows nothing of
paths; whose constraints count is for ``path_checks``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from tlswhy.pki.certificate import Certificate, NameConstraints
from tlswhy.pki.distinguished import DistinguishedName
from tlswhy.pki.extensions import GeneralNames

EMAIL_ADDRESS = "1.2.840.113549.1.9.1"


class NameLimits:
    """The constraints gathered on the way down from the anchor (whose own don't count)."""

    def __init__(
        self,
        common_name_constrained: bool,
        leading_dot: bool,
        *,
        directory: bool = True,
        wildcards: bool = False,
        empty_covers: bool = True,
    ) -> None:
        """``empty_covers``: an empty DNS constraint means every name (RFC 5280 has it so; the JDK has not).
        ``directory``: names of entries (the subject, directoryName) are held against the constraints, too;
        ``wildcards``: so is all that a wildcard could stand for, where it is excluded."""
        self._wildcards = wildcards
        self._empty_covers = empty_covers
        self._directory = directory
        self._common_name = common_name_constrained
        self._leading_dot = leading_dot
        self._limits: list[NameConstraints] = []

    def add(self, certificate: Certificate) -> None:
        """From here on the certificate's own constraints hold, too."""
        if certificate.name_constraints is not None:
            self._limits.append(certificate.name_constraints)

    def violation(self, certificate: Certificate) -> Mapping[str, object] | None:
        """The facts of the first name outside the limits, or None."""
        if not self._limits:
            return None
        names = list(self._names(certificate))
        for limit in self._limits:
            if limit.bounded:
                return {"reason": "subtree-bounds"}
            for kind, name in names:
                if (reason := self._outside(limit, kind, name)) is not None:
                    return {"reason": reason, "kind": kind, "name": _shown(name)}
        return None

    def hinders(self, certificate: Certificate, below: Iterator[Certificate]) -> Mapping[str, object] | None:
        """X509CertSelector.matchPathToNames: the first name below that this issuer's own constraints forbid."""
        limit = certificate.name_constraints
        if limit is None:
            return None
        for one in below:
            stated = [("directory", one.subject), *_alternatives(one.names)]
            for kind, name in stated:
                if (reason := self._outside(limit, kind, name)) is not None:
                    return {"reason": reason, "kind": kind, "name": _shown(name)}
        return None

    def host_violation(self, host: str) -> Mapping[str, object] | None:
        """The facts where a host that no extension names (a CN) lies outside the limits, or None."""
        for limit in self._limits:
            if (reason := self._outside(limit, "dns", host)) is not None:
                return {"reason": reason, "kind": "dns", "name": host}
        return None

    def _names(self, certificate: Certificate) -> Iterator[tuple[str, object]]:
        if self._directory and not certificate.subject.empty:
            yield "directory", certificate.subject
        names = certificate.names
        yield from _alternatives(names, directory=self._directory)
        if names is None:
            for email in _emails(certificate.subject):
                yield "email", email
        common_name = certificate.subject.most_specific_common_name
        if self._common_name and common_name is not None:
            yield from _host_in_common_name(common_name, names)

    def _outside(self, limit: NameConstraints, kind: str, name: object) -> str | None:
        inside = self._comparisons()[kind]
        excluded = getattr(limit.excluded, kind) if limit.excluded is not None else ()
        permitted = getattr(limit.permitted, kind) if limit.permitted is not None else ()
        if (
            kind == "dns"
            and self._leading_dot
            and not self._empty_covers
            and any(_breaks(str(name), tree) for tree in (*excluded, *permitted))
        ):
            return "constraint-breaks-client"
        if any(inside(tree, name) for tree in excluded):
            return "excluded"
        if kind == "dns" and self._wildcards and any(_stands_for(str(name), tree) for tree in excluded):
            return "excluded"
        return "not-permitted" if permitted and not any(inside(tree, name) for tree in permitted) else None

    def _comparisons(self) -> dict[str, Callable[..., bool]]:
        return {
            "dns": self._dns_inside,
            "ip": _ip_inside,
            "email": _email_inside,
            "uri": self._uri_inside,
            "directory": _directory_inside,
        }

    def _dns_inside(self, tree: str, name: str) -> bool:
        """x509.DNSName.constrains: MATCH or NARROWS."""
        tree, name = tree.lower(), name.lower()
        if name == tree or (self._empty_covers and not tree):
            return True
        if not name.endswith(tree):
            return False
        before = name[len(name) - len(tree) - 1]  # an empty tree: the last character, as in the JDK
        if not self._leading_dot:
            return before == "."
        return (before == ".") != tree.startswith(".")

    def _uri_inside(self, tree: str, name: str) -> bool:
        """x509.URIName.constrains: only the host; a tree with a leading dot means the hosts below."""
        host = _host_of(name)
        if host is None:
            return False
        if tree.startswith("."):
            return host.lower().endswith(tree.lower())
        return host.lower() == tree.lower()


def _alternatives(names: GeneralNames | None, *, directory: bool = True) -> Iterator[tuple[str, object]]:
    for kind in ("dns", "ip", "email", "uri", *(("directory",) if directory else ())):
        for name in getattr(names, kind, ()):
            yield kind, name


def _breaks(name: str, tree: str) -> bool:
    """x509.DNSName.constrains since JDK-8311546: charAt(0) of an empty name or constraint throws."""
    return name != tree and not (name and tree)


def _stands_for(name: str, tree: str) -> bool:
    from tlswhy.pki.names import wildcard_stands_for

    return "*" in name and wildcard_stands_for(name, tree)


def _emails(subject: DistinguishedName) -> Iterator[str]:
    for rdn in subject.rdns:
        for attribute in rdn:
            if attribute.oid == EMAIL_ADDRESS and attribute.text:
                yield attribute.text


_HOST = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63})*")


def _host_in_common_name(common_name: str, names: GeneralNames | None) -> Iterator[tuple[str, object]]:
    """The CN stands in for a DNS name or address that the subjectAltName does not have (JDK-8076117 and later)."""
    from ipaddress import ip_address  # here, not above: a cold start without name constraints is spared it

    try:
        address = ip_address(common_name)
    except ValueError:
        if (names is None or not names.dns) and _HOST.fullmatch(common_name):
            yield "dns", common_name
    else:
        if names is None or not names.ip:
            yield "ip", address.packed


def _ip_inside(tree: bytes, address: bytes) -> bool:
    size = len(address)
    if len(tree) != 2 * size:
        return False
    return all(octet & mask == network for octet, network, mask in zip(address, tree[:size], tree[size:], strict=True))


def _email_inside(tree: str, email: str) -> bool:
    """x509.RFC822Name.constrains: a mailbox, a host, or with a leading dot the hosts below."""
    tree, email = tree.lower(), email.lower()
    if email == tree:
        return True
    if "@" in tree or not email.endswith(tree):
        return False
    return tree.startswith(".") or email.endswith("@" + tree)


def _directory_inside(tree: DistinguishedName, name: DistinguishedName) -> bool:
    """x509.X500Name.isWithinSubtree: the tree's RDNs begin the name; canonical names have their beginning last."""
    return tree.empty or name == tree or name.canonical.endswith("," + tree.canonical)


def _host_of(uri: str) -> str | None:
    from urllib.parse import urlsplit

    try:
        return urlsplit(uri).hostname
    except ValueError:
        return None


def _shown(name: object) -> str:
    match name:
        case DistinguishedName():
            return name.text
        case bytes():
            return ".".join(map(str, name)) if len(name) == 4 else name.hex(":", 2)
        case _:
            return str(name)
