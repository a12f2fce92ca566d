"""The client broke the handshake off, and neither the evidence nor the model says why.

Why the client refuses
    Unknown. What fits its alert, or its silence, is listed as candidates.
What you see
    An alert, FIN or RST of the client after the server's flight; in TLS 1.3 one small encrypted record before it.
How to fix
    Get the missing evidence first: what the client trusts, its log, a key log.
How to check
    javax.net.debug=ssl,handshake on the client, or SSLKEYLOGFILE where the client has it.
References
    RFC 8446, 6.2.
"""

from __future__ import annotations

from collections.abc import Iterator

from tlswhy.grounds import client_alert
from tlswhy.model.client import Source
from tlswhy.model.handshake import Outcome
from tlswhy.side import Side
from tlswhy.situation import Situation
from tlswhy.verdict import Refusal, Stage

STAGE = Stage.FINISH
SOURCES = (Source("standard", "RFC 8446, 6.2"),)


def check(situation: Situation) -> Iterator[Refusal]:
    """The handshake is unfinished and the client reacted to the server's flight by ending it."""
    handshake = situation.handshake
    if handshake is None or handshake.outcome is not Outcome.BROKEN or handshake.reaction_frame is None:
        return
    alert = client_alert(situation)
    if alert is None and Side.SERVER in handshake.unseen:  # what the server said may have been its refusal
        return
    facts = {
        "alert": alert.message.description if alert else None,
        "ending": handshake.ending.how if handshake.ending else None,
    }
    place = alert.frame if alert else handshake.reaction_frame
    yield Refusal("client-gave-up", STAGE, facts, (handshake.at(place),))
