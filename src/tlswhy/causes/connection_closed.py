"""The server closes the connection in the middle of the handshake without saying why.

Why the client refuses
    The server ended it: with a TCP FIN, or with the alert close_notify, which means "no more data" and names no
    reason.
What you see
    A FIN from the server after the ClientHello or in the middle of its own flight. Java says "Remote host closed
    connection during handshake" (7, 8) or "Remote host terminated the handshake" (11 and later).
How to fix
    Read the server's log at that moment. Old servers close on hellos they don't understand (too long, TLS 1.3, no
    SNI).
How to check
    Send the same hello again; then a smaller one, or one for an older version.
References
    RFC 8446, 6.1.
"""

from __future__ import annotations

from collections.abc import Iterator

from tlswhy.grounds import CLOSE_NOTIFY, alert_place, server_alert, server_named
from tlswhy.model.client import Source
from tlswhy.model.handshake import Outcome
from tlswhy.packets.connection import TcpEventKind
from tlswhy.side import Side
from tlswhy.situation import Situation
from tlswhy.verdict import Refusal, Stage

STAGE = Stage.SERVER_ANSWER
SOURCES = (Source("standard", "RFC 8446, 6.1"),)


def check(situation: Situation) -> Iterator[Refusal]:
    """close_notify or FIN by the server before the handshake is done and before the client has left."""
    handshake = situation.handshake
    if handshake is None or handshake.outcome is Outcome.COMPLETED:
        return
    if handshake.client_hello is None and not handshake.hello_unseen:
        return
    facts = {"server": server_named(situation), "after_server_hello": handshake.server_hello is not None}
    alert = server_alert(situation)
    if alert is not None:
        if alert.message.description == CLOSE_NOTIFY:
            yield Refusal("connection-closed", STAGE, facts, alert_place(situation, alert), by="server", shown=True)
        return
    ending = handshake.ending
    if ending is None or ending.by is not Side.SERVER or ending.how != TcpEventKind.FIN or handshake.not_tls:
        return
    left_first = handshake.reaction_frame is not None and handshake.reaction_frame < ending.frame
    # Where some of what was said was never captured, an alert of either side may have been among it.
    if not left_first and handshake.outcome is Outcome.BROKEN and not handshake.unseen:
        where = (handshake.at(ending.frame),)
        yield Refusal("connection-closed", STAGE, facts, where, by="server", shown=True)
