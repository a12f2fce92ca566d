"""From the first byte of a captured packet to its network header: link types, tags, labels, sessions.

Owns every header below IP. Each function returns the EtherType of what follows and where that begins: 0 for what is no
IP, NO_LINK for a link type that is not known. Refuses to know: IP, TCP, capture files.
"""

from __future__ import annotations

from collections.abc import Callable
from struct import Struct
from typing import Final

LINK_NULL, LINK_ETHERNET, LINK_PPP, LINK_PPP_HDLC, LINK_PPPOE = 0, 1, 9, 50, 51
LINK_ATM_RFC1483, LINK_CISCO_HDLC, LINK_IEEE802_11, LINK_FRAME_RELAY, LINK_LOOP, LINK_SLL = 100, 104, 105, 107, 108, 113
LINK_PRISM, LINK_RADIOTAP, LINK_IP_OVER_1394, LINK_PKTAP_OLD, LINK_AVS, LINK_PPI = 119, 127, 138, 149, 163, 192
LINK_ENC, LINK_PFLOG, LINK_JUNIPER_ETHERNET, LINK_MPLS = 109, 117, 178, 219
LINK_PPP_WITH_DIRECTION, LINK_IPNET, LINK_IPV4, LINK_IPV6, LINK_NFLOG, LINK_PKTAP, LINK_SLL2 = (
    204,
    226,
    228,
    229,
    239,
    258,
    276,
)
LINKS_RAW = frozenset({12, 14, 101})
NO_LINK = -1

ETHERTYPE_IPV4, ETHERTYPE_IPV6, ETHERTYPE_ARP = 0x0800, 0x86DD, 0x0806
ETHERTYPES_VLAN = frozenset({0x8100, 0x88A8, 0x9100, 0x9200})
ETHERTYPE_ETHERNET, ETHERTYPE_PPP = 0x6558, 0x880B
"""Transparent Ethernet Bridging and PPP, as GRE and Geneve name them."""
ETHERTYPES_MPLS = frozenset({0x8847, 0x8848})
ETHERTYPE_CISCO_METADATA = 0x8909
_ETHERTYPE_PPPOE_SESSION, _ETHERTYPE_MACSEC, _ETHERTYPE_VN_TAG = 0x8864, 0x88E5, 0x8926
_ETHERTYPE_BACKBONE = 0x88E7
_PPP_IPV4, _PPP_IPV6, _PPP_MPLS = 0x0021, 0x0057, 0x0281
_LARGEST_LENGTH: Final = 1500  # of IEEE 802.3: below this it is no EtherType
_SNAP = b"\xaa\xaa\x03\x00\x00\x00"
_MOST_HEADERS = 16

Next = tuple[int, int]
"""(EtherType, position)"""

_U16 = Struct("!H").unpack_from
_LE16 = Struct("<H").unpack_from
_LE16X2 = Struct("<HH").unpack_from
_LE32 = Struct("<I").unpack_from
_LE32X2 = Struct("<II").unpack_from
_BE32 = Struct("!I").unpack_from


def network(link: int, buffer: bytes, start: int, stop: int) -> Next:
    """What stands behind the headers of this link."""
    if link == LINK_ETHERNET:
        return behind_ethernet(buffer, start, stop)
    if link == LINK_SLL:
        return _behind_type(buffer, start + 14, stop)
    if link == LINK_SLL2:
        return behind(_U16(buffer, start)[0], buffer, start + 20, stop) if start + 20 <= stop else (0, stop)
    if link in LINKS_RAW or link in (LINK_IPV4, LINK_IPV6):
        return by_version(buffer, start, stop)
    if link in (LINK_NULL, LINK_LOOP):
        # The address family is in the byte order of the machine that captured, and IPv6 has a number for each BSD:
        # the version in the IP header is the surer sign.
        return by_version(buffer, start + 4, stop)
    if link in (LINK_PPP, LINK_PPP_HDLC):
        return ppp(buffer, start, stop)
    rare = _RARE.get(link)
    return rare(buffer, start, stop) if rare is not None else (NO_LINK, stop)


def behind_ethernet(buffer: bytes, start: int, stop: int) -> Next:
    """Behind two addresses and a type."""
    return _behind_type(buffer, start + 12, stop)


