"""A certificate of the chain is not valid yet.

Why the client refuses
    At the moment of the handshake its notBefore lies ahead: issued with a wrong clock, or the client's clock is
    behind.
What you see
    bad_certificate(42) or certificate_unknown(46). Java says "timestamp check failed", "NotBefore: …".
How to fix
    Correct the clock of the client's machine, or of the CA and reissue.
How to check
    ``openssl x509 -noout -dates``; the client's own date.
References
    RFC 5280, 4.1.2.5; sun.security.provider.certpath.BasicChecker.verifyValidity.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tlswhy.changes import Change
from tlswhy.grounds import chain_refusals
from tlswhy.mending import renewed
from tlswhy.situation import Situation
from tlswhy.verdict import Refusal, Stage

STAGE = Stage.CHAIN
OF_THE_PATH = True


def check(situation: Situation) -> Iterable[Refusal]:
    """The client's path rules object so."""
    return chain_refusals(situation, "cert-not-yet-valid", STAGE)


def cures(situation: Situation, refusal: Refusal) -> Iterator[Change]:
    """The same certificate for another time."""
    yield from renewed(situation, refusal)
