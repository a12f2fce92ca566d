"""Lines of styled text that fit a width: wrapped, painted or plain, in ASCII where nothing else can be shown.

Owns columns (wide characters count two), wrapping, and the few styles there are. Knows nothing of reports. Not Rich:
that costs a cold start 30 ms, and its markup would have to be kept out of every foreign string.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from tlswhy.frozen import frozen
from tlswhy.render.ideographs import may_break, pieces
from tlswhy.render.inert import inert

STYLES = {
    "bad": "1;31",
    "good": "1;32",
    "unsure": "1;33",
    "strong": "1",
    "dim": "2",
    "client": "36",
    "server": "35",
    "name": "36",
}
"""SGR parameters by style; a style that is not named here is no style."""


@frozen
class Span:
    """A piece of text in one style."""

    text: str
    style: str = ""


Line = tuple[Span, ...]
Text = str | Span | Iterable[Span]


@dataclass(slots=True)
class Page:
    """Lines written one below the other, none wider than ``width``."""

    width: int
    unicode: bool = True
    lines: list[Line] = field(default_factory=list)

    def blank(self) -> None:
        """One empty line, never two, none at the top."""
        if self.lines and self.lines[-1]:
            self.lines.append(())

    def write(self, text: Text, *, first: Text = "", rest: str | None = None) -> None:
        """A paragraph, wrapped; ``first`` stands before its first line, ``rest`` (else blanks) before the others."""
        lead = self.ink(first)
        indent = " " * cells(lead) if rest is None else rest
        # Where the lead leaves nothing to write in, the text goes below it.
        if self.width - cells(lead) < _LEAST and cells(lead):
            self.lines.append(trimmed(clip(lead, self.width)))
            indent = "  " if self.width > 2 * _LEAST else ""
            lead = (Span(indent),)
        lines = list(wrap(self.ink(text), self.width - cells(lead), self.width - len(indent)))
        for number, line in enumerate(lines or [()]):
            self.lines.append(trimmed((*lead, *line) if number == 0 else (Span(indent), *line)))

    def put(self, spans: Iterable[Span]) -> None:
        """A finished line; what is too wide is cut."""
        self.lines.append(trimmed(clip(self.ink(spans), self.width)))

    def verbatim(self, text: str, *, first: str = "") -> None:
        """A line to copy, whole however wide it is."""
        self.lines.append(self.ink((Span(first), Span(text, "name"))))

    def ink(self, text: Text) -> Line:
        """Text as spans, harmless whoever wrote it, in the characters that can be shown."""
        spans = (Span(text),) if isinstance(text, str) else (text,) if isinstance(text, Span) else tuple(text)
        shown = inert if self.unicode else _ascii_inert
        return tuple(Span(shown(span.text), span.style) for span in spans)


def painted(lines: Iterable[Line], *, color: bool) -> str:
    """The lines as one text that ends with a line end."""
    return "".join(_painted(line, color) + "\n" for line in lines)


def cells(text: str | Iterable[Span]) -> int:
    """Columns that a text takes in a terminal."""
    if not isinstance(text, str):
        return sum(cells(span.text) for span in text)
    if text.isascii():
        return len(text)
    return sum(map(_columns, text))


def ascii_only(text: str) -> str:
    """The text with our own signs replaced by ASCII ones and everything else escaped."""
    if text.isascii():
        return text
    return text.translate(_ASCII).encode("ascii", "backslashreplace").decode("ascii")


def wrap(spans: Sequence[Span], first: int, rest: int) -> Iterator[Line]:
    """Lines of at most ``first``, then ``rest`` columns; broken at blanks and ideographs, else where it must be."""
    line: list[Span] = []
    used, limit = 0, max(first, 1)
    for blank, word in _words(spans):
        size = cells(word)
        if used and used + blank + size > limit:
            yield _without_dot(line)
            line, used, limit = [], 0, max(rest, 1)
        while size > limit - used and not used:
            head, word = _split(word, limit)
            yield head
            size, limit = cells(word), max(rest, 1)
        if not word:
            continue
        if used and blank:
            line.append(Span(" ", line[-1].style if line[-1].style == word[0].style else ""))
            used += 1
        line.extend(word)
        used += size
    if line:
        yield tuple(line)


def clip(spans: Sequence[Span], width: int) -> Line:
    """The spans as far as they fit."""
    if cells(spans) <= width:
        return tuple(spans)
    return _split(tuple(spans), width)[0]


def trimmed(line: Line) -> Line:
    """The line without blanks at its end."""
    kept = list(line)
    while kept and not kept[-1].text.strip(" "):
        kept.pop()
    if kept:
        kept[-1] = Span(kept[-1].text.rstrip(" "), kept[-1].style)
    return tuple(kept)


def _ascii_inert(text: str) -> str:
    return ascii_only(inert(text))


_LEAST = 12

_ASCII = str.maketrans(
    {
        "│": "|", "─": "-", "├": "|", "┤": "|", "▶": ">", "◀": "<", "╵": "'", "╷": ".", "✘": "x", "✔": "+", "·": "-",
        "→": "->", "←": "<-", "…": "...", "“": '"', "”": '"', "–": "-", "×": "x", "╴": "-", "┊": ":",
        "◆": "*", "•": "*",
    }
)  # fmt: skip


def _columns(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _words(spans: Iterable[Span]) -> Iterator[tuple[bool, tuple[Span, ...]]]:
    """What is not broken, each as spans, since a style may change inside of one, and whether a blank stands before."""
    word: list[Span] = []
    blank = False
    for span in spans:
        for piece in _PIECES.findall(span.text):
            if piece == " ":
                if word:
                    yield blank, tuple(word)
                    word = []
                blank = True
                continue
            for part in pieces(piece):
                if word and may_break(word[-1].text[-1], part[0]):
                    yield blank, tuple(word)
                    word, blank = [], False
                word.append(Span(part, span.style))
    if word:
        yield blank, tuple(word)


_PIECES = re.compile(r" |[^ ]+")


def _without_dot(line: list[Span]) -> Line:
    """A dot between two things has nothing to do at the end of a line."""
    if len(line) > 2 and line[-1].text == "·":
        return trimmed(tuple(line[:-1]))
    return tuple(line)


def _split(word: tuple[Span, ...], width: int) -> tuple[Line, tuple[Span, ...]]:
    """The first ``width`` columns of a word (at least one character), and what is left of it."""
    head: list[Span] = []
    used = 0
    for number, span in enumerate(word):
        for position, character in enumerate(span.text):
            columns = _columns(character)
            if used + columns > width and used:
                head.append(Span(span.text[:position], span.style))
                return tuple(head), (Span(span.text[position:], span.style), *word[number + 1 :])
            used += columns
        head.append(span)
    return tuple(head), ()


def _painted(line: Line, color: bool) -> str:
    if not color:
        return "".join(span.text for span in line)
    runs = ((style, "".join(span.text for span in same)) for style, same in groupby(line, _style))
    return "".join(f"\x1b[{STYLES[style]}m{text}\x1b[0m" if style in STYLES else text for style, text in runs)


def _style(span: Span) -> str:
    return span.style
