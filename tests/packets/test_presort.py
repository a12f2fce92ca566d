"""Stretches of a capture that others look at: the same connections and facts, whatever they guess and wherever they
end; and where they guess well, most of the packets are theirs."""

import random
import struct
from contextlib import contextmanager, nullcontext
from itertools import islice

import pytest

from bench.captures import bulk
from tests.packets.building import (
    ACK,
    START_NS,
    Packet,
    block,
    enhanced,
    ethernet,
    harmed,
    interface,
    ipv4,
    pcap,
    pcapng,
    section,
    tcp,
)
from tlswhy.evidence.capture import read
from tlswhy.oddity import Oddity
from tlswhy.packets import capture as captures
from tlswhy.packets import chain, presort, records, scan
from tlswhy.packets.presort import STRETCH, WORTH_IT
from tlswhy.packets.scan import Scan
from tlswhy.source import Source, source_of_bytes

FORMS = {
    "pcap": pcap,
    "pcap-big-endian": lambda packets: pcap(packets, order=">"),
    "pcap-nano": lambda packets: pcap(packets, nano=True),
    "pcapng": pcapng,
    "pcapng-big-endian": lambda packets: pcapng(packets, order=">"),
}
HARD_TO_GUESS = "pcapng-big-endian"
"""Bytes that look like the beginning of a block stand at the end of each: 00 00, 00 00 06 0c."""
SIZE = 1 << 17


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """Small stretches and windows, so that small captures have many of them."""
    monkeypatch.setattr(captures, "_LARGE", 0)
    monkeypatch.setattr(records, "WINDOW", 1 << 18)
    monkeypatch.setattr(records, "_MANY", 0)
    monkeypatch.setattr(presort, "STRETCH", SIZE)
    monkeypatch.setattr(presort, "WORTH_IT", 2 * SIZE)
    monkeypatch.setattr(presort, "_ASKED", 16)
    monkeypatch.setattr(scan, "_MOST_AT_ONCE", 40)
    monkeypatch.setattr(chain, "_APART", 4_000)
    monkeypatch.setattr(chain, "_SEARCHED", 2_000)


@pytest.fixture
def foreseen(monkeypatch):
    """How many packets were left out because of what others had found."""
    count = [0]

    def counted(self, batch, positions):
        numbers = sieve(self, batch, positions)
        if batch.foreseen is not None:
            count[0] += int((numbers >= 0).sum())
        return numbers

    sieve = Scan._sieve
    monkeypatch.setattr(Scan, "_sieve", counted)
    return count


def downloads(seed: int, megabytes: int = 3) -> list[Packet]:
    """Several at a time, with what happens on the way: lost, repeated and late packets, broken ones, others between."""
    chance = random.Random(seed)
    made: list[bytes] = []
    for packet in bulk(megabytes << 20, 300_000, at_once=4):
        what = chance.randrange(400)
        if what == 0:
            continue
        made.append(packet)
        if what < 4:
            made.append(packet)
        elif what == 4:
            made.append(packet[: chance.randrange(20, len(packet))])
        elif what == 5:
            made.append(chance.choice(made))
        elif what == 6:
            made.append(chance.randbytes(chance.randrange(14, 1_514)))
        elif what == 7:
            made.append(packet[:47] + bytes([chance.choice([0x14, 0x11, 0x02, 0x18])]) + packet[48:])
        elif what == 8:
            ends = chance.randrange(40_000), 443
            made.append(ethernet(ipv4("10.9.0.1", "10.9.0.2", tcp(*ends, 1, 1, ACK, b"\x15\3\3\0\2\2\x28"))))
    return [Packet(data, START_NS + number * 10_000) for number, data in enumerate(made)]


def source(capture: bytes, *elsewhere) -> Source:
    def window(place: int, size: int) -> bytes:
        assert place % (1 << 16) == 0
        return capture[place : place + size]

    return Source("x", source_of_bytes("x", capture).blocks, len(capture), lambda: nullcontext(window), elsewhere)


def at_once(work):
    """Not elsewhere at all, but as if: everything is done before anything is asked for."""
    return nullcontext(iter(list(work())))


def same(capture: bytes, elsewhere=(at_once,)) -> list:
    told = list(read(source(capture, *elsewhere), brief=True))
    assert told == list(read(source_of_bytes("x", capture), brief=True))
    return told


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("others", [1, 2, 5])
def test_the_same_evidence_and_most_of_it_foreseen(form, others, foreseen, monkeypatch):
    monkeypatch.setattr(presort, "_MOST_OTHERS", 5)
    made = [Packet(data, START_NS + at * 10_000) for at, data in enumerate(bulk(3 << 20, 300_000, at_once=4))]
    assert len(same(FORMS[form](made), (at_once,) * others)) == 10 + 1
    assert foreseen[0] > len(made) * (0.6 if others == 1 else 0.25) or form == HARD_TO_GUESS  # each learns the flows


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("seed", range(4))
def test_whatever_happens_on_the_way(form, seed, foreseen):
    made = downloads(seed)
    same(FORMS[form](made))
    assert foreseen[0] > len(made) * 0.4 or form == HARD_TO_GUESS


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("seed", range(6))
def test_damage_changes_nothing(form, seed):
    same(harmed(FORMS[form](downloads(seed, 2)), random.Random(seed), 2, 2 * SIZE))


