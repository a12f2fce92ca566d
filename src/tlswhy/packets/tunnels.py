"""Packets in packets: GRE, ERSPAN, VXLAN, Geneve, GTP-U, L2TP, Teredo, EtherIP. Headers in, what they carry out.

Owns which UDP ports and IP protocols are tunnels, and the headers of these. As in ``links`` each function returns the
EtherType of what is carried and where it begins, 0 for what is not followed.
"""

from __future__ import annotations

from struct import Struct
from typing import Final

from tlswhy.packets.links import (
    ETHERTYPE_ETHERNET,
    ETHERTYPE_IPV4,
    ETHERTYPE_IPV6,
    ETHERTYPE_PPP,
    Next,
    behind,
    behind_ethernet,
    by_version,
    mpls,
    ppp,
)

_ERSPAN_2, _ERSPAN_3, _WCCP = 0x88BE, 0x22EB, 0x883E
_GRE_CHECKSUM, _GRE_ROUTING, _GRE_KEY, _GRE_SEQUENCE, _GRE_ACKNOWLEDGEMENT = 0x8000, 0x4000, 0x2000, 0x1000, 0x0080
_VXLAN_HEADER, _GTP_PACKET = 8, 0xFF
_GPE_NEXT: Final = {1: ETHERTYPE_IPV4, 2: ETHERTYPE_IPV6, 3: ETHERTYPE_ETHERNET}
_L2TP_CONTROL, _L2TP_LENGTH, _L2TP_SEQUENCE, _L2TP_OFFSET = 0x8000, 0x4000, 0x0800, 0x0200

_U16 = Struct("!H").unpack_from
_U16X2 = Struct("!HH").unpack_from


def gre(buffer: bytes, position: int, stop: int) -> Next:
    """RFC 2784 and 2890, the PPTP variant of RFC 2637, and ERSPAN in its three types."""
    if position + 4 > stop:
        return 0, stop
    flags, kind = _U16X2(buffer, position)
    if flags & _GRE_ROUTING:  # RFC 1701; gone since 2000
        return 0, stop
    position += 4
    for flag in (_GRE_CHECKSUM, _GRE_KEY, _GRE_SEQUENCE, _GRE_ACKNOWLEDGEMENT):
        position += 4 if flags & flag else 0
    if kind == _ERSPAN_2:
        # Without a sequence number it is type I, which has no header of its own.
        return behind_ethernet(buffer, position + (8 if flags & _GRE_SEQUENCE else 0), stop)
    if kind == _ERSPAN_3:
        return _erspan_3(buffer, position, stop)
    if kind == _WCCP:  # draft-mclaggan-wccp-v2rev1, 3.12: four bytes more since version 2
        return by_version(buffer, position + (0 if buffer[position : position + 1] >= b"\x40" else 4), stop)
    return _carried(kind, buffer, position, stop)


def vxlan(buffer: bytes, position: int, stop: int) -> Next:
    """RFC 7348, 5."""
    if position + _VXLAN_HEADER > stop or not buffer[position] & 0x08:
        return 0, stop
    return behind_ethernet(buffer, position + _VXLAN_HEADER, stop)


def vxlan_gpe(buffer: bytes, position: int, stop: int) -> Next:
    """draft-ietf-nvo3-vxlan-gpe, 3.1: VXLAN that says what it carries."""
    if position + _VXLAN_HEADER > stop or not buffer[position] & 0x04:
        return 0, stop
    return _carried(_GPE_NEXT.get(buffer[position + 3], 0), buffer, position + _VXLAN_HEADER, stop)


def geneve(buffer: bytes, position: int, stop: int) -> Next:
    """RFC 8926, 3.4."""
    if position + 8 > stop or buffer[position] >> 6:
        return 0, stop
    (kind,) = _U16(buffer, position + 2)
    return _carried(kind, buffer, position + 8 + ((buffer[position] & 0x3F) << 2), stop)


def gtp_user(buffer: bytes, position: int, stop: int) -> Next:
    """3GPP TS 29.281, 5: a packet of a mobile device."""
    if position + 8 > stop or buffer[position] & 0xF0 != 0x30 or buffer[position + 1] != _GTP_PACKET:
        return 0, stop
    flags = buffer[position]
    position += 8
    if flags & 0x07:  # any of extension, sequence, N-PDU number: all three fields are there
        position += 4
        following = buffer[position - 1] if flags & 0x04 and position <= stop else 0
        while following and position < stop:
            size = buffer[position] << 2
            if not size or position + size > stop:
                return 0, stop
            position += size
            following = buffer[position - 1]
    return by_version(buffer, position, stop)


def l2tp(buffer: bytes, position: int, stop: int) -> Next:
    """RFC 2661, 3.1; version 3 carries a cookie of a size that only its ends know."""
    if position + 6 > stop:
        return 0, stop
    (flags,) = _U16(buffer, position)
    if flags & _L2TP_CONTROL or flags & 0x0F != 2:
        return 0, stop
    position += 6 + (2 if flags & _L2TP_LENGTH else 0) + (4 if flags & _L2TP_SEQUENCE else 0)
    if flags & _L2TP_OFFSET:
        if position + 2 > stop:
            return 0, stop
        position += 2 + _U16(buffer, position)[0]
    return ppp(buffer, position, stop)


def teredo(buffer: bytes, position: int, stop: int) -> Next:
    """RFC 4380, 5.1.1: authentication and origin may stand before the packet."""
    if buffer[position : position + 2] == b"\0\1" and position + 4 <= stop:
        position += 4 + buffer[position + 2] + buffer[position + 3] + 9
    if buffer[position : position + 2] == b"\0\0":
        position += 8
    ethertype, position = by_version(buffer, position, stop)
    return (ethertype, position) if ethertype == ETHERTYPE_IPV6 else (0, stop)


def ethernet_in_ip(buffer: bytes, position: int, stop: int) -> Next:
    """RFC 3378, 3."""
    if position >= stop or buffer[position] >> 4 != 3:
        return 0, stop
    return behind_ethernet(buffer, position + 2, stop)


UDP_TUNNELS: Final = {
    4789: vxlan,
    8472: vxlan,
    4790: vxlan_gpe,
    6081: geneve,
    2152: gtp_user,
    6635: mpls,  # RFC 7510
    1701: l2tp,
    3544: teredo,
}
"""By port; 8472 is what Linux used for VXLAN before the port was assigned, and Flannel still does."""

IP_TUNNELS: Final = {47: gre, 97: ethernet_in_ip, 137: mpls}
"""By protocol; MPLS is RFC 4023."""


def _carried(kind: int, buffer: bytes, position: int, stop: int) -> Next:
    if position > stop:
        return 0, stop
    if kind == ETHERTYPE_ETHERNET:
        return behind_ethernet(buffer, position, stop)
    if kind == ETHERTYPE_PPP:
        return ppp(buffer, position, stop)
    return behind(kind, buffer, position, stop)


def _erspan_3(buffer: bytes, position: int, stop: int) -> Next:
    """draft-foschiano-erspan-03, 4.3: the last bit says whether a platform specific part follows."""
    if position + 12 > stop:
        return 0, stop
    flags = buffer[position + 11]
    size = 20 if flags & 0x01 else 12
    frame_type = (buffer[position + 10] & 0x7C) >> 2
    if frame_type == 2:
        return by_version(buffer, position + size, stop)
    return behind_ethernet(buffer, position + size, stop)
