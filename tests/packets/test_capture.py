"""What a reading says about the capture as a whole."""

import subprocess
import sys

import pytest

from tests.packets.building import (
    START_NS,
    Packet,
    Talk,
    enhanced,
    ethernet,
    interface,
    ipv4,
    pcap,
    pcapng,
    section,
    simple,
    timed,
)
from tlswhy.errors import BadEvidence
from tlswhy.packets.capture import is_capture, read_connections
from tlswhy.source import Source, source_of_bytes


def read(data: bytes, **options):
    reading = read_connections(source_of_bytes("name.pcap", data), **options)
    return reading, list(reading)


@pytest.mark.parametrize("make", [pcap, pcapng])
def test_an_empty_capture_is_a_capture(make):
    reading, connections = read(make([]))
    assert (connections, reading.packets, reading.oddities) == ([], 0, ())
    assert (reading.first_time_ns, reading.last_time_ns) == (None, None)


def test_a_capture_without_tcp_can_be_described():
    udp = ethernet(ipv4("10.0.0.1", "10.0.0.2", bytes(30), protocol=17))
    frames = [udp, udp, ethernet(bytes(28), 0x0806), ethernet(ipv4("10.0.0.1", "10.0.0.2", bytes(8), protocol=1)), b"?"]
    reading, connections = read(pcap(timed(frames)))
    assert connections == []
    assert reading.protocols == {"udp": 2, "arp": 1, "icmp": 1, "other": 1}
    assert reading.links == {1: 5}
    assert (reading.first_time_ns, reading.last_time_ns) == (START_NS, START_NS + 4_000_000)


def test_links_of_several_interfaces_and_one_that_is_unknown():
    frame = Talk().packet(False, b"", 2)
    capture = section() + interface(1) + interface(101) + interface(147)
    packets = [Packet(ethernet(frame)), Packet(frame, interface=1), Packet(frame, interface=2)]
    reading, connections = read(capture + b"".join(map(enhanced, packets)))
    assert len(connections) == 1
    assert reading.links == {1: 1, 101: 1, 147: 1}
    assert [(oddity.what, oddity.item) for oddity in reading.oddities] == [("link-type-unknown", "name.pcap")]


def test_packets_without_a_time_do_not_make_it_1970():
    frame = ethernet(Talk().packet(False, b"", 2))
    reading, (connection,) = read(section() + interface() + simple(frame) + enhanced(frame) + simple(frame))
    assert (reading.first_time_ns, reading.last_time_ns) == (START_NS, START_NS)
    assert connection.first_time_ns == 0


def test_progress_is_told_in_stored_bytes():
    capture = pcap([ethernet(Talk().packet(False, bytes(900), 16))] * 200)
    told: list[int] = []
    reading = read_connections(source_of_bytes("x", capture, 50_000), progress=told.append)
    list(reading)
    assert told[-1] == reading.bytes_taken == len(capture)
    assert told == sorted(told)


def test_a_source_that_fails_passes_its_error_on():
    def blocks():
        yield pcap([])
        raise BadEvidence("x", "", "file-unreadable")

    with pytest.raises(BadEvidence, match="file-unreadable"):
        list(read_connections(Source("x", blocks)))


def test_other_formats_are_no_capture():
    for head in (b"", b"-----BEGIN", b"\x30\x82", b"\x0a\x0d\x0d\x0a\0\0\0\0zzzz", b"PK\3\4", bytes(100)):
        assert not is_capture(head)
    for head in (pcap([]), pcap([], order=">", nano=True), pcapng([]), pcapng([], order=">")):
        assert is_capture(head)


def test_small_captures_do_not_pay_for_numpy_or_zstd():
    code = (
        "import sys; from tlswhy.packets.capture import read_connections; from tlswhy.source import source_of_bytes; "
        "list(read_connections(source_of_bytes('x', bytes.fromhex(sys.argv[1])))); "
        "print(sorted({'numpy', 'zstandard'} & set(sys.modules)))"
    )
    capture = Talk().open().close().captured().hex()
    shown = subprocess.run([sys.executable, "-c", code, capture], check=True, capture_output=True, text=True)
    assert shown.stdout.strip() == "[]"
