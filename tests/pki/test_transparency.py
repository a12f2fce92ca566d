"""Lists of signed certificate timestamps."""

from datetime import UTC, datetime

import pytest

from tlswhy.pki.transparency import read_timestamps, unwrapped

ENTRY = b"\0" + bytes(32) + (1_780_000_000_000).to_bytes(8) + b"\0\0\4\3\0\2xx"


def listed(*entries: bytes) -> bytes:
    inner = b"".join(len(entry).to_bytes(2) + entry for entry in entries)
    return len(inner).to_bytes(2) + inner


def test_each_with_its_moment():
    moment = datetime.fromtimestamp(1_780_000_000, UTC)
    assert read_timestamps(listed(ENTRY, ENTRY)) == (moment, moment)
    assert read_timestamps(listed()) == ()


@pytest.mark.parametrize(
    "harmed",
    [
        b"",
        b"\0",
        listed(ENTRY)[:-1],
        listed(ENTRY) + b"x",
        listed(b"short"),
        b"\0\3\0\x09x",
        listed(ENTRY[:33] + b"\xff" * 8),
    ],
)
def test_what_is_no_list(harmed):
    assert read_timestamps(harmed) is None


@pytest.mark.parametrize("size", [5, 127, 128, 300])
def test_out_of_its_octet_string(size):
    length = bytes([size]) if size < 128 else b"\x82" + size.to_bytes(2)
    assert unwrapped(b"\x04" + length + b"x" * size) == b"x" * size


@pytest.mark.parametrize("value", [b"", b"\x04", b"\x05\0", b"\x30\3abc"])
def test_no_octet_string(value):
    assert unwrapped(value) == b""
