"""Paths as Go's crypto/x509 finds them (Certificate.Verify, buildChains, isValid in src/crypto/x509/verify.go), with
crypto/tls's own limits on the server's key.

Owns Go's search (every way up, the first good one is enough) and its checks. A root is checked like any issuer; a leaf
that is itself a root is a chain of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from tlswhy.frozen import frozen
from tlswhy.pki import extensions as oid
from tlswhy.pki.certificate import Certificate
from tlswhy.pki.go_extensions import names_compare
from tlswhy.pki.go_reading import go_reading, names_nothing
from tlswhy.pki.library_paths import (
    Link,
    Path,
    PathRequest,
    no_anchor,
    objection,
    outcome,
    outside_name_constraints,
    outside_validity,
    sent,
    tried,
    trusted,
    unknown_critical,
    without_trust,
    wrong_signature,
)
from tlswhy.pki.path_outcome import PathObjection, PathOutcome, TriedPath
from tlswhy.unseen import Unseen

MOST_PATHS = 32
MOST_STEPS = 100
"""maxChainSignatureChecks."""
LARGEST_RSA = 8192
"""crypto/tls.maxRSAKeySize: a server's larger key is refused (checkKeySize, since 1.19.13 and 1.20.8)."""


@frozen
class GoRules:
    """What differs between releases."""

    least_rsa: int = 0
    """crypto/rsa.checkKeySize since 1.24: 1024; smaller keys verify nothing."""
    sha1: bool = False
    """GODEBUG x509sha1=1, gone in 1.24: SHA-1 signatures are accepted."""
    negative_serial: bool = True
    """GODEBUG x509negativeserial=1, the default before 1.23: a serial number may be negative."""

    def judge(self, request: PathRequest) -> PathOutcome:
        """crypto/tls.Conn.verifyServerCertificate."""
        for link in sent(request.chain):
            if unread := _unreadable(self, link):
                return outcome((link,), (unread,))
        request = replace(request, chain=tuple(_seen(certificate) for certificate in request.chain))
        if isinstance(request.trust, Unseen):
            leaf = Link(request.chain[0], 0)
            found = [*_check(request, (leaf,)), *_check_signature_algorithm(self, leaf)]
            return without_trust(request, found, healed_by_trust=True)
        return _judge(self, request)


def _judge(rules: GoRules, request: PathRequest) -> PathOutcome:
    best: tuple[Path, list[PathObjection]] | None = None
    attempts: list[TriedPath] = []
    search = _Search(rules, request)
    for path in search.paths():
        found = [*_check(request, path), *_check_signatures(rules, path)]
        if not found:
            return outcome(path, (), attempts)
        attempts.append(tried(path, found))
        if best is None or len(found) < len(best[1]):
            best = path, found
    if search.cut:  # Go passes over what is wrong on the way and so gets further
        for path in _Search(rules, request, prunes=True).paths():
            if not [*_check(request, path)]:
                return outcome(path, (), attempts)
    if best is not None:
        return outcome(*best, attempts)
    leaf = Link(request.chain[0], 0)
    lost = _lost_anchors(rules, request)
    gap = lost or no_anchor(request, "x509.UnknownAuthorityError")
    return outcome((leaf,), (*_check(request, (leaf,)), gap, *_check_signature_algorithm(rules, leaf)))


