"""The bulk scan: tells with NumPy, for a whole batch of packets at once, which of them need not be looked at.

A packet is left out only where the careful path would change nothing but counters and the connection's last frame: a
plain acknowledgement or data of a connection of which no more is kept, UDP, ARP. Whatever is unusual in any way (tags
in tags, options, fragments, SYN, FIN, RST, a hole) is left to the careful path. So both paths give the same result, and
most packets of a bulk capture never become Python objects.

Owns no protocol rule of its own: ``layers`` and ``tcp`` do. Imports NumPy, so import this only for large inputs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from tlswhy.frozen import frozen
from tlswhy.packets.framing import Batch
from tlswhy.packets.layers import ARP, PROTOCOL_TCP, PROTOCOL_UDP, PSH, TCP, UDP
from tlswhy.packets.links import (
    ETHERTYPE_ARP,
    ETHERTYPE_IPV4,
    ETHERTYPE_IPV6,
    ETHERTYPES_VLAN,
    LINK_ETHERNET,
    LINK_IPV4,
    LINK_IPV6,
    LINK_LOOP,
    LINK_NULL,
    LINK_SLL,
    LINK_SLL2,
    LINKS_RAW,
)
from tlswhy.packets.pcap import PcapFraming
from tlswhy.packets.pcapng import ENHANCED_PACKET_BLOCK, Section
from tlswhy.packets.quiet import Quiet
from tlswhy.packets.sieve import MOST_LINKS, layout_of, sieve, sieve_foreseen
from tlswhy.packets.tcp import SHARE_FACTORS, Conversation, Conversations, Share
from tlswhy.packets.tunnels import UDP_TUNNELS
from tlswhy.packets.whole import COLUMNS

if TYPE_CHECKING:
    Array = np.ndarray[Any, np.dtype[Any]]

_PLAIN_FLAGS, _ACK_ONLY = 0x17, 0x10  # FIN, SYN, RST and ACK; of these only ACK
_LINKS_TAGGED = {LINK_ETHERNET: 12, LINK_SLL: 14, LINK_SLL2: 0}  # where the EtherType stands
_LINKS_UNTAGGED = dict.fromkeys((*LINKS_RAW, LINK_IPV4, LINK_IPV6), 0) | {LINK_NULL: 4, LINK_LOOP: 4}
_SLL2_HEADER = 20
_QUIC_SECOND = np.array([0, 0x6B, 0xFF], np.uint8)
"""The second byte of a QUIC packet that tells its version."""
_TUNNELS = np.array([int.from_bytes(port.to_bytes(2, "big"), "little") for port in UDP_TUNNELS], np.uint32)
"""Ports as they stand in a flow's last word."""
_MOST_AT_ONCE = 1 << 10
"""Packets that others did not expect to be of a connection still followed: when so many have been looked at, it may no
longer be one."""
_WIDEST = 1 << 14
"""Numbers from one to another for which a table is made rather than sorting."""


@frozen
class _Shape:
    """An IP header without options and the TCP header behind it."""

    version: int
    version_mask: int
    version_value: int
    header: int
    protocol: int
    life: int
    length: int
    length_counts_header: bool
    flow: int
    words: int

    @property
    def size(self) -> int:
        """Bytes up to the end of the TCP header without options."""
        return self.header + 20


_IPV4 = _Shape(4, 0xFF, 0x45, 20, 9, 8, 2, True, 12, 3)
_IPV6 = _Shape(6, 0xF0, 0x60, 40, 6, 7, 4, False, 8, 9)


