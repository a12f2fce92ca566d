"""The two ends of a connection."""

from __future__ import annotations

from enum import StrEnum


class Side(StrEnum):
    """Who sent something."""

    CLIENT = "client"
    SERVER = "server"

    @property
    def other(self) -> Side:
        """The opposite end."""
        return Side.SERVER if self is Side.CLIENT else Side.CLIENT
