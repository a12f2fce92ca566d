"""A certificate of the chain has expired.

Why the client refuses
    At the moment of the handshake its notAfter has passed. A trust anchor's own dates are not checked by Java.
What you see
    certificate_expired(45), on older Java certificate_unknown(46). Java says "timestamp check failed", "NotAfter:
    …".
How to fix
    Renew that certificate; check the clock of the client's machine first.
How to check
    ``openssl x509 -noout -dates``; the client's own date.
References
    RFC 5280, 4.1.2.5 and 6.1.3; sun.security.provider.certpath.BasicChecker.verifyValidity.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tlswhy.changes import Change
from tlswhy.grounds import chain_refusals
from tlswhy.mending import renewed
from tlswhy.situation import Situation
from tlswhy.verdict import Refusal, Stage

STAGE = Stage.CHAIN
PRIOR = 0.6
OF_THE_PATH = True


def check(situation: Situation) -> Iterable[Refusal]:
    """The client's path rules object so."""
    return chain_refusals(situation, "cert-expired", STAGE)


def cures(situation: Situation, refusal: Refusal) -> Iterator[Change]:
    """The same certificate for another time."""
    yield from renewed(situation, refusal)
