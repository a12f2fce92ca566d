"""The first look: it leaves out the plain packets of a quiet connection, and no packet that is anything else."""

import struct

import numpy as np
import pytest

from tests.packets.building import ACK, FIN, PSH, START_NS, Packet, ethernet, interface, ipv4, pcap, pcapng, tcp
from tlswhy.packets.framing import Foreseen
from tlswhy.packets.pairs import PAIR
from tlswhy.packets.presort import PACKET
from tlswhy.packets.quiet import Quiet
from tlswhy.packets.records import RecordNotes, read_records
from tlswhy.packets.sieve import layout_of, sieve, sieve_foreseen
from tlswhy.packets.tcp import Conversation, Limits, reverse

CLIENT, SERVER = "10.0.0.1", "10.0.0.2"
FLOW = bytes([10, 0, 0, 2, 10, 0, 0, 1]) + struct.pack("!HH", 443, 40_000)
LARGEST = 128


@pytest.fixture
def quiet():
    made = Conversation(FLOW, Limits(), 1, 1)
    for half in (made.first, made.first.peer):
        half.sent = True
        half.stream.begin(100)
        half.stream.acknowledge(500)
    made.first.stream.drop()  # of the server's data no more is kept
    table = Quiet(3, 0)
    table.put(made)
    return table


def data(payload=bytes(1_000), *, ack=500, flags=ACK, **ip):
    return ethernet(ipv4(SERVER, CLIENT, tcp(443, 40_000, 1_000, ack, flags, payload), **ip))


def left_out(capture: bytes, quiet: Quiet) -> list[bool]:
    (batch,) = read_records(capture, iter(()), RecordNotes())
    positions = np.frombuffer(batch.positions, np.uint32).astype(np.intp)
    numbers = sieve(np.frombuffer(batch.buffer, np.uint8), positions, layout_of(batch.framing), quiet, LARGEST)
    return (numbers >= 0).tolist()


FORMS = [
    pcap,
    pcapng,
    lambda packets: pcap(packets, order=">"),
    lambda packets: pcapng(packets, order=">"),
]


@pytest.mark.parametrize("form", FORMS)
def test_data_and_acknowledgements(form, quiet):
    answer = ethernet(ipv4(CLIENT, SERVER, tcp(40_000, 443, 500, 99_000)))
    whole = [data(), data(bytes(LARGEST + 1)), answer, data(b"")]
    # The last packet of the buffer is not whole enough for the row that is read of each.
    assert left_out(form([*map(Packet, whole), Packet(bytes(60))]), quiet)[:4] == [True] * 4


OTHERS = {
    "more acknowledged": data(ack=501),
    "pushed": data(flags=ACK | PSH),
    "the end": data(flags=ACK | FIN),
    "no acknowledgement": data(flags=0),
    "small": data(bytes(LARGEST)),
    "fragment": data(fragment=0x2000),
    "last fragment": data(fragment=100),
    "IP options": data(options=b"\1" * 4),
    "UDP": ethernet(ipv4(SERVER, CLIENT, tcp(443, 40_000, 1_000, 500, ACK, bytes(1_000)), protocol=17)),
    "longer than captured": data(total=1_100),
    "shorter than its headers": data(total=30),
    "data of the side that is kept": ethernet(ipv4(CLIENT, SERVER, tcp(40_000, 443, 5, 500, ACK, bytes(1_000)))),
    "another port": ethernet(ipv4(SERVER, CLIENT, tcp(443, 40_001, 1_000, 500, ACK, bytes(1_000)))),
    "another address": ethernet(ipv4(SERVER, "10.0.0.3", tcp(443, 40_000, 1_000, 500, ACK, bytes(1_000)))),
    "a tag": ethernet(ipv4(SERVER, CLIENT, tcp(443, 40_000, 1_000, 500, ACK, bytes(1_000))), tags=b"\x81\0\0\5"),
}


@pytest.mark.parametrize("form", FORMS)
def test_everything_else_passes(form, quiet):
    made = [Packet(other) for other in OTHERS.values()] + [Packet(data()[:90], START_NS, 1_054), Packet(data())]
    assert left_out(form([*made, Packet(bytes(60))]), quiet)[:-2] == [False] * (len(OTHERS) + 1)


def test_nothing_is_left_out_where_nothing_is_quiet():
    assert left_out(pcap([Packet(data())] * 3), Quiet(3, 0)) == [False] * 3


def test_packets_that_another_process_has_looked_at(quiet):
    told = [(0, True, 500), (1, False, 99_000), (0, True, 501), (1, True, 1), (2, True, 1), (-1, True, 1)]
    packets = np.array(told, PACKET)
    flows = np.frombuffer(FLOW + reverse(FLOW) + bytes(12), PAIR)
    numbers = sieve_foreseen(Foreseen(packets, flows), quiet)
    assert (numbers >= 0).tolist() == [True, True, False, False, False, False]
    assert len({*numbers.tolist()[:2]}) == 1


ONE = [Packet(bytes(60))] * 5


@pytest.mark.parametrize(
    ("capture", "layout"),
    [
        (pcap(ONE), (16, "<", 0)),
        (pcap(ONE, order=">"), (16, ">", 0)),
        (pcap(ONE, 101), None),
        (pcap(ONE, kuznetzov=True), None),
        (pcapng(ONE) + interface(), (28, "<", 2)),
        (pcapng(ONE) + interface(101), None),
        (pcapng(ONE) + interface() * 8, None),
    ],
)
def test_how_records_are_laid_out(capture, layout):
    (batch,) = read_records(capture, iter(()), RecordNotes())
    assert layout_of(batch.framing) == layout
