"""Logs of Cisco's contact-centre products (CCBU): Finesse, its gadget container (Shindig), CUIC, SocialMiner.

Owns the grammar of their lines: ``[sequence: host: ]Mon DD YYYY HH:MM:SS.mmm +ZZZZ: %CCBU_<thread>-<severity>-
<MNEMONIC>: %[key=value][key=value]…: text``. The exceptions in them are Java's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tlswhy.errors import BadEvidence
from tlswhy.evidence.java_trace import Heard, Traces
from tlswhy.evidence.text import lines, text_of, time_of
from tlswhy.evidence.types import Evidence
from tlswhy.oddity import Oddity
from tlswhy.source import Source

_LINE = re.compile(
    r"^(?:\d{1,12}: ?(?P<host>[\w.-]{0,253}): )?"
    r"(?P<time>[A-Z][a-z]{2} \d{1,2} \d{4} \d\d:\d\d:\d\d\.\d{3} [+-]\d{4}): "
    r"%CCBU_(?P<thread>[^%]{1,200}?)-(?P<severity>[0-7])-(?P<mnemonic>\w{1,80}): "
    r"(?:%(?P<pairs>(?:\[[^\]\[]{0,2000}\]){1,64}):? ?)?(?P<text>.*)$"
)
_PAIR = re.compile(r"\[(?P<key>\w{1,60})=(?P<value>[^\]]{0,2000})\]")


def likelihood(head: bytes) -> float:
    """A line of the grammar."""
    text = text_of(head)
    return 0.9 if "%CCBU_" in text and any(_LINE.match(line) for line in text.splitlines()) else 0.0


def read(source: Source, progress: object = None) -> Iterator[Evidence]:
    """The exceptions and masks, the same ones once. Raises BadEvidence where the log holds none."""
    traces, heard = Traces(source.name), Heard.nothing()
    for number, line in lines(source):
        found = _LINE.match(line)
        if found is None:
            heard.add(traces.feed(number, line))
        else:
            heard.add(traces.close())
            heard.add(traces.feed(number, message_of(found), time_of(line)))
    heard.add(traces.close())
    said = list(heard)
    if not said:
        raise BadEvidence(source.name, "line 1", "log-without-tls")
    yield from said
    if heard.dropped:
        yield Oddity("words-left-out", "", source.name, {"count": heard.dropped})


def message_of(found: re.Match[str]) -> str:
    """What a line says: its text, and the values of its pairs, where exceptions and addresses stand as well."""
    values = [pair["value"] for pair in _PAIR.finditer(found["pairs"] or "")]
    return " ".join([*values, found["text"]])
