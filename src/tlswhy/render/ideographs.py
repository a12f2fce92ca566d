"""Where a text with ideographs may be broken, and where it takes no blank.

Owns the rules of Chinese lines, as far as ours need them: UAX #14 (class ID, closing and opening punctuation) and the
blank that stands between an ideograph and a Latin letter but not between two ideographs. Knows no language's words.
"""

from __future__ import annotations

import re

_WIDE = "\u2e80-\u9fff\uf900-\ufaff\uff00-\uff60"
_OPENS = r"「『（《〈【“(\["
_CLOSES = r"、，。：；？！」』）》〉】”…·,.:;?!)\]"

_BREAK = re.compile(rf"(?:(?<=[{_WIDE}])(?=.)|(?<=.)(?=[{_WIDE}]))(?<![{_OPENS}])(?![{_CLOSES}])", re.DOTALL)

SEAM = "\0"
"""Marks both ends of a value inside a message; no value holds one, they are all made harmless."""

# At a seam alone: a blank between two ideographs inside of a value is the value's own.
_SEAM_BLANK = re.compile(rf"(?<=[{_WIDE}]{SEAM}) (?={SEAM}?[{_WIDE}])|(?<=[{_WIDE}]) (?={SEAM}[{_WIDE}])")


def pieces(word: str) -> list[str]:
    """A text without blanks, cut wherever a line may end."""
    return [word] if word.isascii() else _BREAK.split(word)


def may_break(before: str, after: str) -> bool:
    """Whether a line may end between two characters that no blank separates."""
    return _BREAK.search(before + after) is not None


def joined(marked: str) -> str:
    """The text without its seams, and without the blanks there that would stand between two ideographs."""
    return _SEAM_BLANK.sub("", marked).replace(SEAM, "")
