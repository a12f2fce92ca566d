"""One transcript becomes one Line (what contract.md §2 tells, and no more) where its TLS ran as usual: the short way
of ``handshake.observe``.

Owns the passage from offsets to frames for connections that are whole. Knows no TLS: ``wire.usual`` does.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

from tlswhy.evidence.types import Transcript
from tlswhy.model.handshake import Ending
from tlswhy.packets.connection import Connection, Endpoint, TcpEventKind
from tlswhy.side import Side
from tlswhy.wire.usual import Usual, read_usual


@dataclass(frozen=True, slots=True)
class Line:
    """A connection whose TLS ran as usual. ``alerts``: (frame, sender, level, description), in order."""

    item: str
    client: Endpoint
    server: Endpoint
    first_frame: int
    last_frame: int
    first_time_ns: int
    last_time_ns: int
    told: Usual
    hello_frame: int
    choice_frame: int | None
    alerts: tuple[tuple[int, Side, int, int], ...]
    encrypted_alerts: tuple[tuple[int, Side], ...]
    ending: Ending | None

    @property
    def server_name(self) -> str | None:
        """The name in the ClientHello."""
        return self.told.offer.server_name


_ENDS = {TcpEventKind.FIN: "fin", TcpEventKind.RST: "rst"}


def line_of(transcript: Transcript) -> Line | None:
    """Read the connection the short way; None where ``observe`` has to look at it."""
    connection = transcript.connection
    if not connection.roles_shown:
        return None
    ends: dict[Side, list[int]] = {Side.CLIENT: [], Side.SERVER: []}
    frames: dict[Side, list[int]] = {Side.CLIENT: [], Side.SERVER: []}
    parts: dict[Side, list[bytes]] = {Side.CLIENT: [], Side.SERVER: []}
    sizes = {Side.CLIENT: 0, Side.SERVER: 0}
    for piece in connection.pieces:
        if piece.missing or piece.picked:
            return None
        side = piece.sender
        sizes[side] += len(piece.data)
        ends[side].append(sizes[side])
        frames[side].append(piece.frame)
        parts[side].append(piece.data)
    told = read_usual(b"".join(parts[Side.CLIENT]), b"".join(parts[Side.SERVER]))
    if told is None:
        return None

    def frame(side: Side, end: int) -> int:
        return frames[side][bisect_left(ends[side], end)]

    alerts = [(frame(side, end), side, level, what) for side, end, level, what in told.alerts]
    encrypted = [(frame(side, end), side) for side, end in told.encrypted_alerts]
    return Line(
        item=transcript.item,
        client=connection.client,
        server=connection.server,
        first_frame=connection.first_frame,
        last_frame=connection.last_frame,
        first_time_ns=connection.first_time_ns,
        last_time_ns=connection.last_time_ns,
        told=told,
        hello_frame=frame(Side.CLIENT, told.offer_end),
        choice_frame=frame(Side.SERVER, told.choice_end) if told.choice is not None else None,
        alerts=tuple(sorted(alerts, key=_first)),
        encrypted_alerts=tuple(sorted(encrypted, key=_first)),
        ending=_ending(connection),
    )


def _first(told: tuple[int, ...] | tuple[int, Side] | tuple[int, Side, int, int]) -> int:
    return told[0]


def _ending(connection: Connection) -> Ending | None:
    for event in connection.events:
        if event.kind in _ENDS:
            return Ending(event.sender, _ENDS[event.kind], event.frame)
    return None
