"""The shapes that all capture formats share: a batch of packet records, how to read one, what was met beside them."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from tlswhy.frozen import frozen
from tlswhy.oddity import Oddity

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[Any]]

LARGEST_PACKET = 1 << 20
"""Wireshark refuses packets above 262,144 bytes; "big TCP" makes larger ones. Above this a length is damage."""

ODDITY_LIMIT = 32
NO_LINK = -1


class Framing(Protocol):
    """How the records of a batch are laid out."""

    def read(self, buffer: bytes, position: int) -> tuple[int, int, int, int, int]:
        """Return (link type, start of packet, captured bytes, bytes on the wire, time in ns or 0)."""
        ...


@frozen
class Foreseen:
    """What another process has found in packets: see ``presort.PACKET``. ``flows`` are as in ``pairs.PAIR``."""

    packets: Array
    flows: Array


@frozen
class Batch:
    """Records at ``positions`` of ``buffer``; the first of them is frame ``first_frame``."""

    buffer: bytes
    positions: array[int]
    first_frame: int
    framing: Framing
    foreseen: Foreseen | None = None

    def part(self, start: int, stop: int) -> Batch:
        """Some of its packets."""
        foreseen = self.foreseen
        if foreseen is not None:
            foreseen = Foreseen(foreseen.packets[start:stop], foreseen.flows)
        return Batch(self.buffer, self.positions[start:stop], self.first_frame + start, self.framing, foreseen)


@frozen
class Chain:
    """What the usual records of a file have in common: 32-bit numbers at fixed places of a header.

    ``mark`` is a few bytes that each of them has ``mark_at`` its start, ``kind`` its first number. A record's length
    (``least`` to ``most``, without ``header_size``) is rounded up to ``multiple``; it may be ``repeated`` at the end.
    """

    order: str
    mark: bytes
    mark_at: int
    length_at: int
    header_size: int
    least: int
    most: int
    multiple: int = 1
    kind: int | None = None
    original_at: int = 0
    repeated: bool = False


@dataclass(slots=True)
class RecordNotes:
    """What a record reader met beside packets; filled while it reads."""

    secrets: list[bytes] = field(default_factory=list)
    oddities: list[Oddity] = field(default_factory=list)
    frames: int = 0
    before: int = 0
    """Of these frames those of earlier files, where several are read as one."""

    def note(self, what: str, place: str, **facts: str | int) -> None:
        """Keep an oddity, up to a limit."""
        if len(self.oddities) < ODDITY_LIMIT:
            self.oddities.append(Oddity(what, place, facts=facts))


class Walk(Protocol):
    """Finds the records in a stretch of bytes.

    ``walk`` returns the positions of whole records and the position of the first byte it has not taken; ``place`` is
    the file offset of the buffer. ``again``: it stopped before the bytes ended: what follows is framed differently.
    """

    framing: Framing | None
    damaged: bool
    again: bool

    def walk(self, buffer: bytes, position: int, place: int) -> tuple[array[int], int]:
        """See above."""
        ...

    def chain(self, buffer: bytes, position: int) -> Chain | None:
        """What the records from ``position`` on have in common; None where that is not known."""
        ...

    def note(self, buffer: bytes, position: int) -> None:
        """A record surely begins here: whichever is searched for from now on is not far from it."""
        ...

    def resume(self, buffer: bytes, position: int, *, ended: bool) -> int:
        """Where behind damage a record surely begins again, at ``position`` or later; -1: not in these bytes.

        ``ended``: no more bytes will come. What it costs is bounded for the whole file.
        """
        ...
