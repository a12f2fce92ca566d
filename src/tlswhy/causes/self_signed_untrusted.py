"""The server shows a self-signed certificate that the client does not trust.

Why the client refuses
    It is its own issuer, so that only trusting this very certificate would help.
What you see
    certificate_unknown(46) or unknown_ca(48). Java says "unable to find valid certification path to requested
    target".
How to fix
    Give the server a certificate of a CA that the client trusts; or import this certificate into the client's trust
    store.
How to check
    Subject and issuer are the same: ``openssl x509 -noout -subject -issuer``.
References
    RFC 5280, 6.1.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tlswhy.changes import Change
from tlswhy.grounds import chain_refusals
from tlswhy.mending import able_to_sign, issued_by_authority, trusting
from tlswhy.situation import Situation
from tlswhy.verdict import Refusal, Stage

STAGE = Stage.CHAIN
PRIOR = 0.5
OF_THE_PATH = True


def check(situation: Situation) -> Iterable[Refusal]:
    """The client's path rules object so."""
    return chain_refusals(situation, "self-signed-untrusted", STAGE)


def cures(situation: Situation, refusal: Refusal) -> Iterator[Change]:
    """The root that the chain leads to is trusted; a leaf that signs itself is issued by a CA instead."""
    yield from trusting(situation, refusal)
    yield from able_to_sign(situation)
    yield from issued_by_authority(situation)
