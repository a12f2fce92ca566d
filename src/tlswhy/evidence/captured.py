"""The kinds of evidence that a capture gives: apart from the others, since a list of handshakes needs no more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from tlswhy.frozen import frozen
from tlswhy.packets.connection import Connection


@frozen
class Transcript:
    """One TCP connection out of the evidence ``item``. ``later``: the captures that it goes on in, each with the number
    of frames that are counted before its own."""

    item: str
    connection: Connection
    later: tuple[tuple[str, int], ...] = ()


@frozen
class Secrets:
    """A key log (text of the NSS format), from a file or a capture's decryption-secrets block."""

    item: str
    text: str


@frozen
class CaptureFacts:
    """What a capture held besides its TCP connections, so that one without TLS can be described.

    ``facts``: packets, first_time_ns, last_time_ns, cut_packets, snap_length, and counts by protocol.
    """

    item: str
    facts: Mapping[str, object] = field(default_factory=dict)
