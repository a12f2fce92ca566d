"""The lab on paper: the list of its servers, how to try one that runs, what became of a run.

Owns how these are set. Is given plain rows, so that it knows nothing of servers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from tlswhy.render.inert import shortened
from tlswhy.render.ink import Line, Page, Span, cells, wrap
from tlswhy.render.words import Words

WIDE_ENOUGH = 90
"""Columns from which on three of them stand side by side."""
GAP = 2
LONGEST_WORDS = 160
Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One server of the lab. ``cause`` None: nothing is wrong with it; ``twin``: it can be had put right."""

    id: str
    group: str
    cause: str | None
    refuses: tuple[str, ...]
    accepts: tuple[str, ...]
    twin: bool


@dataclass(frozen=True, slots=True)
class OutcomeRow:
    """What became of one server. ``found`` is the headline's cause; ``candidate``: the true one is among its candidates.

    ``java_words`` None: no Java was asked; "" it got in; ``java_agrees`` None where we could not tell.
    """

    id: str
    twin_of: str | None
    cause: str | None
    client: str
    verdict: str | None
    found: str | None
    candidate: bool
    right: bool
    seconds: float
    java_words: str | None = None
    java_agrees: bool | None = None


def list_cases(rows: Sequence[CaseRow], words: Words, page: Page) -> None:
    """All of them, by group: name, cause and client, what it teaches."""
    first = max((cells(row.id) for row in rows), default=0)
    second = max((cells(text) for row in rows for text in _about(row, words)), default=0)
    side_by_side = page.width >= WIDE_ENOUGH
    for group, members in groupby(rows, lambda row: row.group):
        page.blank()
        page.write(Span(words.say(f"lab.group.{group}"), "strong"))
        for row in members:
            if side_by_side:
                page.lines.extend(_columns(row, words, page, first, second))
            else:
                _stacked(row, words, page)
    page.blank()
    faults, twins = (sum(1 for row in rows if row.cause), sum(row.twin for row in rows))
    page.write(words.say("lab.counted", faults=faults, twins=twins, sound=len(rows) - faults))


def case_json(row: CaseRow, words: Words) -> Json:
    """One case for programs."""
    return {
        "id": row.id,
        "group": row.group,
        "cause": row.cause,
        "refuses": list(row.refuses),
        "accepts": list(row.accepts),
        "healthy": f"{row.id}-healthy" if row.twin else None,
        "teaches": words.say(f"lab.teaches.{row.id}"),
    }


def show_running(row: CaseRow, ways: Iterable[tuple[str, str]], words: Words, page: Page) -> None:
    """One server that is up: what it is, then (what for, what to type)."""
    page.blank()
    cause = Span(row.cause, "bad") if row.cause else Span(words.say("lab.nothing-wrong"), "good")
    page.write((Span(row.id, "name"), Span(" · "), cause))
    page.write(_teaches(row.id, words), first="  ")
    page.blank()
    facts = [(words.say("lab.refuses"), ", ".join(row.refuses)), (words.say("lab.accepts"), ", ".join(row.accepts))]
    shown = [(name, text) for name, text in facts if text]
    column = max(cells(name) for name, _ in [*shown, *ways])
    for name, text in shown:
        page.write(text, first=(Span(f"  {name}{' ' * (column - cells(name))}  ", "dim"),))
    for name, text in ways:  # commands are not wrapped: they are to be copied
        page.lines.append(page.ink((Span(f"  {name}{' ' * (column - cells(name))}  ", "dim"), Span(text))))


def outcome_lines(row: OutcomeRow, words: Words, page: Page, column: int) -> list[Line]:
    """One line (more where something is not as it should be) of a run."""
    mark = ("✔", "good") if row.right else ("✘", "bad")
    sheet = Page(page.width, page.unicode)
    told = [Span(_found(row, words), "" if row.right else "bad"), Span(f" · {row.client}", "dim")]
    if row.java_words is not None:
        told.append(Span(f" · {_java(row, words)}", "bad" if row.java_agrees is False else "dim"))
    lead = (Span(f"{mark[0]} ", mark[1]), Span(f"{row.id}{' ' * (column - cells(row.id))}  ", "name"))
    sheet.write(told, first=lead)
    if row.java_words and row.java_agrees is False:
        said = shortened(row.java_words, LONGEST_WORDS)
        sheet.write(Span(words.say("lab.java-said", words=said), "dim"), first=" " * (column + 4))
    return sheet.lines


def outcome_json(row: OutcomeRow) -> Json:
    """The same for programs."""
    return {
        "id": row.id,
        "healthy_twin_of": row.twin_of,
        "cause": row.cause,
        "client": row.client,
        "verdict": row.verdict,
        "found": row.found,
        "among_candidates": row.candidate,
        "right": row.right,
        "seconds": round(row.seconds, 3),
        "java": None if row.java_words is None else {"accepted": row.java_words == "", "agrees": row.java_agrees},
    }


def _about(row: CaseRow, words: Words) -> tuple[str, str]:
    return row.cause or words.say("lab.nothing-wrong"), (row.refuses or row.accepts)[0]


def _columns(row: CaseRow, words: Words, page: Page, first: int, second: int) -> list[Line]:
    """The sentence in a column of its own; the client below the cause."""
    left = first + GAP + second + GAP
    sentence = list(wrap(page.ink(_teaches(row.id, words)), page.width - left, page.width - left))
    cause, client = _about(row, words)
    style = "bad" if row.cause else "good"
    lines = []
    for number in range(max(2, len(sentence))):
        name = row.id if number == 0 else ""
        about = (cause, style) if number == 0 else (client, "dim") if number == 1 else ("", "")
        text = sentence[number] if number < len(sentence) else ()
        lines.append(
            (
                Span(f"{name}{' ' * (first + GAP - cells(name))}", "name"),
                Span(f"{about[0]}{' ' * (second + GAP - cells(about[0]))}", about[1]),
                *text,
            )
        )
    return lines


def _stacked(row: CaseRow, words: Words, page: Page) -> None:
    cause, client = _about(row, words)
    page.write((Span(row.id, "name"), Span(f" · {cause} · "), Span(client, "dim")))
    page.write(_teaches(row.id, words), first="    ")


def _teaches(identifier: str, words: Words) -> str:
    told = words.say_if(f"lab.teaches.{identifier}")
    return told or words.say("lab.twin", case=identifier.removesuffix("-healthy"))


def _found(row: OutcomeRow, words: Words) -> str:
    if row.verdict is None:
        return words.say("lab.found-nothing")
    if row.right and row.cause is None:
        return words.say("lab.accepted")
    if row.right and row.candidate:
        return words.say("lab.found-candidate", cause=row.cause)
    if row.right:
        return str(row.cause)
    found = row.found or words.say(f"verdict.{row.verdict}")
    return f"{row.cause or words.say('lab.accepted')}: {words.say('lab.found-instead', found=found)}"


def _java(row: OutcomeRow, words: Words) -> str:
    outcome = words.say("lab.accepted" if row.java_words == "" else "lab.refused")
    return words.say("lab.java-agrees" if row.java_agrees else "lab.java-differs", outcome=outcome)
