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
from tlswhy.mending import reissue, reissue_all
from tlswhy.pki import extensions as oid
from tlswhy.pki.reissue import Reissue
from tlswhy.situation import Situation
from tlswhy.verdict import Refusal, Stage

STAGE = Stage.CHAIN
WITHIN_OTHERS = frozenset({"path-too-long", "path-length"})
OF_THE_PATH = True
"""Reasons that lie in a certificate above the one they strike."""


def check(situation: Situation) -> Iterable[Refusal]:
    """The client's path rules object so."""
    return chain_refusals(situation, "ca-constraint-violation", STAGE)


def cures(situation: Situation, refusal: Refusal) -> Iterator[Change]:
    """The CA certificate says that it is one; where a limit of a CA above is broken, those are issued without it."""
    if refusal.facts.get("reason") not in WITHIN_OTHERS:
        yield from reissue(refusal, Reissue(authority=True))
    limited = (oid.POLICY_CONSTRAINTS, oid.INHIBIT_ANY_POLICY, oid.POLICY_MAPPINGS)
    yield from reissue_all(situation, Reissue(authority=True, without=limited))
