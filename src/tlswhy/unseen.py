"""UNSEEN is not None: None means "seen to be absent", UNSEEN means "nobody looked".

``seen(value, "…")`` is how a cause asks for a fact; what is missing becomes a gap, never a guess.
"""

from __future__ import annotations

from enum import Enum
from typing import Final, Literal, TypeVar


class Unseen(Enum):
    """The one value for "the evidence does not show it"; an enum so that type checkers narrow it."""

    UNSEEN = "unseen"


UNSEEN: Final = Unseen.UNSEEN
UnseenType = Literal[Unseen.UNSEEN]

T = TypeVar("T")


class NotSeen(Exception):
    """A fact was asked for that the evidence does not hold; ``needs`` is the evidence's code."""

    def __init__(self, needs: str) -> None:
        super().__init__(needs)
        self.needs = needs


def seen(value: T | UnseenType, needs: str) -> T:
    """Return ``value``; raise ``NotSeen(needs)`` when it is UNSEEN."""
    if isinstance(value, Unseen):
        raise NotSeen(needs)
    return value
