"""One direction: order, overlaps, holes, limits, and the frame that made bytes contiguous."""

import pytest

from tlswhy.packets.stream import PICKED, Stream


def begun(limit: int = 1000) -> Stream:
    stream = Stream(limit)
    stream.begin(100)
    return stream


def feed(stream: Stream, *segments: tuple[int, bytes]) -> Stream:
    for frame, (seq, data) in enumerate(segments, 1):
        stream.segment(seq, data, len(data), frame, frame * 10)
    return stream


def test_in_order():
    stream = feed(begun(), (100, b"ab"), (102, b"cd"))
    assert stream.chunks == [(1, 10, b"ab", 0), (2, 20, b"cd", 0)]


def test_what_waited_carries_the_frame_that_filled_the_hole():
    stream = feed(begun(), (104, b"ef"), (102, b"cd"), (100, b"ab"), (106, b"gh"))
    assert stream.chunks == [(3, 30, b"ab", 0), (3, 30, b"cd", 0), (3, 30, b"ef", 0), (4, 40, b"gh", 0)]


def test_the_first_copy_of_a_byte_wins():
    stream = feed(begun(), (102, b"CD"), (101, b"bcde"), (105, b"f"), (100, b"xxxxxxx"))
    assert b"".join(chunk[2] for chunk in stream.chunks) == b"xbCDefx"


def test_retransmissions_and_keep_alive_probes_change_nothing():
    stream = feed(begun(), (100, b"abc"), (100, b"abc"), (102, b"\0"), (101, b"xyz"), (104, b"d"))
    assert b"".join(chunk[2] for chunk in stream.chunks) == b"abczd"


def test_sequence_numbers_wrap():
    stream = Stream(100)
    stream.begin(0xFFFFFFFE)
    feed(stream, (0xFFFFFFFE, b"ab"), (2, b"ef"), (0, b"cd"), (4, b"gh"))
    assert b"".join(chunk[2] for chunk in stream.chunks) == b"abcdefgh"


def test_a_hole_the_peer_has_acknowledged_was_never_captured():
    stream = feed(begun(), (100, b"ab"), (107, b"hi"))
    for ack in range(101, 107):
        stream.acknowledge(ack)
    assert len(stream.chunks) == 1
    stream.acknowledge(109)
    assert len(stream.chunks) == 1
    feed(stream, (109, b"jk"), (111, b"lm"), (113, b"no"))
    assert [chunk[2:] for chunk in stream.chunks[1:]] == [(b"hi", 5), (b"jk", 0), (b"lm", 0), (b"no", 0)]


def test_an_acknowledgement_that_says_nothing_new_changes_nothing():
    stream = feed(begun(), (100, b"ab"))
    stream.acknowledge(120)
    feed(stream, (107, b"hi"))
    for _ in range(20):
        stream.acknowledge(120)
        stream.acknowledge(110)
    assert len(stream.chunks) == 1


def test_an_acknowledgement_that_overtakes_its_data_makes_no_hole():
    stream = feed(begun(), (102, b"cd"))
    stream.acknowledge(104)
    stream.segment(100, b"ab", 2, 2, 20)
    assert [chunk[2:] for chunk in stream.chunks] == [(b"ab", 0), (b"cd", 0)]


def test_too_much_that_waits_forces_a_hole():
    stream = Stream(1 << 20)
    stream.begin(0)
    for number in range(300):
        stream.segment(1_000 + number * 1_000, bytes(1_000), 1_000, number + 1, 0)
    assert stream.chunks[0][3] == 1_000
    assert stream.held < 600_000


def test_holes_at_the_end_of_the_capture():
    stream = feed(begun(), (105, b"f"), (110, b"k"))
    stream.acknowledge(120)
    stream.finish(9, 90)
    assert stream.chunks == [(1, 10, b"f", 5), (2, 20, b"k", 4), (9, 90, b"", 9)]


@pytest.mark.parametrize("fin_captured", [True, False])
def test_the_acknowledgement_of_a_fin_is_no_missing_byte(fin_captured):
    stream = feed(begun(), (100, b"ab"))
    if fin_captured:
        stream.fin(102)
    stream.acknowledge(103)
    stream.finish(9, 90)
    assert stream.chunks == [(1, 10, b"ab", 0)]


def test_a_fin_far_behind_shows_what_is_missing():
    stream = feed(begun(), (100, b"ab"))
    stream.fin(110)
    stream.finish(9, 90)
    assert stream.chunks[-1] == (9, 90, b"", 8)


def test_a_cut_segment_makes_a_hole_of_its_rest():
    stream = begun()
    stream.segment(100, b"abc", 10, 1, 10)
    stream.segment(110, b"klm", 3, 2, 20)
    stream.segment(113, b"", 7, 3, 30)
    stream.finish(3, 30)
    assert stream.chunks == [(1, 10, b"abc", 0), (2, 20, b"klm", 7), (3, 30, b"", 7)]
    assert stream.cut_segments == 2


def test_without_a_syn_the_start_is_what_comes_first_in_the_stream():
    stream = Stream(100)
    feed(stream, (204, b"ef"), (200, b"ab"), (202, b"cd"))
    assert stream.chunks == []
    stream.acknowledge(206)
    assert stream.chunks == [(2, 20, b"ab", 0), (3, 30, b"cd", 0), (3, 30, b"ef", 0)]


def test_a_direction_that_was_never_captured_is_known_by_its_acknowledgements():
    stream = Stream(100)
    stream.acknowledge(0xFFFFFFF0)
    stream.acknowledge(100)
    stream.finish(7, 70)
    assert stream.chunks == [(7, 70, b"", 116)]


def test_the_limit_closes_the_stream():
    stream = feed(begun(5), (100, b"abc"), (103, b"de"))
    assert not stream.closed
    stream = feed(begun(5), (100, b"abc"), (103, b"def"), (106, b"ghi"))
    assert stream.closed
    assert b"".join(chunk[2] for chunk in stream.chunks) == b"abcde"
    stream.pick(111, b"alert", 9, 90)
    stream.pick(111, b"alert", 10, 99)
    stream.pick(131, b"alert", 10, 99)
    stream.finish(11, 99)
    assert stream.chunks[2:] == [(9, 90, b"alert", PICKED - 5), (10, 99, b"alert", PICKED - 20)]


def test_many_tiny_segments_close_the_stream_too():
    stream = Stream(1 << 20)
    stream.begin(0)
    for number in range(20_000):
        stream.segment(number, b"x", 1, number, 0)
    assert stream.closed
    assert stream.held < 2 << 20
