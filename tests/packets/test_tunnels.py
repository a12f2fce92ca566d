"""What tunnels do not carry; what they do: test_against_tshark_ways."""

import struct

import pytest

from tests.packets.building import Talk, ethernet, ipv4, pcap
from tests.packets.wrapping import OUTER, WAYS, gre, udp
from tlswhy.packets.capture import read_connections
from tlswhy.packets.layers import Decoder
from tlswhy.source import source_of_bytes

FRAME = Talk().packet(False, b"payload", 16)


def decode(packet: bytes):
    found = Decoder().decode(101, packet, 0, len(packet), len(packet))
    return found if isinstance(found, str) else found[4][found[5] : found[6]]


@pytest.mark.parametrize(
    ("packet", "what"),
    [
        (udp(4789, bytes(8) + ethernet(FRAME)), "udp"),  # the flag says that there is no VXLAN network
        (udp(6081, b"\x40\0\x65\x58" + bytes(4) + ethernet(FRAME)), "udp"),  # another version of Geneve
        (udp(2152, struct.pack("!BBHI", 0x32, 1, 4, 0) + bytes(8)), "udp"),  # an echo request
        (udp(53, FRAME), "udp"),
        (gre(FRAME, 0x0800, 0x4000), "other"),  # with routing (RFC 1701)
        (gre(b"", 0x0800), "malformed"),
        (ipv4(*OUTER, b"", protocol=47), "other"),
        (ipv4(*OUTER, FRAME, protocol=4), b"payload"),
        (udp(4790, b"\x08\0\0\1" + bytes(4) + FRAME), "udp"),  # the flag says that nothing tells what it carries
        (udp(4790, b"\x0c\0\0\4" + bytes(4) + FRAME), "udp"),  # a network service header
        (udp(1701, struct.pack("!HHHHHH", 0xC802, 12, 7, 8, 1, 1)), "udp"),  # control
        (udp(1701, b"\0\3\0\0" + bytes(4) + FRAME), "udp"),  # version 3
        (udp(3544, FRAME), "udp"),  # Teredo carries IPv6 only
        (ipv4(*OUTER, b"\x40\0" + ethernet(FRAME), protocol=97), "other"),
        (ipv4(*OUTER, struct.pack("!I", 5 << 12) + FRAME, protocol=137), "other"),  # labels without a last one
        (gre(FRAME, 0x883E), b"payload"),  # WCCP before its second version has no header of its own
    ],
)
def test_only_what_carries_ip_is_followed(packet, what):
    assert decode(packet) == what


def test_packets_in_packets_have_an_end():
    packet = FRAME
    for _ in range(60):
        packet = ipv4(*OUTER, packet, protocol=4)
    assert decode(packet) == "other"


@pytest.mark.parametrize("way", ["vxlan", "geneve", "gtp", "gre", "erspan ii", "ip in ip", "cisco metadata"])
def test_the_bulk_scan_leaves_tunnels_to_the_careful_path(way):
    link, wrap = WAYS[way]
    talk = Talk().open()
    for _ in range(60):
        talk.client_sends(b"x" * 100)
    data = pcap([wrap(frame) for frame in talk.close().frames], link)
    careful, scanned = (read_connections(source_of_bytes("x", data), scan_from=at) for at in (1 << 30, 0))
    assert list(careful) == list(scanned)
    assert careful.protocols == scanned.protocols
    assert careful.protocols["tcp"] == 66
