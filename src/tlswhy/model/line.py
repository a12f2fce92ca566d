"""One connection of a long list: what contract.md §2 tells of it, and no more.

Made by ``observe.line`` for connections that ran as usual; every other one is a ``Handshake``.
"""

from __future__ import annotations

from dataclasses import dataclass

from tlswhy.model.handshake import Ending
from tlswhy.packets.connection import Endpoint
from tlswhy.side import Side
from tlswhy.wire.usual import Usual


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
