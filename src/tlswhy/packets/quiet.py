"""The connections of which no more is kept, as NumPy columns that a whole batch of packets is looked up in.

Owns the lookup of a flow and the question whether a packet can change anything. Imported by ``scan`` only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tlswhy.packets.tcp import Conversation, Half

if TYPE_CHECKING:
    Array = np.ndarray[Any, np.dtype[Any]]

_FACTORS = np.array(
    [0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D, 0x27D4EB2F, 0x165667B1, 0xCC9E2D51, 0x1B873593, 0xE6546B65, 0x7FEB352D],
    np.uint32,
)
_PAIR_FACTOR = np.uint64(0x9E3779B97F4A7C15)
_PAIR_FACTORS = _FACTORS.astype(np.uint64) * _PAIR_FACTOR | np.uint64(1)
_IPV4_WORDS = 3
_PAIR = np.dtype({"names": ["addresses", "ports"], "formats": ["<u8", "<u4"], "offsets": [0, 8], "itemsize": 12})
"""A flow of IPv4 as two numbers."""
_FEWEST, _FEWEST_BITS = 64, 13
_LITTLE_BEHIND = np.uint32((1 << 32) - (1 << 20))


class Quiet:
    """Two rows for each conversation, one for each flow; a flow is ``words`` little-endian numbers of 32 bits.

    Conversations are numbered from ``first_number`` in steps of two, so that two tables need not share a counter.
    """

    def __init__(self, words: int, first_number: int) -> None:
        self.conversations: dict[int, Conversation] = {}
        self._rows: dict[Conversation, tuple[int, int, int]] = {}  # number, row, row
        self._free: list[int] = []
        self._words = words
        self._next_number = first_number
        self._flow = np.zeros((0, words), np.uint32)
        self.number = np.zeros(0, np.int32)  # -1: the row is free
        self.closed = np.zeros(0, bool)  # no payload of this flow is kept
        self._acks_mean_nothing = np.zeros(0, bool)  # no payload of the other flow is kept
        self._acked = np.zeros(0, np.uint32)  # what is acknowledged already, and one
        self._known = np.zeros(0, bool)  # the side has sent something, and its acknowledgements can be judged
        self._table: Array | None = None
        self._addresses = self._ports = np.zeros(0, np.uint64)  # of each row, where the flows are of IPv4
        self._bits = 0
        self._try = 0  # which factor the table is made with

    def __len__(self) -> int:
        return len(self._rows)

    def put(self, conversation: Conversation) -> None:
        """Add a conversation, or learn how far it has come."""
        rows = self._rows.get(conversation)
        if rows is None:
            rows = self._add(conversation)
        for half, row in zip((conversation.first, conversation.first.peer), rows[1:], strict=True):
            self._write(row, half)

    def number_of(self, conversation: Conversation) -> int | None:
        """The number of a conversation that is here."""
        rows = self._rows.get(conversation)
        return None if rows is None else rows[0]

    def remove(self, conversation: Conversation) -> None:
        """Forget a conversation."""
        rows = self._rows.pop(conversation, None)
        if rows is None:
            return
        number, *both = rows
        del self.conversations[number]
        self.number[both] = -1
        self._free += both
        self._table = None
        conversation.scanned = False

    def find(self, flow: Array) -> Array:
        """The row of each flow, -1 for those that are not here (or share their place in the table)."""
        if self._words == _IPV4_WORDS:
            pair = np.ascontiguousarray(flow).view(_PAIR)[:, 0]
            return self.find_pairs(pair["addresses"], pair["ports"])
        if not self._rows:
            return np.full(len(flow), -1, np.intp)
        row = self._places()[self._hash(flow, self._try)]
        same = self.number[row] >= 0
        for word in range(self._words):
            same &= flow[:, word] == self._flow[row, word]
        return np.where(same, row, -1)

    def find_pairs(self, addresses: Array, ports: Array) -> Array:
        """As ``find``, for flows of IPv4 as a number of 64 bits and one of 32."""
        if not self._rows:
            return np.full(len(ports), -1, np.intp)
        row = self._places()[self._hash_pairs(addresses, ports, self._try)]
        other = self._addresses[row] ^ addresses
        other |= self._ports[row] ^ ports
        row[other != 0] = -1
        return row

    def unchanged(self, row: Array, payload: Array, ack: Array) -> Array:
        """Whether a plain packet of this row, with so much payload and this acknowledgement, changes nothing."""
        if not self._rows:
            return np.zeros(len(row), bool)
        found: Array = ack.astype(np.uint32) - self._acked[row] >= _LITTLE_BEHIND
        found |= self._acks_mean_nothing[row]
        found &= (payload == 0) | self.closed[row]
        found &= self._known[row]
        return found

    def _add(self, conversation: Conversation) -> tuple[int, int, int]:
        if not self._free:
            self._grow()
        number = self._next_number
        self._next_number += 2
        rows = number, self._free.pop(), self._free.pop()
        self._rows[conversation] = rows
        self.conversations[number] = conversation
        for half, row in zip((conversation.first, conversation.first.peer), rows[1:], strict=True):
            self._flow[row] = np.frombuffer(half.flow, "<u4")
            self.number[row] = number
        self._table = None
        conversation.scanned = True
        return rows

    def _write(self, row: int, half: Half) -> None:
        other = half.peer.stream
        self.closed[row] = half.stream.closed
        self._acks_mean_nothing[row] = other.closed
        self._known[row] = half.sent and (other.closed or other.acked is not None)
        other.noted = other.acked or 0
        self._acked[row] = other.noted + 1 & 0xFFFFFFFF

    def _grow(self) -> None:
        size = len(self.number)
        more = max(_FEWEST, size)
        for name in ("closed", "_known", "_acks_mean_nothing", "_acked"):
            column = getattr(self, name)
            setattr(self, name, np.concatenate([column, np.zeros(more, column.dtype)]))
        self.number = np.concatenate([self.number, np.full(more, -1, np.int32)])
        self._flow = np.concatenate([self._flow, np.zeros((more, self._words), np.uint32)])
        self._free += range(size, size + more)

    def _places(self) -> Array:
        """The table: at each hash the row of a flow that has it."""
        if self._table is None:
            self._table = self._build()
        return self._table

    def _build(self) -> Array:
        self._bits = max(_FEWEST_BITS, len(self.number).bit_length() + 4)
        used = np.flatnonzero(self.number >= 0)
        flow = self._flow[used]
        pair = None
        if self._words == _IPV4_WORDS:
            pair = flow.view(_PAIR)[:, 0]
            every = self._flow.view(_PAIR)[:, 0]
            # Ports of a free row are none that 32 bits can hold.
            self._addresses = every["addresses"].copy()
            self._ports = np.where(self.number >= 0, every["ports"].astype(np.uint64), np.uint64(1 << 32))
        # Two flows in one place: the later one wins, the other is looked at packet by packet. So a few factors are
        # tried. Row 0 may stand for "nothing here" because the flow itself is compared.
        table, best = np.zeros(1 << self._bits, np.intp), -1
        for number in range(len(_FACTORS)):
            if pair is None:
                place = self._hash(flow, number)
            else:
                place = self._hash_pairs(pair["addresses"], pair["ports"], number)
            different = int(np.count_nonzero(np.bincount(place)))  # np.unique would load numpy.ma
            if different > best:
                best, self._try = different, number
                table[:] = 0
                table[place] = used
            if different == len(used):
                break
        return table

    def _hash(self, flow: Array, number: int) -> Array:
        mixed = flow[:, 0] * _FACTORS[0]
        for word in range(1, self._words):
            mixed = mixed + flow[:, word] * _FACTORS[word]
        place: Array = (mixed ^ (mixed >> np.uint32(15))) * _FACTORS[number] >> np.uint32(32 - self._bits)
        return place

    def _hash_pairs(self, addresses: Array, ports: Array, number: int) -> Array:
        mixed = ports * _PAIR_FACTOR
        mixed ^= addresses
        mixed *= _PAIR_FACTORS[number]
        mixed >>= np.uint64(64 - self._bits)
        return mixed.view(np.int64)
