"""Text from captures and certificates made harmless to show: it can neither steer a terminal nor turn its direction.

Owns which characters are shown as they are. Knows nothing of colours: ours are added later, to what is inert by then.
"""

from __future__ import annotations

import re
import unicodedata

LONGEST = 300
"""Characters of one foreign string that are shown; a name of 64 KiB helps nobody."""


def shortened(text: str, longest: int = LONGEST) -> str:
    """A foreign string, cut where it is too long and made inert."""
    return inert(text if len(text) <= longest else text[: longest - 1] + "…")


def item_name(item: str, longest: int = LONGEST) -> str:
    """A piece of evidence by its last name: a file without its folders, a server that was asked without the path."""
    scheme, _, target = item.partition("://")
    name = target.partition("/")[0] if target and scheme.isalpha() else item.rsplit("/", 1)[-1]
    return shortened(name or item, longest)


def inert(text: str) -> str:
    """The text in one line: control, format, surrogate and unassigned characters as ``\\x1b``, ``\\u202e``."""
    if _HARMLESS.fullmatch(text):
        return text
    shown: list[str] = []
    marks = 0
    for character in text:
        category = unicodedata.category(character)
        # A pile of combining marks paints over the lines above and below; two are enough for every script.
        marks = marks + 1 if category in _MARKS else 0
        shown.append(_escape(character) if category in _HOSTILE or marks > 2 else character)
    return "".join(shown)


_HARMLESS = re.compile(r"[\x20-\x7e\u2500-\u257f·…“”–→←▶◀✘✔◆×]*")
_HOSTILE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_MARKS = frozenset({"Mn", "Me"})


def _escape(character: str) -> str:
    number = ord(character)
    if number < 0x100:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"
