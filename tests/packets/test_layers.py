"""Links, IPv4, IPv6, fragments: each way down to the same TCP segment."""

import struct

import pytest

from tests.packets.building import ACK, SYN, ethernet, ipv4, ipv6, pcap, tcp
from tlswhy.packets.capture import read_connections
from tlswhy.packets.layers import Decoder
from tlswhy.source import source_of_bytes

SEGMENT = tcp(40_000, 443, 77, 88, ACK, b"payload")
V4 = ipv4("10.0.0.1", "10.0.0.2", SEGMENT)
V6 = ipv6("2001:db8::1", "2001:db8::2", SEGMENT)
V4_FLOW = bytes([10, 0, 0, 1, 10, 0, 0, 2]) + struct.pack("!HH", 40_000, 443)


def decode(link: int, data: bytes, *, captured: int | None = None, decoder: Decoder | None = None):
    """(flow, seq, ack, flags, captured payload, payload length), or what it is instead."""
    captured = len(data) if captured is None else captured
    buffer = b"??" + data[:captured] + b"the next record must not be read"
    found = (decoder or Decoder()).decode(link, buffer, 2, captured, len(data))
    if isinstance(found, str):
        return found
    flow, seq, ack, flags, where, start, end, length = found
    return flow, seq, ack, flags, where[start:end], length


def sll(body: bytes, ethertype: int) -> bytes:
    return struct.pack("!HHH8sH", 0, 1, 6, b"\2\0\0\0\0\1\0\0", ethertype) + body


def sll2(body: bytes, ethertype: int) -> bytes:
    return struct.pack("!HHIHBB8s", ethertype, 0, 3, 1, 0, 6, b"\2\0\0\0\0\1\0\0") + body


WAYS = {
    "ethernet": (1, ethernet(V4)),
    "vlan": (1, ethernet(V4, tags=b"\x81\0\0\x05")),
    "qinq": (1, ethernet(V4, tags=b"\x88\xa8\0\x05\x81\0\0\x06")),
    "old qinq": (1, ethernet(V4, tags=b"\x91\0\0\x05\x81\0\0\x06\x81\0\0\x07")),
    "mpls": (1, ethernet(struct.pack("!II", 5 << 12, 6 << 12 | 0x100) + V4, 0x8847)),
    "pppoe": (1, ethernet(struct.pack("!BBHHH", 0x11, 0, 5, len(V4) + 2, 0x0021) + V4, 0x8864)),
    "sll": (113, sll(V4, 0x0800)),
    "sll vlan": (113, sll(b"\0\5\x08\0" + V4, 0x8100)),
    "sll2": (276, sll2(V4, 0x0800)),
    "raw": (101, V4),
    "raw of OpenBSD": (12, V4),
    "raw of others": (14, V4),
    "ipv4": (228, V4),
    "null": (0, struct.pack("<I", 2) + V4),
    "null of the other byte order": (0, struct.pack(">I", 2) + V4),
    "loop": (108, struct.pack(">I", 2) + V4),
    "ppp": (9, b"\xff\x03\x00\x21" + V4),
    "ppp with short fields": (9, b"\x21" + V4),
    "ip options": (1, ethernet(ipv4("10.0.0.1", "10.0.0.2", SEGMENT, options=b"\x94\x04\0\0"))),
    "offload, total length zero": (101, ipv4("10.0.0.1", "10.0.0.2", SEGMENT, total=0)),
    "tcp options": (1, ethernet(ipv4("10.0.0.1", "10.0.0.2", tcp(40_000, 443, 77, 88, ACK, b"payload", b"\1" * 12)))),
}


@pytest.mark.parametrize("way", WAYS)
def test_every_link_leads_to_the_segment(way):
    link, data = WAYS[way]
    assert decode(link, data) == (V4_FLOW, 77, 88, ACK, b"payload", 7)


