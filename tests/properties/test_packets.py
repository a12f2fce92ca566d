"""Whatever the order, the blocks or the bytes: the packets room gives the same answer, and never falls over."""

import itertools
import random
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.packets.building import (
    ACK,
    FIN,
    PSH,
    RST,
    SYN,
    Packet,
    Talk,
    ethernet,
    interface,
    ipv4,
    pcap,
    pcapng,
    section,
    tcp,
    timed,
)
from tests.packets.building import enhanced as enhanced_block
from tlswhy.errors import TlswhyError
from tlswhy.packets import capture as packets_capture
from tlswhy.packets.capture import CaptureReading, Interest, Limits, Share, is_capture, read_connections
from tlswhy.packets.connection import Connection
from tlswhy.side import Side
from tlswhy.source import source_of_bytes

SMALL = Limits(stream_bytes=300, total_bytes=40_000)
ALERTS = Interest(b"\x15", 40, lambda data: data[1:2] == b"\x03")


@pytest.fixture(autouse=True, scope="module")
def _small_blocks_stay_small():
    """The captures here are small: without this they would be one block, and too small to sift."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tlswhy.packets.records._SMALL_BLOCK", 1)
        patch.setattr("tlswhy.packets.records._JOINT", 64)
        patch.setattr("tlswhy.packets.capture._HEAD", 24)
        patch.setattr("tlswhy.packets.capture._SMALLEST_SCAN", 1)
        yield


def read(capture: bytes, *, blocks: int = 1 << 20, scan: bool = False, **options) -> tuple[CaptureReading, list]:
    options.setdefault("scan_from", 0 if scan else 1 << 60)
    reading = read_connections(source_of_bytes("x.pcap", capture, blocks), **options)
    return reading, list(reading)


def facts(reading: CaptureReading, connections: list[Connection]) -> tuple[object, ...]:
    return (
        connections,
        reading.packets,
        reading.first_time_ns,
        reading.last_time_ns,
        reading.cut_packets,
        reading.snap_length,
        reading.secrets,
        reading.links,
        reading.protocols,
        reading.oddities,
    )


def stream(connection: Connection, side: Side) -> bytes:
    return b"".join(piece.data for piece in connection.pieces if piece.sender is side)


@given(data=st.data(), payload=st.binary(min_size=1, max_size=400), start=st.sampled_from([5, 0xFFFFFFF0, 0x7FFFFF80]))
def test_any_segmentation_order_and_duplication_gives_the_same_bytes(data, payload, start):
    talk = Talk(client_seq=start).open()
    cuts = sorted(data.draw(st.sets(st.integers(1, max(1, len(payload) - 1)), max_size=12)) - {len(payload)})
    edges = [0, *cuts, len(payload)]
    segments = list(itertools.pairwise(edges))
    more = st.tuples(st.integers(0, len(payload) - 1), st.integers(1, 80))
    segments += [(at, min(at + size, len(payload))) for at, size in data.draw(st.lists(more, max_size=8))]
    base = talk.client_seq
    for first, last in data.draw(st.permutations(segments)):
        talk.client_sends(payload[first:last], seq=base + first)
    _, (connection,) = read(talk.captured())
    assert stream(connection, Side.CLIENT) == payload
    assert not any(piece.missing for piece in connection.pieces)
    frames = [piece.frame for piece in connection.pieces]
    assert frames == sorted(frames)


@given(st.binary(max_size=300), st.booleans())
def test_any_bytes_are_read_or_refused(data, scan):
    try:
        reading, connections = read(data, scan=scan)
    except TlswhyError:
        assert not is_capture(data)
    else:
        assert reading.packets >= len(connections)


headers = st.sampled_from([pcap([]), pcap([], order=">"), pcap([], 113), pcap([], 0), section() + interface(), b""])


@given(headers, st.binary(max_size=300), st.integers(1, 64))
def test_any_bytes_behind_a_header_are_read(header, data, blocks):
    capture = header + data
    if header:
        assert facts(*read(capture, blocks=blocks)) == facts(*read(capture))


@given(
    st.lists(st.tuples(st.sampled_from([0, 1, 12, 101, 113, 276, 108, 9, 51]), st.binary(max_size=120)), max_size=20)
)
def test_any_packets_of_any_link_are_read(packets):
    capture = section()
    for number, (link, data) in enumerate(packets):
        capture += interface(link) + enhanced_block(Packet(data, interface=number))
    reading, _ = read(capture)
    assert reading.packets == len(packets)


def traffic(seed: int) -> list[Packet]:
    """Some connections at once, with everything that goes wrong in captures."""
    chance = random.Random(seed)
    talks = [Talk(sport=40_000 + chance.randrange(4), server=chance.choice(["10.0.0.2", "10.0.0.3"])) for _ in range(5)]
    talks += [Talk("2001:db8::1", "2001:db8::2", 50_000 + chance.randrange(2))]
    packets: list[Packet] = []
    held: list[bytes] = []
    for step in range(chance.randrange(20, 400)):
        talk = chance.choice(talks)
        talk.frames.clear()
        what = chance.random()
        payload = chance.choice([b"\x15\x03\x03", b"\x17\x03\x03", b"\x15\x02"]) + chance.randbytes(
            chance.randrange(90)
        )
        if what < 0.04:
            talk.client_seq, talk.server_seq = chance.randrange(1 << 32), chance.randrange(1 << 32)
            talk.open()
        elif what < 0.5:
            talk.server_sends(payload, chance.choice([ACK, PSH | ACK]))
        elif what < 0.6:
            talk.client_sends(payload)
        elif what < 0.8:
            talk.client_sends()
        elif what < 0.84:
            talk.server_sends(payload, seq=talk.server_seq + chance.randrange(-200, 200))
        elif what < 0.87:
            talk.client_sends(ack=talk.server_seq + chance.randrange(-200, 200))
        elif what < 0.89:
            talk.server_sends(flags=chance.choice([RST, RST | ACK, FIN | ACK, FIN, 0, SYN, SYN | ACK]))
        elif what < 0.92:
            talk.server_seq += len(payload)  # a packet that was not captured
        elif what < 0.94:
            talk.frames.append(ipv4("10.0.0.1", "10.0.0.2", bytes(30), protocol=chance.choice([17, 1, 47])))
        elif what < 0.96:
            body = tcp(talk.dport, talk.sport, talk.server_seq, talk.client_seq, ACK, payload)
            source, target = ("10.0.0.2", "10.0.0.1")
            talk.frames.append(ipv4(source, target, body[:24], fragment=0x2000, identity=step))
            talk.frames.append(ipv4(source, target, body[24:], fragment=3, identity=step))
        elif what < 0.98:
            talk.frames.append(ipv4("10.0.0.2", "10.0.0.1", tcp(443, talk.sport, 1, 2), options=b"\1" * 4))
        for frame in talk.frames:
            tags = chance.choice([b"", b"", b"", b"\x81\0\0\5", b"\x88\xa8\0\5\x81\0\0\6"])
            data = ethernet(frame, tags=tags)
            if chance.random() < 0.05:
                data = ethernet(chance.randbytes(28), 0x0806)
            if held and chance.random() < 0.5:
                packets.append(Packet(held.pop(), 1_000_000_000 + step))
            if chance.random() < 0.05:
                held.append(data)
                continue
            cut = chance.choice([len(data), len(data), len(data), 58, 75])
            packets.append(Packet(data[:cut], 1_000_000_000 + step, len(data)))
    return packets


@given(st.integers(0, 1 << 32), st.sampled_from(["pcap", "pcapng", "raw"]), st.booleans(), st.integers(2_000, 9_000))
def test_the_bulk_scan_gives_what_the_careful_path_gives(seed, form, interest, blocks):
    packets = traffic(seed)
    if form == "raw":
        packets = [Packet(packet.data[14:], packet.time_ns, packet.wire - 14) for packet in packets]
    capture = pcapng(packets) if form == "pcapng" else pcap(packets, 101 if form == "raw" else 1, nano=True)
    limits = Limits(stream_bytes=300, total_bytes=40_000, enough=(lambda: _third) if interest else None)
    options = {"limits": limits, "interest": ALERTS if interest else None}
    careful = facts(*read(capture, **options))
    assert facts(*read(capture, scan=True, **options)) == careful
    assert facts(*read(capture, scan=True, blocks=blocks, **options)) == careful
    with mock.patch.multiple(packets_capture, _SMALLEST_SCAN=2, _SMALLEST_PART=7, _LARGEST_PART=100):
        assert facts(*read(capture, scan=True, **options)) == careful


@given(st.integers(0, 1 << 32), st.integers(1, 3_000))
def test_any_blocks_give_the_same(seed, blocks):
    capture = pcapng(traffic(seed))
    assert facts(*read(capture, blocks=blocks)) == facts(*read(capture))


@given(st.integers(0, 1 << 32), st.integers(1, 5), st.booleans())
def test_shares_together_are_the_whole(seed, count, scan):
    capture = pcap(traffic(seed), nano=True)
    reading, whole = read(capture)
    shares = [read(capture, scan=scan, share=Share(index, count)) for index in range(count)]
    assert sorted((c for _, part in shares for c in part), key=lambda c: c.first_frame) == whole
    assert all(facts(part, []) == facts(reading, []) for part, _ in shares)


def test_the_scan_property_can_fail():
    """The traffic of the property above does close streams and does get sifted."""
    capture = pcap(timed([ethernet(frame) for frame in _download()]), nano=True)
    reading, (connection,) = read(capture, scan=True, limits=SMALL, blocks=2_000)
    assert connection.truncated == {Side.SERVER}
    assert reading._scan is not None


def _download() -> list[bytes]:
    talk = Talk().open()
    for _ in range(300):
        talk.server_sends(bytes(100)).client_sends()
    return talk.close().frames


def _third(data: bytes, missing: int) -> bool:
    return (len(data) + missing) % 3 == 0
