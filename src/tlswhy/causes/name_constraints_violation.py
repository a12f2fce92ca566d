"""A name in the certificate lies outside what a CA above it may issue for.

Why the client refuses
    nameConstraints of an intermediate permit other subtrees, or exclude this one.
What you see
    certificate_unknown(46). Java says "name constraints check failed".
How to fix
    Issue the certificate from a CA that may, or widen that CA's constraints.
How to check
    ``openssl x509 -noout -ext nameConstraints`` of each CA.
References
    RFC 5280, 4.2.1.10; sun.security.x509.NameConstraintsExtension.verify.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tlswhy.changes import Change
from tlswhy.grounds import chain_refusals
from tlswhy.mending import reissue_without
from tlswhy.pki.extensions import NAME_CONSTRAINTS
from tlswhy.situation import Situation
from tlswhy.verdict import Refusal, Stage

STAGE = Stage.CHAIN
OF_THE_PATH = True


def check(situation: Situation) -> Iterable[Refusal]:
    """The client's path rules object so."""
    return chain_refusals(situation, "name-constraints-violation", STAGE)


def cures(situation: Situation, refusal: Refusal) -> Iterator[Change]:
    """The CAs above without the constraint."""
    yield from reissue_without(situation, NAME_CONSTRAINTS)
