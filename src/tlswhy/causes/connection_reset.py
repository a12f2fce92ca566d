"""The connection is reset (TCP RST) before the handshake is done, without a TLS alert.

Why the client refuses
    It does not: somebody tears the connection down. A load balancer without a healthy server behind it, an
    inspection device, a crashed process, or a server that drops clients it does not like.
What you see
    RST from the server's side after the ClientHello. Java says "Connection reset".
How to fix
    Find who sent the RST. Its TTL, its sequence number and what comes after it are compared with the server's other
    packets, and the report says what they tell; a capture on the server's own interface settles it.
How to check
    The same hello from the server's own network; another client from the client's machine.
References
    RFC 9293, 3.5.2; Weaver, Sommer and Paxson, Detecting Forged TCP Reset Packets, NDSS 2009.
"""

from __future__ import annotations

from collections.abc import Iterator

from tlswhy.grounds import server_named
from tlswhy.model.client import Source
from tlswhy.model.handshake import Handshake, Outcome
from tlswhy.packets.connection import TcpEventKind
from tlswhy.side import Side
from tlswhy.situation import Situation
from tlswhy.verdict import Refusal, Stage

STAGE = Stage.SERVER_ANSWER
SOURCES = (Source("standard", "RFC 9293, 3.5.2"),)


def check(situation: Situation) -> Iterator[Refusal]:
    """The server's RST is the first end of an unfinished handshake, and no alert explains it."""
    handshake = situation.handshake
    if handshake is None or handshake.outcome is not Outcome.BROKEN or handshake.client_hello is None:
        return
    ending = handshake.ending
    if ending is None or ending.by is not Side.SERVER or ending.how != TcpEventKind.RST:
        return
    said_something = handshake.alerts or handshake.not_tls
    if not said_something:
        facts: dict[str, object] = {
            "server": server_named(situation),
            "after_server_hello": handshake.server_hello is not None,
        }
        if (told := _sender_told(handshake)) is not None:
            facts["reason"] = told
        where = (handshake.at(ending.frame),)
        yield Refusal("connection-reset", STAGE, facts, where, by="network", shown=True)


def _sender_told(handshake: Handshake) -> str | None:
    """What the packet itself tells of the machine that sent it; None where there is nothing to compare it with."""
    for oddity in handshake.oddities:
        if oddity.what == "reset-from-elsewhere" and oddity.facts["sender"] == Side.SERVER.value:
            return f"elsewhere-{oddity.facts['certainty']}"
    return "seems-own" if handshake.reset_seems_own else None
