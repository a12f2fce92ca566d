"""The connections of which no more is kept, as NumPy columns that a whole batch of packets is looked up in.

Owns the lookup of a flow and the question whether a packet can change anything. Imported by ``scan`` only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tlswhy.packets.pairs import FACTORS, PAIR, Pairs, best_table, table_bits
from tlswhy.packets.tcp import Conversation, Half

if TYPE_CHECKING:
    Array = np.ndarray[Any, np.dtype[Any]]

_IPV4_WORDS = 3
_FEWEST = 64
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
        self._pairs: Pairs | None = None  # the table, where the flows are of IPv4
        self._table: Array | None = None  # the table of other flows
        self._bits = 0
        self._try = 0  # which factor that one is made with

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
        self._table = self._pairs = None
        conversation.scanned = False

    def find(self, flow: Array) -> Array:
        """The row of each flow, -1 for those that are not here (or share their place in the table)."""
        if self._words == _IPV4_WORDS:
            pair = np.ascontiguousarray(flow).view(PAIR)[:, 0]
            return self.find_pairs(pair["addresses"], pair["ports"])
        if not self._rows:
            return np.full(len(flow), -1, np.intp)
        if self._table is None:
            self._table = self._build()
        row = self._table[self._hash(flow, self._try)]
        same = self.number[row] >= 0
        for word in range(self._words):
            same &= flow[:, word] == self._flow[row, word]
        return np.where(same, row, -1)

    def find_pairs(self, addresses: Array, ports: Array) -> Array:
        """As ``find``, for flows of IPv4 as a number of 64 bits and one of 32."""
        if not self._rows:
            return np.full(len(ports), -1, np.intp)
        if self._pairs is None:
            self._pairs = Pairs(self._flow.view(PAIR)[:, 0], np.flatnonzero(self.number >= 0))
        return self._pairs.find(addresses, ports)

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
        self._table = self._pairs = None
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

    def _build(self) -> Array:
        self._bits = table_bits(len(self.number))
        used = np.flatnonzero(self.number >= 0)
        flow = self._flow[used]
        table, self._try = best_table(self._bits, used, lambda number: self._hash(flow, number))
        return table

    def _hash(self, flow: Array, number: int) -> Array:
        mixed = flow[:, 0] * FACTORS[0]
        for word in range(1, self._words):
            mixed = mixed + flow[:, word] * FACTORS[word]
        place: Array = (mixed ^ (mixed >> np.uint32(15))) * FACTORS[number] >> np.uint32(32 - self._bits)
        return place
