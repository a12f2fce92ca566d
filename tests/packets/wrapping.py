"""Every way an IP packet is carried: for each the link type, and what makes a frame of a packet."""

from __future__ import annotations

import struct
from collections.abc import Callable

from tests.packets.building import ethernet, ipv4, ipv6

Wrap = Callable[[bytes], bytes]
OUTER = "192.0.2.1", "192.0.2.2"
OUTER_6 = "2001:db8:ffff::1", "2001:db8:ffff::2"


def kind(packet: bytes) -> int:
    return 0x86DD if packet[0] >> 4 == 6 else 0x0800


def udp(port: int, body: bytes) -> bytes:
    return ipv4(*OUTER, struct.pack("!HHHH", 50_000, port, 8 + len(body), 0) + body, protocol=17)


def gre(body: bytes, protocol: int, flags: int = 0, options: bytes = b"") -> bytes:
    return ipv4(*OUTER, struct.pack("!HH", flags, protocol) + options + body, protocol=47)


def ppp(packet: bytes) -> bytes:
    return struct.pack("!H", 0x57 if packet[0] >> 4 == 6 else 0x21) + packet


def mpls(packet: bytes) -> bytes:
    return struct.pack("!II", 5 << 12 | 64, 6 << 12 | 0x140) + packet


def snap(packet: bytes) -> bytes:
    return b"\xaa\xaa\x03\0\0\0" + struct.pack("!H", kind(packet)) + packet


def typed(packet: bytes) -> bytes:
    return struct.pack("!H", kind(packet)) + packet


def wlan(packet: bytes, qos: bool = False) -> bytes:
    head = (b"\x88\1" if qos else b"\x08\1") + bytes(2) + b"\2\0\0\0\0\1" * 3 + bytes(2) + (bytes(2) if qos else b"")
    return head + snap(packet)


def erspan_3(frame: bytes, platform: bool) -> bytes:
    head = struct.pack("!HHIHH", 0x2000 | 7, 5, 123_456, 0, 1 if platform else 0)
    return head + (bytes(8) if platform else b"") + frame


def nflog(packet: bytes) -> bytes:
    family = 10 if packet[0] >> 4 == 6 else 2
    body = struct.pack("<BBH", family, 0, 0) + struct.pack("<HHI", 8, 3, 5)
    return body + struct.pack("<HH", 4 + len(packet), 9) + packet


def gtp(packet: bytes) -> bytes:
    return struct.pack("!BBHI", 0x30, 255, len(packet), 9) + packet


def gtp_extension(packet: bytes) -> bytes:
    return struct.pack("!BBHIHBB", 0x34, 255, len(packet) + 8, 9, 0, 0, 0x85) + b"\1\0\1\0" + packet


def teredo(packet: bytes) -> bytes:
    return packet if packet[0] >> 4 == 6 else ipv6(*OUTER_6, packet, protocol=4)


def l2tp(packet: bytes) -> bytes:
    return struct.pack("!HHHHHHH", 0x4A02, 14 + 2 + 2 + len(packet), 7, 8, 1, 1, 0) + b"\xff\x03" + ppp(packet)


def juniper(packet: bytes) -> bytes:
    return b"MGC\x81\0\6\1\4\0\0\0\x0e" + ethernet(packet)


def pflog(packet: bytes) -> bytes:
    return struct.pack("!BBBB16s40xB3x", 61, 24 if packet[0] >> 4 == 6 else 2, 0, 0, b"em0", 1) + packet


