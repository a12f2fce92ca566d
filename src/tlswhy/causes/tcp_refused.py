"""The server's machine refuses the TCP connection: nothing listens on that port, or a firewall answers for it.

Why the client refuses
    It never reaches TLS: the SYN is answered with a reset.
What you see
    SYN, then RST from the server. Java says "Connection refused".
How to fix
    Start the service, correct the port in the URL, or open the firewall (a firewall that rejects answers the same
    way).
How to check
    From the client's machine: ``openssl s_client -connect host:port``; on the server: which process listens.
References
    RFC 9293, 3.10.7.1.
"""

from __future__ import annotations

from collections.abc import Iterator

from tlswhy.grounds import server_named
from tlswhy.model.client import Source
from tlswhy.packets.connection import TcpEventKind
from tlswhy.side import Side
from tlswhy.situation import Situation
from tlswhy.verdict import Refusal, Stage

STAGE = Stage.CONNECT
SOURCES = (Source("standard", "RFC 9293, 3.10.7.1"),)


def check(situation: Situation) -> Iterator[Refusal]:
    """A reset from the server that answers the SYN."""
    handshake = situation.handshake
    if handshake is None or handshake.messages:
        return
    kinds = {(event.sender, event.kind) for event in handshake.tcp_events}
    reset = next((e for e in handshake.tcp_events if e.sender is Side.SERVER and e.kind is TcpEventKind.RST), None)
    if (
        reset is not None
        and (Side.SERVER, TcpEventKind.SYN_ACK) not in kinds
        and (Side.CLIENT, TcpEventKind.SYN) in kinds
    ):
        where = (handshake.at(reset.frame),)
        yield Refusal("tcp-refused", STAGE, {"server": server_named(situation)}, where, by="network", shown=True)
