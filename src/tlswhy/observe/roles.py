"""Who is the client where no SYN was captured: whoever says ClientHello.

Owns the exchange of the two sides. How a side was guessed before is ``packets.tcp``'s.
"""

from __future__ import annotations

from dataclasses import replace

from tlswhy.packets.connection import Connection
from tlswhy.side import Side
from tlswhy.wire.stream import looks_like_client_hello


def with_roles_by_content(connection: Connection) -> Connection:
    """Swap the sides where no SYN was captured and the "server" is the one who says ClientHello."""
    if connection.roles_shown:
        return connection
    heads = dict.fromkeys(Side, b"")
    for piece in connection.pieces:
        if len(heads[piece.sender]) < 64:
            heads[piece.sender] += piece.data[:64]
    if looks_like_client_hello(heads[Side.SERVER]) and not looks_like_client_hello(heads[Side.CLIENT]):
        return _swapped(connection)
    return connection


def _swapped(connection: Connection) -> Connection:
    return replace(
        connection,
        client=connection.server,
        server=connection.client,
        pieces=tuple(piece._replace(sender=piece.sender.other) for piece in connection.pieces),
        events=tuple(event._replace(sender=event.sender.other) for event in connection.events),
        resets=tuple(reset._replace(sender=reset.sender.other) for reset in connection.resets),
        truncated=frozenset(side.other for side in connection.truncated),
    )


__all__ = ["with_roles_by_content"]
