"""The chain of packet records in a large stretch of bytes, followed from many places at once.

Each record tells where the next one begins, so a chain has to be followed step by step; NumPy takes the step for
hundreds of places together. Where those places are is a guess: the first place behind each of many borders that looks
like a record. What was found from there counts only where the part before it ends exactly at it, so a wrong guess costs
time and nothing else.

Owns the guess and its proof. What a record looks like, the formats say (``framing.Chain``). Imports NumPy.
"""

from __future__ import annotations

from array import array
from struct import Struct
from typing import TYPE_CHECKING, Any

import numpy as np

from tlswhy.packets.framing import Chain

if TYPE_CHECKING:
    Array = np.ndarray[Any, np.dtype[Any]]

_APART = 1 << 16
"""Bytes between two borders."""
_SEARCHED = 1 << 12
"""Bytes behind a border that are searched first: two usual packets and more."""
_FEWEST = 8
"""Places below which NumPy is slower than a step at a time."""
_STEPS = 16
"""Steps that all places take together before it is asked which of them have come to their border."""
_NOWHERE = 1 << 40
_FAR = 1 << 30
_BEHIND = 32
"""No field of a record that is read here stands further behind its start."""


def leap(buffer: bytes, position: int, chain: Chain) -> tuple[array[int], int]:
    """Positions of whole records from ``position`` on, each proved, and where the one behind them begins.

    As far as the guesses were right and the records usual: none at all is an answer too.
    """
    found = array("I")
    last = len(buffer) - _BEHIND
    starts = _starts(buffer, position, last, chain)
    if len(starts) < _FEWEST:
        return found, position
    positions = _follow(buffer, starts, last, chain)
    # As far as a record is followed by another, its length is known.
    length = np.diff(positions, append=positions[-1] + chain.header_size + chain.least) - chain.header_size
    unusual = (length < chain.least) | (length > chain.most)
    if chain.kind is not None:
        unusual |= _numbers(buffer, chain, 0)[positions] != chain.kind
    if unusual.any():
        positions = positions[: int(unusual.argmax()) + 1]
    # The last one may not be whole, or is the unusual one: it is for the careful walk.
    found.frombytes(positions[:-1].astype(np.uint32).tobytes())
    return found, int(positions[-1])


def _numbers(buffer: bytes, chain: Chain, at: int) -> Array:
    """The 32-bit number that stands ``at`` bytes behind each position."""
    return np.ndarray((max(0, len(buffer) - at - 3),), chain.order + "u4", buffer, at, (1,))


def _starts(buffer: bytes, position: int, last: int, chain: Chain) -> Array:
    """``position``, and behind each border the first place that looks like a record."""
    guesses = []
    for border in range(position + _APART, last - _APART, _APART):
        at = buffer[border : border + _SEARCHED].find(chain.mark)
        if at < 0:
            at = buffer[border : border + _APART].find(chain.mark, _SEARCHED - len(chain.mark))
        if at >= chain.mark_at:
            guesses.append(border + at - chain.mark_at)
    starts = np.array(guesses, np.int64)
    length = _numbers(buffer, chain, chain.length_at)[starts]
    likely = (length >= max(chain.least, 1)) & (length <= chain.most)
    if chain.original_at:
        likely &= _numbers(buffer, chain, chain.original_at)[starts] >= length
    if chain.repeated:
        ends = np.minimum(starts + length - 4, last)
        likely &= _numbers(buffer, chain, 0)[ends] == length
    return np.concatenate([np.array([position], np.int64), starts[likely]])


def _follow(buffer: bytes, starts: Array, last: int, chain: Chain) -> Array:
    """The positions that are proved, in order."""
    lengths = _numbers(buffer, chain, chain.length_at)
    place, stops = np.arange(len(starts)), np.append(starts[1:], last)
    position, stop = starts, stops
    ends = stops.copy()
    found = []
    while len(position) >= _FEWEST:
        # Nobody looks for a while whether a part has ended: what it has found behind its end is another part's.
        track = np.empty((_STEPS + 1, len(position)), np.int64)
        track[0] = position
        for step in range(_STEPS):
            length = lengths[track[step]]
            if chain.least:
                length[length < chain.least] = _FAR
            if chain.multiple > 1:
                length += -length % chain.multiple
            following = track[step + 1]
            np.add(track[step], length, out=following)
            following += chain.header_size
            np.minimum(following, last, out=following)
        inside = track < stop
        found.append(track[:-1][inside[:-1]])
        steps = np.count_nonzero(inside, axis=0)
        done = steps <= _STEPS
        ends[place[done]] = track[steps[done], np.flatnonzero(done)]
        going = ~done
        position, stop, place = track[-1, going], stop[going], place[going]
    for start, before, number in zip(position.tolist(), stop.tolist(), place.tolist(), strict=True):
        rest, ends[number] = _follow_one(buffer, start, before, chain)
        found.append(np.array(rest, np.int64))
    positions: Array = np.sort(np.concatenate(found))
    proved = ends[:-1] == starts[1:]
    if not proved.all():
        positions = positions[: np.searchsorted(positions, starts[int(proved.argmin()) + 1])]
    return positions


def _follow_one(buffer: bytes, position: int, stop: int, chain: Chain) -> tuple[list[int], int]:
    """The positions from one place on, before ``stop``, and the first that is not."""
    unpack = Struct(f"{chain.order}{chain.length_at}xI").unpack_from
    found = []
    while position < stop:
        found.append(position)
        (length,) = unpack(buffer, position)
        if length < chain.least:
            return found, _NOWHERE
        position += length + -length % chain.multiple + chain.header_size
    return found, position
