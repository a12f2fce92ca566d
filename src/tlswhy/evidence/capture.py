"""Captures (pcap, pcapng; plain, gzip, zstd) as evidence: TCP connections, secrets, what else is in them.

Streams: a capture of any size is read once, connection by connection.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tlswhy.evidence.types import CaptureFacts, Evidence, Secrets, Transcript
from tlswhy.packets.capture import is_capture, read_connections
from tlswhy.source import Source

Progress = Callable[[int], None]


def likelihood(head: bytes) -> float:
    """A capture's magic number leaves no doubt."""
    return 1.0 if is_capture(head) else 0.0


def read(source: Source, progress: Progress | None = None) -> Iterator[Evidence]:
    """Connections in the order of their first frame; secrets before the connections that follow them; facts last.

    Raises BadEvidence where the source is no capture.
    """
    reading = read_connections(source, progress=progress)
    handed_out = 0
    for connection in reading:
        for secret in reading.secrets[handed_out:]:
            yield Secrets(source.name, secret)
            handed_out += 1
        yield Transcript(source.name, connection)
    for secret in reading.secrets[handed_out:]:
        yield Secrets(source.name, secret)
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
