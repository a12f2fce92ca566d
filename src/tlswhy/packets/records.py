"""Packet records of a capture file: where each one starts, on which link it was taken, and when.

Owns which format a file has, how blocks are cut into batches without copying them, and how reading goes on behind
damage. A ``Batch`` is one stretch of bytes with the positions of the packet records in it; what stands inside a packet
is not looked at, so that a bulk reader can treat a whole batch at once.
Refuses to know: links, IP, TCP, compression.
"""

from __future__ import annotations

from array import array
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING

from tlswhy.packets.framing import Batch, RecordNotes, Walk
from tlswhy.packets.pcap import FILE_HEADER, PCAP_MAGICS, PcapFraming, PcapWalk
from tlswhy.packets.pcapng import BYTE_ORDERS, SECTION_MAGIC, PcapngWalk
from tlswhy.packets.snoop import FILE_HEADER as SNOOP_HEADER
from tlswhy.packets.snoop import SNOOP_MAGIC, SnoopFraming, SnoopWalk
from tlswhy.source import BLOCK_SIZE, Window

if TYPE_CHECKING:
    from tlswhy.packets.presort import Stretches

__all__ = ["Batch", "RecordNotes", "is_record_file", "read_records", "read_windows"]

WINDOW = 1 << 24
"""Bytes that are looked at together: enough packets for NumPy, few enough to stay in the processor's cache."""
_MANY = 4_096
"""Records in a window from which on following their chain step by step takes longer than guessing."""
_ALIGNED = 1 << 16

_JOINT = 4_096
_SMALL_BLOCK = 1 << 16
_OVERLAP = 1 << 18
"""Bytes that are looked at again with the next block when a record is searched for: more than three packets."""
_MOST_RESUMED = 1_000


def is_record_file(head: bytes) -> bool:
    """Tell a pcap, pcapng or snoop file by its first bytes."""
    if head[:4] in PCAP_MAGICS:
        return len(head) >= FILE_HEADER
    if head[:8] == SNOOP_MAGIC:
        return len(head) >= SNOOP_HEADER
    return head[:4] == SECTION_MAGIC and head[8:12] in BYTE_ORDERS


def read_records(head: bytes, blocks: Iterator[bytes], notes: RecordNotes) -> Iterator[Batch]:
    """Cut ``head`` and the ``blocks`` behind it into batches; ``head`` passed ``is_record_file``."""
    return _batches(*_walk(head, notes), head, blocks, notes)


def read_windows(
    head: bytes, window: Window, notes: RecordNotes, stretches: Stretches | None = None
) -> Iterator[Batch]:
    """The same, out of windows: each begins at the record where the one before it ended, so that nothing is joined.

    ``stretches``: parts of the file that others look at meanwhile; a window ends where one of these begins.
    """
    walk, position = _walk(head, notes)
    size = WINDOW if stretches is None else _ALIGNED  # how the file is laid out is known behind the first, for others
    many = False
    while True:
        border = stretches.next_place(position) if stretches is not None else None
        place, began, frames = position & -_ALIGNED, position, notes.frames
        asked = size if border is None else min(size, border - place)
        buffer = window(place, asked)
        position = place + (yield from _of_window(walk, buffer, position - place, place, notes, leaping=many))
        if notes.frames > frames:
            many = (notes.frames - frames) * WINDOW > _MANY * len(buffer)
        size = WINDOW
        at_border = place + len(buffer) == border
        if stretches is not None and not walk.damaged:
            stretches.begin(walk)
            if at_border:
                position = yield from _take_stretch(walk, position, window, notes, stretches)
        if walk.damaged or len(buffer) < asked or (position == began and not at_border):
            # Damage, the end, a record larger than a window: what is met once in a file is handled in one place.
            if stretches is not None:
                stretches.close()
            walk.damaged = False
            yield from _batches(walk, 0, b"", _blocks(window, position), notes, position)
            return


def _of_window(
    walk: Walk, buffer: bytes, position: int, place: int, notes: RecordNotes, *, leaping: bool
) -> Generator[Batch, None, int]:
    """The batches of one window; returns where in it the records end."""
    from tlswhy.packets.chain import leap  # NumPy, for large inputs

    while True:
        framing = walk.framing
        chain = walk.chain(buffer, position) if leaping else None
        found, position = leap(buffer, position, chain) if chain else (array("I"), position)
        positions, position = walk.walk(buffer, position, place)
        framing = framing or walk.framing
        positions = found + positions
        if positions and framing is not None:
            yield Batch(buffer, positions, notes.frames + 1, framing)
            notes.frames += len(positions)
        if not walk.again:
            return position


