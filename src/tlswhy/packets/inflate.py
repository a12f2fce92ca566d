"""Looks through gzip and zstd: blocks of stored bytes in, blocks of the bytes they stand for out.

Owns compression and nothing else. What comes out is bounded block by block, whatever the ratio.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from io import BytesIO, RawIOBase
from typing import IO, cast

Note = Callable[[str, int], None]
"""Called with a code and the number of stored bytes taken when it happened."""

_GZIP = b"\x1f\x8b\x08"
_ZSTD = b"\x28\xb5\x2f\xfd"
_CAREFUL = 1 << 18  # so much comes in small portions: what damage costs of a small file is a portion
_SMALL_PORTION, _PORTION = 512, 1 << 18
_UNDECIDED = 60_000
_ZSTD_REPEATED = 1  # a block of one byte, so many times
_LARGEST_WINDOW = 1 << 27
_PEEK = 64
_SUSPICIOUS = 1 << 30
_LARGEST_RATIO = 500
"""Of bytes to stored bytes: a packet of zeros still has a record header of its own, with its own time."""


def peek(head: bytes) -> bytes:
    """The first bytes of what ``head`` stands for; ``head`` itself where it is not compressed."""
    if head.startswith(_GZIP):
        try:
            return zlib.decompressobj(31).decompress(head, _PEEK)
        except zlib.error:
            return b""
    if _is_zstd(head):
        try:
            return next(_zstd(BytesIO(head)), b"")[:_PEEK]
        except _zstd_errors():
            return b""
    return head


def is_undecided(head: bytes) -> bool:
    """Whether ``head`` is the begin of zstd data that is too short to tell anything.

    zstd gives out whole blocks of 128 KiB only. Text shrinks to less than half of that; what does not, is a capture of
    encrypted traffic more often than anything else that is looked for here.
    """
    return _is_zstd(head) and len(head) > _UNDECIDED and not peek(head)


def is_cut(head: bytes) -> bool:
    """Whether a file that is no more than ``head`` was compressed, and ends before it tells what it was."""
    if not head.startswith(_GZIP) and not _is_zstd(head):
        return False
    told: list[str] = []
    made = 0
    for block in inflate(head, iter(()), lambda what, taken: told.append(what)):
        made += len(block)
        if made >= _PEEK:
            return False
    return "compressed-data-truncated" in told


def inflate(head: bytes, blocks: Iterator[bytes], note: Note) -> Iterator[bytes]:
    """The bytes that ``head`` and the ``blocks`` behind it stand for."""
    if not head.startswith(_GZIP) and not _is_zstd(head):
        return _chain(head, blocks)
    stored = _Stored(_chain(head, blocks))
    if head.startswith(_GZIP):
        return _bounded(_inflate_gzip(stored.blocks(), note), stored, note)
    return _bounded(_inflate_zstd(stored.blocks(), note), stored, note)


class _Stored:
    """The stored bytes, counted."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = blocks
        self.taken = 0

    def blocks(self) -> Iterator[bytes]:
        for block in self._blocks:
            self.taken += len(block)
            yield block


def _bounded(plain: Iterator[bytes], stored: _Stored, note: Note) -> Iterator[bytes]:
    """No more than a capture can shrink to: what goes on beyond that is made to keep its reader busy."""
    made = 0
    for block in plain:
        made += len(block)
        if made > _SUSPICIOUS and made > _LARGEST_RATIO * stored.taken:
            note("compressed-data-expands", stored.taken)
            return
        yield block


def _is_zstd(head: bytes) -> bool:
    # A skippable frame (RFC 8878 §3.1.2) may stand first.
    return head.startswith(_ZSTD) or (
        head[1:4] == b"\x2a\x4d\x18" and head[:1] in b"PQRSTUVWXYZ[\\]^_" and len(head) > 4
    )


def _chain(head: bytes, blocks: Iterator[bytes]) -> Iterator[bytes]:
    yield head
    yield from blocks


