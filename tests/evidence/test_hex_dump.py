"""Rows of hex dumps: sixteen columns, whatever stands beside them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.evidence import java8_log
from tlswhy.evidence.hex_dump import row_of


@pytest.mark.parametrize(
    ("line", "data"),
    [
        ("  0000: 16 03 03 00 39                                     ....9", "1603030039"),
        ("0040: 8B ", "8b"),
        ("0000: 01 02 03 04 05 06 07 08                            ab cd ef", "0102030405060708"),
        ("0010: FD 93 1A AB B8 62 67 2C   70 71 6E F3 BB B7 74 EB  AA BB,pqn...t.", "fd931aabb862672c70716ef3bbb774eb"),
    ],
)
def test_the_bytes_of_a_row(line: str, data: str):
    assert row_of(line) == bytes.fromhex(data)


@pytest.mark.parametrize(
    "line", ["", "main, WRITE: TLSv1 Handshake, length = 3", "0000: ", "00: 16 03", ")", "0000: XX"]
)
def test_other_lines_are_none(line: str):
    assert row_of(line) is None


@given(st.binary(min_size=1, max_size=80))
def test_what_is_dumped_is_read_back(data: bytes):
    assert b"".join(row_of(line) or b"?" for line in java8_log.rows(data)) == data
