"""One transcript becomes one Line (what contract.md §2 tells, and no more) where its TLS ran as usual: the short way
of ``handshake.observe``.

Owns the passage from offsets to frames for connections that are whole. Knows no TLS: ``wire.usual`` does.
"""

from __future__ import annotations

from bisect import bisect_left
from itertools import accumulate

from tlswhy.evidence.types import Transcript
from tlswhy.frozen import frozen
from tlswhy.model.handshake import Ending
from tlswhy.packets.connection import Connection, Endpoint, TcpEventKind
from tlswhy.side import Side
from tlswhy.wire.usual import Usual, read_usual


@frozen
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


def line_of(transcript: Transcript) -> Line | None:
    """Read the connection the short way; None where ``observe`` has to look at it."""
    connection = transcript.connection
    if transcript.later or not connection.roles_shown:
        return None
    client, server = _Whole(), _Whole()
    for sender, number, _, data, missing, picked, _ in connection.pieces:
        if missing or picked:
            return None
        whole = client if sender is Side.CLIENT else server
        whole.parts.append(data)
        whole.frames.append(number)
    told = read_usual(b"".join(client.parts), b"".join(server.parts))
    if told is None:
        return None

    def frame(side: Side, end: int) -> int:
        return (client if side is Side.CLIENT else server).frame(end)

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
        hello_frame=client.frame(told.offer_end),
        choice_frame=server.frame(told.choice_end) if told.choice is not None else None,
        alerts=tuple(sorted(alerts, key=_first)),
        encrypted_alerts=tuple(sorted(encrypted, key=_first)),
        ending=_ending(connection),
    )


class _Whole:
    """One direction without a hole: its bytes, and the frames that brought them."""

    __slots__ = ("_ends", "frames", "parts")

    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self.frames: list[int] = []
        self._ends: list[int] = []

    def frame(self, end: int) -> int:
        """The frame with the last byte before offset ``end``; asked when all parts are here."""
        if not self._ends:
            self._ends = list(accumulate(map(len, self.parts)))
        return self.frames[bisect_left(self._ends, end)]


def _first(told: tuple[int, ...] | tuple[int, Side] | tuple[int, Side, int, int]) -> int:
    return told[0]


def _ending(connection: Connection) -> Ending | None:
    for event in connection.events:
        if event.kind is TcpEventKind.FIN or event.kind is TcpEventKind.RST:
            return Ending(event.sender, event.kind.value, event.frame)
    return None
