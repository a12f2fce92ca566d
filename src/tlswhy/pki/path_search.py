"""The trust store as a path sees it, the search of sun.security.provider.certpath.SunCertPathBuilder, and what is
missing where no path reaches an anchor.

Owns which certificates are tried in which order and the bounds on that. What is wrong with a path is for
``path_checks``.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache

from tlswhy.frozen import frozen
from tlswhy.pki import der
from tlswhy.pki.certificate import Certificate
from tlswhy.pki.extensions import SUBJECT_KEY_ID
from tlswhy.pki.keys import PublicKey
from tlswhy.pki.path_checks import Context, check_validity, name_limits, unreadable
from tlswhy.pki.path_outcome import PathObjection
from tlswhy.pki.path_rules import PathRules
from tlswhy.pki.signatures import is_signed_by

MOST_STEPS = 400
"""Certificates looked at in one search for near misses; real chains need a dozen, hostile ones would never end."""
MOST_STRICT_STEPS = 3000
"""The same in the search that decides. Java has no such bound: beyond it nobody knows what it would find."""
MOST_PATHS = 32
"""Complete paths given up before the search is; likewise."""


@frozen
class Anchors:
    """The trusted certificates by what paths ask of them; indices are those of ``certificates``, the trust given."""

    certificates: tuple[Certificate, ...]
    usable: tuple[int, ...]
    lost: dict[int, PathObjection]
    """Those the runtime can't parse: they vanish when it loads its store."""
    by_subject: dict[str, list[int]]
    by_bytes: dict[bytes, int]

    @classmethod
    def of(cls, trust: tuple[Certificate, ...], rules: PathRules) -> Anchors:
        """Sort what is trusted."""
        lost: dict[int, PathObjection] = {}
        by_subject: dict[str, list[int]] = defaultdict(list)
        by_bytes: dict[bytes, int] = {}
        for index, certificate in enumerate(trust):
            if unread := unreadable(certificate, rules):
                lost[index] = replace(unread, anchor=index)
            elif certificate.der not in by_bytes:
                by_subject[certificate.subject.canonical].append(index)
                by_bytes[certificate.der] = index
        seen = tuple(rules.read(certificate).certificate for certificate in trust)
        return cls(seen, tuple(by_bytes.values()), lost, dict(by_subject), by_bytes)

    def named(self, subject: object) -> list[int]:
        """Anchors with this subject."""
        return self.by_subject.get(getattr(subject, "canonical", ""), [])

    def same_certificate(self, certificate: Certificate) -> int | None:
        """The anchor that is this very certificate."""
        return self.by_bytes.get(certificate.der)

    def same_certificate_or_key(self, certificate: Certificate) -> int | None:
        """... or has its subject and public key (a CA certificate renewed with the same key)."""
        exact = self.same_certificate(certificate)
        if exact is not None:
            return exact
        twins = self.named(certificate.subject)
        return next((i for i in twins if _same_key(self.certificates[i], certificate)), None)

    def fitting(self, certificate: Certificate) -> Iterator[int]:
        """Anchors that may have issued the certificate: name and key identifier (AdaptableX509CertSelector)."""
        for index in self.named(certificate.issuer):
            if identifier_fits(certificate, self.certificates[index]):
                yield index

    def why_empty(self) -> PathObjection:
        """``the trustAnchors parameter must be non-empty``: PKIXParameters.setTrustAnchors."""
        for objection in self.lost.values():
            return replace(objection, facts={**objection.facts, "reason": "store-empty-without-it"})
        return PathObjection("trust-store-empty", None, None, {}, "java.security.cert.PKIXParameters.setTrustAnchors")

    def suspect_anchor(
        self, context: Context, indices: tuple[int, ...], anchor: int, objection: PathObjection
    ) -> PathObjection:
        """A topmost signature that the anchor's key did not make: a damaged signature, or an anchor of the same name
        with another key? The latter when a sent certificate of that name made it, or the key identifiers differ."""
        top, trusted = context.chain[indices[-1]], self.certificates[anchor]
        sent = (c for c in context.chain[:MOST_STEPS] if c.subject == top.issuer and not _same_key(c, trusted))
        other_key = any(is_signed_by(top, c.public_key).valid for c in sent)
        wanted = top.authority_key_id.key_id if top.authority_key_id else None
        if not other_key and (wanted is None or wanted == _key_identifier(trusted)):
            return objection
        identifiers = _both_identifiers(top, trusted)
        facts = {"subject": trusted.subject.text, "reason": "signature-by-another-key", **identifiers}
        return PathObjection("trust-anchor-mismatch", objection.certificate, anchor, facts, objection.rule)


