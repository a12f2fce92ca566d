"""One server for many clients, side by side: a table of who accepts it, who refuses it and why, and what is missing.

Owns how the diagnoses of a report become rows, which neighbours are told as one, the table's look and its JSON. The
judgement is the report's; nothing is judged here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from tlswhy.frozen import frozen
from tlswhy.model.handshake import Outcome
from tlswhy.render import missing, sentences
from tlswhy.render.ink import Page, Span, cells, painted
from tlswhy.render.json import oddity_json
from tlswhy.render.layout import MARKS, NARROW, rule
from tlswhy.render.table import run_of
from tlswhy.render.words import Words
from tlswhy.report import Diagnosis, Report
from tlswhy.verdict import Accepted, Certainty

SCHEMA = "tlswhy.matrix/1"
Json = dict[str, Any]


@frozen
class Row:
    """What one client says of the server. ``text``: the reason, as a clause; ``needs``: what would decide it."""

    client: str
    verdict: Accepted
    cause: str | None
    candidates: tuple[str, ...]
    certainty: Certainty | None
    text: str
    needs: tuple[str, ...]
    how: tuple[str, ...]
    """How to get what is missing, in the order of ``needs``."""


@frozen
class Table:
    """One server under one name, and all clients before it."""

    server: str | None
    host: str | None
    rows: tuple[Row, ...]


def tables(report: Report, clients: Sequence[str], words: Words) -> tuple[Table, ...]:
    """The report's diagnoses by server and name, rows in the order of ``clients``."""
    places = {client: place for place, client in enumerate(clients)}
    by_server: dict[tuple[str | None, str | None], list[Diagnosis]] = {}
    for diagnosis in report.diagnoses:
        by_server.setdefault((diagnosis.server, diagnosis.host), []).append(diagnosis)
    return tuple(
        Table(server, host, tuple(_row(d, words) for d in sorted(judged, key=lambda d: places.get(d.client.id, 0))))
        for (server, host), judged in by_server.items()
    )


def matrix_json(found: Iterable[Table], report: Report, words: Words) -> Json:
    """``tlswhy matrix --format json``."""
    servers = [
        {"server": table.server, "host": table.host, "rows": [_row_json(row) for row in table.rows]} for table in found
    ]
    return {
        "schema": SCHEMA,
        "servers": servers,
        "oddities": [oddity_json(oddity, words) for oddity in report.oddities],
    }


def matrix_lines(found: Iterable[Table]) -> Iterator[Json]:
    """``--format jsonl``: a row a line, each with its server."""
    for table in found:
        for row in table.rows:
            yield {"server": table.server, "host": table.host, **_row_json(row)}


def matrix_text(found: Sequence[Table], words: Words, width: int, *, color: bool, unicode: bool) -> str:
    """The tables below each other."""
    page = Page(width, unicode)
    for table in found:
        page.blank()
        _head(table, words, page)
        _rows(table, words, page)
        _missing(table, words, page)
    if any(_is_seen(row) for table in found for row in table.rows):
        page.blank()
        page.write(Span(words.say("matrix.legend"), "dim"), first="  ")
    return painted(page.lines, color=color)


def _row(diagnosis: Diagnosis, words: Words) -> Row:
    verdict = diagnosis.verdict
    head = verdict.refusals[0] if verdict.refusals else None
    open_question = verdict.accepted is Accepted.CANNOT_TELL
    ended = sentences.ended_early(diagnosis)
    known = list(words.table("gap"))  # in one order, whatever asked first, so that equal rows are equal
    gaps = sorted(verdict.gaps if open_question else (), key=lambda g: known.index(g.needs) if g.needs in known else -1)
    if any(gap.needs == "own-capture" for gap in gaps):  # which shows all of the server's answer
        gaps = [gap for gap in gaps if gap.needs != "server-certificates"]
    at = (diagnosis.server, diagnosis.host)
    needs = {sentences.gap_needs(gap, words): missing.how(gap, words, ended=ended, at=at) for gap in gaps}
    return Row(
        client=diagnosis.client.id,
        verdict=verdict.accepted,
        cause=head.cause if head else None,
        candidates=head.candidates if head else (),
        certainty=head.certainty if head else None if open_question else _certainty(diagnosis),
        text=sentences.reason(head, words) if head else "",
        needs=tuple(needs),
        how=tuple(needs.values()),
    )


