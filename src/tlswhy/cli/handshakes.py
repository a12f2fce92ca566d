"""``tlswhy handshakes``: every TLS connection of the captures, one line each, as they are read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from tlswhy.cli.evidence import EvidenceReading, read_keylog
from tlswhy.cli.failure import NOTHING_READABLE, tell, tell_lines
from tlswhy.cli.only import Selection, parse_selection
from tlswhy.cli.output import Canvas, canvas, check_format, destination, json_bytes, speak
from tlswhy.cli.progress import Progress
from tlswhy.evidence.types import CaptureFacts
from tlswhy.model.handshake import Handshake
from tlswhy.model.line import Line
from tlswhy.observe.connections import list_stream, observe_stream, spoke_tls
from tlswhy.oddity import Oddity
from tlswhy.render import sentences
from tlswhy.render.line import line_text
from tlswhy.render.words import Words
from tlswhy.wire.keylog import KeyLog

ENDLESS = 1 << 16
"""Piped lines stay whole, for grep and sort."""
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
    selection = parse_selection(options.only) if options.only else None
    keys = KeyLog()
    if options.keylog is not None:
        keys.add(read_keylog(options.keylog))
    with Progress(words, quiet=look.terminal) as progress:
        reading = EvidenceReading(options.captures, None, words, progress=progress.of)
        observed = (observe_stream if options.format == "text" else list_stream)(reading, keys)
        found = _wanted(observed, reading, selection, words)
        with destination(options.output) as stream:
            count = _WRITERS[options.format](found, stream, words, look)
    for failure in reading.failures:
        tell(failure, words)
    if not reading.read:
        return NOTHING_READABLE
    if not count and options.format == "text":
        tell_lines(words.say("list.no-handshakes", items=options.captures))
    return 0


def _wanted(
    observed: Iterator[Listed | Oddity | CaptureFacts],
    reading: EvidenceReading,
    selection: Selection | None,
    words: Words,
) -> Iterator[Listed]:
    for item in observed:
        match item:
            case Line() | Handshake():
                spoke = isinstance(item, Line) or spoke_tls(item)
                if spoke and (selection is None or selection.matches(item)):
                    yield item
            case Oddity():
                if item.what not in {failure.code for failure in reading.failures}:
                    place = f"{item.item}, {item.place}" if item.place else item.item
                    tell_lines(f"{place}: {sentences.oddity(item, words)}")
            case _:
                pass


def _json(listed: Listed) -> bytes:
    if isinstance(listed, Line):
        return line_text(listed).encode()
    from tlswhy.render.json import handshake_line

    return json_bytes(handshake_line(listed)).rstrip(b"\n")


def _write_jsonl(found: Iterator[Listed], stream: BinaryIO, words: Words, look: Canvas) -> int:
    count = 0
    for listed in found:
        stream.write(_json(listed) + b"\n")
        count += 1
    return count


def _write_json(found: Iterator[Listed], stream: BinaryIO, words: Words, look: Canvas) -> int:
    count = 0
    stream.write(b"[")
    for listed in found:
        stream.write((b",\n" if count else b"\n") + _json(listed))
        count += 1
    stream.write(b"\n]\n")
    return count


def _write_text(found: Iterator[Listed], stream: BinaryIO, words: Words, look: Canvas) -> int:
    from tlswhy.render.table import handshake_rows

    count = 0
    width = look.width if look.terminal else ENDLESS
    handshakes = (listed for listed in found if isinstance(listed, Handshake))
    for text in handshake_rows(handshakes, words, width, color=look.color, unicode=look.unicode):
        stream.write(text.encode("utf-8" if look.unicode else "ascii", "backslashreplace"))
        count += 1
    return count


_WRITERS = {"jsonl": _write_jsonl, "json": _write_json, "text": _write_text}
