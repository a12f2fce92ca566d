"""Text evidence: bytes to numbered lines, whatever the encoding; what lines of any log name besides their message.

Owns encodings, the length of a line, times and addresses. Knows no format.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

from tlswhy.source import Source

LONGEST_LINE = 1 << 16
"""Characters; what a line holds beyond them is left out."""
_ENCODINGS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_NO_TEXT = re.compile(r"[\x00-\x08\x0e-\x1a]")
_COLOURS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_MOSTLY = 100
"""A text has at most one control character in this many characters."""


@lru_cache(maxsize=2)
def text_of(head: bytes) -> str:
    """The beginning of a source as text; "" where it is none."""
    text = head.decode(_encoding(head), "replace")
    wrong = len(_NO_TEXT.findall(text)) + text.count("\ufffd") // 4
    return "" if wrong * _MOSTLY > len(text) else text


def lines(source: Source) -> Iterator[tuple[int, str]]:
    """Every line with its number from 1, read block by block; without line ends and terminal colours."""
    number = 0
    rest = ""
    dropping = False
    for text in _decoded(source):
        *whole, rest = (rest + text).split("\n")
        for line in whole:
            number += 1
            if not dropping:
                yield number, _plain(line)
            dropping = False
        if len(rest) > LONGEST_LINE:
            if not dropping:
                yield number + 1, _plain(rest)
            dropping, rest = True, ""
    if rest and not dropping:
        yield number + 1, _plain(rest)


def time_of(line: str) -> datetime | None:
    """The moment that a log line names, only where it names its zone as well."""
    for pattern, months in _TIMES:
        found = pattern.search(line, 0, 200)
        if found is not None:
            return _moment(found, named_month=months)
    return None


def date_in(text: str) -> datetime | None:
    """A certificate's date as Java (Date.toString) and OpenSSL (ASN1_TIME_print) print it; None in another zone than
    GMT, since the names of others are ambiguous."""
    found = _JAVA_DATE.search(text[:200]) or _OPENSSL_DATE.search(text[:200])
    if found is None or found["month"] not in _MONTHS:
        return None
    try:
        clock = (int(found["hour"]), int(found["minute"]), int(found["second"]))
        return datetime(int(found["year"]), _MONTHS[found["month"]], int(found["day"]), *clock, tzinfo=UTC)
    except ValueError:
        return None


@dataclass(slots=True)
class Prefix:
    """What a logger or a service wrapper writes before every line of another program's output.

    Learnt from the first line that shows it: one in which a mark of that output does not stand at the beginning.
    Numbers in it (times, thread numbers) may differ from line to line.
    """

    _shape: re.Pattern[str] | None = None
    _looked: bool = False

    def taken_off(self, line: str) -> str:
        """The line without it."""
        if not self._looked and (found := _MARK.search(line, 0, _LONGEST_PREFIX + 40)) is not None:
            self._looked = True
            if 0 < found.start() <= _LONGEST_PREFIX:
                self._shape = re.compile(_DIGITS.sub(r"\\d+", re.escape(line[: found.start()])))
        if self._shape is None:
            return line
        seen = self._shape.match(line)
        return line[seen.end() :] if seen is not None else line


_LONGEST_PREFIX = 200
_MARK = re.compile(r"\*\*\* ClientHello, |javax\.net\.ssl\|[A-Z]+\||%% No cached client session|^\*\*\* ")
_DIGITS = re.compile(r"\d+")


def _plain(line: str) -> str:
    line = line[:LONGEST_LINE].rstrip("\r")
    return _COLOURS.sub("", line) if "\x1b" in line else line


def _encoding(head: bytes) -> str:
    """By its byte order mark; UTF-16 without one (a redirected PowerShell) shows by its zero bytes."""
    for mark, encoding in _ENCODINGS:
        if head.startswith(mark):
            return encoding
    start = head[:256]
    if len(start) >= 4 and start.count(0) * 3 > len(start):
        return "utf-16-le" if start[1] == 0 else "utf-16-be"
    return "utf-8"


def _decoded(source: Source) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(_encoding(source.head(256)))("replace")
    for block in source.blocks():
        yield decoder.decode(block)
    yield decoder.decode(b"", final=True)


_HOUR_BEHIND_MIDNIGHT = "24"
"""So Java 11 and later write it (sun.security.ssl.SSLLogger: kk, hours from 1 to 24), with the date of the new day."""
_CLOCK = r"(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)(?:[.,](?P<fraction>\d{1,6}))?"
_ZONE = r"\s?(?P<zone>UTC|GMT|Z|[+-]\d\d:?\d\d)\b"
_TIMES = (
    (re.compile(rf"(?P<year>\d{{4}})-(?P<month>\d\d)-(?P<day>\d\d)[T ]{_CLOCK}{_ZONE}"), False),
    (re.compile(rf"(?P<month>[A-Z][a-z]{{2}}) (?P<day>\d\d?),? (?P<year>\d{{4}}) {_CLOCK}{_ZONE}"), True),
)
_CLOCK_OF_DATE = r"(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)"
_JAVA_DATE = re.compile(
    rf"(?P<month>[A-Z][a-z]{{2}}) +(?P<day>\d{{1,2}}) {_CLOCK_OF_DATE} (?:UTC|GMT|Z) (?P<year>\d{{4}})\b"
)
_OPENSSL_DATE = re.compile(rf"(?P<month>[A-Z][a-z]{{2}}) +(?P<day>\d{{1,2}}) {_CLOCK_OF_DATE} (?P<year>\d{{4}}) GMT\b")
_MONTHS = {
    name: number
    for number, name in enumerate("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)  # noqa: SIM905
}


def _moment(found: re.Match[str], *, named_month: bool) -> datetime | None:
    month = _MONTHS.get(found["month"], 0) if named_month else int(found["month"])
    zone = found["zone"]
    offset = timedelta()
    if zone[0] in "+-":
        minutes = int(zone[1:3]) * 60 + int(zone[-2:])
        offset = timedelta(minutes=-minutes if zone[0] == "-" else minutes)
    try:
        moment = datetime(
            int(found["year"]),
            month,
            int(found["day"]),
            0 if found["hour"] == _HOUR_BEHIND_MIDNIGHT else int(found["hour"]),
            int(found["minute"]),
            int(found["second"]),
            int((found["fraction"] or "0").ljust(6, "0")),
            tzinfo=timezone(offset),
        )
    except ValueError:
        return None
    return moment.astimezone(UTC)
