"""What a sans-IO server asks of whoever holds its socket."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Send:
    """Bytes for the client; ``pace`` so many a second, 0 at once."""

    data: bytes
    pace: int = 0


@dataclass(frozen=True, slots=True)
class Pause:
    """Seconds of silence."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Leave:
    """The end of the connection: FIN, or RST where ``reset``."""

    reset: bool = False


Action = Send | Pause | Leave
