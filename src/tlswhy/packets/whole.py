"""Connections whose packets in a batch run as TCP intends, found with NumPy for all of them at once.

Opened by SYN and SYN-ACK in the batch, every segment behind the one before it, nothing sent twice, no reset: then what
is left of them behind the last packet follows from columns, and no packet needs a look of its own. Whatever is unusual
in any way is left to the careful path, which gives the same result. Where many short connections follow each other,
these are most of them.

Owns the question which connections run so. What they leave behind is ``tcp``'s. Imports NumPy.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np

from tlswhy.packets.layers import ACK, FIN, IPV4_FLOW, RST, SYN
from tlswhy.packets.tcp import Whole, WholeHalf

if TYPE_CHECKING:
    from tlswhy.packets.tcp import Conversations

    Array = np.ndarray[Any, np.dtype[Any]]
    Columns: TypeAlias = Array

FEWEST: Final = 8
"""SYNs in a batch below which looking for whole connections costs more than it saves."""
MOST_PACKETS: Final = 64
"""Packets for each SYN above which these are so few of a batch that it costs more, too."""
_MASK, _HALF = 0xFFFFFFFF, 1 << 31
_FLOW: Final = np.dtype(
    {
        "names": ["source", "target", "sport", "dport"],
        "formats": [">u4", ">u4", ">u2", ">u2"],
        "offsets": [0, 4, 8, 10],
        "itemsize": IPV4_FLOW,
    }
)
_FACTORS: Final = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F)
COLUMNS: Final = (
    "index", "time", "seq", "ack", "flags", "flow", "flow end", "payload", "end", "length", "life", "identity",
)  # fmt: skip
"""A row for each of these, a column for each packet; the time is -1 where a packet is not decoded."""
_INDEX, _TIME, _SEQ, _ACK, _FLAGS, _AT, _AT_END, _PAYLOAD, _END, _LENGTH, _LIFE, _IDENTITY = range(len(COLUMNS))


class WholeConnections:
    """The connections of this kind among the packets of a batch whose flows ``conversations`` does not know yet."""

    def __init__(self, buffer: bytes, columns: Columns, first_frame: int, conversations: Conversations) -> None:
        self._buffer = buffer
        self._first_frame = first_frame
        self._columns = columns
        self._waiting: list[tuple[int, int, Whole]] = []
        order, low, high, key = _by_flow(buffer, columns)
        # A run is what one side sent; the two of a connection differ in the last bit and stand side by side.
        starts = np.flatnonzero(np.append(True, key[1:] != key[:-1]))
        stops = np.append(starts[1:], len(order))
        packets = self._packets = columns[:, order]
        size = np.add.reduceat(packets[_LENGTH], starts)
        runs = np.logical_and.reduceat(_runs_on(packets, starts, stops, low, high), starts)
        runs &= size < conversations.unjudged
        first, second = starts[:-1], starts[1:]
        pairs = runs[:-1] & runs[1:] & (key[first] ^ key[second] == 1)
        pairs &= (low[first] == low[second]) & (high[first] == high[second])
        run = np.flatnonzero(pairs)
        earlier = packets[_INDEX, starts[run]] < packets[_INDEX, starts[run + 1]]
        client, server = np.where(earlier, run, run + 1), np.where(earlier, run + 1, run)
        begins = (packets[_FLAGS, starts[client]] & ACK) == 0
        begins &= (packets[_FLAGS, starts[server]] & ACK) > 0
        begins &= stops[client] - starts[client] > 1
        # What the client sends is behind the answer; where its run is but a SYN, this asks another packet in vain.
        second = np.minimum(starts[client] + 1, len(order) - 1)
        begins &= packets[_INDEX, second] > packets[_INDEX, starts[server]]
        begins &= packets[_ACK, starts[server]] == (packets[_SEQ, starts[client]] + 1) & _MASK
        client, server = client[begins], server[begins]
        by_first = np.argsort(packets[_INDEX, starts[client]])
        self._client, self._server = client[by_first], server[by_first]
        self._starts, self._stops, self._size = starts, stops, size
        number = np.full(len(starts), -1)
        number[self._client] = number[self._server] = np.arange(len(client))
        self._numbers = np.full(len(order), -1)  # of each packet that of its connection
        self._numbers[order] = np.repeat(number, stops - starts)
        known = []
        for index, (first_packet, whole) in enumerate(self._all()):
            if conversations.knows(whole[0]):
                known.append(index)
            else:
                self._waiting.append((first_packet, index, whole))
        if known:
            self._numbers[np.isin(self._numbers, known)] = -1
        self._waiting.reverse()

    def __len__(self) -> int:
        """How many are still to be taken."""
        return len(self._waiting)

    def others(self) -> Columns:
        """The packets that belong to none of them."""
        return self._columns[:, self._numbers < 0]

    def take(self, conversations: Conversations, before: int) -> None:
        """Hand over those whose first packet stands before this index, in order."""
        waiting = self._waiting
        while waiting and waiting[-1][0] < before:
            conversations.whole(waiting.pop()[2])

    def taken(self) -> set[int]:
        """The indexes of the packets of those that were handed over."""
        end = self._waiting[-1][1] if self._waiting else len(self._numbers)
        return set(self._columns[_INDEX, (self._numbers >= 0) & (self._numbers < end)].tolist())

    def _all(self) -> Iterator[tuple[int, Whole]]:
        """Each behind the index of its first packet, in that order."""
        packets, buffer = self._packets, self._buffer
        holds = packets[_END] > packets[_PAYLOAD]
        data = packets[:, holds]
        segments = zip(data[_PAYLOAD].tolist(), data[_END].tolist(), strict=True)
        bodies = [buffer[start:end] for start, end in segments]
        frames = (data[_INDEX] + self._first_frame).tolist()
        chunks = list(zip(frames, data[_TIME].tolist(), bodies, [0] * len(bodies), strict=True))
        counted = np.append(0, np.cumsum(holds))
        halves = (self._halves(run, chunks, counted, data, at) for run, at in ((self._client, 1), (self._server, 0)))
        opens = self._starts[self._client]
        last = self._stops[np.stack((self._client, self._server))] - 1
        later = np.argmax(packets[_INDEX][last], axis=0)
        last = np.where(later == 0, last[0], last[1])
        for index, flow, frame, time_ns, client, server in zip(
            packets[_INDEX, opens].tolist(),
            packets[_AT, opens].tolist(),
            (packets[_INDEX, last] + self._first_frame).tolist(),
            packets[_TIME, last].tolist(),
            *halves,
            strict=True,
        ):
            yield index, (buffer[flow : flow + IPV4_FLOW], client, server, frame, time_ns)

    def _halves(
        self, run: Array, chunks: list[Any], counted: Array, data: Array, acks_from: int
    ) -> Iterator[WholeHalf]:
        packets, starts, stops = self._packets, self._starts[run], self._stops[run]
        fin = np.where((packets[_FLAGS] & FIN) > 0, np.arange(packets.shape[1]), -1)
        closed = np.maximum.reduceat(fin, self._starts)[run] if len(self._starts) else fin
        first, stop = counted[starts], counted[stops]
        identity = np.append(data[_IDENTITY], (-1, -1))
        before = np.where(stop - first > 1, identity[stop - 2], -1)
        latest = np.where(stop > first, identity[stop - 1], -1)
        return zip(
            packets[_SEQ, starts].tolist(),
            packets[_ACK, starts + acks_from].tolist(),
            packets[_ACK, stops - 1].tolist(),
            [chunks[one:other] for one, other in zip(first.tolist(), stop.tolist(), strict=True)],
            self._size[run].tolist(),
            self._signals(starts),
            [signal if at >= 0 else None for at, signal in zip(closed.tolist(), self._signals(closed), strict=True)],
            before.tolist(),
            latest.tolist(),
            strict=True,
        )

    def _signals(self, at: Array) -> list[tuple[int, int, int]]:
        packets = self._packets
        frames = (packets[_INDEX, at] + self._first_frame).tolist()
        return list(zip(frames, packets[_TIME, at].tolist(), packets[_LIFE, at].tolist(), strict=True))


def _by_flow(buffer: bytes, columns: Array) -> tuple[Array, Array, Array, Array]:
    """The packets in the order of their flows; their lower and higher end, and a key of the two with the direction."""
    ours = _ours(columns)
    anywhere: Array = np.ndarray((len(buffer) - IPV4_FLOW + 1,), f"V{IPV4_FLOW}", buffer, strides=(1,))
    flow = anywhere[np.where(ours, columns[_AT], 0)].view(_FLOW)
    sender = flow["source"].astype(np.uint64) << np.uint64(16) | flow["sport"]
    receiver = flow["target"].astype(np.uint64) << np.uint64(16) | flow["dport"]
    low, high = np.minimum(sender, receiver), np.maximum(sender, receiver)
    key = (low * _FACTORS[0] ^ high * _FACTORS[1]) & ~np.uint64(1) | (sender < receiver)
    order = np.argsort(key, kind="stable")
    return order, low[order], high[order], key[order]


def _ours(columns: Array) -> Array:
    ours: Array = (columns[_TIME] >= 0) & (columns[_AT_END] - columns[_AT] == IPV4_FLOW)
    return ours


def _runs_on(packets: Array, starts: Array, stops: Array, low: Array, high: Array) -> Array:
    """Whether each packet follows from the one before it in its run."""
    seq, ack, flags, length = packets[_SEQ], packets[_ACK], packets[_FLAGS], packets[_LENGTH]
    syn, fin, acks = (flags & SYN) > 0, (flags & FIN) > 0, (flags & ACK) > 0
    opens = np.zeros(len(seq), bool)
    opens[starts] = True
    good: Array = _ours(packets) & (packets[_END] - packets[_PAYLOAD] == length) & ((flags & RST) == 0)
    good &= np.where(opens, syn & ~fin & (length == 0), acks & ~syn)
    follows = (low[1:] == low[:-1]) & (high[1:] == high[:-1])  # the hash of two connections may be the same
    follows &= seq[1:] == (seq + length + syn + fin)[:-1] & _MASK
    follows &= ~acks[:-1] | (((ack[1:] - ack[:-1]) & _MASK) < _HALF)
    good[1:] &= opens[1:] | follows
    ended: Array = np.cumsum(fin) - fin
    ended -= np.repeat(ended[starts], stops - starts)
    good &= (ended == 0) | ((length == 0) & ~fin)
    return good
