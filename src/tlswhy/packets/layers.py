"""From a captured packet down to its TCP segment: links, IPv4 and IPv6, fragments.

Owns every header between the record and the TCP payload. Refuses to know: streams, connections, capture files.
"""

from __future__ import annotations

from struct import Struct
from typing import Final

from tlswhy.packets.fragments import Fragments

Segment = tuple[bytes, int, int, int, bytes, int, int, int]
"""(flow, seq, ack, flags, buffer, payload start, captured payload end, payload bytes on the wire).

``flow`` is source address, destination address, source port, destination port as on the wire: 12 bytes for IPv4, 36
for IPv6."""

FIN, SYN, RST, PSH, ACK = 0x01, 0x02, 0x04, 0x08, 0x10

LINK_NULL, LINK_ETHERNET, LINK_PPP, LINK_PPP_HDLC, LINK_PPPOE = 0, 1, 9, 50, 51
LINK_LOOP, LINK_SLL, LINK_IPV4, LINK_IPV6, LINK_SLL2 = 108, 113, 228, 229, 276
LINKS_RAW = frozenset({12, 14, 101})

ETHERTYPE_IPV4, ETHERTYPE_IPV6, ETHERTYPE_ARP = 0x0800, 0x86DD, 0x0806
ETHERTYPES_VLAN = frozenset({0x8100, 0x88A8, 0x9100, 0x9200})
_ETHERTYPE_PPPOE_SESSION = 0x8864
_ETHERTYPES_MPLS = frozenset({0x8847, 0x8848})
_PPP_IPV4, _PPP_IPV6 = 0x0021, 0x0057

PROTOCOL_ICMP, PROTOCOL_TCP, PROTOCOL_UDP, PROTOCOL_ICMPV6 = 1, 6, 17, 58
_IPV6_OPTIONS: Final = frozenset({0, 43, 60, 135, 139, 140})  # header length in units of 8 bytes, the first not counted
_IPV6_AUTHENTICATION, _IPV6_FRAGMENT = 51, 44

# Names of what a packet is; they end in the facts of a reading.
TCP, UDP, ICMP, ARP, OTHER, FRAGMENT, MALFORMED, UNKNOWN_LINK = (
    "tcp",
    "udp",
    "icmp",
    "arp",
    "other",
    "fragment",
    "malformed",
    "unknown-link",
)

_FAST = Struct("!12xHBxH2xHxB10xHHIIBB").unpack_from  # Ethernet, IPv4 without options, TCP: 48 bytes
_IPV4 = Struct("!BxHHHxB").unpack_from
_TCP = Struct("!4xIIBB").unpack_from
_U16 = Struct("!H").unpack_from
_U16X2 = Struct("!HH").unpack_from


class Decoder:
    """Finds the TCP segment of a packet; keeps the fragments of datagrams that are not complete."""

    __slots__ = ("fragments",)

    def __init__(self) -> None:
        self.fragments = Fragments()

    def decode(self, link: int, buffer: bytes, start: int, captured: int, original: int) -> Segment | str:
        """Return the segment, or the name of what the packet is instead."""
        stop = start + captured
        wire_stop = start + (original if original > captured else captured)
        if link == LINK_ETHERNET and captured >= 54:
            ethertype, version, total, fragment, protocol, _sport, _dport, seq, ack, offset, flags = _FAST(
                buffer, start
            )
            if ethertype == 0x0800 and version == 0x45 and protocol == 6 and not fragment & 0x3FFF and offset >= 0x50:
                payload = start + 34 + ((offset >> 4) << 2)
                wire = start + 14 + total
                if payload <= wire <= wire_stop and payload <= stop:
                    end = wire if wire < stop else stop
                    return buffer[start + 26 : start + 38], seq, ack, flags, buffer, payload, end, wire - payload
        ethertype, position = _network(link, buffer, start, stop)
        if ethertype == ETHERTYPE_IPV4:
            return self._ipv4(buffer, position, stop, wire_stop)
        if ethertype == ETHERTYPE_IPV6:
            return self._ipv6(buffer, position, stop, wire_stop)
        if ethertype == ETHERTYPE_ARP:
            return ARP
        return UNKNOWN_LINK if ethertype < 0 else OTHER

    def _ipv4(self, buffer: bytes, position: int, stop: int, wire_stop: int) -> Segment | str:
        if position + 20 > stop:
            return MALFORMED
        version, total, identity, fragment, protocol = _IPV4(buffer, position)
        header = (version & 0x0F) << 2
        if version >> 4 != 4 or header < 20:
            return MALFORMED
        # A total length of zero is segmentation offload: the packet was captured before the card cut it.
        if total:
            if total < header:
                return MALFORMED
            wire_stop = min(wire_stop, position + total)
        stop = min(stop, wire_stop)
        addresses = buffer[position + 12 : position + 20]
        position += header
        if fragment & 0x3FFF:
            if stop < wire_stop or position > stop:
                return FRAGMENT
            whole = self.fragments.add(
                (addresses, protocol, identity),
                (fragment & 0x1FFF) << 3,
                bool(fragment & 0x2000),
                buffer[position:stop],
                protocol,
            )
            if whole is None:
                return FRAGMENT
            buffer, protocol = whole
            position, stop, wire_stop = 0, len(buffer), len(buffer)
        return _transport(addresses, protocol, buffer, position, stop, wire_stop)

    def _ipv6(self, buffer: bytes, position: int, stop: int, wire_stop: int) -> Segment | str:
        if position + 40 > stop or buffer[position] >> 4 != 6:
            return MALFORMED
        length, protocol = _U16(buffer, position + 4)[0], buffer[position + 6]
        if length:  # zero: a jumbogram or segmentation offload
            wire_stop = min(wire_stop, position + 40 + length)
        stop = min(stop, wire_stop)
        addresses = buffer[position + 8 : position + 40]
        position += 40
        while position + 8 <= stop:
            if protocol in _IPV6_OPTIONS:
                size = (buffer[position + 1] + 1) << 3
            elif protocol == _IPV6_AUTHENTICATION:
                size = (buffer[position + 1] + 2) << 2
            elif protocol == _IPV6_FRAGMENT:
                size = 8
                (fragment,) = _U16(buffer, position + 2)
                if fragment & 0xFFF9:
                    if stop < wire_stop:
                        return FRAGMENT
                    whole = self.fragments.add(
                        (addresses, 0, int.from_bytes(buffer[position + 4 : position + 8])),
                        fragment & 0xFFF8,
                        bool(fragment & 1),
                        buffer[position + 8 : stop],
                        buffer[position],
                    )
                    if whole is None:
                        return FRAGMENT
                    buffer, protocol = whole
                    position, stop, wire_stop = 0, len(buffer), len(buffer)
                    continue
            else:
                break
            protocol = buffer[position]
            position += size
        return _transport(addresses, protocol, buffer, position, stop, wire_stop)


