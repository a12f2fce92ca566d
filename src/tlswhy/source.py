"""A Source is how bytes reach the pure core: a name, and a reader of blocks that ``gather`` hands in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager

from tlswhy.frozen import frozen

BLOCK_SIZE = 1 << 21

Window = Callable[[int, int], bytes]
"""So many bytes from an offset on (a multiple of 64 KiB), fewer at the end of the input: an object that is sliced,
indexed and unpacked like bytes, whatever it is."""

Work = Callable[[], Iterator[bytes]]

Elsewhere = Callable[[Work], AbstractContextManager[Iterator[bytes]]]
"""Has work done in another process, from now on, and gives what it yields; that may come to an early end."""


@frozen
class Source:
    """One input. ``blocks()`` starts anew at the first byte on every call; blocks may have any size."""

    name: str
    blocks: Callable[[], Iterator[bytes]]
    size: int | None = None
    """Size in bytes as stored (before decompression), where known: for progress."""
    windows: Callable[[], AbstractContextManager[Window]] | None = None
    """Any part of the input without copying it, where that can be had."""
    elsewhere: Sequence[Elsewhere] = ()
    """Other processes that can look at windows at the same time."""

    def head(self, size: int = 65536) -> bytes:
        """Return the first ``size`` bytes, fewer at the end of the input."""
        head = b""
        for block in self.blocks():
            head += block
            if len(head) >= size:
                break
        return head[:size]

    def read(self, limit: int) -> bytes:
        """Return all bytes up to ``limit``; for formats that are small by nature."""
        return self.head(limit)


def source_of_bytes(name: str, data: bytes, block_size: int = BLOCK_SIZE) -> Source:
    """Make a Source of bytes that are already in memory."""

    def blocks() -> Iterator[bytes]:
        for start in range(0, len(data), block_size):
            yield data[start : start + block_size]

    return Source(name, blocks, len(data))
