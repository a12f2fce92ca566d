"""What a sans-IO server asks of whoever holds its socket."""

from __future__ import annotations

from tlswhy.frozen import frozen


@frozen
class Send:
    """Bytes for the client; ``pace`` so many a second, 0 at once."""

    data: bytes
    pace: int = 0


@frozen
class Pause:
    """Seconds of silence."""

    seconds: float


@frozen
class Leave:
    """The end of the connection: FIN, or RST where ``reset``."""

    reset: bool = False


Action = Send | Pause | Leave