@pytest.mark.parametrize("form", FORMS)
def test_a_packet_that_holds_a_capture_where_others_begin(form):
    """It looks like records there, three and more in a row, and is none."""
    made = downloads(1, 2)
    inner = FORMS[form](made[:200])[24:]
    outer = made[:150]
    while len(FORMS[form](outer)) < 3 * SIZE:
        before = len(FORMS[form](outer))
        at = -before % SIZE or SIZE
        if at < 40_000:
            outer.append(Packet(bytes(30_000) + inner[:30_000], START_NS))
        else:
            outer += made[150 + len(outer) : 190 + len(outer)]
    same(FORMS[form](outer + made[-200:]))


def test_lengths_that_lie():
    made = downloads(2, 2)
    for number in range(100, len(made), 97):
        short = made[number]
        made[number] = Packet(short.data, short.time_ns, original=max(1, len(short.data) - 20))
        made[number + 1] = Packet(made[number + 1].data[:60], short.time_ns, original=1_514)
    same(pcap(made))
    same(pcapng(made))


def test_records_larger_than_a_stretch_and_packets_of_no_length():
    made = downloads(3, 2)
    for at in (50, 400, 700):
        made[at] = Packet(bytes(SIZE + SIZE // 2), START_NS)
    made[900:900] = [Packet(b"", START_NS)] * 9_000
    same(pcap(made))
    same(pcapng(made))


def test_sections_and_interfaces_that_begin_on_the_way():
    made = downloads(4, 2)
    third = len(made) // 3
    capture = pcapng(made[:third]) + interface(101)
    capture += b"".join(enhanced(each) for each in made[third : 2 * third])
    capture += block(5, bytes(20)) + enhanced(Packet(made[5].data[14:], START_NS, interface=1))
    capture += pcapng(made[2 * third :], order=">")
    same(capture)
    same(pcapng(made[:third]) + pcapng([Packet(each.data[14:], each.time_ns) for each in made[third:]], 101))
    # The packets of the second section name an interface that only the first one has.
    others = b"".join(enhanced(Packet(each.data, each.time_ns, interface=1)) for each in made[third:])
    told = same(section() + interface() * 2 + pcapng(made[:third])[48:] + section() + interface() + others)
    assert told[-1].facts["protocols"]["unknown-link"] == len(made) - third


def test_days_behind_damage_others_have_gone_on():
    """What they have come to is no place to look for records near the damage."""
    apart_ns = 400_000_000_000
    made = [Packet(each.data, START_NS + at * apart_ns) for at, each in enumerate(downloads(5, 2))]
    capture = bytearray(pcap(made))
    at = 4 * len(capture) // 5
    capture[at:at] = b"\xff" * 2_000
    told = same(bytes(capture))
    assert [each.what for each in told if isinstance(each, Oddity)][:2] == ["capture-corrupt", "capture-resumed"]


def test_days_between_packets():
    made = [Packet(each.data, START_NS + at * 40_000_000_000_000) for at, each in enumerate(downloads(5, 1))]
    same(pcap(made))
    same(pcap([Packet(each.data, 0) for each in made]))


@pytest.mark.parametrize("after", [0, 1, 3, 9])
def test_others_that_come_to_an_early_end(after):
    ended = []

    @contextmanager
    def ending(work):
        yield islice(list(work()), after)
        ended.append(work)

    capture = pcap(downloads(6))
    same(capture, (ending,))
    same(capture, (ending, at_once))
    assert len(ended) == 2


def test_nobody_is_left_waiting_when_the_reader_goes_away():
    ended = []

    @contextmanager
    def elsewhere(work):
        yield iter(list(work()))
        ended.append(work)

    evidence = read(source(pcap(downloads(7)), elsewhere), brief=True)
    next(evidence)
    evidence.close()
    assert len(ended) == 1


def test_what_is_small_unusual_or_nothing_is_nobody_elses():
    def never(work):
        raise AssertionError("nobody is to be asked")

    for capture in (pcap([]), pcapng([]), pcap([Packet(bytes(60))] * 5, 101), pcap(downloads(8, 1), kuznetzov=True)):
        same(capture, (never,))
    with pytest.MonkeyPatch.context() as usual:
        usual.setattr(presort, "STRETCH", STRETCH)
        usual.setattr(presort, "WORTH_IT", WORTH_IT)
        same(pcap(downloads(8, 1)), (never,))


def test_of_each_cycle_one_stretch_is_ones_own():
    for count in (1, 2, 7):
        cycle = [presort._whose(number, count) for number in range(1 + presort._FOR_EACH * count)]
        assert sorted(cycle) == [-1, *sorted(presort._FOR_EACH * list(range(count)))]
        assert presort._whose(len(cycle), count) == -1


def test_no_more_others_than_one_process_can_follow():
    begun = []

    def elsewhere(work):
        begun.append(work)
        return at_once(work)

    same(pcap(downloads(8, 1)), (elsewhere,) * 7)
    assert len(begun) == 2


def test_a_guess_counts_only_where_the_reading_comes_to_it(foreseen):
    """Told of records that are none, it does not believe it."""

    def lying(work):
        def told():
            for piece in work():
                start, end, *rest = struct.unpack_from("<QQII", piece)
                yield struct.pack("<QQII", start + 7, end + 7, *rest) + piece[24:]

        return nullcontext(told())

    same(pcap(downloads(9, 2)), (lying,))
    assert foreseen[0] == 0
