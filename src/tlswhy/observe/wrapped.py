"""Connections whose TLS is wrapped in packets of another protocol: the same connection without the wrapping.

Owns which connections these are. The pieces keep their frames, so every place stays what it was.
"""

from __future__ import annotations

from dataclasses import replace

from tlswhy.packets.connection import Connection
from tlswhy.side import Side
from tlswhy.wire.tds import ENOUGH_TO_TELL, PreLogin, begins_tds


def unwrapped(connection: Connection) -> Connection:
    """The connection as TLS sees it."""
    head = b""
    for piece in connection.pieces:
        if piece.sender is Side.CLIENT:
            if piece.missing:
                return connection
            head += piece.data[:ENOUGH_TO_TELL]
            if len(head) >= ENOUGH_TO_TELL:
                break
    if not begins_tds(head):
        return connection
    directions = {side: PreLogin() for side in (Side.CLIENT, Side.SERVER)}
    pieces = []
    for piece in connection.pieces:
        direction = directions[piece.sender]
        before = direction.lose(piece.missing) if piece.missing else b""
        if before:
            pieces.append(piece._replace(data=before, missing=0))
        data = piece.data if piece.picked else direction.feed(piece.data)
        if data or piece.missing:
            pieces.append(piece._replace(data=data))
    return replace(connection, pieces=tuple(pieces))
