"""An Oddity is something unusual that a reader met and read past: a code, a place, facts. No sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace

from tlswhy.frozen import frozen


@frozen
class Oddity:
    """``what`` is a message code (kebab-case, ``oddity.<what>`` in the catalogue); ``place`` as in "frame 14"."""

    what: str
    place: str = ""
    item: str = ""
    facts: Mapping[str, str | int] = field(default_factory=dict)

    def of(self, item: str) -> Oddity:
        """The same oddity, with the name of the evidence it stands in."""
        return replace(self, item=item)
