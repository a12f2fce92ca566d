"""Headers within headers as chance will have it: tshark finds the same segment in each frame."""

from __future__ import annotations

import os
import random
import shutil
import struct
import subprocess

import pytest

from tests.packets.building import Packet, enhanced, ethernet, interface, ip, ipv4, ipv6, section, tcp
from tests.packets.wrapping import (
    OUTER,
    OUTER_6,
    WAYS,
    erspan_3,
    gtp,
    kind,
    l2tp,
    mpls,
    ppp,
    snap,
    typed,
)
from tlswhy.packets.layers import Decoder

FRAMES = 20_000 if os.environ.get("TLSWHY_ALL_CASES") else 1_500
TAGS = (0x8100, 0x88A8, 0x9100, 0x8909, 0x8926)
LINKS = ("ppp", "sll", "sll2", "raw", "null", "loop", "cisco hdlc", "frame relay", "wlan with qos", "radiotap", "nflog")
pytestmark = pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")


class Nesting:
    """Wraps a packet again and again."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)

    def frame(self, packet: bytes) -> tuple[int, bytes, list[str]]:
        """Link, frame and the names of what it goes through."""
        names = []
        for _ in range(self.chance.randrange(5)):
            way = self.chance.choice(PACKET_WAYS + FRAME_WAYS)
            packet = way(self, packet if way in PACKET_WAYS else self.ethernet(packet))
            names.append(way.__name__)
        if self.chance.random() < 0.6:
            return 1, self.ethernet(packet), names
        link, wrap = WAYS[self.chance.choice(LINKS)]
        return link, wrap(packet), names

    def ethernet(self, packet: bytes) -> bytes:
        """With tags, labels, sessions."""
        chance = self.chance
        ethertype, body = kind(packet), packet
        match chance.randrange(6):
            case 0:
                ethertype, body = 0x8847, mpls(packet)
            case 1:
                body = ppp(packet)
                ethertype, body = 0x8864, struct.pack("!BBHH", 0x11, 0, 5, len(body)) + body
            case 2:
                ethertype, body = 0x88E5, b"\x20\0" + bytes(12) + typed(packet) + bytes(16)
            case 3:
                body = snap(packet)
                if len(body) <= 1500:
                    return ethernet(body, len(body))
                body = packet
        for _ in range(chance.choice((0, 0, 1, 2, 3))):
            tag = chance.choice(TAGS)
            head = {0x8909: b"\1\1\0\1\0\x11", 0x8926: bytes(4)}.get(tag) or struct.pack("!H", chance.randrange(4095))
            ethertype, body = tag, head + struct.pack("!H", ethertype) + body
        return ethernet(body, ethertype)

    def packet(self, body: bytes, protocol: int) -> bytes:
        """An IP packet of either version, with options or headers of extension."""
        chance = self.chance
        if chance.random() < 0.5:
            options = chance.choice((b"", b"\x94\4\0\0", b"\1" * 8))
            return ipv4(*OUTER, body, protocol=protocol, options=options, identity=chance.randrange(1 << 16))
        for extension in (60, 43, 0):  # from the last to the first
            if chance.random() < 0.2:
                rest = bytes(6) if extension == 43 else b"\1\4\0\0\0\0"
                body, protocol = bytes((protocol, 0)) + rest + body, extension
        return ipv6(*OUTER_6, body, protocol=protocol)

    def udp(self, port: int, body: bytes) -> bytes:
        """Towards a tunnel's port."""
        return self.packet(struct.pack("!HHHH", 50_000, port, 8 + len(body), 0) + body, 17)

    def gre(self, body: bytes, protocol: int, flags: int | None = None, options: bytes = b"") -> bytes:
        """With any of its fields."""
        if flags is None:
            flags = self.chance.choice((0, 0x8000, 0x2000, 0x1000, 0xB000))
            options = bytes(4 * flags.bit_count())
        return self.packet(struct.pack("!HH", flags, protocol) + options + body, 47)


def in_ip(nesting: Nesting, packet: bytes) -> bytes:
    return nesting.packet(packet, 41 if packet[0] >> 4 == 6 else 4)


def in_gre(nesting: Nesting, packet: bytes) -> bytes:
    return nesting.gre(packet, kind(packet))


def in_mpls_in_gre(nesting: Nesting, packet: bytes) -> bytes:
    return nesting.gre(mpls(packet), 0x8847)


def in_mpls(nesting: Nesting, packet: bytes) -> bytes:
    return nesting.packet(mpls(packet), 137) if nesting.chance.random() < 0.5 else nesting.udp(6635, mpls(packet))


