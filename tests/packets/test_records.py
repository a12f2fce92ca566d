"""pcap and pcapng framing: byte orders, resolutions, sections, damage."""

import struct

import pytest

from tests.packets.building import (
    START_NS,
    Packet,
    block,
    enhanced,
    ethernet,
    interface,
    ipv4,
    obsolete,
    option,
    pcap,
    pcapng,
    secrets,
    section,
    simple,
    tcp,
)
from tlswhy.packets.capture import CaptureReading, read_connections
from tlswhy.packets.records import RecordNotes, read_records
from tlswhy.source import source_of_bytes

SYN = ethernet(ipv4("10.0.0.1", "10.0.0.2", tcp(40_000, 443, 1, flags=2)))


def read(capture: bytes, blocks: int = 1 << 20) -> CaptureReading:
    reading = read_connections(source_of_bytes("x.pcap", capture, blocks))
    reading.connections = list(reading)
    return reading


def records(capture: bytes) -> list[tuple[int, int, int, int, int]]:
    """(link, captured bytes, length on the wire, time, first byte) of each record."""
    found = []
    for batch in read_records(capture, iter(()), RecordNotes()):
        for position in batch.positions:
            link, start, captured, original, time_ns = batch.framing.read(batch.buffer, position)
            found.append((link, captured, original, time_ns, batch.buffer[start]))
    return found


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("nano", [False, True])
def test_pcap_in_both_byte_orders_and_resolutions(order, nano):
    packets = [Packet(b"A" * 60, START_NS + 789), Packet(b"B" * 50, START_NS + 1_000_000_000, 1500)]
    expected = START_NS + (789 if nano else 0)
    assert records(pcap(packets, order=order, nano=nano)) == [
        (1, 60, 60, expected, 0x41),
        (1, 50, 1500, START_NS + 1_000_000_000, 0x42),
    ]


def test_pcap_with_the_longer_record_header_of_patched_libpcap():
    assert records(pcap([Packet(b"A" * 60), Packet(b"B")], kuznetzov=True)) == [
        (1, 60, 60, START_NS, 0x41),
        (1, 1, 1, START_NS, 0x42),
    ]


def test_the_bits_for_the_frame_check_sequence_are_not_part_of_the_link_type():
    assert records(pcap([b"A"], 1 | 0x5000_0000))[0][0] == 1


@pytest.mark.parametrize("order", ["<", ">"])
def test_pcapng_packet_blocks_of_every_kind(order):
    capture = section(order) + interface(1, order, snap=40) + interface(113, order)
    capture += enhanced(Packet(b"A" * 61), order) + simple(b"B" * 40, order, original=90)
    capture += obsolete(Packet(b"C" * 30, START_NS, 99, interface=1), order)
    assert records(capture) == [(1, 61, 61, START_NS, 0x41), (1, 40, 90, 0, 0x42), (113, 30, 99, START_NS, 0x43)]


@pytest.mark.parametrize(
    ("options", "ticks", "expected"),
    [
        (option(9, b"\x09"), START_NS, START_NS),
        (option(9, b"\x03"), 1_750_000_000_123, 1_750_000_000_123_000_000),
        (option(9, b"\x0c"), 1_750_000_000_999, 1_750_000_000),
        (option(9, b"\x80"), 5, 5_000_000_000),
        (option(9, b"\x8a"), 1536, 1_500_000_000),
        (option(9, b"\x06") + option(14, struct.pack("<q", 100)), 5, 100_000_005_000),
        (option(2, b"eth0") + option(14, struct.pack("<q", -1)), 3_000_000, 2_000_000_000),
    ],
)
def test_pcapng_time_resolution_and_offset(options, ticks, expected):
    capture = section() + interface(options=options) + enhanced(b"A", ticks=ticks)
    assert records(capture)[0][3] == expected


def test_sections_have_their_own_byte_order_and_interfaces():
    capture = pcapng([SYN], 1, "<") + pcapng([SYN[14:]], 101, ">") + pcapng([b"x"], 113, "<")
    assert [record[0] for record in records(capture)] == [1, 101, 113]


def test_an_interface_counts_only_for_the_packets_behind_it():
    capture = section() + enhanced(b"A") + interface() + enhanced(b"B")
    assert [record[0] for record in records(capture)] == [-1, 1]


def test_secrets_are_kept_as_text_in_order():
    capture = section() + secrets(b"CLIENT_RANDOM 01 02\n") + interface() + secrets(b"ssh", kind=0x5353484B)
    reading = read(capture + enhanced(SYN) + secrets(b"CLIENT_RANDOM 03 04\n"))
    assert reading.secrets == ("CLIENT_RANDOM 01 02\n", "CLIENT_RANDOM 03 04\n")
    assert reading.packets == 1


def test_unknown_blocks_are_passed_over_and_unpadded_lengths_understood():
    capture = section() + interface() + block(4, b"names") + block(5, bytes(12)) + enhanced(SYN)
    assert read(capture).packets == 1


@pytest.mark.parametrize("make", [pcap, pcapng])
def test_a_truncated_tail_costs_the_last_packet_only(make):
    whole = make([SYN, SYN])
    for cut in (1, 20, len(SYN) + 5):
        reading = read(whole[:-cut])
        assert reading.packets == 1
        assert [oddity.what for oddity in reading.oddities] == ["capture-truncated"]
        assert reading.oddities[0].facts == {"frame": 2}
    place = reading.oddities[0].place
    assert place.startswith("byte ")
    assert whole[int(place[5:]) :] == make([SYN])[len(make([])) :]


def test_damage_ends_the_reading_with_its_place():
    good = pcap([SYN])
    reading = read(good + b"\xff" * 40 + SYN)
    assert reading.packets == 1
    assert [(oddity.what, oddity.place) for oddity in reading.oddities] == [("capture-corrupt", f"byte {len(good)}")]
    good = pcapng([SYN])
    reading = read(good + struct.pack("<II", 6, 5) + bytes(40))
    assert [(oddity.what, oddity.place) for oddity in reading.oddities] == [("capture-corrupt", f"byte {len(good)}")]


def test_a_packet_block_too_short_for_itself_is_told_and_passed_over():
    reading = read(section() + interface() + block(2, bytes(4)) + enhanced(SYN))
    assert (reading.packets, [oddity.what for oddity in reading.oddities]) == (1, ["capture-block-unreadable"])


def test_places_are_file_offsets_whatever_the_blocks():
    capture = pcap([SYN] * 3000)[:-7]
    assert read(capture).oddities == read(capture, 100_000).oddities == read(capture, 65_537).oddities


@pytest.mark.parametrize("last", [simple(b""), simple(b"AB"), block(0xBAD, bytes(4))])
def test_the_shortest_blocks_may_stand_last(last):
    assert read(section() + interface() + last).packets == 1


def test_packets_of_captured_length_zero_count():
    assert read(pcap([b"", SYN])).connections[0].first_frame == 2
