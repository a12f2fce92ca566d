"""When nothing more of a direction need be kept for the connection to be listed: its handshake lies well behind.

Owns the record headers of one direction, and how much application data is enough. What is no TLS, or has a hole, is
never settled: a limit on what is kept has to do.
"""

from __future__ import annotations

from struct import Struct
from typing import Final

from tlswhy.wire.search import APPLICATION_DATA, CHANGE_CIPHER_SPEC, LARGEST_RECORD

ENOUGH_DATA: Final = 1 << 14
"""Bytes of application data. In TLS 1.3 the handshake is among them, so not too few."""

_HEADER = Struct(">BHH").unpack
_LOST: Final = 1 << 62


class Settled:
    """Call it with each run of bytes and what is missing before it; True: enough."""

    __slots__ = ("_ahead", "_data", "_head")

    def __init__(self) -> None:
        self._ahead = 0  # bytes up to the next record header
        self._head = b""  # of a header that is not whole
        self._data = 0

    def __call__(self, data: bytes, missing: int) -> bool:
        if missing:
            self._ahead = _LOST
        if len(data) <= self._ahead:
            self._ahead -= len(data)
            return self._data >= ENOUGH_DATA and self._ahead < LARGEST_RECORD
        position = self._ahead
        if self._head:
            data, self._head = self._head + data, b""
        while position + 5 <= len(data):
            kind, version, length = _HEADER(data[position : position + 5])
            if not (CHANGE_CIPHER_SPEC <= kind <= APPLICATION_DATA and version >> 8 == 3 and length <= LARGEST_RECORD):
                self._ahead = _LOST
                return False
            if kind == APPLICATION_DATA:
                self._data += length
            position += 5 + length
        self._head = data[position:]
        self._ahead = max(0, position - len(data))
        return self._data >= ENOUGH_DATA