def identifier_fits(certificate: Certificate, issuer: Certificate) -> bool:
    """AdaptableX509CertSelector: the authority key identifier, and for v3 its serial number, must be the issuer's."""
    wanted = certificate.authority_key_id
    if wanted is None:
        return True
    if wanted.key_id is not None and issuer.extensions.has(SUBJECT_KEY_ID) and wanted.key_id != issuer.subject_key_id:
        return False  # so, too, where the issuer's can't be read
    return wanted.serial is None or issuer.version < 3 or wanted.serial == issuer.serial


def mismatch(top: Certificate, index: int, anchor: Certificate, anchor_index: int) -> PathObjection:
    """An anchor of the right name that is not the issuer meant."""
    facts = {"subject": anchor.subject.text, "reason": "another-key", **_both_identifiers(top, anchor)}
    if not identifier_fits(top, anchor):
        facts["reason"] = "authority-key-identifier"
    rule = "certpath.AdaptableX509CertSelector"
    return PathObjection("trust-anchor-mismatch", index, anchor_index, facts, rule)


class Ways:
    """Complete paths (indices from the leaf up, the anchor), each with the hurdles that made the builder pass over it.

    First those without a hurdle, as the builder goes; then the near misses, which it never shows. ``cut``, once they
    have been gone through: the builder would have gone on where we did not, and may come to an anchor there.
    """

    def __init__(self, context: Context, anchors: Anchors) -> None:
        self._context, self._anchors = context, anchors
        self._cut = False

    @property
    def cut(self) -> bool:
        return self._cut and reaches_anchor(self._context.chain, self._anchors.certificates)

    def __iter__(self) -> Iterator[Way]:
        for strict in (True, False):
            found = 0
            search = _Search(self._context, self._anchors, strict)
            for path in search.paths():
                if strict or path[2]:
                    yield path
                    found += 1
                if found == MOST_PATHS:
                    break
            if strict:
                self._cut = search.cut


Way = tuple[tuple[int, ...], int, tuple[PathObjection, ...]]


@frozen
class _Reached:
    """A way up so far; with an anchor it is complete."""

    indices: tuple[int, ...]
    depth: int
    hurdles: tuple[PathObjection, ...]
    anchor: int | None


_Candidate = tuple[Certificate, int, bool]


def _preferred(top: Certificate, candidates: list[_Candidate], anchors: Anchors) -> list[_Candidate]:
    """The order in which ForwardBuilder tries issuers, sent and trusted ones together: first those whose key identifier
    is the one wanted, then those with a trusted issuer. Among equals the last one put into the TreeSet comes first, and
    CollectionCertStore hands them out of a HashSet. (Then names that are near to a trusted one; not modelled.)"""
    if len(candidates) < 2:
        return candidates
    wanted = top.authority_key_id.key_id if top.authority_key_id else None

    def rank(candidate: _Candidate) -> tuple[bool, bool]:
        issuer = candidate[0]
        meant = wanted is not None and issuer.subject_key_id == wanted
        return not meant, not anchors.named(issuer.issuer)

    trusted = [candidate for candidate in candidates if candidate[2]]
    sent = [candidate for candidate in candidates if not candidate[2]]
    latest_first = [*trusted, *_hashed(sent)][::-1]
    return sorted(latest_first, key=rank)


def _hashed(candidates: list[_Candidate]) -> list[_Candidate]:
    """The order of a java.util.HashSet of certificates (Arrays.hashCode over their bytes); what shares a bucket is in
    the order of insertion."""
    buckets = 16
    while len(candidates) > buckets * 0.75:
        buckets *= 2
    return sorted(candidates, key=lambda candidate: _spread(candidate[0]) & (buckets - 1))


@lru_cache(maxsize=512)
def _spread(certificate: Certificate) -> int:
    code = 1
    for octet in certificate.der:
        code = 31 * code + octet - ((octet & 0x80) << 1) & 0xFFFFFFFF
    return code ^ code >> 16


