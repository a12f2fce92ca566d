"""A certificate acts as a CA without being one, or the path is longer than a CA allows.

Why the client refuses
    basicConstraints is missing or says CA:FALSE, keyUsage lacks keyCertSign, it is a version 1 certificate, or
    pathLenConstraint is exceeded.
What you see
    certificate_unknown(46). Java says "basic constraints check failed: this is not a CA certificate" or
    "pathLenConstraint violated".
How to fix
    Reissue the CA certificate with basicConstraints CA:TRUE and keyCertSign, and a path length that fits.
How to check
    ``openssl x509 -noout -ext basicConstraints,keyUsage``.
References
    RFC 5280, 4.2.1.9; sun.security.provider.certpath.ConstraintsChecker.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tlswhy.changes import Change
from tlswhy.grounds import chain_refusals
from tlswhy.mending import issued_by_authority, issued_nearer_the_root, reissue, reissue_all, reissue_without
from tlswhy.pki import extensions as oid
from tlswhy.pki.certificate import Certificate
from tlswhy.pki.reissue import Reissue
from tlswhy.situation import Situation
from tlswhy.verdict import Refusal, Stage

STAGE = Stage.CHAIN
OF_THE_PATH = True
TOO_LONG = frozenset({"path-too-long", "path-length"})
"""Reasons that lie in the limit of a certificate above the one they strike."""
ABOUT_POLICIES = "polic"
POLICY_LIMITS = (oid.POLICY_CONSTRAINTS, oid.INHIBIT_ANY_POLICY, oid.POLICY_MAPPINGS)
TLS_FEATURES = ("tls-features", "1.3.6.1.5.5.7.1.24")
"""GnuTLS, and the extension's OID (RFC 7633)."""


def check(situation: Situation) -> Iterable[Refusal]:
    """The client's path rules object so."""
    return chain_refusals(situation, "ca-constraint-violation", STAGE)


def cures(situation: Situation, refusal: Refusal) -> Iterator[Change]:
    """The CA certificate says that it is one; where a limit of a CA above is broken, those are issued without it."""
    reason = str(refusal.facts.get("reason"))
    if reason in TOO_LONG:
        yield from reissue_all(situation, Reissue(authority=True), _limits_its_path)
        yield from issued_nearer_the_root(situation)
    elif ABOUT_POLICIES in reason:
        yield from reissue_without(situation, *POLICY_LIMITS)
    elif reason == TLS_FEATURES[0]:
        yield from reissue_without(situation, TLS_FEATURES[1])
    elif refusal.facts.get("certificate") != 0:
        yield from reissue(refusal, Reissue(authority=True))
    yield from issued_by_authority(situation)  # a server's own certificate that is trusted is no CA's


def _limits_its_path(authority: Certificate) -> bool:
    return authority.basic_constraints is not None and authority.basic_constraints.path_length is not None
