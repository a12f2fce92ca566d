"""Paths as Chromium's own verifier finds and checks them (net/cert/cert_verify_proc_builtin.cc over BoringSSL's
pki/path_builder.cc and pki/verify_certificate_chain.cc), with BoringSSL's look at the leaf's key usage.

Owns the search (every way up, the first good one is enough), the checks from the anchor down, and what Chromium calls
the worst of several faults. Anchors are those that a user or a policy added: their dates and constraints count.
"""

from __future__ import annotations

from collections.abc import Iterator

from tlswhy.frozen import frozen
from tlswhy.pki import extensions as oid
from tlswhy.pki.certificate import Certificate
from tlswhy.pki.library_paths import (
    TLS13,
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
from tlswhy.pki.path_outcome import PATH_CHOICE, PathObjection, PathOutcome, TriedPath
from tlswhy.pki.path_search import reaches_anchor
from tlswhy.pki.signatures import is_signed_by
from tlswhy.unseen import Unseen

MOST_STEPS = 500
LONGEST = 20
"""Bounds of ours: Chromium stops by iterations and by the clock, and where we stop first it may find another way."""


@frozen
class ChromiumRules:
    """What may differ between releases."""

    least_rsa: int = 1024
    """SimplePathBuilderDelegate's smallest modulus; 2048 counts for public CAs only."""

    def judge(self, request: PathRequest) -> PathOutcome:
        """CertVerifyProcBuiltin; then BoringSSL holds the leaf's key usage against the key exchange."""
        leaf = Link(request.chain[0], 0)
        last = [*_check_key_usage(request, leaf)]
        if isinstance(request.trust, Unseen):
            return without_trust(request, [*_check_alone(self, request, leaf), *last], healed_by_trust=False)
        found = _verify(self, request)
        return found if not last else outcome((leaf,), [*found.objections, *last], found.tried)


def _verify(rules: ChromiumRules, request: PathRequest) -> PathOutcome:
    best: tuple[Path, list[PathObjection]] | None = None
    attempts: list[TriedPath] = []
    search = _Search(request)
    for path in search.paths():
        found = _check(rules, request, path)
        if not found:
            return outcome(path, (), attempts)
        attempts.append(tried(path, found))
        if best is None or _severity(found[0]) > _severity(best[1][0]):
            best = path, found
    leaf = Link(request.chain[0], 0)
    if search.cut and not isinstance(request.trust, Unseen) and reaches_anchor(request.chain, request.trust):
        if alone := [*_check_alone(rules, request, leaf)]:
            return outcome((leaf,), alone, attempts)
        return PathOutcome(None, (), tried((leaf,), ()), tuple(attempts), PATH_CHOICE)
    if best is not None:
        return outcome(*best, attempts)
    gap = no_anchor(request, "bssl::CertPathBuilder")
    return outcome((leaf,), sorted([gap, *_check_alone(rules, request, leaf)], key=_severity))


_AUTHORITY = frozenset(("bssl::CertPathBuilder", "bssl::VerifySignedData"))


def _severity(found: PathObjection) -> int:
    """Which of several faults Chromium names (MapPathBuilderErrorsToCertStatus, MapCertStatusToNetError): an issuer
    that fails, a weak key, dates, and ERR_CERT_INVALID where there is nothing else."""
    if found.rule in _AUTHORITY:
        return 0
    return _ORDER.get(found.fault, len(_ORDER))


_ORDER = {
    "cert-key-too-small": 1,
    "cert-expired": 2,
    "cert-not-yet-valid": 2,
    "cert-signature-disabled": 3,
    "cert-signature-unsupported": 3,
}
"""The last are ERR_CERT_INVALID like all that is not named here; it is they that end the look at a chain."""


# CertPathBuilder


class _Search:
    """Depth first, trusted issuers before sent ones; a leaf that is itself an anchor needs an issuer all the same,
    which may be itself (CertPathIter::GetNextPath)."""

    def __init__(self, request: PathRequest) -> None:
        self._store = trusted(() if isinstance(request.trust, Unseen) else request.trust)
        self._sent = sent(request.chain)
        self.cut = False
        """It ended before it was through."""

    def paths(self) -> Iterator[Path]:
        steps, anchors = 0, {link.certificate.der for link in self._store}
        stack: list[Path] = [(self._sent[0],)]
        while stack and steps < MOST_STEPS:
            path = stack.pop()
            top = path[-1].certificate
            steps += 1
            for link in _by_key_identifier(top, self._store):
                steps += 1
                index = next((held.index for held in self._sent if held.certificate == link.certificate), None)
                yield (*path, Link(link.certificate, index, link.anchor))
            if len(path) < LONGEST:
                passed = anchors | {link.certificate.der for link in path}
                further = _by_key_identifier(top, self._sent[1:])
                stack += [(*path, link) for link in reversed(further) if link.certificate.der not in passed]
        self.cut = bool(stack)


def _by_key_identifier(certificate: Certificate, links: Path) -> list[Link]:
    """Issuers by name, those whose key identifier fits first (CalculateKeyIdentifierMatch)."""
    wanted = certificate.authority_key_id.key_id if certificate.authority_key_id else None

    def rank(link: Link) -> int:
        if wanted is None or link.certificate.subject_key_id is None:
            return 1
        return 0 if wanted == link.certificate.subject_key_id else 2

    return sorted((link for link in links if link.certificate.subject == certificate.issuer), key=rank)


# VerifyCertificateChain

_KNOWN = frozenset(
    (
        oid.BASIC_CONSTRAINTS,
        oid.KEY_USAGE,
        oid.EXTENDED_KEY_USAGE,
        oid.NAME_CONSTRAINTS,
        oid.SUBJECT_ALTERNATIVE_NAME,
        oid.CERTIFICATE_POLICIES,
        oid.POLICY_MAPPINGS,
        oid.POLICY_CONSTRAINTS,
        oid.INHIBIT_ANY_POLICY,
    )
)
_USES = frozenset((oid.SERVER_AUTH, oid.ANY_EXTENDED_KEY_USAGE))


def _check(rules: ChromiumRules, request: PathRequest, path: Path) -> list[PathObjection]:
    """From the anchor down. Behind a signature that it can't take, or a key that it can't read, nothing is looked at:
    what stands there would be the next to strike."""
    seen: list[PathObjection] = []
    hidden: list[PathObjection] = []
    found = seen
    for depth in range(len(path) - 1, -1, -1):
        link = path[depth]
        if depth + 1 < len(path):
            signature = [*_check_signature(request, link, path[depth + 1])]
            found += signature
            if signature or not _is_readable(path[depth + 1]):
                found = hidden
        found += _check_certificate(rules, request, link)
        if depth:
            found += _check_issuer(path, depth)
    found += outside_name_constraints(path, "bssl::NameConstraints::IsPermittedCert")
    return [*sorted(seen, key=_severity), *sorted(hidden, key=_severity)]


def _check_certificate(rules: ChromiumRules, request: PathRequest, link: Link) -> Iterator[PathObjection]:
    yield from outside_validity(link, request.moment, "bssl::VerifyTimeValidity")
    yield from _check_key(rules, link)
    yield from unknown_critical(link, _known_in(link.certificate), "bssl::VerifyNoUnconsumedCriticalExtensions")
    yield from _check_uses(link)


def _check_alone(rules: ChromiumRules, request: PathRequest, leaf: Link) -> Iterator[PathObjection]:
    """What the leaf is refused for whatever is trusted."""
    yield from _check_signature_algorithm(leaf)
    yield from _check_certificate(rules, request, leaf)


def _known_in(certificate: Certificate) -> frozenset[str]:
    """Microsoft's application policies may be critical where extendedKeyUsage says the same."""
    return _KNOWN if certificate.extended_key_usage is None else _KNOWN | {_MS_APPLICATION_POLICIES}


_MS_APPLICATION_POLICIES = "1.3.6.1.4.1.311.21.10"


def _check_uses(link: Link) -> Iterator[PathObjection]:
    """VerifyExtendedKeyUsage for SERVER_AUTH, of every certificate and of the anchor."""
    uses = link.certificate.extended_key_usage
    if uses is not None and not _USES.intersection(uses):
        facts = {"reason": "extended-key-usage", "needs": "serverAuth", "has": uses}
        yield objection("cert-usage-not-allowed", link, "bssl::VerifyExtendedKeyUsage", **facts)


def _check_issuer(path: Path, depth: int) -> Iterator[PathObjection]:
    """PrepareForNextCertificate; of an anchor a version 1 certificate, or one of version 3 that says nothing of being a
    CA, is taken (ApplyTrustAnchorConstraints)."""
    link = path[depth]
    certificate, rule = link.certificate, "bssl::VerifyCertificateChain"
    constraints = certificate.basic_constraints
    if (constraints is None and not link.trusted) or (constraints is not None and not constraints.ca):
        facts = {"reason": "not-a-ca", "version": certificate.version}
        yield objection("ca-constraint-violation", link, rule, **facts)
    if certificate.key_usage is not None and "keyCertSign" not in certificate.key_usage:
        yield objection("ca-constraint-violation", link, rule, reason="may-not-sign")
    limit = constraints.path_length if constraints is not None else None
    below = sum(not held.certificate.self_issued for held in path[1:depth])
    if limit is not None and below > limit:
        yield objection("ca-constraint-violation", link, rule, reason="path-too-long", limit=limit)


# SimplePathBuilderDelegate, ParseSignatureAlgorithm, ParsePublicKey

_SIGNATURES = frozenset(f"{digest}with{key}" for digest in ("SHA256", "SHA384", "SHA512") for key in ("RSA", "ECDSA"))
_PSS_SALTS = {"SHA-256": 32, "SHA-384": 48, "SHA-512": 64}
_CURVES = frozenset(("secp256r1", "secp384r1", "secp521r1"))


def _check_signature(request: PathRequest, link: Link, issuer: Link) -> Iterator[PathObjection]:
    found = [*_check_signature_algorithm(link)]
    yield from found
    if found:
        return
    rule = "bssl::VerifySignedData"
    made_by_another = any(is_signed_by(link.certificate, sent.public_key).valid for sent in request.chain)
    for wrong in wrong_signature(link, issuer.certificate.public_key, rule):
        # the true issuer was sent, and an anchor of its name has another key
        yield no_anchor(request, rule) if issuer.trusted and made_by_another else wrong


def _check_signature_algorithm(link: Link) -> Iterator[PathObjection]:
    signature = link.certificate.signature
    facts = {"algorithm": signature.name, "oid": signature.oid}
    rule = "bssl::ParseSignatureAlgorithm"
    if signature.digest in ("MD2", "MD5", "SHA-1") and signature.pss is None:
        rule = "bssl::SimplePathBuilderDelegate::IsSignatureAlgorithmAcceptable"
        yield objection("cert-signature-disabled", link, rule, reason="insecure-algorithm", **facts)
    elif signature.pss is not None:
        pss = signature.pss
        if pss.hash != pss.mgf_hash or _PSS_SALTS.get(pss.hash) != pss.salt_length or pss.trailer != 1:
            yield objection("cert-signature-unsupported", link, rule, **facts)
    elif signature.name not in _SIGNATURES:
        yield objection("cert-signature-unsupported", link, rule, **facts)


def _is_readable(link: Link) -> bool:
    """ParsePublicKey: RSA, and the curves of BoringSSL."""
    key = link.certificate.public_key
    return key.algorithm in ("RSA", "DSA") or key.curve in _CURVES | {"secp224r1"}


def _check_key(rules: ChromiumRules, link: Link) -> Iterator[PathObjection]:
    key, rule = link.certificate.public_key, "bssl::SimplePathBuilderDelegate::IsPublicKeyAcceptable"
    if key.algorithm == "RSA":
        if key.bits is not None and key.bits < rules.least_rsa:
            yield objection("cert-key-too-small", link, rule, algorithm="RSA", bits=key.bits, least=rules.least_rsa)
    elif key.algorithm != "EC":
        yield objection("cert-key-disabled", link, rule, algorithm=key.algorithm)
    elif key.curve not in _CURVES:
        yield objection("cert-curve-unsupported", link, rule, curve=key.curve)


# ssl_cert_check_key_usage


def _check_key_usage(request: PathRequest, leaf: Link) -> Iterator[PathObjection]:
    """A leaf with a key usage must have the one that its handshake asks for."""
    usage = leaf.certificate.key_usage
    decrypts = request.version < TLS13 and request.authentication == "RSA"
    needed = "keyEncipherment" if decrypts else "digitalSignature"
    if usage is not None and needed not in usage:
        facts = {"reason": "key-usage", "needs": needed, "has": tuple(sorted(usage))}
        yield objection("cert-usage-not-allowed", leaf, "ssl_cert_check_key_usage", **facts)