class _Search:
    """buildChains, depth first: roots before intermediates.

    ``prunes``: as Go does, which goes no further where something is wrong, and so sees no near misses; its bound is
    then Go's own (x509: signature check attempts limit reached).
    """

    def __init__(self, rules: GoRules, request: PathRequest, *, prunes: bool = False) -> None:
        self._rules, self._request, self._prunes = rules, request, prunes
        self._sent = sent(request.chain)
        store = () if isinstance(request.trust, Unseen) else request.trust
        readable = (link for link in trusted(store) if _unreadable(rules, link) is None)
        self._roots = [replace(link, certificate=_seen(link.certificate)) for link in readable]
        self._steps = 0
        self.cut = False
        """It ended before it was through."""

    def paths(self) -> Iterator[Path]:
        leaf = self._sent[0]
        if (own := self._root_like(leaf.certificate)) is not None:
            yield (Link(leaf.certificate, 0, own.anchor),)
            return
        found = 0
        stack: list[Iterator[tuple[Path, bool]]] = [self._onward((leaf,))]
        while stack:
            path, ended = next(stack[-1], ((), False))
            if not path:
                stack.pop()
            elif self._steps > MOST_STEPS or (not self._prunes and found == MOST_PATHS):
                self.cut = True
                return
            elif ended:
                found += 1
                yield path
            else:
                stack.append(self._onward(path))

    def _onward(self, path: Path) -> Iterator[tuple[Path, bool]]:
        """What lies one step up: roots, then what was sent; True: it ends there."""
        top = path[-1].certificate
        for root in self._issuers(self._roots, top, path):
            yield (*path, root), True
        for link in self._issuers(self._sent[1:], top, path):
            if not self._root_like_link(link):
                yield (*path, link), False

    def _issuers(self, links: list[Link] | Path, certificate: Certificate, path: Path) -> Iterator[Link]:
        """findPotentialParents, those whose key identifier fits first; never the same subject, key and names twice."""
        fitting = [link for link in links if _names_issuer(certificate, link.certificate)]
        fitting.sort(key=lambda link: _rank(certificate, link.certificate))
        for link in fitting:
            if any(_repeats(held.certificate, link.certificate) for held in path):
                continue
            self._steps += 1
            if self._steps > MOST_STEPS or not (self._prunes and self._is_wrong(path, link)):
                yield link

    def _is_wrong(self, path: Path, link: Link) -> bool:
        """considerCandidate: the signature, then isValid; uses come when the chains are complete."""
        found = (*_check(self._request, (*path, link)), *_check_signatures(self._rules, (path[-1], link)))
        return any(o.rule != "x509.checkChainForKeyUsage" for o in found)

    def _root_like(self, certificate: Certificate) -> Link | None:
        return next((root for root in self._roots if root.certificate.der == certificate.der), None)

    def _root_like_link(self, link: Link) -> bool:
        return self._root_like(link.certificate) is not None


def _names_issuer(certificate: Certificate, issuer: Certificate) -> bool:
    """CertPool.findPotentialParents: names are compared octet by octet (RawSubject, RawIssuer)."""
    return issuer.subject.der == certificate.issuer.der


def _rank(certificate: Certificate, issuer: Certificate) -> int:
    wanted = certificate.authority_key_id.key_id if certificate.authority_key_id else None
    if wanted is None or issuer.subject_key_id is None:
        return 1
    return 0 if wanted == issuer.subject_key_id else 2


def _repeats(one: Certificate, other: Certificate) -> bool:
    """alreadyInChain."""
    same = one.subject.der == other.subject.der and one.public_key.spki == other.public_key.spki
    return same and one.names == other.names


# x509.ParseCertificate

_CURVES = frozenset(("secp224r1", "secp256r1", "secp384r1", "secp521r1"))


def _seen(certificate: Certificate) -> Certificate:
    return go_reading(certificate).certificate


def _unreadable(rules: GoRules, link: Link) -> PathObjection | None:
    """What can't be parsed: the peer's ends the handshake, a root's is as if it were not there."""
    curve = link.certificate.public_key.curve
    if curve is not None and curve != "explicit" and curve not in _CURVES:
        return objection("cert-curve-unsupported", link, "x509.parsePublicKey", curve=curve)
    reading = go_reading(link.certificate, negative_serial=rules.negative_serial)
    if reading.fault is None:
        return None
    blame = {"oid": reading.oid} if reading.oid else {}
    return objection("cert-unreadable", link, "x509.ParseCertificate", reason=reading.fault, **blame)


def _lost_anchors(rules: GoRules, request: PathRequest) -> PathObjection | None:
    if isinstance(request.trust, Unseen):
        return None
    issuers = {certificate.issuer.der for certificate in request.chain}
    for link in trusted(request.trust):
        if link.certificate.subject.der in issuers and (unread := _unreadable(rules, link)):
            return unread
    return None


# isValid, checkNameConstraints, checkChainForKeyUsage

_KNOWN = frozenset(
    (
        oid.KEY_USAGE,
        oid.BASIC_CONSTRAINTS,
        oid.SUBJECT_ALTERNATIVE_NAME,
        oid.NAME_CONSTRAINTS,
        oid.CRL_DISTRIBUTION_POINTS,
        oid.AUTHORITY_KEY_ID,
        oid.EXTENDED_KEY_USAGE,
        oid.SUBJECT_KEY_ID,
        oid.CERTIFICATE_POLICIES,
        oid.AUTHORITY_INFORMATION_ACCESS,
    )
)
_SERVER_USES = frozenset((oid.SERVER_AUTH, oid.ANY_EXTENDED_KEY_USAGE))


