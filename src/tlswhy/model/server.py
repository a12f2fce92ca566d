"""What is known of a server: what it answered to which hello. No conclusion is drawn here."""

from __future__ import annotations

from dataclasses import dataclass

from tlswhy.model.client import Offer
from tlswhy.model.flight import Flight
from tlswhy.model.where import Where


@dataclass(frozen=True, slots=True)
class Observation:
    """One hello and its answer. ``flight`` is None where the server refused; ``alert`` then tells with which alert."""

    offer: Offer
    server_name: str | None
    flight: Flight | None
    alert: int | None
    where: tuple[Where, ...]


@dataclass(frozen=True, slots=True)
class Server:
    """All observations of one server, in order of time."""

    observations: tuple[Observation, ...]