def behind(ethertype: int, buffer: bytes, position: int, stop: int) -> Next:
    """Behind the tags that this EtherType and those that follow it announce."""
    for _ in range(_MOST_HEADERS):
        if ethertype in (ETHERTYPE_IPV4, ETHERTYPE_IPV6):
            break
        if ethertype in ETHERTYPES_VLAN:
            size = 4
        elif ethertype == _ETHERTYPE_VN_TAG:
            size = 6
        elif ethertype == ETHERTYPE_CISCO_METADATA:
            size = 8
        elif ethertype == _ETHERTYPE_BACKBONE:
            size = 18  # IEEE 802.1ah: a service tag, then a frame with its own addresses
        elif ethertype == _ETHERTYPE_MACSEC:
            size = _macsec(buffer, position, stop)
        elif ethertype <= _LARGEST_LENGTH and buffer[position : position + 6] == _SNAP:
            size = 8
        else:
            return _behind_other(ethertype, buffer, position, stop)
        position += size
        if not size or position > stop:
            return 0, stop
        ethertype = _U16(buffer, position - 2)[0]
    return ethertype, position


def ppp(buffer: bytes, position: int, stop: int) -> Next:
    """RFC 1661 and 1662."""
    if buffer[position : position + 2] == b"\xff\x03":  # address and control, where they are not compressed away
        position += 2
    if position + 2 > stop:
        return 0, stop
    (protocol,) = _U16(buffer, position)
    if protocol >> 8 & 1:  # protocol field compressed to one byte
        protocol, position = protocol >> 8, position + 1
    else:
        position += 2
    if protocol == _PPP_MPLS:
        return mpls(buffer, position, stop)
    return {_PPP_IPV4: ETHERTYPE_IPV4, _PPP_IPV6: ETHERTYPE_IPV6}.get(protocol, 0), position


def by_version(buffer: bytes, position: int, stop: int) -> Next:
    """An IP packet of either version."""
    if position >= stop:
        return 0, stop
    return {4: ETHERTYPE_IPV4, 6: ETHERTYPE_IPV6}.get(buffer[position] >> 4, 0), position


def _behind_type(buffer: bytes, position: int, stop: int) -> Next:
    if position + 2 > stop:
        return 0, stop
    return behind(_U16(buffer, position)[0], buffer, position + 2, stop)


def _behind_other(ethertype: int, buffer: bytes, position: int, stop: int) -> Next:
    if ethertype in ETHERTYPES_MPLS:
        return mpls(buffer, position, stop)
    if ethertype == _ETHERTYPE_PPPOE_SESSION:
        return ppp(buffer, position + 6, stop)
    return ethertype, position


def mpls(buffer: bytes, position: int, stop: int) -> Next:
    """RFC 3032; what follows the stack is not named, its first half byte tells (RFC 4928, 3)."""
    while position + 4 <= stop:
        position += 4
        if buffer[position - 2] & 1:  # bottom of the label stack
            following = by_version(buffer, position, stop)
            if not following[0] and position + 18 <= stop and buffer[position] >> 4 == 0:
                return behind_ethernet(buffer, position + 4, stop)  # a pseudowire with its control word (RFC 4448, 4.6)
            return following
    return 0, stop


def _macsec(buffer: bytes, position: int, stop: int) -> int:
    """The size of a SecTAG and the type behind it; 0 where what follows is encrypted (IEEE 802.1AE, 9.3)."""
    if position >= stop or buffer[position] & 0x0C:
        return 0
    return 6 + (8 if buffer[position] & 0x20 else 0) + 2


# --- links that are rare ---


def _pflog(buffer: bytes, start: int, stop: int) -> Next:
    """BSD's packet filter: a header that names its length, padded to four bytes."""
    return by_version(buffer, start + (buffer[start] + 3 & ~3), stop) if start < stop else (0, stop)


def _juniper_ethernet(buffer: bytes, start: int, stop: int) -> Next:
    """Junos: a magic number, flags, extensions, then the frame, or only the packet behind four bytes of its family."""
    if start + 6 > stop or buffer[start : start + 3] != b"MGC":
        return 0, stop
    flags, position = buffer[start + 3], start + 4
    if flags & 0x80:
        position += 2 + _U16(buffer, position)[0]
    if flags & 0x02:
        return by_version(buffer, position + 4, stop)
    return behind_ethernet(buffer, position, stop)


def _llc(buffer: bytes, position: int, stop: int) -> Next:
    """An LLC header with SNAP, or nothing that carries IP."""
    if position + 8 > stop or buffer[position : position + 6] != _SNAP:
        return 0, stop
    return behind(_U16(buffer, position + 6)[0], buffer, position + 8, stop)


def _cisco_hdlc(buffer: bytes, start: int, stop: int) -> Next:
    return _behind_type(buffer, start + 2, stop)


