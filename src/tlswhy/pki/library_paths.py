"""What the path rules of the libraries that are not Java have in common: the question they are asked, and checks that
every one of them makes, each in its own order.

Owns no library's order, search or taste; those are in ``openssl_paths``, ``go_paths``, ``gnutls_paths``,
``nss_paths`` and ``chromium_paths``. ``paths.judge_path`` hands a request to whichever rules a client has.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from tlswhy.frozen import frozen
from tlswhy.pki.certificate import Certificate
from tlswhy.pki.keys import PublicKey
from tlswhy.pki.name_constraints import NameLimits
from tlswhy.pki.path_checks import Context
from tlswhy.pki.path_outcome import PathObjection, PathOutcome, TriedPath
from tlswhy.pki.path_rules import PathRules
from tlswhy.pki.path_search import Anchors, explain_gap
from tlswhy.pki.signatures import is_signed_by
from tlswhy.unseen import Unseen, UnseenType

TLS13 = 0x0304


@frozen
class PathRequest:
    """One chain as sent (leaf first, never empty) before one client; see ``paths.judge_path``."""

    chain: tuple[Certificate, ...]
    trust: tuple[Certificate, ...] | UnseenType
    moment: datetime
    version: int
    authentication: str


class LibraryRules(Protocol):
    """The rules of a library; its fields are what differs between its releases and users. Equal ones judge alike."""

    def __hash__(self) -> int: ...

    def judge(self, request: PathRequest) -> PathOutcome:
        """Build and check a path as the library does."""


@frozen
class Link:
    """A certificate of a path: a sent one (``index``) or one of those trusted (``anchor``)."""

    certificate: Certificate
    index: int | None = None
    anchor: int | None = None

    @property
    def trusted(self) -> bool:
        """It comes from the trust store, wherever else it may have been sent as well."""
        return self.anchor is not None


Path = tuple[Link, ...]
"""From the leaf up."""


def objection(fault: str, link: Link, rule: str, **facts: object) -> PathObjection:
    """An objection to one certificate of the path."""
    return PathObjection(fault, link.index, link.anchor, facts, rule)


def sent(chain: Sequence[Certificate]) -> tuple[Link, ...]:
    """The chain as links, repeated certificates once."""
    found: dict[bytes, Link] = {}
    for index, certificate in enumerate(chain):
        found.setdefault(certificate.der, Link(certificate, index))
    return tuple(found.values())


def trusted(trust: Sequence[Certificate]) -> tuple[Link, ...]:
    """The trust store as links."""
    return tuple(Link(certificate, anchor=index) for index, certificate in enumerate(trust))


def outcome(path: Path, objections: Iterable[PathObjection], others: Iterable[TriedPath] = ()) -> PathOutcome:
    """What the library makes of the one path it settled on."""
    found = once(objections)
    return PathOutcome(not found, found, tried(path, found), tuple(others))


def tried(path: Path, objections: Sequence[PathObjection]) -> TriedPath:
    """A path as the outcome tells it: sent certificates, and the anchor it ended in."""
    anchor = next((link.anchor for link in path if link.anchor is not None), None)
    indices = tuple(link.index for link in path if link.index is not None)
    return TriedPath(indices, anchor, objections[0] if objections else None)


def once(objections: Iterable[PathObjection]) -> tuple[PathObjection, ...]:
    """The first of every (fault, place, reason)."""
    seen: dict[tuple[object, ...], PathObjection] = {}
    for o in objections:
        seen.setdefault((o.fault, o.certificate, o.anchor, o.facts.get("reason")), o)
    return tuple(seen.values())


def without_trust(request: PathRequest, found: Iterable[PathObjection], *, healed_by_trust: bool) -> PathOutcome:
    """Trust was not seen: what the leaf alone is refused for, whatever is trusted.

    ``healed_by_trust``: this library passes over such faults in a leaf that is itself trusted.
    """
    objections = once(found)
    if healed_by_trust:
        objections = tuple(replace(o, facts={**o.facts, "unless": "leaf-trusted"}) for o in objections)
    path = TriedPath((0,), None, objections[0] if objections else None)
    hopeless = bool(objections) and not (healed_by_trust and request.chain[0].self_issued)
    return PathOutcome(False if hopeless else None, objections, path)


_PLAIN = PathRules(least_rsa=0)


def no_anchor(request: PathRequest, rule: str) -> PathObjection:
    """Why no path reaches what is trusted: the same question for every client, so the same answer."""
    if isinstance(request.trust, Unseen) or not request.trust:
        return PathObjection("trust-store-empty", None, None, {}, rule)
    context = Context(request.chain, request.moment, _PLAIN, request.version, request.authentication)
    gap = explain_gap(context, Anchors.of(request.trust, _PLAIN))[1]
    return replace(gap, rule=rule)


def outside_validity(link: Link, moment: datetime, rule: str) -> Iterator[PathObjection]:
    """The certificate's dates, both ends included."""
    certificate = link.certificate
    facts = {"not_before": certificate.not_before.isoformat(), "not_after": certificate.not_after.isoformat()}
    if moment < certificate.not_before:
        yield objection("cert-not-yet-valid", link, rule, **facts)
    elif moment > certificate.not_after:
        yield objection("cert-expired", link, rule, **facts)