def _take_stretch(
    walk: Walk, position: int, window: Window, notes: RecordNotes, stretches: Stretches
) -> Generator[Batch, None, int]:
    """Read up to where the next stretch begins, and take it where that fits; returns the place behind it."""
    found = stretches.take()
    if found is None:
        return position
    if position < found.start:
        place = position & -_ALIGNED
        buffer = window(place, found.start - place)
        position = place + (yield from _of_window(walk, buffer, position - place, place, notes, leaping=False))
    framing = walk.framing
    if framing is None or walk.damaged or not stretches.fits(found, position, framing):
        return position
    if found.positions:
        buffer = window(found.place, found.end - found.place)
        yield Batch(buffer, found.positions, notes.frames + 1, framing, found.foreseen)
        notes.frames += len(found.positions)
        walk.note(buffer, found.positions[-1])
    return found.end


def _walk(head: bytes, notes: RecordNotes) -> tuple[Walk, int]:
    """How to step through a file that begins so, and where its first record is."""
    if head[:4] in PCAP_MAGICS:
        return PcapWalk(PcapFraming(head)), FILE_HEADER
    if head[:8] == SNOOP_MAGIC:
        return SnoopWalk(SnoopFraming(head)), SNOOP_HEADER
    return PcapngWalk(notes), 0


def _blocks(window: Window, place: int) -> Iterator[bytes]:
    while block := window(place & -_ALIGNED, BLOCK_SIZE)[place % _ALIGNED :]:
        yield block
        place += len(block)


def _batches(
    walk: Walk, position: int, buffer: bytes, blocks: Iterator[bytes], notes: RecordNotes, place: int = 0
) -> Iterator[Batch]:
    """Walk block after block without copying them: only a record that crosses a border is joined.

    ``place`` is the file offset of the buffer.
    """
    spare: bytes | None = None  # the block whose first bytes were joined to the rest of the one before
    rest = resumed = 0
    while True:
        framing = walk.framing
        positions, position = walk.walk(buffer, position, place)
        framing = framing or walk.framing
        if positions and framing is not None:
            yield Batch(buffer, positions, notes.frames + 1, framing)
            notes.frames += len(positions)
        if walk.damaged:
            notes.note("capture-corrupt", f"byte {place + position}", frame=notes.frames + 1 - notes.before)
            if spare is not None:
                buffer, spare = buffer[:rest] + spare, None
            resumed += 1
            behind = _resume(walk, position, buffer, place, blocks) if resumed <= _MOST_RESUMED else None
            if behind is None:
                return
            was, (position, buffer, place) = place + position, behind
            notes.note("capture-resumed", f"byte {place + position}", skipped=place + position - was)
            walk.damaged = False
            continue
        if walk.again:
            continue
        if spare is not None:
            if position >= rest:  # past the border: on in the block itself
                buffer, position, place = spare, position - rest, place + rest
            else:
                buffer, rest = buffer[position:rest] + spare, 0
                place, position = place + position, 0
            spare = None
            continue
        place += position
        buffer = buffer[position:]
        block = _next_block(blocks)
        if block is None:
            if buffer:
                notes.note("capture-truncated", f"byte {place}", frame=notes.frames + 1 - notes.before)
            return
        position, rest = 0, len(buffer)
        if rest == 0:
            buffer = block
        elif rest < _JOINT and len(block) > 4 * _JOINT:
            buffer, spare = buffer + block[:_JOINT], block
        else:
            buffer += block


def _resume(
    walk: Walk, position: int, buffer: bytes, place: int, blocks: Iterator[bytes]
) -> tuple[int, bytes, int] | None:
    """Look for the next record behind damage at ``position``: where it is, in which bytes, their file offset."""
    position += 1
    ended = False
    while True:
        at = walk.resume(buffer, position, ended=ended)
        if at >= 0:
            return at, buffer, place
        if ended:
            return None
        keep = max(position, len(buffer) - _OVERLAP)
        block = _next_block(blocks)
        ended = block is None
        buffer, place, position = buffer[keep:] + (block or b""), place + keep, 0


def _next_block(blocks: Iterator[bytes]) -> bytes | None:
    """The next block; small ones are joined, so that the rest of a record is not copied for each of them."""
    block = next(blocks, None)
    if block is None or len(block) >= _SMALL_BLOCK:
        return block
    parts, size = [block], len(block)
    for part in blocks:
        parts.append(part)
        size += len(part)
        if size >= _SMALL_BLOCK:
            break
    return b"".join(parts)
