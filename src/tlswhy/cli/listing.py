"""The lines of ``tlswhy handshakes``: what evidence tells of its TLS connections, selected, written as text or JSON.

Loads all that reads TLS, and is loaded when the captures are being read already (``ahead``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO

from tlswhy.cli.evidence import EvidenceReading, read_keylog
from tlswhy.cli.failure import tell, tell_lines
from tlswhy.cli.only import parse_selection
from tlswhy.cli.output import Canvas, json_bytes, utf8
from tlswhy.cli.progress import Progress
from tlswhy.cli.shares import Keyed
from tlswhy.evidence.types import CaptureFacts, Evidence
from tlswhy.model.handshake import Handshake
from tlswhy.observe.connections import list_stream, observe_stream, spoke_tls
from tlswhy.observe.line import Line
from tlswhy.oddity import Oddity
from tlswhy.packets.tcp import Share
from tlswhy.render.line import line_text
from tlswhy.render.words import Words
from tlswhy.wire.keylog import KeyLog

ENDLESS = 1 << 16
"""Piped lines stay whole, for grep and sort."""
Listed = Line | Handshake


class Listing:
    """The connections of ``source``, which is ``evidence`` or what another process reads of it."""

    def __init__(
        self,
        evidence: EvidenceReading,
        source: Iterable[Evidence],
        words: Words,
        *,
        only: str | None = None,
        keylog: str | None = None,
    ) -> None:
        self._evidence = evidence
        self._source = source
        self._words = words
        self._silent = False
        self._selection = parse_selection(only) if only else None
        self._keys = KeyLog()
        if keylog is not None:
            self._keys.add(read_keylog(keylog))

    def handshakes(self) -> Iterator[Handshake]:
        """In the order of the captures and of their first frames."""
        for item in self._wanted(observe_stream(self._source, self._keys)):
            if isinstance(item, Handshake):
                yield item

    def lines(self) -> Iterator[Keyed]:
        """The same as JSON, behind the number of the capture and of the first frame."""
        for listed in self._wanted(list_stream(self._source, self._keys)):
            yield self._evidence.order.get(listed.item, 0), listed.first_frame, _json(listed)

    def lines_of_share(self, count: int) -> Callable[[int], Iterator[Keyed]]:
        """``lines`` of one of ``count`` shares; the first also says what there is to say."""

        def lines(number: int) -> Iterator[Keyed]:
            self._evidence.share = Share(number, count)
            self._silent = number > 0
            with Progress(self._words, quiet=self._silent) as progress:
                self._evidence.progress = progress.of
                yield from self.lines()
            if not self._silent:
                self.tell_failures()

        return lines

    def tell_failures(self) -> None:
        """What could not be read."""
        for failure in self._evidence.failures:
            tell(failure, self._words)

    def _wanted(self, observed: Iterator[Listed | Oddity | CaptureFacts]) -> Iterator[Listed]:
        from tlswhy.render import sentences

        for item in observed:
            match item:
                case Line() | Handshake():
                    spoke = isinstance(item, Line) or spoke_tls(item)
                    if spoke and (self._selection is None or self._selection.matches(item)):
                        yield item
                case Oddity():
                    failed = item.what in {failure.code for failure in self._evidence.failures}
                    if not (self._silent or failed):
                        place = f"{item.item}, {item.place}" if item.place else item.item
                        tell_lines(f"{place}: {sentences.oddity(item, self._words)}")
                case _:
                    pass


def write_lines(lines: Iterator[bytes], stream: BinaryIO, form: str) -> int:
    """JSON objects, each in a line of its own, or all in one array."""
    before, between, behind = (b"", b"\n", b"\n") if form == "jsonl" else (b"[\n", b",\n", b"\n]\n")
    count = 0
    for line in lines:
        stream.write(between + line if count else before + line)
        count += 1
    stream.write(behind if count else b"[\n]\n" if form == "json" else b"")
    return count


def write_text(found: Iterator[Handshake], stream: BinaryIO, words: Words, look: Canvas) -> int:
    """A table for people; how many lines it has."""
    from tlswhy.render.table import handshake_rows

    count = 0
    width = look.width if look.terminal else ENDLESS
    for text in handshake_rows(found, words, width, color=look.color, unicode=look.unicode):
        stream.write(text.encode("utf-8" if look.unicode else "ascii", "backslashreplace"))
        count += 1
    return count


def _json(listed: Listed) -> bytes:
    if isinstance(listed, Line):
        return utf8(line_text(listed))
    from tlswhy.render.json import handshake_line

    return json_bytes(handshake_line(listed)).rstrip(b"\n")