class _Search:
    """One depth-first search (SunCertPathBuilder.depthFirstSearchForward), with a stack of its own."""

    def __init__(self, context: Context, anchors: Anchors, strict: bool) -> None:
        self._context = context
        self._anchors = anchors
        self._strict = strict
        self._most = MOST_STRICT_STEPS if strict else MOST_STEPS
        self._steps = 0
        self._stack: list[_Reached] = []
        self._by_subject: dict[str, list[int]] = defaultdict(list)
        seen: set[bytes] = set()
        for index, certificate in enumerate(context.chain):
            if certificate.der not in seen:
                seen.add(certificate.der)
                self._by_subject[certificate.subject.canonical].append(index)

    @property
    def cut(self) -> bool:
        """It ended before it was through."""
        return bool(self._stack) or self._steps >= self._most

    def paths(self) -> Iterator[Way]:
        if self._anchors.same_certificate(self._context.chain[0]) is not None:
            return  # PKIXValidator has already taken it
        self._stack = [_Reached((0,), 0, (), None)]
        while self._stack and self._steps < self._most:
            reached = self._stack.pop()
            if reached.anchor is not None:
                yield reached.indices, reached.anchor, reached.hurdles
            else:
                self._stack += reversed(list(self._onward(reached)))

    def _onward(self, reached: _Reached) -> Iterator[_Reached]:
        """Where the search goes from here, in the order of ForwardBuilder.PKIXCertComparator."""
        top = self._context.chain[reached.indices[-1]]
        anchors = [(self._anchors.certificates[index], index, True) for index in self._anchors.named(top.issuer)]
        sent = self._by_subject.get(top.issuer.canonical, ())
        candidates = [*anchors, *((self._context.chain[index], index, False) for index in sent)]
        for certificate, index, trusted in _preferred(top, candidates, self._anchors):
            self._steps += 1
            if self._steps > self._most:
                return
            if trusted:
                if self._loops(reached.indices, certificate):
                    continue
                met = tuple(self._hurdles_to_anchor(top, index, reached.indices))
                if not (self._strict and met):
                    yield _Reached(reached.indices, reached.depth, (*reached.hurdles, *met), index)
            elif (step := self._step(reached.indices, reached.depth, index)) is not None:
                yield _Reached(step[0], step[1], (*reached.hurdles, *step[2]), None)

    def _step(
        self, indices: tuple[int, ...], depth: int, index: int
    ) -> tuple[tuple[int, ...], int, tuple[PathObjection, ...]] | None:
        """Go up to this certificate, unless it makes a loop or (searching strictly) the builder would not."""
        certificate, below = self._context.chain[index], self._context.chain[indices[-1]]
        if self._anchors.same_certificate(certificate) is not None:
            return None  # as an anchor it has had its turn
        if self._loops(indices, certificate):
            return None
        if below.self_issued and certificate.self_issued and len(indices) > 1:
            return None
        hurdles = (
            *self._hurdles(certificate, below, index, depth),
            *self._forbidden_below(certificate, index, None, indices),
        )
        if self._strict and hurdles:
            return None
        return (*indices, index), depth + (not certificate.self_issued), hurdles

    def _loops(self, indices: tuple[int, ...], certificate: Certificate) -> bool:
        return any(_repeats(self._context.chain[i], certificate) for i in indices)

    def _hurdles_to_anchor(self, top: Certificate, index: int, below: tuple[int, ...]) -> Iterator[PathObjection]:
        """ForwardBuilder keeps one selector for all issuers: the date that it sets for sent certificates after its
        first look stays set, so from the second look on an anchor must be within its validity, too."""
        anchor, context = self._anchors.certificates[index], self._context
        if context.rules.builder_minds_key_id and not identifier_fits(top, anchor):
            yield mismatch(top, context.chain.index(top), anchor, index)
        yield from self._forbidden_below(anchor, None, index, below)
        if len(below) > 1:
            for objection in check_validity(context, anchor, None):
                yield replace(objection, anchor=index, rule="certpath.ForwardBuilder")

    def _hurdles(self, certificate: Certificate, below: Certificate, index: int, depth: int) -> Iterator[PathObjection]:
        """What ForwardBuilder's selectors sort out beyond what the checks along the path would say anyway."""
        if self._context.rules.builder_minds_key_id and not identifier_fits(below, certificate):
            reason = {"reason": "authority-key-identifier"}
            yield PathObjection("chain-incomplete", index, None, reason, "certpath.AdaptableX509CertSelector")
        if depth >= self._context.rules.longest_path:
            facts: dict[str, object] = {"reason": "path-too-long", "limit": self._context.rules.longest_path}
            yield PathObjection("ca-constraint-violation", index, None, facts, "certpath.ForwardBuilder")

    def _forbidden_below(
        self, issuer: Certificate, index: int | None, anchor: int | None, below: tuple[int, ...]
    ) -> Iterator[PathObjection]:
        """ForwardState.subjectNamesTraversed: the leaf's names, and those of CAs that aren't self-issued."""
        if not self._context.rules.builder_selects_by_names or issuer.name_constraints is None:
            return
        path = [self._context.chain[i] for i in below]
        named = (c for number, c in enumerate(path) if number == 0 or not c.self_issued)
        if (facts := name_limits(self._context.rules).hinders(issuer, named)) is not None:
            rule = "cert.X509CertSelector.matchPathToNames"
            yield PathObjection("name-constraints-violation", index, anchor, dict(facts), rule)