@pytest.mark.parametrize("link", [101, 229, 0])
def test_ipv6(link):
    flow, *rest = decode(link, struct.pack("<I", 30) + V6 if link == 0 else V6)
    assert flow == V6[8:40] + V4_FLOW[-4:]
    assert rest == [77, 88, ACK, b"payload", 7]


def test_ipv6_extension_headers():
    headers = b"\x2b\x00" + bytes(6)  # hop-by-hop, routing follows
    headers += b"\x3c\x02" + bytes(22)  # routing, 24 bytes, destination options follow
    headers += b"\x33\x00" + bytes(6)  # destination options, authentication follows
    headers += b"\x2c\x04" + bytes(22)  # authentication, 24 bytes, a fragment header follows
    headers += b"\x06\0" + bytes(6)  # an atomic fragment (RFC 6946)
    found = decode(101, ipv6("2001:db8::1", "2001:db8::2", headers + SEGMENT, protocol=0))
    assert found[1:] == (77, 88, ACK, b"payload", 7)


def test_ethernet_padding_is_no_payload():
    bare = ethernet(ipv4("10.0.0.1", "10.0.0.2", tcp(1, 2, 3)))
    assert len(bare) == 60
    assert decode(1, bare)[4:] == (b"", 0)


def test_a_packet_cut_by_the_snap_length_keeps_its_length():
    assert decode(1, ethernet(V4), captured=57) == (V4_FLOW, 77, 88, ACK, b"pay", 7)
    with_options = ethernet(ipv4("10.0.0.1", "10.0.0.2", tcp(40_000, 443, 77, 88, ACK, b"payload", b"\1" * 12)))
    assert decode(1, with_options, captured=56)[4:] == (b"", 7)
    six = ethernet(ipv6("2001:db8::1", "2001:db8::2", tcp(40_000, 443, 77, 88, ACK, b"payload")))
    assert decode(1, six, captured=68)[1:] == (77, 88, ACK, b"", 7)  # tcpdump's old limit, within the TCP header
    assert decode(1, six, captured=67) == "malformed"


@pytest.mark.parametrize(
    ("link", "data", "what"),
    [
        (1, ethernet(ipv4("10.0.0.1", "10.0.0.2", bytes(8), protocol=17)), "udp"),
        (1, ethernet(ipv6("::1", "::2", bytes(8), protocol=17)), "udp"),
        (1, ethernet(ipv4("10.0.0.1", "10.0.0.2", bytes(8), protocol=1)), "icmp"),
        (1, ethernet(ipv6("::1", "::2", bytes(8), protocol=58)), "icmp"),
        (1, ethernet(bytes(28), 0x0806), "arp"),
        (1, ethernet(bytes(28), 0x88CC), "other"),
        (1, ethernet(ipv4("10.0.0.1", "10.0.0.2", bytes(20), protocol=47)), "other"),
        (1, b"short", "other"),
        (1, ethernet(b"\x45" + bytes(10), 0x0800)[:25], "malformed"),
        (101, ipv4("10.0.0.1", "10.0.0.2", tcp(1, 2, 3)[:12]), "malformed"),
        (101, ipv4("10.0.0.1", "10.0.0.2", b"\0" * 12 + b"\x10" + bytes(30)), "malformed"),
        (147, b"whatever", "unknown-link"),
    ],
)
def test_what_is_not_tcp_is_named(link, data, what):
    assert decode(link, data) == what


@pytest.mark.parametrize("order", [[0, 1, 2], [2, 0, 1], [2, 1, 0], [0, 0, 2, 2, 1]])
def test_fragments_of_ipv4(order):
    body = tcp(40_000, 443, 77, 88, ACK, bytes(range(100)))
    parts = [(0, body[:40], 0x2000), (5, body[40:80], 0x2000), (10, body[80:], 0)]
    decoder = Decoder()
    frames = [ipv4("10.0.0.1", "10.0.0.2", parts[n][1], fragment=parts[n][0] | parts[n][2], identity=9) for n in order]
    found = [decode(101, frame, decoder=decoder) for frame in frames]
    assert found[:-1] == ["fragment"] * (len(order) - 1)
    assert found[-1] == (V4_FLOW, 77, 88, ACK, bytes(range(100)), 100)
    assert decoder.fragments.incomplete == 0


