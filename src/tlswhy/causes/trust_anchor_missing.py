"""The chain leads to a root that the client does not trust.

Why the client refuses
    No certificate of its trust store has the name and key that signed the top of the chain.
What you see
    certificate_unknown(46) or unknown_ca(48). Java says "unable to find valid certification path to requested
    target".
How to fix
    Import the root (not the leaf) into the client's trust store, then restart what caches it.
How to check
    ``keytool -list -v -keystore …``; compare subject and SHA-256 with the chain's top.
References
    RFC 5280, 6.1.1 (d); sun.security.provider.certpath.SunCertPathBuilder.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tlswhy.changes import Change
from tlswhy.grounds import chain_refusals
from tlswhy.mending import able_to_sign, issued_by_authority, trusting
from tlswhy.situation import Situation
from tlswhy.verdict import Refusal, Stage

STAGE = Stage.CHAIN
PRIOR = 0.9
OF_THE_PATH = True


def check(situation: Situation) -> Iterable[Refusal]:
    """The client's path rules object so."""
    return chain_refusals(situation, "trust-anchor-missing", STAGE)


def cures(situation: Situation, refusal: Refusal) -> Iterator[Change]:
    """The root that the chain leads to is trusted; a leaf that signs itself is issued by a CA instead."""
    yield from trusting(situation, refusal)
    yield from able_to_sign(situation)
    yield from issued_by_authority(situation)
