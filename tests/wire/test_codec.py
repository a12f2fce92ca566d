"""The bounded reader."""

import pytest

from tlswhy.errors import BadEvidence
from tlswhy.wire.codec import Reader, uint16_list


def test_pulls_in_order():
    reader = Reader(bytes.fromhex("01 0203 040506 0708090a 01ff 0001ee 000002dddd 0004 00010002 aa"))
    assert (reader.pull_uint8(), reader.pull_uint16(), reader.pull_uint24(), reader.pull_uint32()) == (
        0x01, 0x0203, 0x040506, 0x0708090A,
    )  # fmt: skip
    assert (reader.pull_vector8(), reader.pull_vector16(), reader.pull_vector24()) == (b"\xff", b"\xee", b"\xdd\xdd")
    assert reader.pull_uint16_list() == (1, 2)
    assert (reader.left, reader.pull_rest(), reader.left) == (1, b"\xaa", 0)


@pytest.mark.parametrize("pull", ["pull_uint8", "pull_uint16", "pull_uint24", "pull_uint32", "pull_vector8"])
def test_never_reads_beyond_its_end(pull):
    reader = Reader(b"\x05abcdefg", 0, 1)
    if pull == "pull_uint8":
        assert reader.pull_uint8() == 5
    with pytest.raises(BadEvidence) as caught:
        getattr(reader, pull)()
    assert caught.value.code == "message-too-short"


def test_what_fails_takes_nothing():
    reader = Reader(b"\x00\x05ab")
    with pytest.raises(BadEvidence):
        reader.pull_vector16()
    assert (reader.position, reader.pull_uint16()) == (0, 5)


def test_an_odd_list_is_malformed():
    with pytest.raises(BadEvidence) as caught:
        uint16_list(b"\x00\x01\x02")
    assert caught.value.code == "message-malformed"
