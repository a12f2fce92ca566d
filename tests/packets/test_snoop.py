import struct

import pytest

from tests.packets.building import Talk, ethernet
from tlswhy.packets.capture import is_capture, read_connections
from tlswhy.source import source_of_bytes

FRAMES = [ethernet(frame) for frame in Talk().open().client_sends(b"hello").close().frames]


def snoop(link: int = 4) -> bytes:
    parts = [b"snoop\0\0\0" + struct.pack("!II", 2, link)]
    for number, frame in enumerate(FRAMES):
        pad = -len(frame) & 3
        head = struct.pack("!IIIIII", len(frame), len(frame), 24 + len(frame) + pad, 0, 1_750_000_000, number)
        parts.append(head + frame + bytes(pad))
    return b"".join(parts)


@pytest.mark.parametrize("scan_from", [0, 1 << 30])
def test_a_snoop_file(scan_from):
    assert is_capture(snoop())
    reading = read_connections(source_of_bytes("x", snoop() * 1, 50), scan_from=scan_from)
    (connection,) = reading
    assert [piece.data for piece in connection.pieces] == [b"hello"]
    assert (reading.packets, reading.oddities) == (len(FRAMES), ())
    assert connection.first_time_ns == 1_750_000_000 * 10**9


def test_a_link_that_is_not_read_and_a_tail_that_is_cut():
    reading = read_connections(source_of_bytes("x", snoop(8)[:-3]))
    assert list(reading) == []
    assert [oddity.what for oddity in reading.oddities] == ["capture-truncated", "link-type-unknown"]


def test_damage_ends_it():
    reading = read_connections(source_of_bytes("x", snoop() + bytes(60)))
    assert len(list(reading)) == 1
    assert [oddity.what for oddity in reading.oddities] == ["capture-corrupt"]
