"""The server does not send an intermediate certificate that the client needs.

Why the client refuses
    Between what is sent and what is trusted a link is missing. Browsers may fetch or remember it; Java does not.
What you see
    certificate_unknown(46) or unknown_ca(48). Java says "unable to find valid certification path to requested
    target".
How to fix
    Configure the server to send the whole chain, leaf first, root left out.
How to check
    ``openssl s_client -showcerts``: each issuer must be the next one's subject.
References
    RFC 5246, 7.4.2; RFC 8446, 4.4.2.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tlswhy.changes import Change
from tlswhy.grounds import chain_refusals
from tlswhy.mending import able_to_sign, served_whole, trusting
from tlswhy.situation import Situation
from tlswhy.verdict import Refusal, Stage

STAGE = Stage.CHAIN
PRIOR = 0.8
OF_THE_PATH = True


def check(situation: Situation) -> Iterable[Refusal]:
    """The client's path rules object so."""
    return chain_refusals(situation, "chain-incomplete", STAGE)


def cures(situation: Situation, refusal: Refusal) -> Iterator[Change]:
    """The server sends the whole chain; else the client trusts the CA below the gap itself."""
    yield from served_whole(situation)
    yield from trusting(situation, refusal)
    yield from able_to_sign(situation)