def test_fragments_of_ipv6():
    body = tcp(40_000, 443, 77, 88, ACK, bytes(60))
    decoder = Decoder()
    first = b"\x06\0" + struct.pack("!HI", 0 | 1, 99) + body[:40]
    second = b"\x06\0" + struct.pack("!HI", 40, 99) + body[40:]
    assert decode(101, ipv6("::1", "::2", second, protocol=44), decoder=decoder) == "fragment"
    assert decode(101, ipv6("::1", "::2", first, protocol=44), decoder=decoder)[4:] == (bytes(60), 60)


def test_overlapping_fragments_keep_the_first_copy():
    body = tcp(40_000, 443, 77, 88, ACK, b"A" * 44)
    decoder = Decoder()
    parts = [(0, body[:40], 0x2000), (4, b"B" * 32, 0)]
    found = [
        decode(101, ipv4("10.0.0.1", "10.0.0.2", data, fragment=at | more), decoder=decoder) for at, data, more in parts
    ]
    assert found[-1][4] == b"A" * 20 + b"B" * 24


def test_fragments_that_never_complete_stay_few_and_are_told():
    frames = [
        ethernet(ipv4("10.0.0.1", "10.0.0.2", bytes(1400), fragment=0x2000, identity=n % 65_536, protocol=n % 250))
        for n in range(9_000)
    ]
    decoder = Decoder()
    for frame in frames:
        decode(1, frame, decoder=decoder)
    assert decoder.fragments._held <= 4 << 20
    reading = read_connections(source_of_bytes("x", pcap(frames[:5])))
    assert list(reading) == []
    assert [(oddity.what, oddity.facts) for oddity in reading.oddities] == [("fragments-missing", {"datagrams": 5})]
    assert reading.protocols == {"fragment": 5}


def test_flags_are_read_from_the_right_byte():
    assert decode(1, ethernet(ipv4("10.0.0.1", "10.0.0.2", tcp(1, 2, 3, 4, SYN | 0x80))))[3] == SYN | 0x80


QUIC_INITIAL = b"\xc3\0\0\0\1\x08" + bytes(1200)
DTLS_HELLO = b"\x16\xfe\xff" + bytes(60)


@pytest.mark.parametrize(
    ("payload", "what"),
    [
        (QUIC_INITIAL, "quic"),
        (b"\xd0\x6b\x33\x43\xcf" + bytes(50), "quic"),
        (b"\xff\xff\0\0\x1d" + bytes(50), "quic"),
        (b"\x43" + bytes(50), "udp"),  # a short header looks like anything
        (b"\xc3\0\0\1\1" + bytes(50), "udp"),
        (DTLS_HELLO, "dtls"),
        (b"\x17\xfe\xfd" + bytes(50), "udp"),
        (b"", "udp"),
    ],
)
@pytest.mark.parametrize("scan_from", [0, 1 << 30])
def test_tls_over_udp_is_told(payload, what, scan_from):
    datagram = struct.pack("!HHHH", 50_000, 443, 8 + len(payload), 0) + payload
    packets = [ethernet(ip) for ip in (ipv4("10.0.0.1", "10.0.0.2", datagram, protocol=17), V4) for _ in range(50)]
    reading = read_connections(source_of_bytes("x", pcap(packets)), scan_from=scan_from)
    assert len(list(reading)) == 1
    assert reading.protocols == {what: 50, "tcp": 50}
    told = [] if what == "udp" else [(f"{what}-not-read", {"packets": 50})]
    assert [(oddity.what, oddity.facts) for oddity in reading.oddities] == told
