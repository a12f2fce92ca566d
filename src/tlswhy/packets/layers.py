"""From a captured packet down to its TCP segment: IPv4 and IPv6, fragments, what they carry.

Owns IP and the way through tunnels; ``links`` and ``tunnels`` know the headers below and between. Refuses to know:
streams, connections, capture files.
"""

from __future__ import annotations

from struct import Struct
from typing import Final

from tlswhy.packets.fragments import Fragments
from tlswhy.packets.links import ETHERTYPE_ARP, ETHERTYPE_IPV4, ETHERTYPE_IPV6, LINK_ETHERNET, NO_LINK, network
from tlswhy.packets.tunnels import IP_TUNNELS, UDP_TUNNELS

Segment = tuple[bytes, int, int, int, bytes, int, int, int]
"""(flow, seq, ack, flags, buffer, payload start, captured payload end, payload bytes on the wire).

``flow`` is source address, destination address, source port, destination port as on the wire: 12 bytes for IPv4, 36
for IPv6."""

IPV4_FLOW: Final = 12
FIN, SYN, RST, PSH, ACK = 0x01, 0x02, 0x04, 0x08, 0x10

PROTOCOL_ICMP, PROTOCOL_IPV4, PROTOCOL_TCP, PROTOCOL_UDP, PROTOCOL_IPV6, PROTOCOL_ICMPV6 = 1, 4, 6, 17, 41, 58
DEEPEST = 12
"""Packets in packets and headers of authentication; more is nothing that a network does."""
_IPV6_OPTIONS: Final = frozenset({0, 43, 60, 135, 139, 140})  # header length in units of 8 bytes, the first not counted
_AUTHENTICATION, _IPV6_FRAGMENT = 51, 44

# Names of what a packet is; they end in the facts of a reading.
TCP, UDP, QUIC, DTLS, ICMP, ARP, OTHER, FRAGMENT, MALFORMED, UNKNOWN_LINK = (
    "tcp",
    "udp",
    "quic",
    "dtls",
    "icmp",
    "arp",
    "other",
    "fragment",
    "malformed",
    "unknown-link",
)

_FAST = Struct("!12xHBxHHHxB10xHHIIBB").unpack_from  # Ethernet, IPv4 without options, TCP: 48 bytes
_IPV4 = Struct("!BxHHHxB").unpack_from
_TCP = Struct("!4xIIBB").unpack_from
_TCP_TOLD = 14  # bytes up to the flags: all that a snap length of 68 leaves of TCP in IPv6
_U16 = Struct("!H").unpack_from
_U16X2 = Struct("!HH").unpack_from


