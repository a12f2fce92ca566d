"""The client trusts a root of the same name, but with another key.

Why the client refuses
    The CA was rebuilt or renewed with a new key; the trust store still holds the old certificate.
What you see
    certificate_unknown(46). Java says "unable to find valid certification path", or "Path does not chain with any
    of the trust anchors", or "signature check failed".
How to fix
    Import the root that really signed; remove the one of the same name where a store keeps only one.
How to check
    Compare subject key identifiers and SHA-256 of the two.
References
    RFC 5280, 6.1.1 (d).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tlswhy.changes import Change
from tlswhy.grounds import chain_refusals
from tlswhy.mending import able_to_sign, trusting
from tlswhy.situation import Situation
from tlswhy.verdict import Refusal, Stage

STAGE = Stage.CHAIN
PRIOR = 0.4
OF_THE_PATH = True


def check(situation: Situation) -> Iterable[Refusal]:
    """The client's path rules object so."""
    return chain_refusals(situation, "trust-anchor-mismatch", STAGE)


def cures(situation: Situation, refusal: Refusal) -> Iterator[Change]:
    """The root that the chain leads to goes into the trust store."""
    yield from trusting(situation, refusal)
    yield from able_to_sign(situation)