def _frame_relay(buffer: bytes, start: int, stop: int) -> Next:
    """An address of two to four bytes, then an NLPID (RFC 2427) or Cisco's EtherType."""
    position = start
    while position < stop and position < start + 4 and not buffer[position] & 1:
        position += 1
    position += 1
    if position + 2 > stop:
        return 0, stop
    if buffer[position] != 3:
        return _behind_type(buffer, position, stop)
    position += 1
    if buffer[position] == 0:
        position += 1
    if position >= stop:
        return 0, stop
    if buffer[position] == 0x80 and position + 6 <= stop:  # SNAP
        return behind(_U16(buffer, position + 4)[0], buffer, position + 6, stop)
    return {0xCC: ETHERTYPE_IPV4, 0x8E: ETHERTYPE_IPV6}.get(buffer[position], 0), position + 1


def _wlan(buffer: bytes, start: int, stop: int) -> Next:
    """IEEE 802.11 data frames that are not encrypted (and no A-MSDU)."""
    if start + 24 > stop:
        return 0, stop
    kind, flags = buffer[start], buffer[start + 1]
    subtype = kind >> 4
    if kind & 0x0C != 0x08 or subtype & 4 or flags & 0x40:
        return 0, stop
    position = start + 24 + (6 if flags & 3 == 3 else 0)
    if subtype & 8:
        if position < stop and buffer[position] & 0x80:
            return 0, stop
        position += 6 if flags & 0x80 else 2
    return _llc(buffer, position, stop)


def _radiotap(buffer: bytes, start: int, stop: int) -> Next:
    if start + 4 > stop:
        return 0, stop
    return _wlan(buffer, start + _LE16(buffer, start + 2)[0], stop)


def _avs(buffer: bytes, start: int, stop: int) -> Next:
    if start + 8 > stop:
        return 0, stop
    return _wlan(buffer, start + _BE32(buffer, start + 4)[0], stop)


def _prism(buffer: bytes, start: int, stop: int) -> Next:
    """144 bytes, or an AVS header where its magic number stands."""
    if buffer[start : start + 2] == b"\x80\x21":
        return _avs(buffer, start, stop)
    return _wlan(buffer, start + 144, stop)


def _ppi(buffer: bytes, start: int, stop: int) -> Next:
    if start + 8 > stop:
        return 0, stop
    size, link = _LE16(buffer, start + 2)[0], _LE32(buffer, start + 4)[0]
    return _inner(link, buffer, start + size, stop) if size >= 8 else (0, stop)


def _pktap(buffer: bytes, start: int, stop: int) -> Next:
    """Apple's header: its size, a type, the link of what follows."""
    if start + 12 > stop:
        return 0, stop
    size, link = _LE32(buffer, start)[0], _LE32(buffer, start + 8)[0]
    return _inner(link, buffer, start + size, stop) if size >= 12 else (0, stop)


def _inner(link: int, buffer: bytes, start: int, stop: int) -> Next:
    if link in (LINK_PPI, LINK_PKTAP, LINK_PKTAP_OLD) or start > stop:
        return 0, stop
    return network(link, buffer, start, stop)


def _nflog(buffer: bytes, start: int, stop: int) -> Next:
    """Linux's netfilter log: attributes, of which one is the packet."""
    position = start + 4
    while position + 4 <= stop:
        size, kind = _LE16X2(buffer, position)
        if size < 4:
            break
        if kind & 0x7FFF == 9:
            return by_version(buffer, position + 4, stop)
        position += size + (-size & 3)
    return 0, stop


_RARE: Final[dict[int, Callable[[bytes, int, int], Next]]] = {
    LINK_PPPOE: lambda buffer, start, stop: ppp(buffer, start + 6, stop),
    LINK_PPP_WITH_DIRECTION: lambda buffer, start, stop: ppp(buffer, start + 1, stop),
    LINK_ATM_RFC1483: _llc,
    LINK_CISCO_HDLC: _cisco_hdlc,
    LINK_FRAME_RELAY: _frame_relay,
    LINK_IEEE802_11: _wlan,
    LINK_RADIOTAP: _radiotap,
    LINK_AVS: _avs,
    LINK_PRISM: _prism,
    LINK_PPI: _ppi,
    LINK_PKTAP: _pktap,
    LINK_PKTAP_OLD: _pktap,
    LINK_NFLOG: _nflog,
    LINK_IP_OVER_1394: lambda buffer, start, stop: _behind_type(buffer, start + 16, stop),
    LINK_ENC: lambda buffer, start, stop: by_version(buffer, start + 12, stop),
    LINK_PFLOG: _pflog,
    LINK_JUNIPER_ETHERNET: _juniper_ethernet,
    LINK_MPLS: mpls,
    LINK_IPNET: lambda buffer, start, stop: by_version(buffer, start + 24, stop),
}
