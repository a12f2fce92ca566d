"""The usual packet of a download, recognised in few steps: TCP over IPv4 without options over Ethernet, whole, nothing
but an acknowledgement or data of a connection of which no more is kept.

It leaves out less than ``scan`` does, and nothing that ``scan`` would not: what passes goes there. It is here because
most packets of a large capture are of this kind, and a few comparisons of whole columns are all they take.
Whether a packet is usual says the packet itself, so that ``presort`` can ask without knowing any connection.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np

from tlswhy.packets.framing import Foreseen, Framing
from tlswhy.packets.links import LINK_ETHERNET
from tlswhy.packets.pcap import PcapFraming
from tlswhy.packets.pcapng import ENHANCED_PACKET_BLOCK, Section
from tlswhy.packets.quiet import Quiet

if TYPE_CHECKING:
    Array = np.ndarray[Any, np.dtype[Any]]

PCAP_RECORD, PCAPNG_BLOCK = 16, 28
"""Bytes before the packet."""
_HEADERS: Final = 54  # Ethernet, IPv4, TCP without options
_BEFORE_TCP_OPTIONS: Final = 20

# Little-endian words of a packet, of which some bits are always the same.
_ETHERTYPE, _ETHERTYPE_BITS = np.uint32(0x45_0008), np.uint32(0xFF_FFFF)  # 08 00, version 4 and five words
_PROTOCOL, _PROTOCOL_BITS = np.uint32(0x0600_0000), np.uint32(0xFF00_FF3F)  # no fragment; TCP behind the time to live
_FLAGS, _FLAGS_BITS = np.uint16(0x1000), np.uint16(0x1F00)  # of FIN, SYN, RST, PSH, ACK the last


def _layout(record: int, order: str) -> np.dtype[Any]:
    fields = {
        "captured": (order + "u4", 8 if record == PCAP_RECORD else 20),
        "original": (order + "u4", 12 if record == PCAP_RECORD else 24),
        "ethertype": ("<u4", record + 12),
        "total": (">u2", record + 16),
        "protocol": ("<u4", record + 20),
        "addresses": ("<u8", record + 26),
        "ports": ("<u4", record + 34),
        "ack": (">u4", record + 42),
        "offset": ("u1", record + 46),
        "flags": ("<u2", record + 46),
    }
    if record == PCAPNG_BLOCK:
        fields |= {"kind": (order + "u4", 0), "size": (order + "u4", 4), "interface": (order + "u4", 8)}
    formats, offsets = zip(*fields.values(), strict=True)
    return np.dtype({"names": list(fields), "formats": formats, "offsets": offsets, "itemsize": record + _HEADERS})


Layout: TypeAlias = tuple[int, str, int]
"""Bytes before the packet, byte order, and of a pcapng file how many interfaces there are."""
MOST_LINKS = 8
"""Kinds of interfaces in one file that are told apart."""
_LAYOUTS: Final = {(record, order): _layout(record, order) for record in (PCAP_RECORD, PCAPNG_BLOCK) for order in "<>"}


def layout_of(framing: Framing | None) -> Layout | None:
    """How records of Ethernet packets are laid out; None where there are others, or they are unusual."""
    if isinstance(framing, PcapFraming):
        if framing.plain and framing.link == LINK_ETHERNET and framing.header_size == PCAP_RECORD:
            return PCAP_RECORD, framing.order, 0
    elif isinstance(framing, Section):
        interfaces = framing.interfaces
        if 0 < len(interfaces) <= MOST_LINKS and all(each.link == LINK_ETHERNET for each in interfaces):
            return PCAPNG_BLOCK, framing.order, len(interfaces)
    return None


def sieve(buffer: Array, positions: Array, layout: Layout, quiet: Quiet, least: int) -> Array:
    """For each record the number of the conversation whose packet can be left out, -1 for all others.

    ``layout`` and ``least`` as of ``usual_packets``.
    """
    if not len(quiet):
        return np.full(len(positions), -1, np.int32)
    usual, packet, payload = usual_packets(buffer, positions, *layout, least)
    row = quiet.find_pairs(packet["addresses"], packet["ports"])
    usual &= row >= 0
    usual &= quiet.unchanged(row, payload, packet["ack"])
    numbers = np.full(len(positions), -1, np.int32)
    numbers[: len(usual)] = np.where(usual, quiet.number[row], np.int32(-1))
    return numbers


def sieve_foreseen(foreseen: Foreseen, quiet: Quiet) -> Array:
    """The same of packets that another process has looked at."""
    flows, packets = foreseen.flows, foreseen.packets
    row = np.append(quiet.find_pairs(flows["addresses"], flows["ports"]), -1)[packets["flow"]]
    left_out = row >= 0
    left_out &= quiet.unchanged(row, packets["data"], packets["ack"])
    return np.where(left_out, quiet.number[row], np.int32(-1))


def usual_packets(
    buffer: Array, positions: Array, record: int, order: str, interfaces: int, least: int
) -> tuple[Array, Array, Array]:
    """Whether each record holds a usual packet; its fields; and the bytes of its payload. For all records that are not
    too near to the buffer's end.

    ``interfaces``: how many there are in a pcapng file, all of them Ethernet. ``least``: a payload that is not longer
    may be of interest.
    """
    layout = _LAYOUTS[record, order]
    size = layout.itemsize
    inside = int(np.searchsorted(positions, len(buffer) - size, "right"))
    anywhere = np.ndarray((max(0, len(buffer) - size + 1),), f"V{size}", buffer, strides=(1,))
    packet: Array = anywhere[positions[:inside]].view(layout)
    captured = packet["captured"]
    usual: Array = (packet["ethertype"] & _ETHERTYPE_BITS) == _ETHERTYPE
    usual &= (packet["protocol"] & _PROTOCOL_BITS) == _PROTOCOL
    usual &= (packet["flags"] & _FLAGS_BITS) == _FLAGS
    usual &= captured == packet["original"]
    if record == PCAPNG_BLOCK:
        usual &= packet["kind"] == ENHANCED_PACKET_BLOCK
        usual &= packet["interface"] < interfaces
        usual &= captured <= packet["size"] - np.uint32(32)
    total = packet["total"].astype(np.int32)
    header = packet["offset"] >> 4 << np.uint8(2)
    payload = total - header - _BEFORE_TCP_OPTIONS
    usual &= (header >= _BEFORE_TCP_OPTIONS) & (payload >= 0) & (total + 14 <= captured)
    usual &= (payload == 0) | (payload > least)
    return usual, packet, payload
