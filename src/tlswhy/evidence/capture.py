"""Captures (pcap, pcapng; plain, gzip, zstd) as evidence: TCP connections, secrets, what else is in them.

Streams: a capture of any size is read once, connection by connection.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from tlswhy.evidence.types import Asked, CaptureFacts, Evidence, Secrets, Transcript
from tlswhy.packets.capture import Enough, Interest, Limits, Share, is_capture, read_connections
from tlswhy.packets.records import is_record_file
from tlswhy.source import Source
from tlswhy.wire.settled import ENOUGH_DATA, Settled

Progress = Callable[[int], None]
ALERT_RECORD = b"\x15"
_CLIENT_HELLO = re.compile(rb"\x16\x03[\x01-\x03]..\x01\x00..\x03", re.DOTALL)
ASKED = "# asked by tlswhy:"
"""How the secrets of a capture begin that a live target was kept in (``--save``): then host and port. To all others it
is a comment of a key log."""
_NOTE = re.compile(rf"{ASKED} ([\w.:-]{{1,253}}) (\d{{1,5}})\n")
LARGEST_ALERT_SEGMENT = 128
"""Bytes: an encrypted alert with the longest MAC and padding, 5 + 16 + 2 + 48 + 16, with room for a second one."""


def likelihood(head: bytes) -> float:
    """A capture's magic number leaves no doubt."""
    return 1.0 if is_capture(head) else 0.0


def is_dense(head: bytes) -> bool:
    """Whether an uncompressed capture that begins like this consists of handshakes more than of data: a ClientHello
    in every 64 KiB."""
    return is_record_file(head) and len(_CLIENT_HELLO.findall(head)) >= max(1, len(head) >> 16)


def read(
    source: Source, progress: Progress | None = None, share: Share | None = None, *, brief: bool = False
) -> Iterator[Evidence]:
    """Connections in the order of their first frame; secrets before the connections that follow them; facts last.

    ``share``: only its connections, in its part of the memory. ``brief``: of the data behind a handshake no more is
    kept than its listing takes, as long as there are no secrets. Raises BadEvidence where the source is no capture.
    """

    def enough() -> Enough:
        return _never if reading.has_secrets else Settled()

    limits = Limits(enough=enough, enough_after=ENOUGH_DATA) if brief else Limits()
    if share is not None:
        limits = replace(limits, total_bytes=limits.total_bytes // share.count)
    reading = read_connections(source, limits=limits, interest=LATE_ALERTS, share=share, progress=progress)
    handed_out = 0
    for connection in reading:
        if reading.has_secrets:
            for secret in reading.secrets[handed_out:]:
                yield from _with_note(Secrets(source.name, secret))
                handed_out += 1
        yield Transcript(source.name, connection)
    for secret in reading.secrets[handed_out:]:
        yield from _with_note(Secrets(source.name, secret))
    yield from reading.oddities
    facts: dict[str, object] = {
        "packets": reading.packets,
        "first_time_ns": reading.first_time_ns,
        "last_time_ns": reading.last_time_ns,
        "cut_packets": reading.cut_packets,
        "snap_length": reading.snap_length,
        "protocols": dict(reading.protocols),
    }
    yield CaptureFacts(source.name, facts)


def _never(data: bytes, missing: int) -> bool:
    return False


def _with_note(secrets: Secrets) -> Iterator[Evidence]:
    """The secrets, after what their first line says of whose connections these are."""
    if note := _NOTE.match(secrets.text):
        yield Asked(secrets.item, note[1], int(note[2]))
    yield secrets


def _is_alert_record(segment: bytes) -> bool:
    """The segment begins with a whole record of content type alert (RFC 8446, 5.1)."""
    return (
        len(segment) >= 7 and segment[1] == 3 and segment[2] <= 4 and len(segment) >= 5 + (segment[3] << 8 | segment[4])
    )


def _is_one_alert_record(ending: bytes) -> bool:
    """Nothing but such a record."""
    return _is_alert_record(ending) and len(ending) == 5 + (ending[3] << 8 | ending[4])


# A level and a description; with a MAC of MD5, SHA-1, SHA-256 or SHA-384; the same padded to blocks of 8 or 16 bytes,
# with and without an explicit IV; encrypt-then-MAC; GCM, CCM and ChaCha20-Poly1305 with and without a nonce.
_ALERT_SIZES = (2, 18, 22, 24, 26, 32, 34, 36, 40, 48, 50, 52, 64, 80)

LATE_ALERTS = Interest(
    ALERT_RECORD,
    LARGEST_ALERT_SEGMENT,
    _is_alert_record,
    tuple(5 + size for size in _ALERT_SIZES),
    _is_one_alert_record,
)
"""Alerts that come after more data than is kept of a connection: how it ended. Where much is sent, the last of it and
the alert behind it often share a segment."""
