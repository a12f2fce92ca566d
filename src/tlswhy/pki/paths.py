"""Path building and validation as a given client does it, with every objection in that client's order.

Owns sun.security.validator.PKIXValidator and what it calls: the quick look at the chain as sent, then either
CertPathValidator on it or SunCertPathBuilder. What a client's policy says of algorithms and keys is handed in as
``PathRules``; the checks along one path are in ``path_checks``, the search for another one in ``path_search``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from itertools import islice

from tlswhy.pki.certificate import Certificate
from tlswhy.pki.library_paths import LibraryRules, PathRequest
from tlswhy.pki.path_checks import (
    Context,
    check_end_entity,
    check_path,
    objection_to_anchor,
    objection_to_leaf_alone,
    unreadable,
)
from tlswhy.pki.path_outcome import PATH_CHOICE, PathObjection, PathOutcome, TriedPath
from tlswhy.pki.path_rules import AlgorithmCheck, PathRules
from tlswhy.pki.path_search import Anchors, Way, Ways, explain_gap, mismatch
from tlswhy.unseen import Unseen, UnseenType

__all__ = ["AlgorithmCheck", "LibraryRules", "PathObjection", "PathOutcome", "PathRules", "TriedPath", "judge_path"]


def judge_path(
    chain: tuple[Certificate, ...],
    trust: tuple[Certificate, ...] | UnseenType,
    *,
    moment: datetime,
    rules: PathRules | LibraryRules,
    version: int,
    authentication: str,
) -> PathOutcome:
    """Judge the chain as sent (leaf first) against what the client trusts.

    ``version`` is the negotiated one, as on the wire; ``authentication`` Java's authType ("ECDHE_RSA", "RSA",
    "UNKNOWN" for TLS 1.3). ``rules`` say whose way it is: Java's here, a library's where it keeps its own.
    """
    if not chain:
        return PathOutcome(None, (), None)
    for index, certificate in enumerate(chain):
        if certificate.shapeless:  # every client reads all that it is sent before it judges
            objection = PathObjection("cert-unreadable", index, None, {"reason": "broken-encoding"})
            return PathOutcome(False, (objection,), None)
    if not isinstance(rules, PathRules):  # a library's rules know how that library goes about it
        return rules.judge(PathRequest(chain, trust, moment, version, authentication))
    for index, certificate in enumerate(chain):
        if unread := unreadable(certificate, rules):
            return PathOutcome(False, (replace(unread, certificate=index),), None)
    seen = tuple(rules.read(certificate).certificate for certificate in chain)
    context = Context(seen, moment, rules, version, authentication)
    if isinstance(trust, Unseen):
        return _without_trust(context)
    return _with_trust(context, Anchors.of(trust, rules))


def _with_trust(context: Context, anchors: Anchors) -> PathOutcome:
    """PKIXValidator.engineValidate."""
    if not anchors.usable:
        return PathOutcome(False, (anchors.why_empty(),), None)
    chain, rules = context.chain, context.rules
    for index, certificate in enumerate(chain):
        if index and certificate.subject != chain[index - 1].issuer:
            return _build(context, anchors)
        if index == 0 and not rules.leaf_trusted_by_key:
            anchor = anchors.same_certificate(certificate)
        else:
            anchor = anchors.same_certificate_or_key(certificate)
        if anchor is not None and index == 0:
            # Validator.validate: the end entity check is left out as well
            return PathOutcome(True, (), TriedPath((0,), anchor, None))
        if anchor is not None:
            return _validate(context, anchors, range(index))
    if anchors.named(chain[-1].issuer):
        return _validate(context, anchors, range(len(chain)))
    return _build(context, anchors)


def _validate(context: Context, anchors: Anchors, indices: range) -> PathOutcome:
    """PKIXCertPathValidator: the chain in order, under each anchor whose name and key identifier fit."""
    top = context.chain[indices[-1]]
    fitting = [*islice(anchors.fitting(top), MOST_ANCHORS + 1)]
    if outcome := _settle(context, anchors, [(tuple(indices), anchor, ()) for anchor in fitting[:MOST_ANCHORS]]):
        return outcome if outcome.accepted or len(fitting) <= MOST_ANCHORS else _undecided(context, anchors, outcome)
    # "Path does not chain with any of the trust anchors"
    anchor = next(iter(anchors.named(top.issuer)))
    gap = mismatch(top, indices[-1], anchors.certificates[anchor], anchor)
    return _broken_off(context, tuple(indices), gap)


def _build(context: Context, anchors: Anchors) -> PathOutcome:
    """SunCertPathBuilder over everything that was sent."""
    ways = Ways(context, anchors)
    outcome = _settle(context, anchors, ways, built=True)
    if ways.cut:
        return _undecided(context, anchors, outcome)
    return outcome or _broken_off(context, *explain_gap(context, anchors))


def _undecided(context: Context, anchors: Anchors, outcome: PathOutcome | None) -> PathOutcome:
    """There are more ways than were tried; what is wrong with the leaf is wrong on all of them."""
    indices, _ = explain_gap(context, anchors)
    found = _once(objection_to_leaf_alone(context, indices))
    path = TriedPath(indices, None, found[0] if found else None)
    tried = outcome.tried if outcome else ()
    return PathOutcome(False, found, path, tried) if found else PathOutcome(None, (), path, tried, PATH_CHOICE)


def _settle(
    context: Context,
    anchors: Anchors,
    attempts: Iterable[Way],
    *,
    built: bool = False,
) -> PathOutcome | None:
    """The first path without an objection is the client's; only then come the looks at its anchor and at the leaf's
    uses, and what they find is final. Where every path has objections, the one with the fewest tells the story."""
    tried: list[TriedPath] = []
    best: tuple[TriedPath, tuple[PathObjection, ...]] | None = None
    for indices, anchor, hurdles in attempts:
        along = (*hurdles, *_along(context, anchors, indices, anchor, built))
        wrong = objection_to_anchor(anchors.certificates[anchor], anchor, context.rules)
        objections = (*along, *((wrong,) if wrong else ()), *check_end_entity(context))
        path = TriedPath(indices, anchor, objections[0] if objections else None)
        if not along:
            return PathOutcome(not objections, _once(objections), path, tuple(tried))
        tried.append(path)
        if _ends_the_search(along, context.rules):
            return PathOutcome(False, _once(objections), path, tuple(tried))
        if best is None or len(objections) < len(best[1]):
            best = path, objections
    return PathOutcome(False, _once(best[1]), best[0], tuple(tried)) if best else None


def _along(
    context: Context, anchors: Anchors, indices: tuple[int, ...], anchor: int, built: bool
) -> Iterator[PathObjection]:
    named = not (built and context.rules.builder_selects_by_names)
    for objection in check_path(context, indices, anchors.certificates[anchor], anchor, names_checked=named):
        if objection.fault == "cert-signature-invalid" and objection.certificate == indices[-1]:
            yield anchors.suspect_anchor(context, indices, anchor, objection)
        else:
            yield objection


def _broken_off(context: Context, indices: tuple[int, ...], gap: PathObjection) -> PathOutcome:
    path = TriedPath(indices, None, gap)
    rest = (*check_path(context, indices, None, None), *check_end_entity(context))
    return PathOutcome(False, _once((gap, *rest)), path, (path,))


def _without_trust(context: Context) -> PathOutcome:
    """Only what holds whatever is trusted: objections to the leaf, which nothing but trust in the leaf itself heals."""
    leaf = context.chain[0]
    indices, _ = explain_gap(context, Anchors.of((), context.rules))
    found = tuple(objection_to_leaf_alone(context, indices))
    path = TriedPath(indices, None, found[0] if found else None)
    others = [TriedPath(indices, None, o) for o in check_path(context, indices, None, None) if o not in found]
    if leaf.self_issued or not found:
        return PathOutcome(None, _once(found), path, tuple(others))
    return PathOutcome(False, _once(found), path, tuple(others))


def _ends_the_search(along: tuple[PathObjection, ...], rules: PathRules) -> bool:
    """What throws out of SunCertPathBuilder altogether: other ways up aren't tried any more. Unless BasicChecker, which
    has its turn before, has passed over this way already. (Before 17 it is asked only where keys lack parameters, and
    its exception is caught.)"""
    first = along[0]
    if first.facts.get("reason") == "anchor-key-parameters-missing" and not rules.era.rewritten:
        return False
    if first.facts.get("reason") not in ("constraint-breaks-client", "anchor-key-parameters-missing"):
        return False
    return not any(o.fault in _SEEN_BY_BASIC_CHECKER and o.certificate == first.certificate for o in along)


_SEEN_BY_BASIC_CHECKER = {
    "cert-signature-invalid",
    "cert-signature-unsupported",
    "trust-anchor-mismatch",
    "cert-expired",
    "cert-not-yet-valid",
}
MOST_ANCHORS = 16
"""Same-named anchors tried on one chain; a store with more of them is no real store."""


def _once(objections: Iterable[PathObjection]) -> tuple[PathObjection, ...]:
    """The first of every (fault, place); the client meets some of them in two of its checks."""
    seen: dict[tuple[object, ...], PathObjection] = {}
    for o in objections:
        seen.setdefault((o.fault, o.certificate, o.anchor, o.facts.get("reason")), o)
    return tuple(seen.values())
