"""``tlswhy handshakes``: every TLS connection of the captures, one line each, as they are read.

Owns in how many processes that is done. What a connection's line says is ``listing``'s, which is loaded only when a
large capture is being read already.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from tlswhy.cli import standby
from tlswhy.cli.ahead import Ahead, is_worth_it
from tlswhy.cli.evidence import EvidenceReading
from tlswhy.cli.failure import NOTHING_READABLE, tell_lines
from tlswhy.cli.output import Canvas, canvas, check_format, destination, speak
from tlswhy.cli.progress import Progress
from tlswhy.cli.shares import in_shares, processes
from tlswhy.errors import TlswhyError
from tlswhy.evidence.capture import is_dense
from tlswhy.frozen import frozen
from tlswhy.gather.files import open_file
from tlswhy.render.words import Words
from tlswhy.source import BLOCK_SIZE

if TYPE_CHECKING:
    from tlswhy.evidence.types import Evidence

SHARED_FROM = 4 << 20
"""Bytes: below this a second process costs as much as it saves."""
FORMATS = ("text", "json", "jsonl")


@frozen
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
    evidence = EvidenceReading(options.captures, None, words, brief=options.keylog is None)
    shares = _worth_sharing(options.captures) if options.format != "text" else 1
    if shares > 1:
        standby.dismiss()
        return _list_in_shares(shares, evidence, options, words)
    if not is_worth_it(options.captures):
        with Progress(words, quiet=look.terminal) as progress:
            evidence.progress = progress.of
            return _list(evidence, evidence, options, words, look)
    ahead = Ahead(evidence, quiet=look.terminal)
    try:
        return _list(evidence, ahead, options, words, look)
    finally:
        ahead.close()


def _list(evidence: EvidenceReading, source: Iterable[Evidence], options: Options, words: Words, look: Canvas) -> int:
    from tlswhy.cli.listing import Listing, write_lines, write_text

    listing = Listing(evidence, source, words, only=options.only, keylog=options.keylog)
    with destination(options.output) as stream:
        if options.format == "text":
            count = write_text(listing.handshakes(), stream, words, look)
        else:
            count = write_lines((line for _, _, line in listing.lines()), stream, options.format)
    listing.tell_failures()
    if not evidence.read:
        return NOTHING_READABLE
    if not count and options.format == "text":
        tell_lines(words.say("list.no-handshakes", items=options.captures))
    return 0


def _list_in_shares(count: int, evidence: EvidenceReading, options: Options, words: Words) -> int:
    import tlswhy.packets.scan  # NumPy and what comes with it: loaded once, for all of them  # noqa: F401
    from tlswhy.cli.listing import Listing, write_lines

    listing = Listing(evidence, evidence, words, only=options.only, keylog=options.keylog)
    with destination(options.output) as stream:
        write_lines(in_shares(count, listing.lines_of_share(count)), stream, options.format)
    return 0


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
