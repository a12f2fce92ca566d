"""Where output goes and what it may look like there: the stream, its width, colours, characters.

Owns standard output and ``--output``. Decides nothing about content.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO

from tlswhy.errors import BadRequest
from tlswhy.frozen import frozen
from tlswhy.render.words import Words, languages, load_words

NARROWEST = 24
WIDEST = 110
"""Beyond this a line is no longer read with ease."""
PIPED = 100


@frozen
class Canvas:
    """What text may use: columns, colours, characters beyond ASCII."""

    width: int
    color: bool
    unicode: bool
    terminal: bool


def check_format(command: str, name: str, known: tuple[str, ...]) -> None:
    """Raise BadRequest for a format that the command does not have."""
    if name not in known:
        raise BadRequest("unknown-format", command=command, format=name, known=list(known))


def speak(language: str) -> Words:
    """The catalogue of --lang."""
    return load_words(language)


def spoken(arguments: Sequence[str]) -> Words:
    """The catalogue for help and complaints: that of --lang where it exists (where not, the command itself says so)."""
    wanted = [value for option, value in pairwise(arguments) if option == "--lang"]
    wanted += [option.removeprefix("--lang=") for option in arguments if option.startswith("--lang=")]
    return load_words(wanted[-1] if wanted and wanted[-1] in languages() else "en")


def canvas(color: str, output: str | None) -> Canvas:
    """What the text may look like at its destination."""
    if color not in ("auto", "always", "never"):
        raise BadRequest("bad-color", color=color)
    terminal = output is None and sys.stdout.isatty()
    wanted = color == "always" or (
        color == "auto" and terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    )
    encoding = "utf-8" if output is not None else (sys.stdout.encoding or "ascii")
    return Canvas(_width(terminal), wanted, encoding.lower().replace("-", "").startswith("utf"), terminal)


@contextmanager
def destination(output: str | None) -> Iterator[BinaryIO]:
    """The stream to write bytes to; raises BadRequest when the file of --output cannot be written."""
    if output is None:
        yield sys.stdout.buffer
        return
    try:
        with Path(output).open("wb") as file:
            yield file
    except OSError as error:
        raise BadRequest("output-unwritable", item=output, reason=(error.strerror or str(error)).lower()) from None


def write_text(text: str, output: str | None) -> None:
    """Write text in the destination's encoding; what that cannot hold is written as an escape."""
    encoding = "utf-8" if output is not None else (sys.stdout.encoding or "ascii")
    with destination(output) as stream:
        stream.write(text.encode(encoding, "backslashreplace"))


def json_bytes(value: object, *, indent: int | None = None) -> bytes:
    """One JSON value and a line end, UTF-8 whatever the terminal speaks (RFC 8259, 8.1)."""
    import json

    separators = (",", ":") if indent is None else None
    return utf8(json.dumps(value, ensure_ascii=False, indent=indent, separators=separators)) + b"\n"


def utf8(text: str) -> bytes:
    """JSON text as bytes: of a file name that is no UTF-8 the bytes stay, as the escapes that JSON has for them."""
    return text.encode("utf-8", "backslashreplace")


def _width(terminal: bool) -> int:
    if not terminal and not os.environ.get("COLUMNS"):
        return PIPED
    import shutil  # a terminal has time

    return max(NARROWEST, min(WIDEST, shutil.get_terminal_size((80, 24)).columns))
