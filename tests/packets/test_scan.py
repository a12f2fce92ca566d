"""The bulk scan leaves out what it is there to leave out. (That its result is right: properties/test_packets.py.)"""

import struct

import pytest

from tests.packets.building import Talk, ethernet, ipv4, pcap, pcapng, timed
from tlswhy.packets.capture import Interest, Limits, read_connections
from tlswhy.packets.tcp import Conversations
from tlswhy.side import Side
from tlswhy.source import source_of_bytes

TAG, TAGS = b"\x81\0\0\5", b"\x88\xa8\0\5\x81\0\0\6"


def download(client: str = "10.0.0.1", server: str = "10.0.0.2") -> list[bytes]:
    talk = Talk(client, server).open().client_sends(b"request")
    for _ in range(3_000):
        talk.server_sends(bytes(100)).client_sends()
    return talk.close().frames


LINKS = {
    "ethernet": lambda frames: pcap(timed(map(ethernet, frames))),
    "pcapng": lambda frames: pcapng(timed(map(ethernet, frames))),
    "big-endian": lambda frames: pcapng(timed(map(ethernet, frames)), order=">"),
    "vlan": lambda frames: pcap(timed(ethernet(frame, tags=TAG) for frame in frames)),
    "sll": lambda frames: pcap([b"\0\0\0\1\0\6" + bytes(8) + b"\x08\0" + frame for frame in frames], 113),
    "sll2": lambda frames: pcap([b"\x08\0" + bytes(18) + frame for frame in frames], 276),
    "raw": lambda frames: pcap(frames, 101),
    "null": lambda frames: pcap([struct.pack("<I", 2) + frame for frame in frames], 0),
}


@pytest.fixture
def looked_at(monkeypatch):
    """The number of TCP packets that were looked at one by one."""
    count = [0]
    careful = Conversations.packet

    def counted(*arguments):
        count[0] += 1
        careful(*arguments)

    monkeypatch.setattr(Conversations, "packet", counted)
    return count


@pytest.mark.parametrize("link", LINKS)
def test_most_of_a_download_is_never_looked_at(link, looked_at):
    capture = LINKS[link](download())
    reading = read_connections(source_of_bytes("x", capture, 70_000), limits=Limits(stream_bytes=5_000), scan_from=0)
    (connection,) = reading
    assert looked_at[0] < 2_500  # the first block whole, then the ends
    assert reading.protocols == {"tcp": 6_007}
    assert (connection.last_frame, connection.truncated) == (6_007, {Side.SERVER})
    assert len(connection.events) == 4


def test_ipv6_too(looked_at):
    capture = pcap(timed(map(ethernet, download("2001:db8::1", "2001:db8::2"))))
    list(read_connections(source_of_bytes("x", capture, 70_000), limits=Limits(stream_bytes=5_000), scan_from=0))
    assert looked_at[0] < 2_500


def test_what_it_does_not_know_it_leaves_to_the_careful_path(looked_at):
    capture = pcap(timed(ethernet(frame, tags=TAGS) for frame in download()))
    list(read_connections(source_of_bytes("x", capture, 70_000), limits=Limits(stream_bytes=5_000), scan_from=0))
    assert looked_at[0] == 6_007


def test_many_connections_in_the_table(looked_at):
    frames = [frame for number in range(40) for frame in download(f"10.0.{number}.1")[:400]]
    capture = pcap(timed(map(ethernet, frames)))
    reading = read_connections(source_of_bytes("x", capture, 70_000), limits=Limits(stream_bytes=1_000), scan_from=0)
    assert [connection.last_frame for connection in reading] == [400 * (number + 1) for number in range(40)]


def test_segments_of_interest_are_not_left_out():
    talk = Talk().open()
    for _ in range(2_000):
        talk.server_sends(bytes(100)).client_sends()
    talk.server_sends(b"\x15\x03\x03\0\2ab").close()
    interest = Interest(b"\x15", 64, lambda data: data.startswith(b"\x15\x03"))
    options = {"limits": Limits(stream_bytes=1_000), "interest": interest}
    (connection,) = read_connections(source_of_bytes("x", talk.captured(), 70_000), scan_from=0, **options)
    assert [(piece.frame, piece.data) for piece in connection.pieces if piece.picked] == [
        (4_004, b"\x15\x03\x03\0\2ab")
    ]


def test_udp_and_arp_are_only_counted():
    frames = [ethernet(ipv4("10.0.0.1", "10.0.0.2", bytes(30), protocol=17)), ethernet(bytes(28), 0x0806)] * 500
    reading = read_connections(source_of_bytes("x", pcap(frames)), scan_from=0)
    assert list(reading) == []
    assert (reading.protocols, reading.links, reading.packets) == ({"udp": 500, "arp": 500}, {1: 1000}, 1000)