class Scan:
    """Sifts batches; knows the connections of which no more is kept."""

    def __init__(self, conversations: Conversations) -> None:
        self._conversations = conversations
        self._quiet = {4: Quiet(_IPV4.words, 0), 6: Quiet(_IPV6.words, 1)}  # even and odd numbers
        self._interest = conversations.interest
        self._first_bytes = np.zeros(256, bool)
        if self._interest is not None:
            self._first_bytes[list(self._interest.first_bytes)] = True
        self.returned: list[int] = []
        """Packets left out that must be looked at after all: their connection was replaced or handed out."""
        self.columns: Array = np.zeros((len(COLUMNS), 0), np.int64)
        """The packets to look at, as ``whole.COLUMNS`` names what stands in the rows."""
        self.taken = 0
        """How many packets of the batch, from its first on, are taken or left out."""
        self._batch: Batch | None = None
        self._clock_of: tuple[Section, int] | None = None
        self._clock_rows: Array = np.zeros((0, 3), np.int64)
        conversations.leaving = self._leave

    def can_sift(self, batch: Batch) -> bool:
        """Whether the records are laid out in a way that is known here."""
        framing = batch.framing
        return framing.plain if isinstance(framing, PcapFraming) else isinstance(framing, Section)

    def sift(self, batch: Batch) -> list[int]:
        """Return the indexes of the packets to look at; the others count when ``settle`` is called."""
        self._refresh()
        positions = np.frombuffer(batch.positions, np.uint32).astype(np.intp)
        self._batch = batch
        self.taken = len(positions)
        self._buffer = np.frombuffer(batch.buffer, np.uint8)
        # Of each packet of TCP that is left out the number of its conversation.
        self._conversation = self._sieve(batch, positions)
        # From here on an index is one in what the sieve has left.
        self._rest = np.flatnonzero(self._conversation < 0)
        if batch.foreseen is not None and len(self._rest) > _MOST_AT_ONCE:
            self.taken = int(self._rest[_MOST_AT_ONCE])
            self._rest = self._rest[:_MOST_AT_ONCE]
            self._conversation[self.taken :] = -1
        self._positions = positions[self._rest]
        count = len(self._rest)
        self._left_out = np.zeros(count, bool)
        self._other = np.zeros(count, np.uint8)  # left out, but no TCP of ours: 1 UDP, 2 ARP, 3 TCP of another share
        self._decoded = np.zeros(count, bool)  # looked at, but decoded here
        self._fields = np.zeros((len(COLUMNS) - 2, count), np.int64)
        self._find_packets(self._positions)
        for link, indexes in self._links():
            self._sift_link(link, indexes)
        chosen = np.flatnonzero(~self._left_out & (self._other == 0))
        found: list[int] = self._rest[chosen].tolist()
        self.columns = self._columns(chosen)
        return found

    def give_back(self, indexes: list[int]) -> None:
        """These packets are taken the careful way after all, and counted there."""
        self._decoded[np.isin(self._rest, indexes)] = False

    def stop_behind(self, index: int) -> None:
        """Take no packet behind this one: it will be sifted again."""
        self.taken = index + 1
        self._conversation[self.taken :] = -1
        self._other[self._rest > index] = 0
        self._decoded[self._rest > index] = False

    def settle(self, protocols: Counter[str], links: Counter[int]) -> tuple[int, int]:
        """Count what was left out or decoded here; return how many were cut, and the longest of these."""
        batch = self._batch
        assert batch is not None
        left_out = np.flatnonzero(self._conversation >= 0)
        self._bring_up(left_out)
        counted = self._conversation[self._rest] >= 0
        sieved = len(left_out) - int(np.count_nonzero(counted))
        counted |= self._decoded | (self._other == 3)
        protocols[TCP] += int(np.count_nonzero(counted)) + sieved
        counted |= self._other > 0
        protocols[UDP] += int(np.count_nonzero(self._other == 1))
        protocols[ARP] += int(np.count_nonzero(self._other == 2))
        for link, indexes in self._links():
            links[link] += int(np.count_nonzero(counted if indexes is None else counted[indexes]))
        links[LINK_ETHERNET] += sieved
        cut = counted & (self._captured < self._original)
        self._batch = None
        if not cut.any():
            return 0, 0
        return int(np.count_nonzero(cut)), int(self._captured[cut].max())

    # --- which packets ---

    def _sieve(self, batch: Batch, positions: Array) -> Array:
        """For each packet that is left out by the first look the number of its conversation, -1 for all others."""
        quiet, layout = self._quiet[4], layout_of(batch.framing)
        if layout is None or not len(quiet):
            return np.full(len(positions), -1, np.int32)
        if batch.foreseen is not None:
            return sieve_foreseen(batch.foreseen, quiet)
        least = self._interest.largest if self._interest is not None else 0
        return sieve(self._buffer, positions, layout, quiet, least)

    def _find_packets(self, positions: Array) -> None:
        """Set start, captured and original length of each packet, and the interface in a pcapng file."""
        batch = self._batch
        assert batch is not None
        framing = batch.framing
        if isinstance(framing, PcapFraming):
            fields = self._rows(positions, _PCAP_RECORD[framing.order])
            self._start = positions + framing.header_size
            self._interface: Array | None = None
            self._captured = fields["captured"].astype(np.int64)
        else:
            assert isinstance(framing, Section)
            # A simple packet block may be shorter than these fields: the buffer's end is kept away from.
            within = np.minimum(positions, len(self._buffer) - 28)
            fields = self._rows(within, _PCAPNG_BLOCK[framing.order])
            usual = (fields["kind"] == ENHANCED_PACKET_BLOCK) & (within == positions)
            self._start = positions + 28
            self._captured = np.minimum(fields["captured"], fields["total"] - np.uint32(32)).astype(np.int64)
            self._interface = np.where(usual, fields["interface"], 0xFFFFFFFF).astype(np.int64)
        self._original = fields["original"].astype(np.int64)

    def _links(self) -> list[tuple[int, Array | None]]:
        """Each link type with the indexes of its packets (None: all); of many interfaces only the first."""
        assert self._batch is not None
        framing = self._batch.framing
        if isinstance(framing, PcapFraming) or self._interface is None:
            return [(framing.link, None)]  # type: ignore[attr-defined]
        assert isinstance(framing, Section)
        links = [interface.link for interface in framing.interfaces[:MOST_LINKS]]
        table = np.array([*links, -1], np.int64)
        link_of = table[np.minimum(self._interface, len(links))]
        return [(link, np.flatnonzero(link_of == link)) for link in set(links)]

    def _sift_link(self, link: int, indexes: Array | None) -> None:
        if indexes is None:
            indexes = np.arange(len(self._start))
        if link in _LINKS_UNTAGGED:
            header = _LINKS_UNTAGGED[link]
            at = self._start[indexes] + header
            inside = at < len(self._buffer)
            indexes, at = indexes[inside], at[inside]
            version = self._buffer[at] >> 4
            self._sift_ip(_IPV4, indexes[version == 4], header)
            self._sift_ip(_IPV6, indexes[version == 6], header)
        elif link in _LINKS_TAGGED:
            tag = _LINKS_TAGGED[link]
            header = _SLL2_HEADER if link == LINK_SLL2 else tag + 2
            indexes = indexes[(self._captured[indexes] >= header + 4)]
            ethertype = self._ethertype(indexes, tag)
            self._sift_ethertype(indexes, ethertype, header)
            if link != LINK_SLL2:
                tagged = np.zeros(len(indexes), bool)
                for value in ETHERTYPES_VLAN:
                    tagged |= ethertype == value
                if tagged.any():
                    behind = indexes[tagged]
                    self._sift_ethertype(behind, self._ethertype(behind, tag + 4), header + 4)

    def _ethertype(self, indexes: Array, offset: int) -> Array:
        at = self._start[indexes] + offset
        ethertype: Array = self._buffer[at].astype(np.uint16) << 8 | self._buffer[at + 1]
        return ethertype

    def _sift_ethertype(self, indexes: Array, ethertype: Array, header: int) -> None:
        for value, shape in ((ETHERTYPE_IPV4, _IPV4), (ETHERTYPE_IPV6, _IPV6)):
            of_shape = ethertype == value
            if of_shape.all():
                self._sift_ip(shape, indexes, header)
                return
            self._sift_ip(shape, indexes[of_shape], header)
        self._other[indexes[ethertype == ETHERTYPE_ARP]] = 2

    def _sift_ip(self, shape: _Shape, indexes: Array, header: int) -> None:
        """Mark what can be left out among packets whose IP header stands behind ``header`` bytes."""
        if not len(indexes):
            return
        captured = self._captured[indexes] - header
        whole = captured >= shape.header
        start = self._start[indexes] + header
        whole &= start <= len(self._buffer) - shape.size
        if not whole.all():
            indexes, captured, start = indexes[whole], captured[whole], start[whole]
        ip = self._rows(start, _HEADERS[shape.version])
        length = ip["length"].astype(np.int64)
        if not shape.length_counts_header:
            length += shape.header
        usual = (ip["version"] & shape.version_mask) == shape.version_value
        usual &= length > shape.header
        if shape.version == 4:
            usual &= (ip["fragment"] & 0x3FFF) == 0
        udp = np.flatnonzero(usual & (ip["protocol"] == PROTOCOL_UDP))
        if len(udp):
            ports = ip["flow"][udp, -1]
            tunnel = np.isin(ports & np.uint32(0xFFFF), _TUNNELS) | np.isin(ports >> np.uint32(16), _TUNNELS)
            first, second = (self._buffer[(start + shape.header + at)[udp]] for at in (8, 9))
            tls = ((first >= 0xC0) & np.isin(second, _QUIC_SECOND)) | ((first == 22) & (second == 0xFE))
            self._other[indexes[udp[~(tunnel | tls)]]] = 1
        quiet = self._quiet[shape.version]
        usual &= ip["protocol"] == PROTOCOL_TCP
        offset = (ip["offset"] >> 4).astype(np.int64) << 2
        head = shape.header + offset
        usual &= (offset >= 20) & (length >= head) & (head <= captured)
        usual &= length <= np.maximum(self._original[indexes] - header, captured)
        payload = length - head
        share = self._conversations.share
        if share is not None:
            foreign = usual & ~_held(share, ip["flow"])
            self._other[indexes[foreign]] = 3
            usual &= ~foreign
        row = quiet.find(ip["flow"])
        left_out = usual & (row >= 0) & ((ip["flags"] & _PLAIN_FLAGS) == _ACK_ONLY)
        left_out &= quiet.unchanged(row, payload, ip["ack"])
        if self._interest is not None:
            asked = left_out & (payload > 0) & (payload <= self._interest.largest) & (head < captured)
            left_out[asked] = ~self._first_bytes[self._buffer[(start + head)[asked]]]
            self._look_at_endings(left_out, (ip["flags"] & PSH > 0) & (length <= captured), start + length, payload)
        self._left_out[indexes[left_out]] = True
        self._conversation[self._rest[indexes[left_out]]] = quiet.number[row[left_out]]
        keep = np.flatnonzero(usual & ~left_out)
        if not len(keep):
            return
        ip, head, start, indexes = ip[keep], head[keep], start[keep], indexes[keep]
        flow = start + shape.flow
        end = start + np.minimum(length, captured)[keep]
        columns = (
            *(ip["seq"], ip["ack"], ip["flags"], flow, flow + 4 * shape.words, start + head, end, payload[keep]),
            *(ip["life"], ip["identity"] if shape.version == 4 else -1),
        )
        for column, values in enumerate(columns):
            self._fields[column, indexes] = values
        self._decoded[indexes] = True

    def _look_at_endings(self, left_out: Array, asked: Array, stop: Array, payload: Array) -> None:
        """Don't leave out a pushed segment whose end may be of interest; ``stop`` is where each ends."""
        assert self._interest is not None
        pushed = np.flatnonzero(asked & left_out)
        stop, payload = stop[pushed], payload[pushed]
        for size in self._interest.endings:
            fits = payload > size
            left_out[pushed[fits][self._first_bytes[self._buffer[stop[fits] - size]]]] = False

    def _columns(self, chosen: Array) -> Array:
        """Of each packet to look at index, time, then the fields; the time is -1 where it is not decoded."""
        time_ns = self._times(chosen)
        self._decoded[chosen] &= time_ns >= 0
        time_ns[~self._decoded[chosen]] = -1
        columns: Array = np.concatenate([[self._rest[chosen], time_ns], self._fields[:, chosen]])
        return columns

    def _times(self, chosen: Array) -> Array:
        """The time of each packet in ns, -1 where that takes more than 63 bits or an unusual resolution."""
        batch = self._batch
        assert batch is not None
        positions = self._positions[chosen]
        if isinstance(batch.framing, PcapFraming):
            fields = self._rows(positions, _PCAP_RECORD[batch.framing.order])
            seconds = fields["seconds"].astype(np.int64) * 1_000_000_000
            return seconds + fields["fraction"].astype(np.int64) * batch.framing.fraction_ns
        assert isinstance(batch.framing, Section)
        assert self._interface is not None
        usual = self._interface[chosen] < len(batch.framing.interfaces)
        fields = self._rows(np.where(usual, positions, 0), _PCAPNG_BLOCK[batch.framing.order])
        ticks = fields["high"].astype(np.int64) << 32 | fields["low"].astype(np.int64)
        multiply, offset_ns, limit = self._clock(batch.framing)[np.where(usual, self._interface[chosen], -1)].T
        time_ns: Array = ticks * multiply + offset_ns
        time_ns[fields["high"] >= limit] = -1
        return time_ns

    def _clock(self, section: Section) -> Array:
        """For each interface what makes a time of its ticks, and below which upper half that stays within 63 bits."""
        if self._clock_of != (section, len(section.interfaces)):
            self._clock_of = section, len(section.interfaces)
            rows = [
                (each.multiply, each.offset_ns, ((1 << 62) // each.multiply) >> 32)
                if each.divide == 1 and abs(each.offset_ns) < 1 << 62
                else (0, 0, 0)
                for each in section.interfaces
            ]
            self._clock_rows = np.array([*rows, (0, 0, 0)], np.int64)
        return self._clock_rows

    def _rows(self, starts: Array, layout: np.dtype[Any]) -> Array:
        """Copy the bytes at each start into a row with the fields of ``layout``."""
        size = layout.itemsize
        anywhere = np.ndarray((max(0, len(self._buffer) - size + 1),), f"V{size}", self._buffer, strides=(1,))
        found: Array = anywhere[starts].view(layout)
        return found

    # --- conversations ---

    def _refresh(self) -> None:
        """Learn which conversations have become quiet, and how far the others have come."""
        touched, self._conversations.touched = self._conversations.touched, set()
        for conversation in touched:
            self._quiet[4 if len(conversation.first.flow) == 12 else 6].put(conversation)

    def _leave(self, conversation: Conversation, frame: int) -> None:
        """The conversation takes no more packets from this frame on."""
        quiet = self._quiet[4 if len(conversation.first.flow) == 12 else 6]
        number = quiet.number_of(conversation)
        if self._batch is not None and number is not None:
            indexes = np.flatnonzero(self._conversation == number)
            here = frame - self._batch.first_frame
            self._bring_up(indexes[indexes < here])
            behind = indexes[indexes > here]
            self._conversation[behind] = -1
            self.returned += behind.tolist()
        quiet.remove(conversation)

    def _bring_up(self, indexes: Array) -> None:
        """Set the last frame and time of the conversations of these packets, which are in order."""
        if not len(indexes):
            return
        batch = self._batch
        assert batch is not None
        for number, index in _last_of_each(self._conversation[indexes], indexes):
            conversation = self._conversation_of(number)
            if conversation is not None and batch.first_frame + index > conversation.last_frame:
                conversation.last_frame = batch.first_frame + index
                conversation.last_time_ns = batch.framing.read(batch.buffer, batch.positions[index])[4]

    def _conversation_of(self, number: int) -> Conversation | None:
        return self._quiet[4].conversations.get(number) or self._quiet[6].conversations.get(number)


def _last_of_each(numbers: Array, indexes: Array) -> Iterator[tuple[int, int]]:
    """Each number with the last of its indexes."""
    least = int(numbers.min())
    span = int(numbers.max()) - least + 1
    if span > _WIDEST:
        found, firsts = np.unique(numbers[::-1], return_index=True)
        return zip(found.tolist(), indexes[::-1][firsts].tolist(), strict=True)
    last = np.full(span, -1, np.int64)
    last[numbers - least] = indexes  # where a place is repeated, the last value remains
    present = np.flatnonzero(last >= 0)
    return zip((present + least).tolist(), last[present].tolist(), strict=True)


def _held(share: Share, flow: Array) -> Array:
    """``Share.holds`` for many flows."""
    addresses = flow[:, 0].copy()
    for word in range(1, flow.shape[1] - 1):
        addresses ^= flow[:, word]
    ports = flow[:, -1] & np.uint32(0xFFFF) ^ flow[:, -1] >> np.uint32(16)
    mixed: Array = addresses * np.uint32(SHARE_FACTORS[0]) + ports * np.uint32(SHARE_FACTORS[1])
    found: Array = (mixed >> np.uint32(16)) % np.uint32(share.count) == share.index
    return found


def _layout(size: int, **fields: tuple[Any, int]) -> np.dtype[Any]:
    """A row of ``size`` bytes with its fields (type, offset)."""
    formats, offsets = zip(*fields.values(), strict=True)
    return np.dtype({"names": list(fields), "formats": formats, "offsets": offsets, "itemsize": size})


def _header_layout(shape: _Shape) -> np.dtype[Any]:
    tcp = shape.header
    return _layout(
        shape.size,
        version=("u1", 0),
        length=(">u2", shape.length),
        identity=(">u2", 4),  # of IPv4
        fragment=(">u2", 6),  # of IPv4
        life=("u1", shape.life),
        protocol=("u1", shape.protocol),
        flow=(("<u4", (shape.words,)), shape.flow),
        seq=(">u4", tcp + 4),
        ack=(">u4", tcp + 8),
        offset=("u1", tcp + 12),
        flags=("u1", tcp + 13),
    )


def _numbers(size: int, order: str, **offsets: int) -> np.dtype[Any]:
    return _layout(size, **{name: (order + "u4", offset) for name, offset in offsets.items()})


_HEADERS = {shape.version: _header_layout(shape) for shape in (_IPV4, _IPV6)}
_PCAP_RECORD = {order: _numbers(16, order, seconds=0, fraction=4, captured=8, original=12) for order in "<>"}
_PCAPNG_BLOCK = {
    order: _numbers(28, order, kind=0, total=4, interface=8, high=12, low=16, captured=20, original=24)
    for order in "<>"
}
