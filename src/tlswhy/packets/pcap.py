"""The pcap format and the variants that others made of it.

Refuses to know: what stands in a packet, where the bytes come from.
"""

from __future__ import annotations

import re
import struct
from array import array
from struct import Struct
from typing import Final

from tlswhy.packets.framing import LARGEST_PACKET, Chain, Framing

FILE_HEADER: Final = 24
PCAP_MAGICS: Final = {
    b"\xd4\xc3\xb2\xa1": ("<", 1000, 16),
    b"\xa1\xb2\xc3\xd4": (">", 1000, 16),
    b"\x4d\x3c\xb2\xa1": ("<", 1, 16),
    b"\xa1\xb2\x3c\x4d": (">", 1, 16),
    # Alexey Kuznetzov's patched libpcap: interface, protocol and packet type follow each record header.
    b"\x34\xcd\xb2\xa1": ("<", 1000, 24),
    b"\xa1\xb2\xcd\x34": (">", 1000, 24),
}
_OTHER_HEADERS: Final = {16: (24, 20), 24: (28, 16)}
"""The same magic numbers stand over longer records too: one of Kuznetzov's patches, Nokia's, and one for several
processors (wiretap/libpcap.c tells them by trying, as is done here)."""

_PROBED = 4  # records
_NO_SECONDS = 1_000_000_000  # a larger number is a moment since 2001
_MOST_TRIES = 1 << 17
_MOST_APART_S = 1 << 17


class PcapFraming:
    """One link, one byte order, a fixed record header."""

    __slots__ = ("fraction_ns", "header_size", "link", "order", "snap_length", "swapped", "unpack")

    def __init__(self, head: bytes) -> None:
        self.order, self.fraction_ns, size = PCAP_MAGICS[head[:4]]
        major, minor, self.snap_length, network = Struct(self.order + "4xHH8xII").unpack_from(head)
        self.link: int = network & 0xFFFF  # the bits above tell the length of a frame check sequence
        # Before 2.3 the two lengths stood the other way round.
        self.swapped = (major, minor) < (2, 3) and major == 2
        self.unpack = Struct(self.order + "IIII").unpack_from
        sizes = (size, *_OTHER_HEADERS[size])
        self.header_size = next((each for each in sizes if self._fits(head, each, usual=each == size)), size)

    @property
    def plain(self) -> bool:
        """Whether a record header is that of the format's documentation, so that a bulk reader may know it."""
        return not self.swapped

    def read(self, buffer: bytes, position: int) -> tuple[int, int, int, int, int]:
        """See ``Framing``."""
        seconds, fraction, captured, original = self.unpack(buffer, position)
        if self.swapped:
            captured, original = original, captured
        time_ns = seconds * 1_000_000_000 + fraction * self.fraction_ns
        return self.link, position + self.header_size, captured, original, time_ns

    def is_record(self, buffer: bytes, position: int) -> bool:
        """Whether the bytes here can be a record header, by what every writer keeps to."""
        _, fraction, captured, original = self.unpack(buffer, position)
        if self.swapped:
            captured, original = original, captured
        within: bool = fraction * self.fraction_ns < 1_000_000_000
        return within and captured <= LARGEST_PACKET and captured <= original

    def _fits(self, head: bytes, size: int, *, usual: bool) -> bool:
        """Whether the first records are plausible with headers of this size.

        A time with more than a million microseconds is no reason to doubt the ``usual`` size: such files exist. Another
        size must convince, and runs of zeros convince nobody.
        """
        position = FILE_HEADER
        for number in range(_PROBED):
            if position + 16 > len(head):
                return usual or number > 1 or position == len(head)
            _, fraction, captured, original = self.unpack(head, position)
            if self.swapped:
                captured, original = original, captured
            if usual:
                fits = fraction < _NO_SECONDS and captured <= LARGEST_PACKET and captured <= original
            else:
                fits = captured > 0 and self.is_record(head, position)
            if not fits:
                return False
            position += size + captured
        return True


class PcapWalk:
    """Steps from record to record."""

    def __init__(self, framing: PcapFraming) -> None:
        self.framing: Framing | None = framing
        self.damaged = False
        self.again = False
        self._pcap = framing
        self._header = framing.header_size
        self._unpack = Struct(framing.order + ("12xI" if framing.swapped else "8xI")).unpack_from
        self._time = -1  # seconds, of the last record
        self._tries = 0

    def walk(self, buffer: bytes, position: int, place: int) -> tuple[array[int], int]:
        """See ``Walk``."""
        unpack, header = self._unpack, self._header
        positions = array("I")
        append = positions.append
        # The loop runs once for each packet of a capture: no test of the end in it, the last record is taken back.
        try:
            while True:
                (captured,) = unpack(buffer, position)
                if captured > LARGEST_PACKET:
                    self.damaged = True
                    break
                append(position)
                position += header + captured
        except struct.error:
            if positions and position > len(buffer):
                position = positions.pop()
        if positions:
            self.note(buffer, positions[-1])
        return positions, position

    def note(self, buffer: bytes, position: int) -> None:
        """See ``Walk``: its time."""
        (self._time,) = Struct(self._pcap.order + "I").unpack_from(buffer, position)

    def chain(self, buffer: bytes, position: int) -> Chain | None:
        """See ``Walk``: the seconds of the time, but for their last byte."""
        if self._pcap.swapped or position + 4 > len(buffer):
            return None
        order = self._pcap.order
        at = 1 if order == "<" else 0
        mark = buffer[position + at : position + at + 3]
        return Chain(order, mark, at, 8, self._header, 0, LARGEST_PACKET, original_at=12)

    def resume(self, buffer: bytes, position: int, *, ended: bool) -> int:
        """See ``Walk``: three records in a row that can be ones, near in time to what came before."""
        if self._time < 0:
            return -1
        upper = self._time >> 16
        halves = [
            half.to_bytes(2, "little" if self._pcap.order == "<" else "big") for half in (upper, upper + 1 & 0xFFFF)
        ]
        offset = 2 if self._pcap.order == "<" else 0
        likely = re.compile(b"|".join(map(re.escape, halves)))
        for match in likely.finditer(buffer, position + offset):
            self._tries += 1
            if self._tries > _MOST_TRIES:
                return -1
            if self._is_chain(buffer, match.start() - offset, ended=ended):
                return match.start() - offset
        return -1

    def _is_chain(self, buffer: bytes, position: int, *, ended: bool) -> bool:
        for number in range(3):
            if ended and number and position == len(buffer):
                return True
            if position + self._header > len(buffer) or not self._pcap.is_record(buffer, position):
                return False
            _, start, captured, _, time_ns = self._pcap.read(buffer, position)
            if not captured or abs(time_ns // 1_000_000_000 - self._time) > _MOST_APART_S:
                return False
            position = start + captured
        return True