def explain_gap(context: Context, anchors: Anchors) -> tuple[tuple[int, ...], PathObjection]:
    """How far the chain goes up from the leaf, and what is missing there."""
    indices = _natural_path(context)
    top_index = indices[-1]
    top = context.chain[top_index]
    rule = "validator.PKIXValidator"
    named = anchors.named(top.issuer) or anchors.named(top.subject)
    lost = (o for i, o in anchors.lost.items() if anchors.certificates[i].subject == top.issuer)
    if (objection := next(lost, None)) is not None:
        return indices, objection
    facts: dict[str, object] = {"issuer": top.issuer.text}
    if named:
        return indices, mismatch(top, top_index, anchors.certificates[named[0]], named[0])
    if top_index == 0 and top.self_issued:
        return indices, PathObjection("self-signed-untrusted", 0, None, facts, rule)
    if top_index == 0:
        return indices, PathObjection("chain-incomplete", 0, None, facts, rule)
    return indices, PathObjection("trust-anchor-missing", top_index, None, facts, rule)


def reaches_anchor(chain: Sequence[Certificate], trust: Iterable[Certificate]) -> bool:
    """Whether some way up by names alone ends in what is trusted; where none does, no search would find one."""
    names = {certificate.subject.canonical for certificate in trust}
    above: dict[str, set[str]] = defaultdict(set)
    for certificate in chain:
        above[certificate.subject.canonical].add(certificate.issuer.canonical)
    reached, waiting = {chain[0].issuer.canonical}, [chain[0].issuer.canonical]
    while waiting:
        name = waiting.pop()
        if name in names:
            return True
        fresh = above.get(name, set()) - reached
        reached |= fresh
        waiting += fresh
    return False


def _natural_path(context: Context) -> tuple[int, ...]:
    """Up from the leaf by names, preferring an issuer whose key fits; ends at a self-issued one or a gap."""
    by_subject: dict[str, list[int]] = defaultdict(list)
    for index, certificate in enumerate(context.chain):
        by_subject[certificate.subject.canonical].append(index)
    indices, taken = [0], {context.chain[0].der}
    while len(indices) < MOST_PATHS:
        top = context.chain[indices[-1]]
        if top.self_issued:
            break
        issuers = by_subject.get(top.issuer.canonical, [])[:MOST_PATHS]
        issuers = [i for i in issuers if context.chain[i].der not in taken]
        if not issuers:
            break
        signed = (i for i in issuers if is_signed_by(top, context.chain[i].public_key).valid)
        indices.append(next(signed, issuers[0]))
        taken.add(context.chain[indices[-1]].der)
    return tuple(indices)


def _repeats(one: Certificate, other: Certificate) -> bool:
    """SunCertPathBuilder.repeated: the same subject, key and subjectAltName."""
    return one.subject == other.subject and _same_key(one, other) and one.names == other.names


def _same_key(one: Certificate, other: Certificate) -> bool:
    return one.public_key.spki == other.public_key.spki


def _key_identifier(certificate: Certificate) -> bytes | None:
    """The subject key identifier, else the usual one: SHA-1 over the key's bits (RFC 5280 §4.2.1.2 method 1)."""
    if certificate.subject_key_id is not None:
        return certificate.subject_key_id
    return _sha1_identifier(certificate.public_key)


def _both_identifiers(top: Certificate, anchor: Certificate) -> dict[str, str]:
    """The key that the topmost certificate names as its issuer's, and the anchor's, where both are known and differ."""
    wanted = top.authority_key_id.key_id if top.authority_key_id else None
    held = _key_identifier(anchor)
    if not wanted or not held or wanted == held:
        return {}
    return {"wanted_key": wanted.hex(":"), "trusted_key": held.hex(":")}


def _sha1_identifier(key: PublicKey) -> bytes | None:
    try:
        bits = list(der.read_element(key.spki).children())[1]
        return hashlib.sha1(der.bit_string(bits), usedforsecurity=False).digest()
    except (der.NotDer, IndexError):
        return None
