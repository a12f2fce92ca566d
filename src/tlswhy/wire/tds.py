"""TLS inside the pre-login packets of TDS (Microsoft SQL Server): the handshake is wrapped, what follows it is not.

Owns the packet header (MS-TDS, 2.2.3.1) of one direction. Which packets carry TLS is told by their content: PRELOGIN
itself begins with an option token (2.2.6.5), a TLS record with its content type.
"""

from __future__ import annotations

from typing import Final

from tlswhy.wire.search import APPLICATION_DATA, CHANGE_CIPHER_SPEC

_HEADER: Final = 8
ENOUGH_TO_TELL: Final = _HEADER + 1
"""Bytes from which ``begins_tds`` can answer."""
_REPLY, _PRELOGIN = 0x04, 0x12
_VERSION_TOKEN: Final = 0


def begins_tds(head: bytes) -> bool:
    """Whether a client that says this first asks an SQL server for its options."""
    return len(head) >= ENOUGH_TO_TELL and head[0] == _PRELOGIN and head[1] <= 1 and head[_HEADER] == _VERSION_TOKEN


class PreLogin:
    """Takes the packet headers out of one direction's bytes, and the packets that hold no TLS.

    What a packet carries is handed out when the packet is complete, as Wireshark does.
    """

    __slots__ = ("_carries", "_head", "_held", "_left", "_over")

    def __init__(self) -> None:
        self._head = b""
        self._held: list[bytes] = []
        self._left = 0  # bytes of the packet's data that have not come
        self._carries = False  # TLS has begun: every further packet goes on with it
        self._over = False  # no more packets: TLS without a wrapping, or something else

    def feed(self, data: bytes) -> bytes:
        """Take the next bytes; return those of TLS."""
        if self._over:
            return data
        data, self._head = self._head + data, b""
        found: list[bytes] = []
        position = 0
        while position < len(data):
            if not self._left:
                if not self._enter(data, position):
                    break
                position += _HEADER
            part = data[position : position + self._left]
            position += len(part)
            self._left -= len(part)
            if self._carries:
                self._held.append(part)
            if not self._left:
                found.append(self._release())
        if self._over:
            found.append(data[position:])
        return b"".join(found)

    def lose(self, size: int) -> bytes:
        """``size`` bytes were never captured; return what came before them."""
        if size <= self._left and not self._head:
            self._left -= size
        else:
            self._over = True
        return self._release()

    def _release(self) -> bytes:
        held, self._held = b"".join(self._held), []
        return held

    def _enter(self, data: bytes, position: int) -> bool:
        """Begin the packet at ``position``; False where that cannot be told yet, or is none."""
        head = data[position : position + _HEADER + 1]
        if head[0] not in (_REPLY, _PRELOGIN):
            self._over = True
            return False
        if len(head) <= _HEADER:
            self._head = head
            return False
        size = int.from_bytes(head[2:4], "big")
        if size < _HEADER:
            self._over = True
            return False
        self._left = size - _HEADER
        self._carries |= CHANGE_CIPHER_SPEC <= head[_HEADER] <= APPLICATION_DATA
        return True
