"""Lines out of bytes: encodings, block borders, times with a zone."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlswhy.evidence.text import LONGEST_LINE, date_in, lines, text_of, time_of
from tlswhy.source import source_of_bytes

LOG = "first\r\nsécond 證書\n\x1b[31mred\x1b[0m\nlast"
EXPECTED = [(1, "first"), (2, "sécond 證書"), (3, "red"), (4, "last")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("block", [1, 3, 4096])
def test_lines_whatever_the_encoding_and_the_blocks(encoding: str, block: int):
    data = LOG.replace("證書", "" if encoding.endswith("e") else "證書").encode(encoding)
    expected = [(number, text.replace("證書", "") if encoding.endswith("e") else text) for number, text in EXPECTED]
    assert list(lines(source_of_bytes("log", data, block))) == expected


def test_a_line_without_an_end_is_cut_and_the_numbers_go_on():
    data = b"a" * (3 * LONGEST_LINE) + b"\nnext\n"
    (first, text), (second, following) = lines(source_of_bytes("log", data, 1 << 14))
    assert (first, len(text), second, following) == (1, LONGEST_LINE, 2, "next")


@given(st.text(alphabet=st.characters(exclude_characters="\x00\x1b\r\ufeff", exclude_categories=["Cs"]), max_size=60))
def test_numbers_count_line_ends(text: str):
    found = list(lines(source_of_bytes("log", text.encode())))
    assert [number for number, _ in found] == list(range(1, len(found) + 1))
    assert "\n".join(line for _, line in found) == text.removesuffix("\n")


@pytest.mark.parametrize("data", [bytes(range(256)), b"\xd4\xc3\xb2\xa1" + bytes(60), b"\x30\x82\x03\x01\x00\x00" * 9])
def test_bytes_are_no_text(data: bytes):
    assert text_of(data) == ""


@pytest.mark.parametrize(
    ("line", "moment"),
    [
        ("2026-11-23 21:55:37.139 UTC|x", datetime(2026, 11, 23, 21, 55, 37, 139000, UTC)),
        ("[2026-11-23T21:55:37,5+02:00] x", datetime(2026, 11, 23, 19, 55, 37, 500000, UTC)),
        ("1: Aug 05 2019 10:11:12.345 -0230: %CCBU", datetime(2019, 8, 5, 12, 41, 12, 345000, UTC)),
        ("javax.net.ssl|DEBUG|10|main|2026-11-26 24:13:55.850 UTC|x", datetime(2026, 11, 26, 0, 13, 55, 850000, UTC)),
        ("2026-11-23 21:55:37.139 x", None),
        ("2026-11-23 25:55:37.139 UTC", None),
        ("2026-13-23 21:55:37 UTC", None),
        ("nothing", None),
    ],
)
def test_times_count_only_with_their_zone(line: str, moment: datetime | None):
    assert time_of(line) == moment


@pytest.mark.parametrize(
    ("printed", "date"),
    [
        ("Tue Apr 01 00:00:00 UTC 2025", datetime(2025, 4, 1, tzinfo=UTC)),
        ("Jan  1 12:30:05 2024 GMT", datetime(2024, 1, 1, 12, 30, 5, tzinfo=UTC)),
        ("Tue Apr 01 00:00:00 CST 2025", None),  # China, Cuba or America
        ("Apr 31 00:00:00 2025 GMT", None),
    ],
)
def test_dates_of_certificates(printed: str, date: datetime | None):
    assert date_in(printed) == date
