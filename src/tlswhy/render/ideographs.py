"""Where a text with ideographs may be broken, and where it takes no blank.

Owns the rules of Chinese lines, as far as ours need them: UAX #14 (class ID, closing and opening punctuation) and the
blank that stands between an ideograph and a Latin letter but not between two ideographs. Knows no language's words.
"""

from __future__ import annotations

import re
from functools import cache

_WIDE = "\u2e80-\u9fff\uf900-\ufaff\uff00-\uff60"
_OPENS = r"「『（《〈【“(\["
_CLOSES = r"、，。：；？！」』）》〉】”…·,.:;?!)\]"

SEAM = "\0"
"""Marks both ends of a value inside a message; no value holds one, they are all made harmless."""


def pieces(word: str) -> list[str]:
    """A text without blanks, cut wherever a line may end."""
    return _break().split(word) if _has_ideographs(word) else [word]


def may_break(before: str, after: str) -> bool:
    """Whether a line may end between two characters that no blank separates."""
    return _has_ideographs(before + after) and _break().search(before + after) is not None


def joined(marked: str) -> str:
    """The text without its seams, and without the blanks there that would stand between two ideographs."""
    if _has_ideographs(marked):
        marked = _seam_blank().sub("", marked)
    return marked.replace(SEAM, "")


def _has_ideographs(text: str) -> bool:
    """Asked first: the expressions below take longer to compile than an English report to write."""
    return max(text, default="") >= _WIDE[0]


@cache
def _break() -> re.Pattern[str]:
    return re.compile(rf"(?:(?<=[{_WIDE}])(?=.)|(?<=.)(?=[{_WIDE}]))(?<![{_OPENS}])(?![{_CLOSES}])", re.DOTALL)


@cache
def _seam_blank() -> re.Pattern[str]:
    """At a seam alone: a blank between two ideographs inside of a value is the value's own."""
    return re.compile(rf"(?<=[{_WIDE}]{SEAM}) (?={SEAM}?[{_WIDE}])|(?<=[{_WIDE}]) (?={SEAM}[{_WIDE}])")