WAYS: dict[str, tuple[int, Wrap]] = {
    "ethernet": (1, ethernet),
    "vlan": (1, lambda packet: ethernet(packet, tags=b"\x81\0\0\x05")),
    "qinq": (1, lambda packet: ethernet(packet, tags=b"\x88\xa8\0\x05\x81\0\0\x06")),
    "cisco metadata": (1, lambda packet: ethernet(b"\1\1\0\1\0\x11" + typed(packet), 0x8909)),
    "cisco metadata in a vlan": (1, lambda p: ethernet(b"\1\1\0\1\0\x11" + typed(p), 0x8909, b"\x81\0\0\x05")),
    "vn-tag": (1, lambda packet: ethernet(bytes(4) + typed(packet), 0x8926)),
    "macsec without encryption": (1, lambda p: ethernet(b"\x20\0" + bytes(12) + typed(p) + bytes(16), 0x88E5)),
    "ethernet with snap": (1, lambda packet: ethernet(snap(packet), len(packet) + 8)),
    "mpls": (1, lambda packet: ethernet(mpls(packet), 0x8847)),
    "mpls pseudowire": (1, lambda p: ethernet(struct.pack("!I", 6 << 12 | 0x140) + bytes(4) + ethernet(p), 0x8847)),
    "pppoe": (1, lambda p: ethernet(struct.pack("!BBHH", 0x11, 0, 5, len(p) + 2) + ppp(p), 0x8864)),
    "ppp": (9, lambda packet: b"\xff\x03" + ppp(packet)),
    "ppp hdlc": (50, lambda packet: b"\xff\x03" + ppp(packet)),
    "ppp with direction": (204, lambda packet: b"\0\xff\x03" + ppp(packet)),
    "sll": (113, lambda p: struct.pack("!HHH8s", 0, 1, 6, b"\2\0\0\0\0\1\0\0") + typed(p)),
    "sll2": (276, lambda p: struct.pack("!HHIHBB8s", kind(p), 0, 3, 1, 0, 6, b"\2\0\0\0\0\1\0\0") + p),
    "raw": (101, lambda packet: packet),
    "null": (0, lambda packet: struct.pack("<I", 2 if packet[0] >> 4 == 4 else 30) + packet),
    "loop": (108, lambda packet: struct.pack(">I", 2 if packet[0] >> 4 == 4 else 24) + packet),
    "cisco hdlc": (104, lambda packet: b"\x0f\0" + typed(packet)),
    "frame relay": (107, lambda p: b"\x18\x41\x03" + (b"\x8e" if p[0] >> 4 == 6 else b"\xcc") + p),
    "frame relay with snap": (107, lambda p: b"\x18\x41\x03\0\x80\0\0\0" + typed(p)),
    "atm": (100, snap),
    "wlan": (105, wlan),
    "wlan with qos": (105, lambda packet: wlan(packet, qos=True)),
    "radiotap": (127, lambda packet: b"\0\0\x08\0\0\0\0\0" + wlan(packet)),
    "ppi": (192, lambda packet: struct.pack("<BBHI", 0, 0, 8, 105) + wlan(packet)),
    "nflog": (239, nflog),
    "ip over firewire": (138, lambda packet: bytes(16) + typed(packet)),
    "ip in ip": (1, lambda p: ethernet(ipv4(*OUTER, p, protocol=41 if p[0] >> 4 == 6 else 4))),
    "ip in ipv6": (1, lambda p: ethernet(ipv6(*OUTER_6, p, protocol=41 if p[0] >> 4 == 6 else 4))),
    "gre": (1, lambda packet: ethernet(gre(packet, kind(packet)))),
    "gre with all fields": (1, lambda packet: ethernet(gre(packet, kind(packet), 0xB000, bytes(12)))),
    "gre of pptp": (1, lambda p: ethernet(gre(ppp(p), 0x880B, 0x3081, struct.pack("!HHII", len(p) + 2, 5, 9, 9)))),
    "gre with ethernet": (1, lambda packet: ethernet(gre(ethernet(packet), 0x6558))),
    "gre with mpls": (1, lambda packet: ethernet(gre(mpls(packet), 0x8847))),
    "erspan i": (1, lambda packet: ethernet(gre(ethernet(packet), 0x88BE))),
    "erspan ii": (1, lambda p: ethernet(gre(b"\x10\5\0\7" + bytes(4) + ethernet(p), 0x88BE, 0x1000, bytes(4)))),
    "erspan iii": (1, lambda p: ethernet(gre(erspan_3(ethernet(p), False), 0x22EB, 0x1000, bytes(4)))),
    "erspan iii with more": (1, lambda p: ethernet(gre(erspan_3(ethernet(p), True), 0x22EB, 0x1000, bytes(4)))),
    "vxlan": (1, lambda packet: ethernet(udp(4789, b"\x08\0\0\0\0\0\5\0" + ethernet(packet)))),
    "geneve": (1, lambda p: ethernet(udp(6081, b"\1\0\x65\x58\0\0\5\0" + b"\1\2\3\0" + ethernet(p)))),
    "geneve with ip": (1, lambda p: ethernet(udp(6081, b"\0\0" + struct.pack("!H", kind(p)) + b"\0\0\5\0" + p))),
    "gtp": (1, lambda packet: ethernet(udp(2152, gtp(packet)))),
    "gtp with an extension": (1, lambda p: ethernet(udp(2152, gtp_extension(p)))),
    "wccp": (1, lambda packet: ethernet(gre(bytes(4) + packet, 0x883E))),
    "backbone bridge": (1, lambda packet: ethernet(b"\0\0\0\5" + ethernet(packet), 0x88E7)),
    "ethernet in ip": (1, lambda p: ethernet(ipv4(*OUTER, b"\x30\0" + ethernet(p), protocol=97))),
    "mpls in ip": (1, lambda p: ethernet(ipv4(*OUTER, mpls(p), protocol=137))),
    "mpls in udp": (1, lambda packet: ethernet(udp(6635, mpls(packet)))),
    "vxlan gpe": (1, lambda p: ethernet(udp(4790, b"\x0c\0\0\3\0\0\5\0" + ethernet(p)))),
    "vxlan gpe with ip": (
        1,
        lambda p: ethernet(udp(4790, b"\x0c\0\0" + bytes([2 if p[0] >> 4 == 6 else 1]) + bytes(4) + p)),
    ),
    "l2tp": (1, lambda packet: ethernet(udp(1701, l2tp(packet)))),
    "teredo": (1, lambda packet: ethernet(udp(3544, teredo(packet)))),
    "teredo with origin": (1, lambda packet: ethernet(udp(3544, bytes(8) + teredo(packet)))),
    "mpls link": (219, mpls),
    "bsd enc": (109, lambda p: struct.pack("<III", 24 if p[0] >> 4 == 6 else 2, 5, 0) + p),
    "bsd pflog": (117, pflog),
    "juniper ethernet": (178, juniper),
    "gre in gtp": (1, lambda p: ethernet(udp(2152, gtp(gre(ethernet(p), 0x6558))))),
}