def _transport(addresses: bytes, protocol: int, buffer: bytes, start: int, stop: int, wire_stop: int) -> Segment | str:
    if protocol == PROTOCOL_UDP:
        return UDP
    if protocol in (PROTOCOL_ICMP, PROTOCOL_ICMPV6):
        return ICMP
    if protocol != PROTOCOL_TCP:
        return OTHER
    if start + 20 > stop:
        return MALFORMED
    seq, ack, offset, flags = _TCP(buffer, start)
    payload = start + ((offset >> 4) << 2)
    if offset < 0x50 or payload > wire_stop:
        return MALFORMED
    # Options beyond the snap length: nothing of the payload was captured, but its length is known.
    return (
        addresses + buffer[start : start + 4],
        seq,
        ack,
        flags,
        buffer,
        min(payload, stop),
        stop,
        wire_stop - payload,
    )


def _network(link: int, buffer: bytes, start: int, stop: int) -> tuple[int, int]:
    """Return the EtherType and where the network header starts; -1 for a link that is not known."""
    if link == LINK_ETHERNET:
        return _behind_tags(buffer, start + 12, stop)
    if link == LINK_SLL:
        return _behind_tags(buffer, start + 14, stop)
    if link == LINK_SLL2:
        if start + 20 > stop:
            return 0, stop
        return _behind_tags_of(_U16(buffer, start)[0], buffer, start + 20, stop)
    if link in LINKS_RAW or link in (LINK_IPV4, LINK_IPV6):
        return _by_version(buffer, start, stop)
    if link in (LINK_NULL, LINK_LOOP):
        # The address family is in the byte order of the machine that captured, and IPv6 has a number for each BSD:
        # the version in the IP header is the surer sign.
        return _by_version(buffer, start + 4, stop)
    if link in (LINK_PPP, LINK_PPP_HDLC):
        return _ppp(buffer, start, stop)
    if link == LINK_PPPOE:
        return _ppp(buffer, start + 6, stop)
    return -1, stop


def _behind_tags(buffer: bytes, position: int, stop: int) -> tuple[int, int]:
    if position + 2 > stop:
        return 0, stop
    return _behind_tags_of(_U16(buffer, position)[0], buffer, position + 2, stop)


def _behind_tags_of(ethertype: int, buffer: bytes, position: int, stop: int) -> tuple[int, int]:
    while ethertype in ETHERTYPES_VLAN:
        if position + 4 > stop:
            return 0, stop
        ethertype = _U16(buffer, position + 2)[0]
        position += 4
    if ethertype in _ETHERTYPES_MPLS:
        while position + 4 <= stop:
            position += 4
            if buffer[position - 2] & 1:  # bottom of the label stack
                return _by_version(buffer, position, stop)
        return 0, stop
    if ethertype == _ETHERTYPE_PPPOE_SESSION:
        return _ppp(buffer, position + 6, stop)
    return ethertype, position


def _ppp(buffer: bytes, position: int, stop: int) -> tuple[int, int]:
    if buffer[position : position + 2] == b"\xff\x03":  # address and control, where they are not compressed away
        position += 2
    if position + 2 > stop:
        return 0, stop
    (protocol,) = _U16(buffer, position)
    if protocol >> 8 & 1:  # protocol field compressed to one byte
        protocol, position = protocol >> 8, position + 1
    else:
        position += 2
    return {_PPP_IPV4: ETHERTYPE_IPV4, _PPP_IPV6: ETHERTYPE_IPV6}.get(protocol, 0), position


def _by_version(buffer: bytes, position: int, stop: int) -> tuple[int, int]:
    if position >= stop:
        return 0, stop
    return {4: ETHERTYPE_IPV4, 6: ETHERTYPE_IPV6}.get(buffer[position] >> 4, 0), position
