"""The lab on paper: the list of its servers, how to try one that runs, what became of a run.

Owns how these are set. Is given plain rows, so that it knows nothing of servers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from tlswhy.frozen import frozen
from tlswhy.render.inert import shortened
from tlswhy.render.ink import Line, Page, Span, cells, trimmed, wrap
from tlswhy.render.words import Words

WIDE_ENOUGH = 90
"""Columns from which on three of them stand side by side."""
GAP = 2
_CAUSE = 31
"""Columns of the longest cause."""
LONGEST_WORDS = 160
Json = dict[str, object]


@frozen
class CaseRow:
    """One server of the lab. ``cause`` None: nothing is wrong with it; ``twin``: it can be had put right."""

    id: str
    group: str
    cause: str | None
    refuses: tuple[str, ...]
    accepts: tuple[str, ...]
    twin: bool


@frozen
class OutcomeRow:
    """What became of one server. ``found`` is the headline's cause; ``candidate``: the case's is among its candidates.
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
    left = max((max(cells(row.id), 5 + cells("".join(_about(row, words)))) for row in rows), default=0) + GAP
    for group, members in groupby(rows, lambda row: row.group):
        page.blank()
        page.write(Span(words.say(f"lab.group.{group}"), "strong"))
        for row in members:
            if page.width >= WIDE_ENOUGH:
                page.lines.extend(_columns(row, words, page, left))
            else:
                _stacked(row, words, page)
    if len(rows) == 1:
        return
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


def outcome_lines(pair: Sequence[OutcomeRow], words: Words, page: Page, columns: tuple[int, int]) -> list[Line]:
    """What became of a server and, where it was asked too, of the same one put right: one line where all is well.

    ``columns``: the widest name, the widest client.
    """
    column, client = columns
    sheet = Page(page.width, page.unicode)
    first, *twins = pair
    told = [_mark(first.right), Span(f" {first.id}{' ' * (column - cells(first.id))}  ", "name")]
    cause = _found(first, words)
    told.append(Span(f"{cause}{' ' * (_CAUSE - cells(cause))}  ", "" if first.right else "bad"))
    who = Span(f"{first.client}{' ' * (client - cells(first.client))}  ", "dim")
    rest: list[Span] = []
    for twin in twins:
        rest += [Span(f"{words.say('lab.put-right')} ", "dim"), _mark(twin.right), Span("  ")]
    asked = [row for row in pair if row.java_words is not None]
    if asked:
        rest += [Span("Java ", "dim"), _agreement([row.java_agrees for row in asked])]
    whole = [*told, who, *rest]
    if cells(trimmed(tuple(whole))) <= page.width:
        sheet.put(whole)
    elif cells(trimmed((*told, *rest))) <= page.width:
        sheet.put([*told, *rest])
    else:
        sheet.write([*told, *rest])
    for row in pair:
        for line in _troubles(row, words):
            sheet.write(line, first=" " * (column + 4))
    return sheet.lines


def summary(rows: Sequence[OutcomeRow], seconds: float, java: str | None, words: Words, page: Page) -> None:
    """How many were right, and how often a real Java said the same."""
    page.lines.append(())
    faults, sound = ([row for row in rows if bool(row.cause) is wrong] for wrong in (True, False))
    for key, members in (("lab.explained", faults), ("lab.got-in", sound)):
        if members:
            right = sum(row.right for row in members)
            style = "good" if right == len(members) else "bad"
            page.write(Span(words.say(key, right=right, count=len(members)), style))
    if java is not None:
        asked = [row.java_agrees for row in rows if row.java_agrees is not None]
        style = "good" if all(asked) else "bad"
        page.write(Span(words.say("lab.summary-java", java=java, right=sum(asked), count=len(asked)), style))
    page.write(Span(words.say("lab.took", seconds=f"{seconds:.1f}"), "dim"))


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


def _columns(row: CaseRow, words: Words, page: Page, left: int) -> list[Line]:
    """The name above cause and client; the sentence beside them."""
    sentence = list(wrap(page.ink(_teaches(row.id, words)), page.width - left, page.width - left))
    cause, client = _about(row, words)
    heads = [
        (Span(row.id, "name"),),
        (Span("  "), Span(cause, "bad" if row.cause else "good"), Span(f" · {client}", "dim")),
    ]
    lines = []
    for number in range(max(len(heads), len(sentence))):
        head = page.ink(heads[number]) if number < len(heads) else ()
        text = sentence[number] if number < len(sentence) else ()
        lines.append(trimmed((*head, Span(" " * (left - cells(head))), *text)))
    return lines


def _stacked(row: CaseRow, words: Words, page: Page) -> None:
    cause, client = _about(row, words)
    page.write((Span(row.id, "name"), Span(f" · {cause} · "), Span(client, "dim")))
    page.write(_teaches(row.id, words), first="    ")


def _teaches(identifier: str, words: Words) -> str:
    told = words.say_if(f"lab.teaches.{identifier}")
    return told or words.say("lab.twin", case=identifier.removesuffix("-healthy"))


def _mark(right: bool) -> Span:
    return Span("✔", "good") if right else Span("✘", "bad")


def _agreement(agrees: Sequence[bool | None]) -> Span:
    """Where we could not tell, nobody can agree."""
    if all(each is None for each in agrees):
        return Span("?", "unsure")
    return _mark(False not in agrees)


def _found(row: OutcomeRow, words: Words) -> str:
    if row.verdict is None:
        return words.say("lab.found-nothing")
    if row.verdict == "accepted":
        return words.say("lab.accepted")
    if row.candidate:
        return f"{row.found} ({row.cause})"
    return row.found or words.say(f"verdict.{row.verdict}")


def _troubles(row: OutcomeRow, words: Words) -> Iterator[Span]:
    """What is not as it should be."""
    if not row.right:
        wanted = row.cause or words.say("lab.accepted")
        yield Span(words.say("lab.instead", case=row.id, wanted=wanted, found=_found(row, words)), "bad")
    if row.java_agrees is False:
        key = "lab.java-refuses" if row.java_words else "lab.java-accepts"
        yield Span(words.say(key, case=row.id, words=shortened(row.java_words or "", LONGEST_WORDS)), "bad")
