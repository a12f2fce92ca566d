"""A conversation of the table becomes a Connection: sides named, pieces in order, frames counted in its own file.

Owns what is told of a connection in the end, and which side is the client where no SYN was seen. How it came to be is
``tcp``'s business.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

from tlswhy.oddity import Oddity
from tlswhy.packets.connection import Connection, Endpoint, Piece, Reset, TcpEvent
from tlswhy.packets.stream import PICKED
from tlswhy.side import Side

if TYPE_CHECKING:
    from tlswhy.packets.tcp import Conversation

_NONE: frozenset[Side] = frozenset()


def handed_out(conversation: Conversation, starts: list[int], *, cut_short: bool) -> Connection:
    """Frames are counted from the beginning of the file that it begins in; ``starts``: frames before each file."""
    first = conversation.first
    file = bisect_left(starts, conversation.first_frame) - 1
    before = starts[file]
    client = conversation.client
    shown = client is not None
    if client is None:
        sport, dport = _ports(first.flow)
        client = first.peer if sport < dport else first
    server = client.peer
    frame, time_ns = conversation.last_frame, conversation.last_time_ns
    pieces: list[Piece] = []
    resets: tuple[Reset, ...] = ()
    truncated = _NONE
    for half, side in ((client, Side.CLIENT), (server, Side.SERVER)):
        stream = half.stream
        if half.resets:
            resets += tuple(
                Reset(side, at - before, ahead, stream.beyond(seq), ttl, identity, identities, after_fin)
                for at, seq, ahead, ttl, identity, identities, after_fin in half.resets
            )
        stream.finish(frame, time_ns)
        pieces += [
            Piece(side, at - before, when, data, missing)
            if missing > PICKED
            else Piece(side, at - before, when, data, picked=True, left_out=PICKED - missing)
            for at, when, data, missing in stream.chunks
        ]
        if stream.truncated:
            truncated |= {side}
    pieces.sort(key=_frame_of)
    events = [
        TcpEvent(Side.CLIENT if half is client else Side.SERVER, at - before, when, kind, ttl)
        for half, at, when, kind, ttl in conversation.events
    ]
    return Connection(
        client=_endpoint(client.flow),
        server=_endpoint(server.flow),
        first_frame=conversation.first_frame - before,
        last_frame=frame - before,
        first_time_ns=conversation.first_time_ns,
        last_time_ns=time_ns,
        pieces=tuple(pieces),
        events=tuple(events),
        roles_shown=shown,
        answered=server.sent,
        truncated=truncated,
        oddities=_oddities(conversation, before, cut_short),
        resets=resets,
        file=file,
        turns=tuple(start - before for start in starts[file + 1 :] if start < frame),
    )


def _oddities(conversation: Conversation, before: int, cut_short: bool) -> tuple[Oddity, ...]:
    cut = conversation.first.stream.cut_segments + conversation.first.peer.stream.cut_segments
    if not cut and not cut_short:
        return ()
    place = f"frame {conversation.first_frame - before}"
    found = []
    if cut:
        found.append(Oddity("segments-cut-by-snap-length", place, facts={"segments": cut}))
    if cut_short:
        found.append(Oddity("connection-cut-short", place, facts={"last_frame": conversation.last_frame - before}))
    return tuple(found)


def _frame_of(piece: Piece) -> int:
    return piece.frame


def _ports(flow: bytes) -> tuple[int, int]:
    return int.from_bytes(flow[-4:-2]), int.from_bytes(flow[-2:])


def _endpoint(flow: bytes) -> Endpoint:
    """The sender of a flow."""
    port = int.from_bytes(flow[-4:-2])
    if len(flow) == 12:
        return Endpoint("%d.%d.%d.%d" % tuple(flow[:4]), port)  # noqa: UP031 - twice as fast as IPv4Address
    from ipaddress import IPv6Address

    return Endpoint(str(IPv6Address(flow[:16])), port)
