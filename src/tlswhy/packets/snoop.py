"""The snoop format of Solaris (RFC 1761). Big-endian; each record tells its own size, so padding needs no rule."""

from __future__ import annotations

import struct
from array import array
from struct import Struct
from typing import Final

from tlswhy.packets.framing import LARGEST_PACKET, NO_LINK, Chain, Framing
from tlswhy.packets.links import LINK_ETHERNET

SNOOP_MAGIC: Final = b"snoop\0\0\0"
FILE_HEADER: Final = 16
_RECORD_HEADER: Final = 24
_LINKS: Final = {0: LINK_ETHERNET, 4: LINK_ETHERNET}
"""IEEE 802.3 and Ethernet; the others are rings and buses that nobody has any more."""


class SnoopFraming:
    """One link, for the whole file."""

    __slots__ = ("link", "unpack")

    def __init__(self, head: bytes) -> None:
        (network,) = Struct("!12xI").unpack_from(head)
        self.link = _LINKS.get(network, NO_LINK)
        self.unpack = Struct("!II8xII").unpack_from

    def read(self, buffer: bytes, position: int) -> tuple[int, int, int, int, int]:
        """See ``Framing``."""
        original, captured, seconds, microseconds = self.unpack(buffer, position)
        return self.link, position + _RECORD_HEADER, captured, original, (seconds * 1_000_000 + microseconds) * 1000


class SnoopWalk:
    """Steps from record to record."""

    def __init__(self, framing: SnoopFraming) -> None:
        self.framing: Framing | None = framing
        self.damaged = False
        self.again = False
        self._unpack = Struct("!4xII").unpack_from

    def walk(self, buffer: bytes, position: int, place: int) -> tuple[array[int], int]:
        """See ``Walk``."""
        positions = array("I")
        try:
            while True:
                captured, size = self._unpack(buffer, position)
                if size < _RECORD_HEADER + captured or size > LARGEST_PACKET:
                    self.damaged = True
                    return positions, position
                positions.append(position)
                position += size
        except struct.error:
            if positions and position > len(buffer):
                position = positions.pop()
        return positions, position

    def chain(self, buffer: bytes, position: int) -> Chain | None:
        """See ``Walk``; the format is too rare for it."""
        return None

    def note(self, buffer: bytes, position: int) -> None:
        """See ``Walk``; nothing that a search would need."""

    def resume(self, buffer: bytes, position: int, *, ended: bool) -> int:
        """A snoop file is not read on behind damage: its records have no sure sign."""
        return -1
