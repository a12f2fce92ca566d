"""Signed certificate timestamps (RFC 6962, 3.2 and 3.3): how many there are, and when they were given.

Knows no log: whether a browser counts them is not asked here.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

TIMESTAMPS_OID = "1.3.6.1.4.1.11129.2.4.2"
"""The extension of a certificate that holds the list."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TIME_AT = 1 + 32
"""Behind the version and the log's ID."""


def read_timestamps(listed: bytes) -> tuple[datetime, ...] | None:
    """The moments of a SignedCertificateTimestampList; None where it is none."""
    if len(listed) < 2 or int.from_bytes(listed[:2]) != len(listed) - 2:
        return None
    found: list[datetime] = []
    position = 2
    while position < len(listed):
        size = int.from_bytes(listed[position : position + 2])
        entry = listed[position + 2 : position + 2 + size]
        if len(entry) != size or size < _TIME_AT + 8:
            return None
        try:
            found.append(_EPOCH + timedelta(milliseconds=int.from_bytes(entry[_TIME_AT : _TIME_AT + 8])))
        except OverflowError:
            return None
        position += 2 + size
    return tuple(found)


def unwrapped(value: bytes) -> bytes:
    """The list within the extension of a certificate, where it stands in an OCTET STRING of its own."""
    if value[:1] != b"\x04" or len(value) < 2:
        return b""
    if value[1] < 0x80:
        return value[2 : 2 + value[1]]
    size = value[1] & 0x7F
    length = int.from_bytes(value[2 : 2 + size])
    return value[2 + size : 2 + size + length]
