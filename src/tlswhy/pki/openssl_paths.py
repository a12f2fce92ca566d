"""Paths as OpenSSL's X509_verify_cert builds them, 1.0.2 to 3.5 (crypto/x509/x509_vfy.c).

Owns the search: one path, no way back but the alternative chain of 1.0.2. What is wrong with the path it settles on is
for ``openssl_checks``.
"""

from __future__ import annotations

from collections.abc import Iterator

from tlswhy.frozen import frozen
from tlswhy.pki.certificate import Certificate
from tlswhy.pki.library_paths import (
    Link,
    Path,
    PathRequest,
    is_valid_at,
    no_anchor,
    objection,
    outcome,
    sent,
    trusted,
    without_trust,
)
from tlswhy.pki.openssl_checks import Release, check_leaf_alone, check_path, is_self_signed, may_sign
from tlswhy.pki.openssl_reading import extension_fault, structure_fault
from tlswhy.pki.path_outcome import PathObjection, PathOutcome
from tlswhy.unseen import Unseen

LONGEST = 102
"""X509_VERIFY_PARAM's depth of 100, the leaf and one more."""


@frozen
class OpensslRules:
    """``release`` is the line of OpenSSL; the rest is how its user has set it up."""

    release: Release
    security_level: int = 1
    """SSL_CTX_set_security_level: the least strength of keys and digests (from 1.1.0 on)."""
    partial_chain: bool = False
    """X509_V_FLAG_PARTIAL_CHAIN: any trusted certificate is an anchor, not only a self-signed one."""
    strict: bool = False
    """X509_V_FLAG_X509_STRICT (Python's VERIFY_X509_STRICT); from 3.0 on."""
    last_error_counts: bool = False
    """The user's callback lets verification go on, and reads the last error (SSL_get_verify_result)."""
    keys: frozenset[str] | None = None
    """Kinds of keys that can be decoded; None: all."""
    seeks_last_issuer: bool = False
    """Node.js 10 to 14 (GetLastIssuedCert in src/node_crypto.cc): once the name is to be looked at it climbs until a
    certificate has issued itself, and never comes back from one that is self-signed and may not sign."""

    needs_nist_curves: bool = False
    """Node.js 24 (getPeerCertificate) asks for the NIST name of every curve in the path, and crashes where there is
    none (seen with 24.21.0: brainpoolP256r1, secp256k1)."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "release", Release(self.release))

    def judge(self, request: PathRequest) -> PathOutcome:
        """Every certificate is decoded first; then X509_verify_cert."""
        for index, certificate in enumerate(request.chain):
            if (fault := structure_fault(certificate)) is not None:
                unread = objection("cert-unreadable", Link(certificate, index), "d2i_X509", reason=fault)
                return outcome((Link(request.chain[0], 0),), [unread])
        if isinstance(request.trust, Unseen):
            return without_trust(request, check_leaf_alone(self, request), healed_by_trust=False)
        path, gap = _Builder(self, request).build()
        found = [*gap, *check_path(self, request, path)]
        if self.release is not Release.V1_0_2:
            # "If the peer's public key is too weak, we can stop early": before the chain is built
            found.sort(key=lambda o: not (o.fault == "cert-key-too-small" and o.certificate == 0))
        if self.last_error_counts:
            found.reverse()
        if not found:
            found = [*_fatal_to_the_user(self, path)]
        return outcome(path, found)


_NIST_CURVES = frozenset(("secp192r1", "secp224r1", "secp256r1", "secp384r1", "secp521r1"))


def _fatal_to_the_user(rules: OpensslRules, path: Path) -> Iterator[PathObjection]:
    """What OpenSSL takes, and the program around it does not survive."""
    top = path[-1]
    usage = top.certificate.key_usage
    if rules.seeks_last_issuer and top.certificate.self_issued and usage is not None and "keyCertSign" not in usage:
        facts = {"reason": "key-usage", "needs": "keyCertSign", "has": tuple(sorted(usage))}
        yield objection("cert-usage-not-allowed", top, "GetLastIssuedCert", **facts)
    for link in path if rules.needs_nist_curves else ():
        curve = link.certificate.public_key.curve
        if curve is not None and curve not in _NIST_CURVES:
            yield objection("cert-curve-unsupported", link, "getPeerCertificate", curve=curve)


class _Builder:
    def __init__(self, rules: OpensslRules, request: PathRequest) -> None:
        self._rules = rules
        self._request = request
        self._sent = list(sent(request.chain))
        store = trusted(request.trust if not isinstance(request.trust, Unseen) else ())
        self._store = tuple(link for link in store if structure_fault(link.certificate) is None)
        self._by_subject: dict[str, list[Link]] = {}
        for link in self._store:
            self._by_subject.setdefault(link.certificate.subject.canonical, []).append(link)

    def build(self) -> tuple[Path, list[PathObjection]]:
        """The path, and the error where it ends in nothing that is trusted."""
        if self._rules.release is Release.V1_0_2:
            return self._build_untrusted_first()
        return self._build_trusted_first()

    def _build_trusted_first(self) -> tuple[Path, list[PathObjection]]:
        """build_chain of 1.1.0 and later, X509_V_FLAG_TRUSTED_FIRST being its default."""
        path = [self._sent[0]]
        untrusted = True
        while len(path) < LONGEST:
            top = path[-1]
            self_signed = self._ends(top.certificate)
            issuer = self._issuer_in_store(top.certificate)
            if issuer is not None and self_signed:
                # a self-signed certificate of the peer's must be the very one that is trusted
                if not top.trusted and issuer.certificate == top.certificate:
                    path[-1] = Link(top.certificate, top.index, issuer.anchor)
                    return tuple(path), []
                issuer = None
            if issuer is not None:
                path.append(self._as_sent(issuer))
                untrusted = False
                if self._rules.partial_chain or self._ends(issuer.certificate):
                    return tuple(path), []
                continue
            following = None if self_signed or not untrusted else self._issuer_sent(path)
            if following is None:
                break
            path.append(following)
        return self._last_chance(path)

    def _last_chance(self, path: list[Link]) -> tuple[Path, list[PathObjection]]:
        """check_trust: with partial chains the leaf itself may be trusted."""
        leaf = path[0].certificate
        if self._rules.partial_chain and not any(link.trusted for link in path):
            match = next((link for link in self._store if link.certificate == leaf), None)
            if match is not None:
                return (Link(leaf, 0, match.anchor), *path[1:]), []
        return tuple(path), [self._untrusted(path)]

    def _build_untrusted_first(self) -> tuple[Path, list[PathObjection]]:
        """X509_verify_cert of 1.0.2: what was sent first; then the store; then the store from further down."""
        path = [self._sent[0]]
        while len(path) < LONGEST and not self._ends(path[-1].certificate):
            following = self._issuer_sent(path)
            if following is None:
                break
            path.append(following)
        own_root: Link | None = None
        if self._ends(path[-1].certificate):
            if len(path) == 1:
                match = self._issuer_in_store(path[0].certificate)
                if match is not None and match.certificate == path[0].certificate:
                    return (Link(path[0].certificate, 0, match.anchor),), []
                return tuple(path), [self._untrusted(path)]
            own_root = path.pop()
        for length in range(len(path), 0, -1):
            attempt = self._up_the_store(path[:length])
            if attempt[-1].trusted and (self._ends(attempt[-1].certificate) or self._rules.partial_chain):
                return tuple(attempt), []
        attempt = self._up_the_store(path)
        if own_root is not None and not attempt[-1].trusted:
            attempt.append(own_root)
        return tuple(attempt), [self._untrusted(attempt)]

    def _up_the_store(self, path: list[Link]) -> list[Link]:
        path = list(path)
        while len(path) < LONGEST and not self._ends(path[-1].certificate):
            issuer = self._issuer_in_store(path[-1].certificate)
            if issuer is None:
                break
            path.append(self._as_sent(issuer))
        return path

    def _ends(self, certificate: Certificate) -> bool:
        return is_self_signed(certificate, self._rules.release)

    def _as_sent(self, issuer: Link) -> Link:
        same = (link for link in self._sent if link.certificate == issuer.certificate)
        index = next((link.index for link in same), None)
        return Link(issuer.certificate, index, issuer.anchor)

    def _issuer_in_store(self, certificate: Certificate) -> Link | None:
        """X509_STORE_CTX_get1_issuer: the first that is valid now, else the last."""
        links = self._by_subject.get(certificate.issuer.canonical, ())
        return self._first_valid([link for link in links if self._issued(certificate, link.certificate)])

    def _issuer_sent(self, path: list[Link]) -> Link | None:
        """find_issuer among what the peer sent and the path does not hold yet."""
        held = {link.certificate.der for link in path}
        fitting = [
            link
            for link in self._sent
            if link.certificate.der not in held and self._issued(path[-1].certificate, link.certificate)
        ]
        if self._rules.release is Release.V1_0_2:
            return fitting[0] if fitting else None
        return self._first_valid(fitting)

    def _first_valid(self, links: list[Link]) -> Link | None:
        valid = (link for link in links if is_valid_at(link.certificate, self._request.moment))
        return next(valid, links[-1] if links else None)

    def _issued(self, certificate: Certificate, issuer: Certificate) -> bool:
        return may_sign(issuer, certificate, self._rules.release)

    def _spoilt(self, top: Link) -> Link | None:
        """The certificate on top, or one that could have issued it, whose extensions OpenSSL can't read."""
        if self._rules.release is Release.V1_0_2:
            return None
        named = [*self._by_subject.get(top.certificate.issuer.canonical, ()), *self._sent]
        above = [link for link in named if link.certificate.subject == top.certificate.issuer]
        return next((link for link in (top, *above) if extension_fault(link.certificate)), None)

    def _untrusted(self, path: list[Link]) -> PathObjection:
        rule = "X509_verify_cert"
        spoilt = self._spoilt(path[-1])
        if spoilt is not None:
            facts = {"reason": "extension-broken", "oid": extension_fault(spoilt.certificate)}
            return objection("cert-unreadable", spoilt, "x509v3_cache_extensions", **facts)
        if path[-1].trusted:
            # X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT: the store holds an issuer, but not the end of its line
            subject = path[-1].certificate.subject.text
            return objection("trust-anchor-missing", path[-1], rule, reason="anchor-not-self-signed", issuer=subject)
        if len(self._store) and path[-1].certificate in {link.certificate for link in self._store}:
            facts = {"reason": "leaf-trusted-alone", "issuer": path[-1].certificate.issuer.text}
            return objection("trust-anchor-missing", path[-1], rule, **facts)
        return no_anchor(self._request, rule)
