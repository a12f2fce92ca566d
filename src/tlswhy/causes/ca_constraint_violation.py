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

from collections.abc import Iterator

from tlswhy.grounds import chain_refusals
from tlswhy.situation import Situation
from tlswhy.verdict import Refusal, Stage

STAGE = Stage.CHAIN


def check(situation: Situation) -> Iterator[Refusal]:
    """The client's path rules object so."""
    yield from chain_refusals(situation, "ca-constraint-violation", STAGE)
