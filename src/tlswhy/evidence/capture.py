"""Captures (pcap, pcapng; plain, gzip, zstd) as evidence: TCP connections, secrets, what else is in them.

Streams: a capture of any size is read once, connection by connection.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from tlswhy.errors import BadEvidence
from tlswhy.evidence.captured import CaptureFacts, Secrets, Transcript
from tlswhy.packets.capture import (
    CaptureReading,
    Enough,
    Interest,
    Limits,
    Share,
    first_time_ns,
    is_capture,
    read_connections,
)
from tlswhy.packets.connection import Connection
from tlswhy.packets.records import is_record_file
from tlswhy.source import Source
from tlswhy.wire.settled import ENOUGH_DATA, Settled

if TYPE_CHECKING:
    from tlswhy.evidence.types import Asked, Evidence

Progress = Callable[[int], None]
ALERT_RECORD, APPLICATION_DATA_RECORD = b"\x15", b"\x17"
_CLIENT_HELLO = re.compile(rb"\x16\x03[\x01-\x03]..\x01\x00..\x03", re.DOTALL)
ASKED = "# asked by tlswhy:"
"""How the secrets of a capture begin that a live target was kept in (``--save``): then host and port, and how TLS was
got to. To all others it is a comment of a key log."""
_NOTE = re.compile(
    rf"{ASKED} ([\w.:%-]{{1,253}}) (\d{{1,5}})(?: starttls ([a-z0-9]{{1,16}}))?(?: proxy ([!-~]{{1,300}}))?\n"
)
LARGEST_ALERT_SEGMENT = 128
"""Bytes: an encrypted alert with the longest MAC and padding, 5 + 16 + 2 + 48 + 16, with room for a second one."""


def likelihood(head: bytes) -> float:
    """A capture's magic number leaves no doubt."""
    return 1.0 if is_capture(head) else 0.0


def is_dense(head: bytes) -> bool:
    """Whether an uncompressed capture that begins like this consists of handshakes more than of data: a ClientHello
    in every 64 KiB."""
    return is_record_file(head) and len(_CLIENT_HELLO.findall(head)) >= max(1, len(head) >> 16)


def has_secrets(head: bytes) -> bool:
    """Whether a file that begins so carries a key log (pcapng's block of secrets, in either byte order)."""
    return b"KSLT" in head or b"TLSK" in head


def read(
    source: Source, progress: Progress | None = None, share: Share | None = None, *, brief: bool = False
) -> Iterator[Evidence]:
    """Connections in the order of their first frame; secrets before the connections that follow them; facts last.

    ``share``: only its connections, in its part of the memory. ``brief``: of the data behind a handshake no more is
    kept than its listing takes, as long as there are no secrets. Raises BadEvidence where the source is no capture.
    """
    reading = _Succession(share, brief=brief)
    yield from reading.read(source, progress, alone=True)


def read_together(
    sources: Sequence[Source],
    failed: Callable[[BadEvidence], None],
    done: Callable[[], None] | None = None,
    progress: Callable[[Source], Progress | None] | None = None,
    share: Share | None = None,
    *,
    brief: bool = False,
) -> Iterator[Evidence]:
    """Captures in the order of time, as ``read`` does each: a connection that begins in one and ends in another, as
    those of a ring buffer do, is one connection.

    ``failed`` is told of each that cannot be read, ``done`` of the others.
    """
    begun: list[tuple[int, int]] = []
    for number, source in enumerate(sources):
        try:
            begun.append((first_time_ns(source) or 0, number))
        except BadEvidence as failure:
            failed(failure)
    reading = _Succession(share, brief=brief)
    for begins_ns, number in sorted(begun):
        source = sources[number]
        try:
            yield from reading.read(source, progress(source) if progress else None, begins_ns)
            if done is not None:
                done()
        except BadEvidence as failure:
            failed(failure)
    yield from reading.rest()


