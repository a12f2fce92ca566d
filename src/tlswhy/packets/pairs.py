"""Flows of IPv4 found in a table, for a whole batch of packets at once: a flow is two numbers, 64 bits of addresses and
32 of ports, as they stand in the packet.

Owns the table. What is known of a flow stands in columns of whoever asks, under the flow's row. Imports NumPy.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    Array = np.ndarray[Any, np.dtype[Any]]

FACTORS: Final = np.array(
    [0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D, 0x27D4EB2F, 0x165667B1, 0xCC9E2D51, 0x1B873593, 0xE6546B65, 0x7FEB352D],
    np.uint32,
)
PAIR: Final = np.dtype({"names": ["addresses", "ports"], "formats": ["<u8", "<u4"], "offsets": [0, 8], "itemsize": 12})
"""The bytes of a flow as these two numbers."""
_PAIR_FACTOR = np.uint64(0x9E3779B97F4A7C15)
_PAIR_FACTORS = FACTORS.astype(np.uint64) * _PAIR_FACTOR | np.uint64(1)
_FEWEST_BITS = 13


class Pairs:
    """The flows at some rows of a column of ``PAIR``."""

    def __init__(self, flows: Array, rows: Array) -> None:
        self._addresses = flows["addresses"].copy()
        # Ports of a row without a flow are none that 32 bits can hold.
        self._ports = np.full(len(flows), 1 << 32, np.uint64)
        self._ports[rows] = flows["ports"][rows]
        self._bits = table_bits(len(flows))
        addresses, ports = self._addresses[rows], self._ports[rows]
        self._table, self._try = best_table(self._bits, rows, lambda number: self._hash(addresses, ports, number))

    def find(self, addresses: Array, ports: Array) -> Array:
        """The row of each flow, -1 for those that are not here (or share their place in the table)."""
        row: Array = self._table[self._hash(addresses, ports, self._try)]
        other: Array = self._addresses[row] ^ addresses
        other |= self._ports[row] ^ ports
        row[other != 0] = -1
        return row

    def _hash(self, addresses: Array, ports: Array, number: int) -> Array:
        mixed = ports * _PAIR_FACTOR
        mixed ^= addresses
        mixed *= _PAIR_FACTORS[number]
        mixed >>= np.uint64(64 - self._bits)
        return mixed.view(np.int64)


def table_bits(rows: int) -> int:
    """How large a table for so many rows is: places as a power of two."""
    return max(_FEWEST_BITS, rows.bit_length() + 4)


def best_table(bits: int, rows: Array, place_of: Callable[[int], Array]) -> tuple[Array, int]:
    """A table that has each row at its place, and the number of the factor that it is made with.

    Two rows in one place: the later one wins, the other is not found. So a few factors are tried. Row 0 may stand for
    "nothing here" because whoever looks a flow up compares the flow itself.
    """
    table = np.zeros(1 << bits, np.intp)
    best, chosen = -1, 0
    for number in range(len(FACTORS)):
        place = place_of(number)
        different = int(np.count_nonzero(np.bincount(place)))  # np.unique would load numpy.ma
        if different > best:
            best, chosen = different, number
            table[:] = 0
            table[place] = rows
        if different == len(rows):
            break
    return table, chosen
