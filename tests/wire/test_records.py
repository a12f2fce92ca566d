"""Framing: what begins like TLS, what a search finds, what limits hold."""

import time

import pytest

from tlswhy.side import Side
from tlswhy.wire.records import Deframer, Found, Lost, Plain, Record, looks_like_client_hello, looks_like_tls
from tlswhy.wire.search import SEARCH_LIMIT
from tlswhy.wire.stream import Conversation

RECORD = b"\x17\x03\x03\x00\x20" + bytes(32)


@pytest.mark.parametrize(
    ("head", "tls", "client"),
    [
        ("160301 00f0 01 0000ec 0303", True, True),
        ("160300", True, False),
        ("150303 0002 0228", True, False),
        ("160303 0040 02 00003c 0303", True, False),
        ("802e 01 0301 0015 0000 0010", True, True),
        ("802e 01 0002 0015 0000 0010", True, True),
        ("802e 01 0301 0014 0000 0010", False, False),
        ("802e 04 0301 0015 0000 0010", False, False),
        ("485454502f", False, False),
        ("160305 0010", False, False),
        ("160303 ffff", False, False),
        ("160303 0000", True, False),
        ("170303 0000", False, False),
        ("1603", False, False),
        ("", False, False),
    ],
)
def test_what_looks_like_tls(head, tls, client):
    assert looks_like_tls(bytes.fromhex(head)) is tls
    assert looks_like_client_hello(bytes.fromhex(head)) is client


def items(*chunks, holes=()):
    deframer, found = Deframer(), []
    for number, chunk in enumerate(chunks):
        found += deframer.feed(chunk)
        found += [item for at, size in holes if at == number for item in deframer.hole(size)]
    return found + deframer.finish()


def test_records_carry_their_offsets():
    first, second = items(RECORD + RECORD)
    assert (first.start, first.end, second.start, second.end) == (0, 37, 37, 74)


def test_text_without_end_costs_its_head_only():
    deframer = Deframer()
    found = [item for _ in range(200) for item in deframer.feed(b"The quick brown fox. " * 100)]
    assert found == [Plain(0, (b"The quick brown fox. " * 20)[:256])]
    assert len(deframer._buffer) == 0  # given up: nothing is kept
    assert deframer.offset == 200 * 2100


def test_random_bytes_full_of_candidates_are_searched_in_bounded_time():
    noise = b"\x16\x03\x01\x00\x05" * 20000
    found = items(b"no" + noise)
    assert isinstance(found[0], Plain)
    assert isinstance(found[1], Found)  # headers of five bytes in a row are what records of five bytes look like
    assert not any(isinstance(item, Found) for item in items(b"no" + b"\x16\x03\x01\xff\xff" * 20000))


def test_a_search_ends_at_its_limit():
    late = bytes(SEARCH_LIMIT + 10) + RECORD * 5
    assert [type(item) for item in items(late)] == [Plain]
    found = items(RECORD, late, holes=[(0, 7)])
    assert [type(item) for item in found] == [Record, Lost]


def test_after_a_hole_the_last_records_are_found_by_ending_with_the_stream():
    found = items(RECORD, bytes(9) + RECORD, holes=[(0, 7)])
    assert [type(item) for item in found] == [Record, Found, Record]
    assert found[1].start == found[2].start == 37 + 7 + 9


def test_a_hole_inside_a_record_is_its_damage():
    deframer = Deframer()
    assert deframer.feed(RECORD[:10]) == []
    (record,) = deframer.hole(27)
    assert record.damage == ((5, 32),)
    assert deframer.feed(RECORD)[0].damage == ()


def test_framing_found_and_lost_over_and_over_costs_no_more_than_its_bytes():
    """Three tiny records and a byte of rubbish, again and again: each search must stop where it succeeds."""
    cycle = b"\x17\x03\x03\x00\x01x" * 4 + b"\xff"
    deframer = Deframer()
    started = time.process_time()
    found = deframer.feed(cycle * 20000)
    assert sum(isinstance(item, Found) for item in found) > 9000
    assert time.process_time() - started < 10  # 0.5 s here; scanning ahead took minutes


def test_a_message_full_of_holes_costs_no_more_than_its_bytes():
    conversation = Conversation()
    conversation.feed(Side.SERVER, b"\x16\x03\x03\x00\x04\x0b\x0f\xff\x00")
    started = time.process_time()
    for _ in range(20000):
        conversation.feed(Side.SERVER, b"\x16\x03\x03\x00\x02a")
        conversation.hole(Side.SERVER, 1)
    assert time.process_time() - started < 10
    assert len(conversation.oddities) <= 1000
