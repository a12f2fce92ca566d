"""The server does not answer: not to the SYN, or not to the ClientHello, until the client gives up.

Why the client refuses
    Its connect or read timeout runs out.
What you see
    SYNs without an answer, or a ClientHello that is acknowledged by TCP and never answered in TLS.
How to fix
    Look for a firewall that drops silently, a device in the path that swallows hellos it does not like, or a server
    process that hangs. A port that expects another protocol to speak first behaves the same way.
How to check
    Capture on the server's side too: does the ClientHello arrive there?
References
    RFC 9293, 3.8.3.
"""

from __future__ import annotations

from collections.abc import Iterator

from tlswhy.grounds import server_named
from tlswhy.side import Side
from tlswhy.situation import Situation
from tlswhy.verdict import Refusal, Stage

STAGE = Stage.CONNECT
NANOSECONDS = 1_000_000_000
PATIENCE_S = 3
"""Less silence than this is no finding: the capture may simply have ended."""


def check(situation: Situation) -> Iterator[Refusal]:
    """Silence of the server after the SYN or the ClientHello, ended by the client or by the capture's own length."""
    handshake = situation.handshake
    if handshake is None or any(told.message.span.sender is Side.SERVER for told in handshake.messages):
        return
    ending = handshake.ending
    if (ending is not None and ending.by is Side.SERVER) or (handshake.answered and handshake.client_hello is None):
        return
    hello = handshake.client_hello
    start_ns = hello.time_ns if hello else handshake.first_time_ns
    waited_s = (handshake.last_time_ns - start_ns) / NANOSECONDS
    client_left = handshake.reaction_frame is not None
    if waited_s < PATIENCE_S and not client_left:
        return
    place = hello.frame if hello else handshake.first_frame
    facts = {
        "server": server_named(situation),
        "waited_s": round(waited_s, 1),
        "answered_tcp": handshake.answered,
        "hello_sent": hello is not None,
    }
    yield Refusal("timeout", STAGE, facts, (handshake.at(place),), by="network", shown=True)
