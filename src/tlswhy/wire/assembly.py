"""Handshake messages out of record contents: over many records, several in one, with damage and without bound in hand.

Owns where a message begins and ends in the stream. Knows nothing of what messages say.
"""

from __future__ import annotations

from typing import Final

from tlswhy.frozen import frozen
from tlswhy.wire.records import Record

_DAMAGE_LIMIT: Final = 16


@frozen
class Whole:
    """A handshake message, type and length included in ``raw``.

    ``intact`` is None where every byte is there; else only so many bytes at the front of ``raw`` were captured.
    """

    type: int
    size: int
    start: int
    end: int
    decrypted: bool
    raw: bytes
    intact: int | None = None
    taken: int = 0
    """The end of the record that completes it; 0 where none does."""


class Assembly:
    """One direction's handshake bytes; holds at most ``limit`` of them."""

    __slots__ = ("_buffer", "_damage", "_decrypted", "_end", "_limit", "_skip", "_start", "out_of_step")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._buffer = bytearray()
        self._damage: list[tuple[int, int]] = []
        self._start = 0  # of the record in which the pending message begins
        self._end = 0
        self._decrypted = False
        self._skip = 0  # bytes left of a message that is too large to keep
        self.out_of_step = False

    @property
    def pending(self) -> bool:
        """A message has begun and is not complete."""
        return bool(self._buffer) or self._skip > 0

    def add(self, record: Record, body: bytes, body_start: int | None) -> list[Whole]:
        """Messages completed by ``body``, which begins at stream offset ``body_start`` (None: decrypted)."""
        self.out_of_step = False
        self._end = record.end
        self._decrypted = body_start is None
        skipped = min(self._skip, len(body))
        self._skip -= skipped
        before = len(self._buffer)
        if not before:
            self._start = record.start
        if body_start is not None:
            moved = before - skipped
            self._damage += [(max(a + moved, 0), b + moved) for a, b in record.damage if b + moved > 0]
            if len(self._damage) > _DAMAGE_LIMIT:  # one large range says enough, and many cost at every record
                self._damage = [(min(a for a, _ in self._damage), max(b for _, b in self._damage))]
        self._buffer += body[skipped:] if skipped else body
        origin = None if body_start is None else body_start + skipped - before  # stream offset of buffer[0]
        return self._split(record, before, origin)

    def give_up(self) -> Whole | None:
        """The message that has begun, as far as it came; nothing of it is kept."""
        raw, self._skip = bytes(self._buffer), 0
        intact = min([len(raw)] + [start for start, _ in self._damage])
        self._buffer.clear()
        self._damage.clear()
        if intact < 4:
            return None
        size = int.from_bytes(raw[1:4], "big")
        return Whole(raw[0], size, self._start, self._end, self._decrypted, raw, intact)

    def _split(self, record: Record, before: int, origin: int | None) -> list[Whole]:
        wholes = []
        buffer, position = self._buffer, 0
        while len(buffer) - position >= 4:
            if any(start < position + 4 and end > position for start, end in self._damage):
                self.out_of_step = True
                position = len(buffer)
                break
            size = int.from_bytes(buffer[position + 1 : position + 4], "big")
            end = position + 4 + size
            too_large = 4 + size > self._limit
            if end > len(buffer) and not too_large:
                break
            start = self._start if position < before else record.start
            kept = bytes(buffer[position:end])
            intact = self._intact(position, min(end, len(buffer)), 4 + size)
            place = record.end if origin is None else origin + min(end, len(buffer))
            wholes.append(Whole(buffer[position], size, start, place, self._decrypted, kept, intact, record.end))
            if end > len(buffer):
                self._skip = end - len(buffer)
                end = len(buffer)
            position = end
        del buffer[:position]
        if position:
            self._start = record.start
            self._damage = [(max(a - position, 0), b - position) for a, b in self._damage if b > position]
        return wholes

    def _intact(self, start: int, end: int, wanted: int) -> int | None:
        harmed = [max(a, start) - start for a, b in self._damage if a < end and b > start]
        if end - start < wanted:
            harmed.append(end - start)
        return min(harmed, default=None)
