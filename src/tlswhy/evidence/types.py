"""The kinds of evidence. Each says what was shown and where; none says what it means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from tlswhy.model.where import Where
from tlswhy.oddity import Oddity
from tlswhy.packets.connection import Connection


class Role(StrEnum):
    """What certificates are to a client."""

    SERVED = "served"
    """The chain a server sends, in its order."""
    TRUSTED = "trusted"
    """What the client trusts."""


@dataclass(frozen=True, slots=True)
class Transcript:
    """One TCP connection out of the evidence ``item``."""

    item: str
    connection: Connection


@dataclass(frozen=True, slots=True)
class Secrets:
    """A key log (text of the NSS format), from a file or a capture's decryption-secrets block."""

    item: str
    text: str


@dataclass(frozen=True, slots=True)
class ShownCertificates:
    """Certificates as DER, in the order of the evidence, each with its place."""

    item: str
    role: Role
    ders: tuple[bytes, ...]
    where: tuple[Where, ...]


@dataclass(frozen=True, slots=True)
class CaptureFacts:
    """What a capture held besides its TCP connections, so that one without TLS can be described.

    ``facts``: packets, first_time_ns, last_time_ns, cut_packets, snap_length, and counts by protocol.
    """

    item: str
    facts: Mapping[str, object] = field(default_factory=dict)


Evidence = Transcript | Secrets | ShownCertificates | CaptureFacts | Oddity