class Decoder:
    """Finds the TCP segment of a packet; keeps the fragments of datagrams that are not complete."""

    __slots__ = ("fragments", "identity", "ttl")

    def __init__(self) -> None:
        self.fragments = Fragments()
        self.ttl = 0
        """Of the IP packet that carried the last segment."""
        self.identity = -1
        """Its identification; -1 in IPv6."""

    def decode(self, link: int, buffer: bytes, start: int, captured: int, original: int) -> Segment | str:
        """Return the segment, or the name of what the packet is instead."""
        stop = start + captured
        wire_stop = start + (original if original > captured else captured)
        if link == LINK_ETHERNET and captured >= 54:
            ethertype, version, total, identity, fragment, protocol, _sport, _dport, seq, ack, offset, flags = _FAST(
                buffer, start
            )
            if ethertype == 0x0800 and version == 0x45 and protocol == 6 and not fragment & 0x3FFF and offset >= 0x50:
                payload = start + 34 + ((offset >> 4) << 2)
                wire = start + 14 + total
                if payload <= wire <= wire_stop and payload <= stop:
                    end = wire if wire < stop else stop
                    self.ttl, self.identity = buffer[start + 22], identity
                    return buffer[start + 26 : start + 38], seq, ack, flags, buffer, payload, end, wire - payload
        ethertype, position = network(link, buffer, start, stop)
        return self._network(ethertype, buffer, position, stop, wire_stop, 0)

    def _network(
        self, ethertype: int, buffer: bytes, position: int, stop: int, wire_stop: int, depth: int
    ) -> Segment | str:
        if ethertype == ETHERTYPE_IPV4:
            return self._ipv4(buffer, position, stop, wire_stop, depth)
        if ethertype == ETHERTYPE_IPV6:
            return self._ipv6(buffer, position, stop, wire_stop, depth)
        if ethertype == ETHERTYPE_ARP:
            return ARP
        return UNKNOWN_LINK if ethertype == NO_LINK else OTHER

    def _ipv4(self, buffer: bytes, position: int, stop: int, wire_stop: int, depth: int) -> Segment | str:
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
        self.ttl, self.identity = buffer[position + 8], identity
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
        return self._transport(addresses, protocol, buffer, position, stop, wire_stop, depth)

    def _ipv6(self, buffer: bytes, position: int, stop: int, wire_stop: int, depth: int) -> Segment | str:
        if position + 40 > stop or buffer[position] >> 4 != 6:
            return MALFORMED
        length, protocol = _U16(buffer, position + 4)[0], buffer[position + 6]
        if length:  # zero: a jumbogram or segmentation offload
            wire_stop = min(wire_stop, position + 40 + length)
        stop = min(stop, wire_stop)
        addresses = buffer[position + 8 : position + 40]
        self.ttl, self.identity = buffer[position + 7], -1
        position += 40
        while position + 8 <= stop:
            if protocol in _IPV6_OPTIONS:
                size = (buffer[position + 1] + 1) << 3
            elif protocol == _AUTHENTICATION:
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
        return self._transport(addresses, protocol, buffer, position, stop, wire_stop, depth)

    def _transport(
        self, addresses: bytes, protocol: int, buffer: bytes, start: int, stop: int, wire_stop: int, depth: int
    ) -> Segment | str:
        if protocol == PROTOCOL_TCP:
            return _tcp(addresses, buffer, start, stop, wire_stop)
        if protocol == PROTOCOL_UDP:
            return self._udp(buffer, start, stop, wire_stop, depth)
        if protocol in (PROTOCOL_ICMP, PROTOCOL_ICMPV6):
            return ICMP
        if depth >= DEEPEST:
            return OTHER
        if protocol == PROTOCOL_IPV4:
            return self._ipv4(buffer, start, stop, wire_stop, depth + 1)
        if protocol == PROTOCOL_IPV6:
            return self._ipv6(buffer, start, stop, wire_stop, depth + 1)
        if (tunnel := IP_TUNNELS.get(protocol)) is not None:
            ethertype, position = tunnel(buffer, start, stop)
            return self._network(ethertype, buffer, position, stop, wire_stop, depth + 1)
        if protocol == _AUTHENTICATION and start + 12 <= stop:  # of IPv4; in IPv6 it is an extension header
            behind = start + ((buffer[start + 1] + 2) << 2)
            return self._transport(addresses, buffer[start], buffer, behind, stop, wire_stop, depth + 1)
        return OTHER

    def _udp(self, buffer: bytes, start: int, stop: int, wire_stop: int, depth: int) -> Segment | str:
        if start + 8 > stop or depth >= DEEPEST:
            return UDP
        source, target = _U16X2(buffer, start)
        tunnel = UDP_TUNNELS.get(target) or UDP_TUNNELS.get(source)
        if tunnel is None:
            return tls_over_udp(buffer[start + 8 : min(stop, start + 14)])
        ethertype, position = tunnel(buffer, start + 8, stop)
        if ethertype not in (ETHERTYPE_IPV4, ETHERTYPE_IPV6):
            return UDP
        return self._network(ethertype, buffer, position, stop, wire_stop, depth + 1)


def _tcp(addresses: bytes, buffer: bytes, start: int, stop: int, wire_stop: int) -> Segment | str:
    if start + _TCP_TOLD > stop or start + 20 > wire_stop:
        return MALFORMED
    seq, ack, offset, flags = _TCP(buffer, start)
    payload = start + ((offset >> 4) << 2)
    if offset < 0x50 or payload > wire_stop:
        return MALFORMED
    # Header beyond the snap length: nothing of the payload was captured, but its length is known.
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


def tls_over_udp(head: bytes) -> str:
    """What a datagram that begins so is: QUIC with a long header (RFC 9000, 17.2), a handshake of DTLS (RFC 6347, 4.1),
    or just UDP."""
    if head[:1] >= b"\xc0" and (head[1:5] in _QUIC_VERSIONS or head[1:4] == _QUIC_DRAFTS):
        return QUIC
    return DTLS if head[:2] == b"\x16\xfe" and head[2:3] >= b"\xfc" else UDP


_QUIC_VERSIONS = frozenset({b"\0\0\0\1", b"\x6b\x33\x43\xcf"})  # RFC 9000, RFC 9369
_QUIC_DRAFTS = b"\xff\0\0"
