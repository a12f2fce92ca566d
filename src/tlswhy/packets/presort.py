"""The first look at stretches of a large capture, taken by other processes while this one still reads what is before.

Where in a stretch a record begins is guessed (``Walk.resume``). What was found counts only where the reading, record
by record, comes to exactly that place in the same section of the file; so a wrong guess costs time and nothing else.
Of each packet is told whether it is a usual one, and of which flow: that says the packet itself. Whether it can be left
out says who knows the connections so far (``scan``). So the result is the same with any number of processes.

Owns which stretches others look at, what they tell and how that is proved to fit. How another process comes about is
the business of whoever hands in ``Elsewhere``. Imports NumPy.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from copy import copy
from functools import partial
from struct import Struct
from typing import TYPE_CHECKING, Any

import numpy as np

from tlswhy.frozen import frozen
from tlswhy.packets.chain import leap
from tlswhy.packets.framing import Foreseen, Framing, Walk
from tlswhy.packets.pairs import PAIR, Pairs
from tlswhy.packets.sieve import Layout, layout_of, usual_packets
from tlswhy.source import Elsewhere, Window

if TYPE_CHECKING:
    Array = np.ndarray[Any, np.dtype[Any]]

STRETCH = 1 << 24
"""Bytes of the file: enough packets for NumPy, few enough that nobody waits long for the last one."""
WORTH_IT = 64 << 20
"""Bytes of a file from which on another process is worth its beginning."""
_FOR_EACH = 6
"""Stretches that each of the others looks at while this process, which also follows connections, looks at one."""
PACKET = np.dtype([("flow", np.int16), ("data", np.bool_), ("ack", np.uint32)])
"""Of each packet the row of the flow that it is a usual packet of, -1 where it is to be looked at; whether it carries
data; what it acknowledges."""
_MOST_OTHERS = 2
"""More find no more than one process, which follows the connections, can take in the same time."""
_HEAD = Struct("<QQII")
_MOST_FLOWS = 1 << 10
_ASKED, _OFTEN = 512, 4
"""So many packets of flows that are not known yet are asked for their flow, and a flow counts that is so often met."""


@frozen
class Presorted:
    """Whole records from the place ``start`` of the file to ``end``; their positions from ``place`` on."""

    place: int
    start: int
    end: int
    positions: array[int]
    foreseen: Foreseen


class Stretches:
    """What the others have found, in the order of the file."""

    def __init__(self, elsewhere: Sequence[Elsewhere], window: Window, size: int, least: int) -> None:
        self._elsewhere = elsewhere[:_MOST_OTHERS] if size >= WORTH_IT else ()
        self._window, self._size, self._least = window, size, least
        self._running = ExitStack()
        self._told: list[Iterator[bytes]] = []
        self._framing: Framing | None = None
        self._number = 0  # of the next stretch

    def begin(self, walk: Walk) -> None:
        """Let them look, as soon as it is known how the file is laid out."""
        layout = layout_of(walk.framing)
        if self._told or not self._elsewhere or layout is None:
            return
        self._framing = walk.framing
        count = len(self._elsewhere)
        for index, elsewhere in enumerate(self._elsewhere):
            numbers = [each for each in range(-(-self._size // STRETCH)) if _whose(each, count) == index]
            work = partial(_look, self._window, numbers, walk, layout, self._least)
            self._told.append(self._running.enter_context(elsewhere(work)))
        self._elsewhere = ()
        self._advance()

    def close(self) -> None:
        """Nothing more of them is wanted."""
        self._told = []
        self._running.close()

    def next_place(self, position: int) -> int | None:
        """Where the next stretch begins that others look at, at ``position`` of the file or behind it."""
        while self._told and self._number * STRETCH < position:
            self.take()
        place = self._number * STRETCH
        return place if self._told and place < self._size else None

    def take(self) -> Presorted | None:
        """What was found in the next stretch; None where that is nothing."""
        place = self._number * STRETCH
        told = next(self._told[_whose(self._number, len(self._told))], None)
        if told is None:
            self.close()  # that process came to an early end: this one does the rest
            return None
        self._number += 1
        self._advance()
        return _decoded(place, told) if told else None

    def fits(self, found: Presorted, position: int, framing: Framing | None) -> bool:
        """Whether the reading has come to the place, and to the section of the file, that was guessed."""
        return position == found.start and framing is self._framing

    def _advance(self) -> None:
        while _whose(self._number, len(self._told)) < 0:
            self._number += 1


def _whose(number: int, count: int) -> int:
    """Which of the others looks at a stretch; -1: none."""
    turn = number % (1 + _FOR_EACH * count)
    return (turn + _FOR_EACH - 1) // _FOR_EACH - 1


def _look(window: Window, numbers: Sequence[int], walk: Walk, layout: Layout, least: int) -> Iterator[bytes]:
    """In another process: what stands in each of these stretches."""
    flows, walk = _Flows(), copy(walk)  # what it notes and tries is not the reading's
    for number in numbers:
        place = number * STRETCH
        buffer = window(place, STRETCH)
        start = walk.resume(buffer, 0, ended=False)
        chain = walk.chain(buffer, start) if start >= 0 else None
        if chain is None:
            yield b""
            continue
        positions, end = leap(buffer, start, chain)
        if positions:
            walk.note(buffer, positions[-1])
        packets = flows.packets(buffer, positions, layout, least)
        head = _HEAD.pack(place + start, place + end, len(positions), len(flows.known))
        yield b"".join((head, flows.known.tobytes(), positions.tobytes(), packets.tobytes()))


def _decoded(place: int, told: bytes) -> Presorted:
    start, end, count, flows = _HEAD.unpack_from(told)
    at = _HEAD.size + flows * PAIR.itemsize
    positions = array("I")
    positions.frombytes(told[at : at + count * positions.itemsize])
    packets = np.frombuffer(told, PACKET, count, at + count * positions.itemsize)
    return Presorted(place, start, end, positions, Foreseen(packets, np.frombuffer(told, PAIR, flows, _HEAD.size)))


class _Flows:
    """The flows that have many usual packets: as many as a download has."""

    def __init__(self) -> None:
        self.known: Array = np.zeros(0, PAIR)
        self._pairs: Pairs | None = None

    def packets(self, buffer: bytes, positions: array[int], layout: Layout, least: int) -> Array:
        """A ``PACKET`` for each of these."""
        where = np.frombuffer(positions, np.uint32).astype(np.intp)
        usual, packet, payload = usual_packets(np.frombuffer(buffer, np.uint8), where, *layout, least)
        row = self._find(packet)
        strange = np.flatnonzero(usual & (row < 0))
        if len(strange) >= _ASKED and self._learn(packet[strange[:: len(strange) // _ASKED]]):
            row = self._find(packet)
        found = np.zeros(len(positions), PACKET)
        found["flow"] = -1
        inside = found[: len(usual)]
        inside["flow"][usual] = row[usual]
        inside["data"], inside["ack"] = payload > 0, packet["ack"]
        return found

    def _find(self, packet: Array) -> Array:
        if self._pairs is None:
            return np.full(len(packet), -1, np.intp)
        return self._pairs.find(packet["addresses"], packet["ports"])

    def _learn(self, packet: Array) -> bool:
        """Whether there is any flow that is met often."""
        met = Counter(zip(packet["addresses"].tolist(), packet["ports"].tolist(), strict=True))
        new = np.array([flow for flow, count in met.items() if count >= _OFTEN], PAIR)
        if not len(new):
            return False
        self.known = np.concatenate([self.known, new]) if len(self.known) + len(new) <= _MOST_FLOWS else new
        self._pairs = Pairs(self.known, np.arange(len(self.known)))
        return True
