"""Resets that may come from another machine than the one they name: told by how far a packet has travelled.

Owns the comparison of a reset's TTL (hop limit) with that of the same side's other packets. Says what was seen, not who
sent it: a load balancer answers for its servers too.
"""

from __future__ import annotations

from tlswhy.oddity import Oddity
from tlswhy.packets.connection import Connection, TcpEventKind
from tlswhy.side import Side

LEAST_APART = 2
"""Packets of one machine may differ by one hop where a route changes."""


def foreign_resets(connection: Connection) -> list[Oddity]:
    """The first reset of each side whose TTL is not that of its SYN, SYN-ACK or FIN."""
    found = []
    for side in (Side.CLIENT, Side.SERVER):
        events = [event for event in connection.events if event.sender is side and event.ttl]
        usual = next((event.ttl for event in events if event.kind is not TcpEventKind.RST), None)
        reset = next((event for event in events if event.kind is TcpEventKind.RST), None)
        if usual is not None and reset is not None and abs(reset.ttl - usual) >= LEAST_APART:
            facts: dict[str, str | int] = {"sender": side.value, "ttl": reset.ttl, "usual": usual}
            found.append(Oddity("reset-from-elsewhere", f"frame {reset.frame}", facts=facts))
    return found
