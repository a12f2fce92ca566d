import random

import pytest

from tests.observe.before_tls import TDS_PRELOGIN, tds
from tlswhy.wire.tds import PreLogin, begins_tds

RECORD = b"\x16\x03\x01\x00\x30" + bytes(48)
STREAM = tds(0x12, TDS_PRELOGIN) + tds(0x12, RECORD[:20]) + tds(0x12, RECORD[20:]) + b"\x17\x03\x03\0\1x\x12\1"
PLAIN = RECORD + b"\x17\x03\x03\0\1x\x12\1"


@pytest.mark.parametrize("seed", range(20))
def test_any_chunking_gives_the_records(seed):
    chance = random.Random(seed)
    direction, found, position = PreLogin(), b"", 0
    while position < len(STREAM):
        size = chance.randrange(1, 30)
        found += direction.feed(STREAM[position : position + size])
        position += size
    assert found == PLAIN


def test_a_hole_inside_a_packet_costs_its_bytes_only():
    direction = PreLogin()
    assert direction.feed(tds(0x12, RECORD)[:20]) == b""
    assert direction.lose(10) == RECORD[:12]
    assert direction.feed(tds(0x12, RECORD)[30:] + tds(0x12, RECORD)) == RECORD[22:] + RECORD
    assert direction.lose(1) == b""
    assert direction.feed(b"\x12\1\0\x09\0\0\1\0x") == b"\x12\1\0\x09\0\0\1\0x"


def test_who_asks_an_sql_server():
    assert begins_tds(tds(0x12, TDS_PRELOGIN))
    assert not begins_tds(tds(0x12, RECORD))
    assert not begins_tds(b"\x12\1")
    direction = PreLogin()
    assert direction.feed(b"\x12\1\0\3\0\0\1\0\0") == b"\x12\1\0\3\0\0\1\0\0"  # shorter than its own header
