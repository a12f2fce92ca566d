"""Plain Java stack traces as evidence, and any log or pasted message that holds them.

The weakest of the text formats: what a better one recognises, that one reads.
"""

from __future__ import annotations

from collections.abc import Iterator

from tlswhy.errors import BadEvidence
from tlswhy.evidence.java_trace import Heard, Traces, concerns_a_connection, mask_of, thrown_in
from tlswhy.evidence.java_version import runtime_of
from tlswhy.evidence.text import lines, text_of, time_of
from tlswhy.evidence.types import Evidence
from tlswhy.model.where import line as line_of
from tlswhy.oddity import Oddity
from tlswhy.source import Source


def likelihood(head: bytes) -> float:
    """An exception that can concern a connection, or one of the masks; any other text may hold one further down."""
    text = text_of(head)
    for line in text.splitlines():
        thrown = thrown_in(line)
        if (thrown is not None and concerns_a_connection((thrown,))) or mask_of((), line):
            return 0.5
    return 0.02 if text else 0.0


def read(source: Source, progress: object = None) -> Iterator[Evidence]:
    """The chains of exceptions, the same ones once. Raises BadEvidence where no line is about a connection."""
    traces, heard = Traces(source.name), Heard.nothing()
    version: list[str] = []
    first_version = 0
    for number, line in lines(source):
        if named := runtime_of([*version, line]):
            traces.runtime = named
            first_version = first_version or number
        version = [*version[-2:], line]
        heard.add(traces.feed(number, line, time_of(line)))
    heard.add(traces.close())
    said = list(heard)
    if not said and traces.runtime is not None:
        said = [traces.words((line_of(source.name, first_version),))]
    if not said:
        raise BadEvidence(source.name, "line 1", "evidence-unknown")
    yield from said
    if heard.dropped:
        yield Oddity("words-left-out", "", source.name, {"count": heard.dropped})
