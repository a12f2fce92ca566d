"""Variants of pcap that share a magic number, and the way back into a damaged file."""

import random
import struct

import pytest

from tests.packets.building import START_NS, Packet, Talk, ethernet, pcap, pcapng, timed
from tlswhy.packets.capture import read_connections
from tlswhy.packets.pcap import PcapFraming, PcapWalk
from tlswhy.source import source_of_bytes

FRAMES = [ethernet(frame) for frame in Talk().open().client_sends(b"x" * 300).close().frames]


def variant(magic: int, order: str, extra: int, minor: int = 4) -> bytes:
    """A pcap file whose record headers have ``extra`` bytes more; before 2.3 with the lengths the other way round."""
    parts = [struct.pack(order + "IHHiIII", magic, 2, minor, 0, 0, 65_535, 1)]
    for number, frame in enumerate(FRAMES):
        lengths = (len(frame) + 7, len(frame)) if minor < 3 else (len(frame), len(frame) + 7)
        parts.append(struct.pack(order + "IIII", 1_750_000_000, number, *lengths) + b"\xaa" * extra + frame)
    return b"".join(parts)


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize(
    ("magic", "extra", "minor"),
    [
        (0xA1B2C3D4, 0, 4),
        (0xA1B2C3D4, 8, 4),
        (0xA1B2C3D4, 4, 4),
        (0xA1B2CD34, 8, 4),
        (0xA1B2CD34, 12, 4),
        (0xA1B2C3D4, 0, 2),
        (0xA1B23C4D, 0, 4),
    ],
)
def test_a_record_header_is_as_long_as_the_records_say(order, magic, extra, minor):
    data = variant(magic, order, extra, minor)
    assert PcapFraming(data).header_size == 16 + extra
    for scan_from in (0, 1 << 30):
        reading = read_connections(source_of_bytes("x", data), scan_from=scan_from)
        (connection,) = reading
        assert b"".join(piece.data for piece in connection.pieces) == b"x" * 300
        assert (reading.packets, reading.oddities[0].what) == (len(FRAMES), "packets-cut-by-snap-length")


def long_capture(make) -> tuple[bytes, list[int]]:
    """A capture of many connections, and where each of its packets begins."""
    talks = [Talk(sport=1_000 + number).open().client_sends(bytes(500)).close() for number in range(400)]
    frames = [ethernet(frame) for talk in talks for frame in talk.frames]
    whole = make(timed(frames))
    head, step = len(make([])), (len(whole) - len(make([]))) / len(frames)
    return whole, [head + int(step * number) for number in range(len(frames))]


@pytest.mark.parametrize("make", [pcap, pcapng])
@pytest.mark.parametrize("block", [700, 1 << 16, 1 << 21])
def test_reading_goes_on_behind_damage(make, block):
    whole, starts = long_capture(make)
    harmed = bytearray(whole)
    at = starts[len(starts) // 2]
    harmed[at : at + 900] = random.Random(4).randbytes(900)
    reading = read_connections(source_of_bytes("x", bytes(harmed), block))
    connections = list(reading)
    assert 396 <= len(connections) <= 400
    corrupt, resumed = reading.oddities[:2]
    assert (corrupt.what, resumed.what) == ("capture-corrupt", "capture-resumed")
    gone = int(resumed.place.removeprefix("byte ")) - int(corrupt.place.removeprefix("byte "))
    assert resumed.facts == {"skipped": gone}
    assert 0 < gone < 3_000


@pytest.mark.parametrize("make", [pcap, pcapng])
def test_damage_everywhere_costs_no_more_than_its_bytes(make):
    """Every byte may be the begin of a record, none is: the search gives up."""
    whole, starts = long_capture(make)
    half = struct.pack("<I", 1_750_000_000)[2:]
    waste = (b"\xff\xff" + half if make is pcap else b"\6\0\0\0") * (1 << 18)
    reading = read_connections(source_of_bytes("x", whole[: starts[50]] + b"\xff" * 60 + waste))
    assert len(list(reading)) >= 6
    assert "capture-corrupt" in [oddity.what for oddity in reading.oddities]


def test_a_time_that_no_clock_shows_is_no_other_format():
    """Found in the tests of tcpdump: more than a million microseconds, in a file that tcpdump and tshark read whole."""
    data = bytearray(variant(0xA1B2C3D4, "<", 0))
    position = 24 + 16 + len(FRAMES[0])
    data[position + 4 : position + 8] = (1_756_221).to_bytes(4, "little")
    assert PcapFraming(bytes(data)).header_size == 16
    reading = read_connections(source_of_bytes("x", bytes(data)))
    assert len(list(reading)) == 1
    assert reading.packets == len(FRAMES)


def test_zeros_are_no_records_of_another_format():
    """A first record that is damaged does not make a run of zeros behind it a sequence of packets."""
    frame = FRAMES[0] + bytes(200)
    head = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65_535, 1)
    broken = struct.pack("<IIII", 1_750_000_000, 0, len(frame), len(frame) - 1) + frame
    assert PcapFraming(head + broken).header_size == 16


def test_what_records_have_in_common_is_asked_without_trusting_the_first():
    """A large file is asked at each window: what stands there may be the damage, and no time to look for others by."""
    frames = [Packet(FRAMES[0], START_NS + number * 1_000_000) for number in range(20)]
    whole = pcap(frames)
    size = (len(whole) - 24) // 20
    damaged = bytearray(whole)
    damaged[24 + 10 * size : 24 + 11 * size] = b"\xff" * size
    walk = PcapWalk(PcapFraming(whole))
    _, at = walk.walk(bytes(damaged), 24, 0)
    assert (walk.damaged, at) == (True, 24 + 10 * size)
    assert walk.chain(bytes(damaged), at) is not None
    assert walk.resume(bytes(damaged), at + 1, ended=True) == 24 + 11 * size
    walk.note(bytes(damaged), at)
    assert walk.resume(bytes(damaged), at + 1, ended=True) == -1