class _Succession:
    """Captures that are read one behind the other."""

    def __init__(self, share: Share | None, *, brief: bool) -> None:
        self._names: list[str] = []
        self._share = share
        self._last: CaptureReading | None = None
        self._secret = False
        limits = Limits(enough=self._enough, enough_after=ENOUGH_DATA) if brief else Limits()
        self._brief = brief
        self._limits = limits if share is None else replace(limits, total_bytes=limits.total_bytes // share.count)

    def read(
        self, source: Source, progress: Progress | None, begins_ns: int = 0, *, alone: bool = False
    ) -> Iterator[Evidence]:
        """One more capture."""
        if self._last is not None:
            self._names.append(source.name)  # what is behind counts as a file even where this one can't be opened
        reading = read_connections(
            source,
            limits=self._limits,
            interest=LATE_ALERTS if self._brief and not has_secrets(source.head()) else LATE_AND_HIDDEN_ALERTS,
            share=self._share,
            progress=progress,
            behind=self._last,
            begins_ns=begins_ns,
            alone=alone,
        )
        if self._last is None:
            self._names.append(source.name)
        self._last = reading
        handed_out = 0
        for connection in reading:
            if reading.has_secrets:
                self._secret = True
                for secret in reading.secrets[handed_out:]:
                    yield from _with_note(Secrets(source.name, secret))
                    handed_out += 1
            yield self._transcript(connection)
        self._secret = self._secret or reading.has_secrets
        for secret in reading.secrets[handed_out:]:
            yield from _with_note(Secrets(source.name, secret))
        yield from reading.oddities
        yield _facts(source, reading)

    def rest(self) -> Iterator[Evidence]:
        """The connections that were open at the end of the last."""
        if self._last is not None:
            yield from map(self._transcript, self._last.rest())

    def _transcript(self, connection: Connection) -> Transcript:
        file = connection.file
        if not connection.turns:
            return Transcript(self._names[file], connection)
        later = tuple(zip(self._names[file + 1 :], connection.turns, strict=False))
        return Transcript(self._names[file], connection, later)

    def _enough(self) -> Enough:
        secret = self._secret or (self._last is not None and self._last.has_secrets)
        return _never if secret else Settled()


def _facts(source: Source, reading: CaptureReading) -> CaptureFacts:
    facts: dict[str, object] = {
        "packets": reading.packets,
        "first_time_ns": reading.first_time_ns,
        "last_time_ns": reading.last_time_ns,
        "cut_packets": reading.cut_packets,
        "snap_length": reading.snap_length,
        "protocols": dict(reading.protocols),
    }
    return CaptureFacts(source.name, facts)


def _never(data: bytes, missing: int) -> bool:
    return False


def asked_note(asked: Asked) -> str:
    """The line that says whose connections these are."""
    way = f" starttls {asked.starttls}" if asked.starttls else ""
    way += f" proxy {asked.proxy}" if asked.proxy else ""
    return f"{ASKED} {asked.host} {asked.port}{way}"


def _with_note(secrets: Secrets) -> Iterator[Evidence]:
    """The secrets, after what their first line says of whose connections these are."""
    if note := _NOTE.match(secrets.text):
        from tlswhy.evidence.types import Asked

        yield Asked(secrets.item, note[1], int(note[2]), starttls=note[3], proxy=note[4])
    yield secrets


def _is_alert_record(segment: bytes) -> bool:
    """The segment begins with a whole record of content type alert (RFC 8446, 5.1)."""
    return (
        len(segment) >= 7 and segment[1] == 3 and segment[2] <= 4 and len(segment) >= 5 + (segment[3] << 8 | segment[4])
    )


def _is_one_alert_record(ending: bytes) -> bool:
    """Nothing but such a record."""
    return _is_alert_record(ending) and len(ending) == 5 + (ending[3] << 8 | ending[4])


def _may_be_alert_record(segment: bytes) -> bool:
    """The same, or one of application data that has the size of an alert in TLS 1.3."""
    return _is_alert_record(segment) and (segment[:1] == ALERT_RECORD or segment[3:5] in _HIDDEN_ALERT_SIZES)


def _may_be_one_alert_record(ending: bytes) -> bool:
    return _is_one_alert_record(ending) and _may_be_alert_record(ending)


# A level and a description; with a MAC of MD5, SHA-1, SHA-256 or SHA-384; the same padded to blocks of 8 or 16 bytes,
# with and without an explicit IV; encrypt-then-MAC; GCM, CCM and ChaCha20-Poly1305 with and without a nonce.
_HIDDEN_ALERT_SIZES = (b"\0\x13", b"\0\x0b")
"""Level, description, the type and a tag of 16 or 8 bytes (RFC 8446, 5.2)."""
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

LATE_AND_HIDDEN_ALERTS = Interest(
    ALERT_RECORD + APPLICATION_DATA_RECORD,
    LARGEST_ALERT_SEGMENT,
    _may_be_alert_record,
    tuple(5 + size for size in (*_ALERT_SIZES, 11, 19)),
    _may_be_one_alert_record,
)
"""The same, for who may have keys: those of TLS 1.3 too, which look like data."""
