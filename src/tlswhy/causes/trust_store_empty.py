"""The client's trust store holds no certificate at all.

Why the client refuses
    PKIX refuses to work without an anchor: a wrong path, a wrong type or an empty file.
What you see
    internal_error(80). Java says "the trustAnchors parameter must be non-empty".
How to fix
    Point javax.net.ssl.trustStore at the right file, with its type and password.
How to check
    ``keytool -list -keystore …`` with the path that the process really uses.
References
    java.security.cert.PKIXParameters.setTrustAnchors.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tlswhy.changes import Change
from tlswhy.grounds import chain_refusals
from tlswhy.mending import trusting
from tlswhy.situation import Situation
from tlswhy.verdict import Refusal, Stage

STAGE = Stage.CHAIN
PRIOR = 0.3
OF_THE_PATH = True


def check(situation: Situation) -> Iterable[Refusal]:
    """The client's path rules object so."""
    return chain_refusals(situation, "trust-store-empty", STAGE)


def cures(situation: Situation, refusal: Refusal) -> Iterator[Change]:
    """The root that the chain leads to goes into the trust store."""
    yield from trusting(situation, refusal)
