"""A reader of TLS presentation language (RFC 8446, 3) that never reads beyond the bytes it was given.

Owns integers, opaque vectors and lists. Knows no message. What is too short raises BadEvidence with the offset
within the message; who reads messages turns that into an Oddity.
"""

from __future__ import annotations

import struct

from tlswhy.errors import BadEvidence


class Reader:
    """Pulls values off the front of ``data``; every ``pull_…`` takes what it returns, or raises and takes nothing."""

    __slots__ = ("_data", "_end", "_position")

    def __init__(self, data: bytes, start: int = 0, end: int | None = None) -> None:
        self._data = data
        self._position = start
        self._end = len(data) if end is None else end

    @property
    def position(self) -> int:
        """Offset in ``data`` of the next byte."""
        return self._position

    @property
    def left(self) -> int:
        """How many bytes are left to pull."""
        return self._end - self._position

    def pull_uint8(self) -> int:
        """One byte."""
        return self._data[self._advance(1)]

    def pull_uint16(self) -> int:
        """Two bytes, big-endian."""
        return self._integer(2)

    def pull_uint24(self) -> int:
        """Three bytes, big-endian."""
        return self._integer(3)

    def pull_uint32(self) -> int:
        """Four bytes, big-endian."""
        return self._integer(4)

    def pull_bytes(self, size: int) -> bytes:
        """Exactly ``size`` bytes."""
        start = self._advance(size)
        return self._data[start : start + size]

    def pull_rest(self) -> bytes:
        """All that is left."""
        return self.pull_bytes(self.left)

    def pull_vector8(self) -> bytes:
        """An opaque vector with a length of one byte."""
        return self._vector(1)

    def pull_vector16(self) -> bytes:
        """An opaque vector with a length of two bytes."""
        return self._vector(2)

    def pull_vector24(self) -> bytes:
        """An opaque vector with a length of three bytes."""
        return self._vector(3)

    def pull_uint16_list(self) -> tuple[int, ...]:
        """A vector (length of two bytes) of 16-bit numbers."""
        return uint16_list(self._vector(2))

    def _integer(self, size: int) -> int:
        start = self._advance(size)
        return int.from_bytes(self._data[start : start + size], "big")

    def _vector(self, length_size: int) -> bytes:
        data, start = self._data, self._position
        begin = start + length_size
        if begin > self._end:
            raise too_short(start, begin - self._end)
        end = begin + int.from_bytes(data[start:begin], "big")
        if end > self._end:
            raise too_short(begin, end - self._end)
        self._position = end
        return data[begin:end]

    def _advance(self, size: int) -> int:
        start = self._position
        if size > self._end - start:
            raise too_short(start, size - (self._end - start))
        self._position = start + size
        return start


def uint16_list(data: bytes) -> tuple[int, ...]:
    """Read ``data`` as 16-bit numbers; an odd length is malformed."""
    if len(data) % 2:
        raise malformed(len(data), "odd-length")
    return struct.unpack(f">{len(data) // 2}H", data)


def too_short(position: int, missing: int) -> BadEvidence:
    """The failure of a message that ends before what it announces."""
    return BadEvidence("", f"byte {position}", "message-too-short", offset=position, missing=missing)


def malformed(position: int, why: str) -> BadEvidence:
    """The failure of a message whose bytes contradict its format."""
    return BadEvidence("", f"byte {position}", "message-malformed", offset=position, why=why)