def in_authentication(nesting: Nesting, packet: bytes) -> bytes:
    return nesting.packet(bytes((41 if packet[0] >> 4 == 6 else 4, 4)) + bytes(22) + packet, 51)


def in_pptp(nesting: Nesting, packet: bytes) -> bytes:
    body = ppp(packet)
    return nesting.packet(struct.pack("!HHHHI", 0x3001, 0x880B, len(body), 5, 9) + body, 47)


def in_gtp(nesting: Nesting, packet: bytes) -> bytes:
    return nesting.udp(2152, gtp(packet))


def in_geneve_as_ip(nesting: Nesting, packet: bytes) -> bytes:
    options = b"\1\2\3\0" * nesting.chance.randrange(3)
    return nesting.udp(6081, struct.pack("!BBHI", len(options) // 4, 0, kind(packet), 0x500) + options + packet)


def in_l2tp(nesting: Nesting, packet: bytes) -> bytes:
    return nesting.udp(1701, l2tp(packet))


def in_teredo(nesting: Nesting, packet: bytes) -> bytes:
    return nesting.udp(3544, packet) if packet[0] >> 4 == 6 else in_ip(nesting, packet)


def bridged_over_gre(nesting: Nesting, frame: bytes) -> bytes:
    return nesting.gre(frame, 0x6558)


def mirrored(nesting: Nesting, frame: bytes) -> bytes:
    match nesting.chance.randrange(3):
        case 0:
            return nesting.gre(frame, 0x88BE, 0)
        case 1:
            return nesting.gre(b"\x10\5\0\7" + bytes(4) + frame, 0x88BE, 0x1000, bytes(4))
        case _:
            return nesting.gre(erspan_3(frame, nesting.chance.random() < 0.5), 0x22EB, 0x1000, bytes(4))


def in_vxlan(nesting: Nesting, frame: bytes) -> bytes:
    if nesting.chance.random() < 0.5:
        return nesting.udp(4789, b"\x08\0\0\0\0\0\5\0" + frame)
    return nesting.udp(4790, b"\x0c\0\0\3\0\0\5\0" + frame)


def in_geneve(nesting: Nesting, frame: bytes) -> bytes:
    return nesting.udp(6081, b"\0\0\x65\x58\0\0\5\0" + frame)


def ethernet_in_ip(nesting: Nesting, frame: bytes) -> bytes:
    return nesting.packet(b"\x30\0" + frame, 97)


PACKET_WAYS = (
    in_ip,
    in_gre,
    in_mpls_in_gre,
    in_mpls,
    in_authentication,
    in_pptp,
    in_gtp,
    in_geneve_as_ip,
    in_l2tp,
    in_teredo,
)
FRAME_WAYS = (bridged_over_gre, mirrored, in_vxlan, in_geneve, ethernet_in_ip)


def test_every_nesting_is_read_as_tshark_reads_it(tmp_path):
    nesting = Nesting(4)
    chance = nesting.chance
    frames = []
    for number in range(FRAMES):
        ends = ("2001:db8::1", "2001:db8::2") if chance.random() < 0.4 else ("10.0.0.1", "10.0.0.2")
        options = chance.choice((b"", b"\1\1\1\0", b"\1\1\x08\x0a" + bytes(8)))
        payload = chance.randbytes(chance.choice((0, 1, 10, 100)))
        ours = 1_024 + number, 40_443, chance.getrandbits(32), len(payload)
        segment = tcp(*ours[:3], 5, payload=payload, options=options)
        frames.append((ours, *nesting.frame(ip(*ends, segment))))
    links = sorted({link for _, link, _, _ in frames})
    path = tmp_path / "nested.pcapng"
    blocks = [enhanced(Packet(frame, interface=links.index(link))) for _, link, frame, _ in frames]
    path.write_bytes(section() + b"".join(map(interface, links)) + b"".join(blocks))
    command = ["tshark", "-n", "-r", str(path), "-o", "tcp.desegment_tcp_streams:FALSE", "-T", "fields"]
    command += ["-E", "occurrence=l"]
    for name in ("tcp.srcport", "tcp.dstport", "tcp.seq_raw", "tcp.len"):
        command += ["-e", name]
    shown = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    decode = Decoder().decode
    assert len(shown) == len(frames)
    for (built, link, frame, names), row in zip(frames, shown, strict=True):
        found = decode(link, frame, 0, len(frame), len(frame))
        assert not isinstance(found, str), (found, link, names)
        flow, seq, _, _, _, _, _, length = found
        ours = int.from_bytes(flow[-4:-2]), int.from_bytes(flow[-2:]), seq, length
        assert ours == built == tuple(map(int, row.split("\t"))), (link, names)
