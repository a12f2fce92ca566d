"""Packet records of a capture file: where each one starts, on which link it was taken, and when.

Owns which format a file has, how blocks are cut into batches without copying them, and how reading goes on behind
damage. A ``Batch`` is one stretch of bytes with the positions of the packet records in it; what stands inside a packet
is not looked at, so that a bulk reader can treat a whole batch at once.
Refuses to know: links, IP, TCP, compression.
"""

from __future__ import annotations

from collections.abc import Iterator

from tlswhy.packets.framing import Batch, RecordNotes, Walk
from tlswhy.packets.pcap import FILE_HEADER, PCAP_MAGICS, PcapFraming, PcapWalk
from tlswhy.packets.pcapng import BYTE_ORDERS, SECTION_MAGIC, PcapngWalk
from tlswhy.packets.snoop import FILE_HEADER as SNOOP_HEADER
from tlswhy.packets.snoop import SNOOP_MAGIC, SnoopFraming, SnoopWalk

__all__ = ["Batch", "RecordNotes", "is_record_file", "read_records"]

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
    if head[:4] in PCAP_MAGICS:
        return _batches(PcapWalk(PcapFraming(head)), FILE_HEADER, head, blocks, notes)
    if head[:8] == SNOOP_MAGIC:
        return _batches(SnoopWalk(SnoopFraming(head)), SNOOP_HEADER, head, blocks, notes)
    return _batches(PcapngWalk(notes), 0, head, blocks, notes)


def _batches(walk: Walk, position: int, buffer: bytes, blocks: Iterator[bytes], notes: RecordNotes) -> Iterator[Batch]:
    """Walk block after block without copying them: only a record that crosses a border is joined."""
    place = 0  # the file offset of the buffer
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
