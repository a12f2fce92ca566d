"""Where a fact stands: the evidence's name and a place in it ("frame 14", "certificate 0", "line 88").

Places are numbers and words of the contract; ``render`` translates them, nobody else takes them apart.
"""

from __future__ import annotations

from tlswhy.frozen import frozen


@frozen
class Where:
    """One place in one item of evidence."""

    item: str
    place: str


def frame(item: str, number: int) -> Where:
    """A frame of a capture, 1-based as Wireshark counts."""
    return Where(item, f"frame {number}")


def certificate(item: str, index: int) -> Where:
    """A certificate of the chain as sent; 0 is the leaf."""
    return Where(item, f"certificate {index}")


def line(item: str, number: int) -> Where:
    """A line of a text, 1-based."""
    return Where(item, f"line {number}")
