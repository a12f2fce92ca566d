"""NSS key logs (SSLKEYLOGFILE) as evidence."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tlswhy.evidence.types import Evidence, Secrets
from tlswhy.source import Source

LARGEST_KEY_LOG = 64 << 20
_LABELS = re.compile(
    rb"^(CLIENT_RANDOM|(CLIENT|SERVER)_(HANDSHAKE_TRAFFIC_SECRET|TRAFFIC_SECRET_\d+)|EXPORTER_SECRET) [0-9A-Fa-f]{64} ",
    re.MULTILINE,
)


def likelihood(head: bytes) -> float:
    """One line with a label of the format and a client random."""
    return 0.9 if _LABELS.search(head) else 0.0


def read(source: Source, progress: object = None) -> Iterator[Evidence]:
    """The text as it is; lines are read where they are used."""
    yield Secrets(source.name, source.read(LARGEST_KEY_LOG).decode("ascii", "replace"))