def _certainty(diagnosis: Diagnosis) -> Certainty:
    """Of an acceptance: the handshake was seen to finish, or it should."""
    seen = diagnosis.situation.handshake
    finished = seen is not None and seen.outcome is Outcome.COMPLETED and not diagnosis.situation.foretelling
    return Certainty.SHOWN if finished else Certainty.FORETOLD


def _row_json(row: Row) -> Json:
    return {
        "client": row.client,
        "verdict": row.verdict.value,
        "cause": row.cause,
        "candidates": list(row.candidates),
        "certainty": row.certainty.value if row.certainty else None,
        "needs": list(row.needs),
        "message": row.text or None,
    }


def _head(table: Table, words: Words, page: Page) -> None:
    counts = {verdict: sum(row.verdict is verdict for row in table.rows) for verdict in (*Accepted,)}
    told = [words.say(f"matrix.{verdict.value}", count=count) for verdict, count in counts.items() if count]
    names = [name for name in (table.host, table.server) if name] or [words.say("headline.unknown-server")]
    rule(page, " · ".join(names), " · ".join(told))
    page.blank()


def _rows(table: Table, words: Words, page: Page) -> None:
    """Mark, clients, cause and reason; equal neighbours are one row, a reason is said where it first comes."""
    said: set[tuple[str | None, str]] = set()
    folded = [list(same) for _, same in groupby(table.rows, key=_told)]
    labels = [run_of([row.client for row in same]) for same in folded]
    column = max(map(cells, labels), default=0)
    for same, label in zip(folded, labels, strict=True):
        mark, style = MARKS[same[0].verdict]
        spans = _cell(same[0], style, words, again=(same[0].cause, same[0].text) in said)
        said.add((same[0].cause, same[0].text))
        if page.width < NARROW or column + 30 > page.width:
            page.write((Span(f"{mark} ", style), Span(label, "client")), first=" ", rest="   ")
            page.write(spans, first="     ")
        else:
            lead = (Span(f"  {mark} ", style), Span(f"{label}{' ' * (column - cells(label))}  ", "client"))
            page.write(spans, first=lead)


def _told(row: Row) -> Row:
    """What rows of one family are folded by."""
    return replace(row, client=row.client.partition("/")[0])


def _is_seen(row: Row) -> bool:
    return row.certainty not in (None, Certainty.FORETOLD)


def _cell(row: Row, style: str, words: Words, *, again: bool) -> list[Span]:
    seen = words.aside(words.say("matrix.seen")) if _is_seen(row) else ""
    if row.verdict is Accepted.YES:
        return [Span(words.say("verdict.accepted"), style), Span(seen, "dim")]
    if row.verdict is Accepted.NO:
        lead = Span(f"{row.cause or words.say('verdict.refused')}", style)
        behind = (
            [Span(" · " + words.say("matrix.candidates", candidates=list(row.candidates)))] if row.candidates else []
        )
        return [lead, Span("" if again else f" · {row.text}"), *behind, Span(seen, "dim")]
    missing = words.clauses(list(row.needs)) or words.say("matrix.unknown")
    return [Span(words.say("verdict.cannot-tell"), style), Span(f" · {words.say('matrix.without', needs=missing)}")]


def _missing(table: Table, words: Words, page: Page) -> None:
    """How to get what is missing, each once."""
    how: dict[str, str] = {}
    for row in table.rows:
        for need, way in zip(row.needs, row.how, strict=True):
            if way:
                how.setdefault(need, way)
    if not how:
        return
    page.blank()
    page.write(Span(words.say("heading.gaps"), "strong"), first="  ")
    for need, way in how.items():
        page.write((Span(need, "name"), Span(f"{words.colon}{way}")), first="  ", rest="    ")


__all__ = ["Row", "Table", "matrix_json", "matrix_lines", "matrix_text", "tables"]