def _inflate_gzip(blocks: Iterator[bytes], note: Note) -> Iterator[bytes]:
    taken = made = 0
    member = zlib.decompressobj(31)
    fresh = True  # between two members
    first = True
    for block in blocks:
        taken += len(block)
        while block:
            if fresh:
                block = block.lstrip(b"\0")  # padding between and behind members
                if not block:
                    break
            try:
                out = member.decompress(block, _portion(made))
            except zlib.error:
                note("trailing-bytes" if fresh and not first else "compressed-data-corrupt", taken)
                return
            fresh = first = False
            made += len(out)
            if out:
                yield out
            if member.eof:
                block = member.unused_data
                member = zlib.decompressobj(31)
                fresh = True
            else:
                block = member.unconsumed_tail
    if not fresh:
        try:
            out = member.flush()
        except zlib.error:
            out = b""
        if out:
            yield out
        note("compressed-data-truncated", taken)


def _portion(made: int) -> int:
    return _SMALL_PORTION if made < _CAREFUL else _PORTION


class _Blocks(RawIOBase):
    """A file made of blocks, for a library that wants to pull."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = blocks
        self._rest = memoryview(b"")
        self.taken = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        """At most ``size`` bytes; empty at the end."""
        while not self._rest:
            block = next(self._blocks, None)
            if block is None:
                return b""
            self.taken += len(block)
            self._rest = memoryview(block)
        if size < 0:
            size = len(self._rest)
        part, self._rest = self._rest[:size], self._rest[size:]
        return bytes(part)


def _inflate_zstd(blocks: Iterator[bytes], note: Note) -> Iterator[bytes]:
    frames = _ZstdFrames()
    stored = _Blocks(map(frames.follow, blocks))
    try:
        yield from _zstd(stored)
    except _zstd_errors():
        note("compressed-data-corrupt", stored.taken)
    else:
        if not frames.whole:
            note("compressed-data-truncated", stored.taken)


class _ZstdFrames:
    """Follows the frames that pass by (RFC 8878, 3.1) only to know whether the last is whole, of which the library says
    nothing."""

    def __init__(self) -> None:
        self._take: Callable[[bytes], None] = self._magic
        self._needs = 4
        self._part = b""
        self._skip = self._behind = 0
        self.whole = True

    def follow(self, block: bytes) -> bytes:
        """Take note of a block and hand it on."""
        position = 0
        while position < len(block):
            if self._skip:
                passed = min(self._skip, len(block) - position)
                self._skip -= passed
            else:
                passed = min(self._needs - len(self._part), len(block) - position)
                self._part += block[position : position + passed]
                if len(self._part) == self._needs:
                    part, self._part = self._part, b""
                    self._take(part)
            position += passed
            self.whole = self._take == self._magic and not self._part and not self._skip
        return block

    def _magic(self, magic: bytes) -> None:
        if magic == _ZSTD:
            self._take, self._needs = self._descriptor, 1
        else:
            self._take, self._needs = self._skippable, 4

    def _skippable(self, size: bytes) -> None:
        self._skip = int.from_bytes(size, "little")
        self._take, self._needs = self._magic, 4

    def _descriptor(self, descriptor: bytes) -> None:
        flags = descriptor[0]
        single = flags >> 5 & 1
        content = (single, 2, 4, 8)[flags >> 6]
        self._skip = (1 - single) + (0, 1, 2, 4)[flags & 3] + content
        self._behind = flags & 4  # a checksum of four bytes
        self._take, self._needs = self._block, 3

    def _block(self, header: bytes) -> None:
        value = int.from_bytes(header, "little")
        self._skip = 1 if value >> 1 & 3 == _ZSTD_REPEATED else value >> 3
        if value & 1:  # the last one
            self._skip += self._behind
            self._take, self._needs = self._magic, 4


def _zstd(stored: RawIOBase | BytesIO) -> Iterator[bytes]:
    from zstandard import ZstdDecompressor

    reader = ZstdDecompressor(max_window_size=_LARGEST_WINDOW).stream_reader(
        cast("IO[bytes]", stored), read_across_frames=True
    )
    made = 0
    while out := reader.read(_portion(made)):
        made += len(out)
        yield out


def _zstd_errors() -> type[Exception]:
    from zstandard import ZstdError

    return ZstdError