def is_valid_at(certificate: Certificate, moment: datetime) -> bool:
    """Within its dates."""
    return certificate.not_before <= moment <= certificate.not_after


def wrong_signature(link: Link, key: PublicKey, rule: str) -> Iterator[PathObjection]:
    """The signature was certainly not made by that key."""
    check = is_signed_by(link.certificate, key)
    if check.invalid:
        facts = {"reason": check.reason, "algorithm": link.certificate.signature.name}
        yield objection("cert-signature-invalid", link, rule, **facts)


def unknown_critical(link: Link, known: frozenset[str], rule: str) -> Iterator[PathObjection]:
    """Critical extensions beyond those the library handles."""
    unknown = tuple(oid for oid in link.certificate.critical_extensions if oid not in known)
    if unknown:
        yield objection("cert-critical-extension-unknown", link, rule, oids=unknown)


def outside_name_constraints(
    path: Path,
    rule: str,
    *,
    common_names: Callable[[Certificate], Iterable[str]] = lambda _: (),
    self_issued_exempt: bool = True,
    directory: bool = True,
) -> Iterator[PathObjection]:
    """Names outside the constraints of those above, the anchor's own included (as these libraries do).

    ``common_names``: what of the leaf's CN counts as a host there. ``directory``: names of entries count.
    """
    limits = NameLimits(common_name_constrained=False, leading_dot=True, directory=directory)
    for number in range(len(path) - 1, -1, -1):
        link = path[number]
        exempt = number > 0 and self_issued_exempt and link.certificate.self_issued
        violation = None if exempt else limits.violation(link.certificate)
        if violation is None and number == 0:
            violation = next(filter(None, map(limits.host_violation, common_names(link.certificate))), None)
        if violation is not None:
            yield objection("name-constraints-violation", link, rule, **violation)
        limits.add(link.certificate)


_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?"
_HOST = re.compile(rf"{_LABEL}(?:\.{_LABEL})+")


def hosts_in_common_names(certificate: Certificate) -> Iterator[str]:
    """Where no dNSName is, a CN that looks like a host: two labels or more (cn2dnsid in OpenSSL's v3_ncons.c)."""
    return filter(_HOST.fullmatch, lone_common_names(certificate))


def lone_common_names(certificate: Certificate) -> tuple[str, ...]:
    """The CNs of a certificate without a dNSName."""
    return () if certificate.names is not None and certificate.names.dns else certificate.subject.common_names


def key_identifier_fits(certificate: Certificate, issuer: Certificate) -> bool:
    """The authority key identifier, as far as both sides state one (RFC 5280, 4.2.1.1)."""
    wanted = certificate.authority_key_id
    if wanted is None:
        return True
    if wanted.key_id is not None and issuer.subject_key_id is not None and wanted.key_id != issuer.subject_key_id:
        return False
    return wanted.serial is None or wanted.serial == issuer.serial
