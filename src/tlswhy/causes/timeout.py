"""The server does not answer: not to the SYN, or not to the ClientHello, until the client gives up.

Why the client refuses
    Its connect or read timeout runs out.
What you see
    SYNs without an answer, or a ClientHello that is acknowledged by TCP and never answered in TLS; an answer that stops
    in the middle.
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

from tlswhy.grounds import client_alert, server_named
from tlswhy.model.client import Source
from tlswhy.model.handshake import Handshake, Outcome
from tlswhy.packets.connection import TcpEvent, TcpEventKind
from tlswhy.side import Side
from tlswhy.situation import Situation
from tlswhy.verdict import Refusal, Stage
from tlswhy.wire.handshake import FINISHED, SERVER_HELLO_DONE
from tlswhy.wire.messages import Alert, EncryptedRecord, Message, NotTls, OtherHandshake

STAGE = Stage.CONNECT
SOURCES = (Source("standard", "RFC 9293, 3.8.3"),)
NANOSECONDS = 1_000_000_000
CUT = "message-cut"
"""The wire's word for a message that did not come whole."""
PATIENCE_S = 3
"""Less silence than this is no finding: the capture may simply have ended."""


def check(situation: Situation) -> Iterator[Refusal]:
    """Silence of the server after the SYN or the ClientHello, ended by the client or by the capture's own length; or
    an answer that the server begins and does not finish, until the client leaves."""
    handshake = situation.handshake
    if handshake is None or Side.SERVER in handshake.unseen:  # what was not captured is no silence
        return
    if any(told.message.span.sender is Side.SERVER for told in handshake.messages):
        yield from _unfinished(situation, handshake)
        return
    ending = handshake.ending
    if (ending is not None and ending.by is Side.SERVER) or (
        handshake.answered and handshake.client_hello is None and not handshake.hello_unseen
    ):
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


def _unfinished(situation: Situation, handshake: Handshake) -> Iterator[Refusal]:
    """The client leaves in the middle of the server's flight, long after the last whole message.

    What it minds in a message it minds when that comes.
    """
    leaving = next((event for event in handshake.tcp_events if _leaves(event)), None)
    if leaving is None or handshake.outcome is not Outcome.BROKEN or client_alert(situation) is not None:
        return
    if handshake.ending is None or handshake.ending.by is not Side.CLIENT:
        return
    said = [told for told in handshake.messages if told.message.span.sender is Side.SERVER]
    if any(_ends_the_flight(told.message) for told in said):
        return
    if any(oddity.what == CUT and oddity.facts.get("sender") == Side.SERVER.value for oddity in handshake.oddities):
        said.pop()
    last = said[-1] if said else handshake.client_hello
    if last is None or (waited_s := (leaving.time_ns - last.time_ns) / NANOSECONDS) < PATIENCE_S:
        return
    facts = {"server": server_named(situation), "waited_s": round(waited_s, 1), "reason": "unfinished"}
    yield Refusal("timeout", STAGE, facts, (handshake.at(last.frame),), by="network", shown=True)


def _leaves(event: TcpEvent) -> bool:
    return event.sender is Side.CLIENT and event.kind in (TcpEventKind.FIN, TcpEventKind.RST)


def _ends_the_flight(message: Message) -> bool:
    """ServerHelloDone, Finished, an alert; what can't be read may be any of them."""
    if isinstance(message, EncryptedRecord | Alert | NotTls):
        return True
    return isinstance(message, OtherHandshake) and message.type in (SERVER_HELLO_DONE, FINISHED)