def _check(request: PathRequest, path: Path) -> Iterator[PathObjection]:
    rule = "x509.Certificate.isValid"
    for depth, link in enumerate(path):
        certificate = link.certificate
        yield from unknown_critical(link, _KNOWN, rule)
        if names_nothing(certificate):
            yield objection("cert-critical-extension-unknown", link, rule, oids=(oid.SUBJECT_ALTERNATIVE_NAME,))
        if _constrains_the_unknown(certificate):
            yield objection("cert-critical-extension-unknown", link, rule, oids=(oid.NAME_CONSTRAINTS,))
        yield from outside_validity(link, request.moment, rule)
        if not depth:
            continue
        constraints = certificate.basic_constraints
        # checkSignatureFrom asks it of every v3 parent; isValid of intermediates, whatever their version
        if (constraints is None or not constraints.ca) and (certificate.version == 3 or not link.trusted):
            facts = {"reason": "not-a-ca", "version": certificate.version}
            yield objection("ca-constraint-violation", link, rule, **facts)
        if certificate.key_usage is not None and "keyCertSign" not in certificate.key_usage:
            yield objection("ca-constraint-violation", link, "x509.checkSignatureFrom", reason="may-not-sign")
        limit = constraints.path_length if constraints else None
        if limit is not None and depth - 1 > limit:
            yield objection("ca-constraint-violation", link, rule, reason="path-too-long", limit=limit)
    names = path[0].certificate.names
    constrained = any(link.certificate.name_constraints is not None for link in path[1:])
    if constrained and names is not None and not names_compare(names.dns, names.email):
        facts = {"reason": "extension-broken", "oid": oid.SUBJECT_ALTERNATIVE_NAME}
        yield objection("cert-unreadable", path[0], rule, **facts)
    yield from outside_name_constraints(path, rule, self_issued_exempt=False, directory=False)
    for link in path:
        uses = link.certificate.extended_key_usage
        if uses is not None and not _SERVER_USES.intersection(uses):
            facts = {"reason": "extended-key-usage", "needs": "serverAuth", "has": uses}
            yield objection("cert-usage-not-allowed", link, "x509.checkChainForKeyUsage", **facts)
    bits = path[0].certificate.public_key.bits
    if path[0].certificate.public_key.algorithm == "RSA" and bits is not None and bits > LARGEST_RSA:
        yield objection("cert-key-disabled", path[0], "tls.checkKeySize", bits=bits, most=LARGEST_RSA)


def _constrains_the_unknown(certificate: Certificate) -> bool:
    """A critical constraint on a kind of name that Go doesn't handle (parseNameConstraintsExtension: unhandled)."""
    constraints = certificate.name_constraints
    if constraints is None or oid.NAME_CONSTRAINTS not in certificate.critical_extensions:
        return False
    sides = (constraints.permitted, constraints.excluded)
    return any(side is not None and (side.directory or side.other) for side in sides)


# checkSignature

_SIGNATURES = frozenset(
    f"{digest}with{key}" for digest in ("SHA1", "SHA256", "SHA384", "SHA512") for key in ("RSA", "ECDSA")
) | {"Ed25519"}
_KEYS = frozenset(("RSA", "EC", "Ed25519"))


def _check_signatures(rules: GoRules, path: Path) -> Iterator[PathObjection]:
    for link, issuer in pairwise(path):
        found = [*_check_signature_algorithm(rules, link), *_check_signing_key(rules, link, issuer)]
        yield from found
        if not found:
            yield from wrong_signature(link, issuer.certificate.public_key, "x509.checkSignature")


def _check_signature_algorithm(rules: GoRules, link: Link) -> Iterator[PathObjection]:
    signature = link.certificate.signature
    facts = {"algorithm": signature.name, "oid": signature.oid}
    rule = "x509.checkSignature"
    if signature.digest in ("MD2", "MD5") or (signature.digest == "SHA-1" and signature.pss is None and not rules.sha1):
        # InsecureAlgorithmError
        yield objection("cert-signature-disabled", link, rule, reason="insecure-algorithm", **facts)
    elif not _knows(link.certificate):
        yield objection("cert-signature-unsupported", link, rule, **facts)


def _knows(certificate: Certificate) -> bool:
    """getSignatureAlgorithmFromAI: of RSASSA-PSS only the three usual sets of parameters."""
    signature = certificate.signature
    if signature.pss is None:
        return signature.name in _SIGNATURES
    pss = signature.pss
    sizes = {"SHA-256": 32, "SHA-384": 48, "SHA-512": 64}
    return pss.hash == pss.mgf_hash and sizes.get(pss.hash) == pss.salt_length and pss.trailer == 1


def _check_signing_key(rules: GoRules, link: Link, issuer: Link) -> Iterator[PathObjection]:
    key = issuer.certificate.public_key
    if key.algorithm not in _KEYS:
        facts = {"algorithm": link.certificate.signature.name, "key": key.algorithm}
        yield objection("cert-signature-unsupported", link, "x509.checkSignature", **facts)
    elif key.algorithm == "RSA" and key.bits is not None and key.bits < rules.least_rsa:
        size = {"bits": key.bits, "least": rules.least_rsa}
        yield objection("cert-key-too-small", issuer, "rsa.checkKeySize", algorithm="RSA", **size)
