"""The chain of records, followed from many places: the same as step by step, whatever the guesses come to."""

import random
from dataclasses import replace

import pytest

from tests.packets.building import START_NS, Packet, block, ethernet, harmed, ipv4, pcap, pcapng, tcp
from tlswhy.packets import chain, records
from tlswhy.packets.framing import RecordNotes
from tlswhy.packets.records import read_records, read_windows

FORMS = {
    "pcap": pcap,
    "pcap-big-endian": lambda packets: pcap(packets, order=">"),
    "pcap-nano": lambda packets: pcap(packets, nano=True),
    "pcapng": pcapng,
    "pcapng-big-endian": lambda packets: pcapng(packets, order=">"),
}


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """Borders every 2,000 bytes and windows of 128 KiB, so that small captures have many of them."""
    monkeypatch.setattr(chain, "_APART", 2_000)
    monkeypatch.setattr(chain, "_SEARCHED", 300)
    monkeypatch.setattr(records, "WINDOW", 1 << 17)
    monkeypatch.setattr(records, "_MANY", 0)


@pytest.fixture
def leapt(monkeypatch):
    """The number of records that were found by leaps."""
    count = [0]

    def counted(buffer, position, layout):
        found, behind = chain_leap(buffer, position, layout)
        count[0] += len(found)
        return found, behind

    chain_leap = chain.leap
    monkeypatch.setattr(chain, "leap", counted)
    return count


def packets(seed: int, count: int = 3_000, apart_ns: int = 10_000) -> list[Packet]:
    chance = random.Random(seed)
    sizes = [chance.choice([60, 66, 1_514, chance.randrange(54, 1_515)]) for _ in range(count)]
    return [Packet(chance.randbytes(size), START_NS + number * apart_ns) for number, size in enumerate(sizes)]


def facts(batches, notes):
    """Each record's frame, its facts and bytes; then what was odd."""
    found = []
    for batch in batches:
        for number, position in enumerate(batch.positions):
            link, start, captured, original, time_ns = batch.framing.read(batch.buffer, position)
            found.append((batch.first_frame + number, link, original, time_ns, batch.buffer[start : start + captured]))
    return found, notes.oddities, notes.frames


def both(capture: bytes):
    """Read by windows, and by blocks."""

    def window(place: int, size: int) -> bytes:
        assert place % (1 << 16) == 0
        return capture[place : place + size]

    notes = RecordNotes()
    by_windows = facts(read_windows(capture[:65_536], window, notes), notes)
    notes = RecordNotes()
    return by_windows, facts(read_records(capture, iter(()), notes), notes)


@pytest.mark.parametrize("form", FORMS)
def test_every_record_is_found_and_nearly_all_by_leaps(form, leapt):
    made = packets(1)
    by_windows, by_blocks = both(FORMS[form](made))
    assert by_windows == by_blocks
    assert len(by_windows[0]) == 3_000
    assert leapt[0] > 2_000


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("seed", range(8))
def test_damage_and_strange_bytes_change_nothing(form, seed):
    by_windows, by_blocks = both(harmed(FORMS[form](packets(seed, 1_500)), random.Random(seed), 3))
    assert by_windows == by_blocks


@pytest.mark.parametrize("form", FORMS)
def test_packets_that_hold_captures_are_no_records(form):
    """Every packet carries records that look like those of the file."""
    inner = FORMS[form](packets(2, 200))[60:]
    made = [Packet(inner[at : at + 1_400], START_NS + at) for at in range(0, len(inner) - 1_400, 700)] * 4
    by_windows, by_blocks = both(FORMS[form](made))
    assert by_windows == by_blocks
    assert len(by_windows[0]) == len(made)


def test_other_blocks_between_packets():
    capture = bytearray(pcapng(packets(3, 200)))
    for _ in range(12):
        capture += block(5, bytes(20)) + pcapng(packets(4, 100))
    by_windows, by_blocks = both(bytes(capture))
    assert by_windows == by_blocks
    assert len(by_windows[0]) == 1_400


def test_hours_between_packets_and_no_time_at_all(leapt):
    slow = packets(5, 600, apart_ns=3_600_000_000_000)
    assert len(set(map(len, map(str, both(pcap(slow)))))) == 1
    timeless = [replace(packet, time_ns=0, data=bytes(len(packet.data))) for packet in packets(6, 600)]
    by_windows, by_blocks = both(pcap(timeless))
    assert by_windows == by_blocks


def test_a_record_larger_than_a_window_and_an_end_within_one():
    large = [Packet(bytes(1 << 18), START_NS), *packets(7, 400), Packet(bytes(200_000), START_NS)]
    capture = pcap(large)
    for end in (len(capture), len(capture) - 5, len(capture) - 190_000):
        by_windows, by_blocks = both(capture[:end])
        assert by_windows == by_blocks


@pytest.mark.parametrize("form", FORMS)
def test_a_record_that_is_too_large_to_be_one_but_leads_to_the_next(form, monkeypatch):
    monkeypatch.setattr(records, "WINDOW", 1 << 21)
    made = [*packets(8, 4_000), Packet(bytes((1 << 20) + 4), START_NS), *packets(9, 400)]
    by_windows, by_blocks = both(FORMS[form](made))
    assert by_windows == by_blocks


def test_few_records_are_left_to_the_careful_walk():
    capture = pcap([Packet(ethernet(ipv4("10.0.0.1", "10.0.0.2", tcp(1, 2, 3))), START_NS)])
    layout = records.PcapWalk(records.PcapFraming(capture)).chain(capture, 24)
    assert layout is not None
    assert chain.leap(capture, 24, layout) == (chain.array("I"), 24)
