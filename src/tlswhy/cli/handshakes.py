"""``tlswhy handshakes``: every TLS connection of the captures, one line each, as they are read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from tlswhy.cli.evidence import EvidenceReading, read_keylog
from tlswhy.cli.failure import NOTHING_READABLE, tell, tell_lines
from tlswhy.cli.only import parse_selection
from tlswhy.cli.output import Canvas, canvas, check_format, destination, json_bytes, speak, utf8
from tlswhy.cli.progress import Progress
from tlswhy.cli.shares import Keyed, in_shares, processes
from tlswhy.errors import TlswhyError
from tlswhy.evidence.capture import is_dense
from tlswhy.evidence.types import CaptureFacts
from tlswhy.gather.files import open_file
from tlswhy.model.handshake import Handshake
from tlswhy.observe.connections import list_stream, observe_stream, spoke_tls
from tlswhy.observe.line import Line
from tlswhy.oddity import Oddity
from tlswhy.packets.tcp import Share
from tlswhy.render import sentences
from tlswhy.render.line import line_text
from tlswhy.render.words import Words
from tlswhy.source import BLOCK_SIZE
from tlswhy.wire.keylog import KeyLog

ENDLESS = 1 << 16
"""Piped lines stay whole, for grep and sort."""
SHARED_FROM = 4 << 20
"""Bytes: below this a second process costs as much as it saves."""
Listed = Line | Handshake
FORMATS = ("text", "json", "jsonl")


@dataclass(frozen=True, slots=True)
class Options:
    """The options as given."""

    captures: list[str]
    keylog: str | None
    only: str | None
    format: str
    output: str | None
    language: str
    color: str


def run(options: Options) -> int:
    """List the handshakes; 0 when any capture could be read."""
    words = speak(options.language)
    check_format("handshakes", options.format, FORMATS)
    look = canvas(options.color, options.output)
    reading = _Reading(options, words)
    shares = _worth_sharing(options.captures) if options.format != "text" else 1
    with destination(options.output) as stream:
        if shares > 1:
            _write_lines(in_shares(shares, reading.lines_of_share(shares)), stream, options.format)
            return 0
        with Progress(words, quiet=look.terminal) as progress:
            reading.evidence.progress = progress.of
            if options.format == "text":
                count = _write_text(reading.handshakes(), stream, words, look)
            else:
                count = _write_lines((line for _, _, line in reading.lines()), stream, options.format)
    reading.tell_failures()
    if not reading.evidence.read:
        return NOTHING_READABLE
    if not count and options.format == "text":
        tell_lines(words.say("list.no-handshakes", items=options.captures))
    return 0


class _Reading:
    """All captures of the command line, and what is wanted of them."""

    def __init__(self, options: Options, words: Words) -> None:
        self._words = words
        self._silent = False
        self._selection = parse_selection(options.only) if options.only else None
        self._keys = KeyLog()
        if options.keylog is not None:
            self._keys.add(read_keylog(options.keylog))
        self.evidence = EvidenceReading(options.captures, None, words, brief=options.keylog is None)

    def handshakes(self) -> Iterator[Handshake]:
        """In the order of the captures and of their first frames."""
        for item in self._wanted(observe_stream(self.evidence, self._keys)):
            if isinstance(item, Handshake):
                yield item

    def lines(self) -> Iterator[Keyed]:
        """The same as JSON, behind the number of the capture and of the first frame."""
        for listed in self._wanted(list_stream(self.evidence, self._keys)):
            yield self.evidence.order[listed.item], listed.first_frame, _json(listed)

    def lines_of_share(self, count: int) -> Callable[[int], Iterator[Keyed]]:
        """``lines`` of one of ``count`` shares; the first also says what there is to say."""

        def lines(number: int) -> Iterator[Keyed]:
            self.evidence.share = Share(number, count)
            self._silent = number > 0
            with Progress(self._words, quiet=self._silent) as progress:
                self.evidence.progress = progress.of
                yield from self.lines()
            if not self._silent:
                self.tell_failures()

        return lines

    def tell_failures(self) -> None:
        """What could not be read."""
        for failure in self.evidence.failures:
            tell(failure, self._words)

    def _wanted(self, observed: Iterator[Listed | Oddity | CaptureFacts]) -> Iterator[Listed]:
        for item in observed:
            match item:
                case Line() | Handshake():
                    spoke = isinstance(item, Line) or spoke_tls(item)
                    if spoke and (self._selection is None or self._selection.matches(item)):
                        yield item
                case Oddity():
                    failed = item.what in {failure.code for failure in self.evidence.failures}
                    if not (self._silent or failed):
                        place = f"{item.item}, {item.place}" if item.place else item.item
                        tell_lines(f"{place}: {sentences.oddity(item, self._words)}")
                case _:
                    pass


def _worth_sharing(names: list[str]) -> int:
    """How many processes shall read: more than one where the captures are files with many connections."""
    try:
        size = sum(Path(name).stat().st_size for name in names if Path(name).is_file())
        if size < SHARED_FROM or not all(Path(name).is_file() for name in names):
            return 1
        largest = max(names, key=lambda name: Path(name).stat().st_size)
        return processes() if is_dense(open_file(largest).head(BLOCK_SIZE)) else 1
    except (OSError, ValueError, TlswhyError):
        return 1  # who reads it will say what is wrong


def _json(listed: Listed) -> bytes:
    if isinstance(listed, Line):
        return utf8(line_text(listed))
    from tlswhy.render.json import handshake_line

    return json_bytes(handshake_line(listed)).rstrip(b"\n")


def _write_lines(lines: Iterator[bytes], stream: BinaryIO, form: str) -> int:
    """JSON objects, each in a line of its own, or all in one array."""
    before, between, behind = (b"", b"\n", b"\n") if form == "jsonl" else (b"[\n", b",\n", b"\n]\n")
    count = 0
    for line in lines:
        stream.write(between + line if count else before + line)
        count += 1
    stream.write(behind if count else b"[\n]\n" if form == "json" else b"")
    return count


def _write_text(found: Iterator[Handshake], stream: BinaryIO, words: Words, look: Canvas) -> int:
    from tlswhy.render.table import handshake_rows

    count = 0
    width = look.width if look.terminal else ENDLESS
    for text in handshake_rows(found, words, width, color=look.color, unicode=look.unicode):
        stream.write(text.encode("utf-8" if look.unicode else "ascii", "backslashreplace"))
        count += 1
    return count
