"""The reason and what surrounds it: why, what comes next, what is open, what disagrees, what is ruled out.

Owns these sections of the text; the sentences are those of ``sentences``.
"""

from __future__ import annotations

from tlswhy.render import missing, sentences
from tlswhy.render.inert import shortened
from tlswhy.render.ink import Page, Span
from tlswhy.render.layout import MARKS, fields, frames, heading, named, places
from tlswhy.render.words import Words
from tlswhy.report import Diagnosis
from tlswhy.verdict import Gap, Refusal

MOST_CAUSES = 6
MOST_SOURCES = 5


def write_why(diagnosis: Diagnosis, words: Words, page: Page) -> None:
    """The first refusal: what, how sure, where, by which rule, what to do."""
    if not diagnosis.verdict.refusals:
        return
    head = diagnosis.verdict.refusals[0]
    heading(page, words, "why", head.cause)
    rows: list[tuple[str, list[Span]]] = [
        (words.say("line.cause"), [Span(sentences.cause_title(head.cause, words))]),
        (words.say("line.certainty"), _certainty(head, words)),
        (words.say("line.where"), [Span(places(head.where, words))]),
        (words.say("line.rule"), [Span(sentences.rule(head, words))]),
    ]
    if said := head.facts.get("said"):
        rows.append((words.say("line.said"), [Span(shortened(str(said), 200))]))
    if entry := head.facts.get("entry"):
        rows.append((words.say("line.policy"), [Span(shortened(str(entry)), "name")]))
    if checker := head.facts.get("rule"):
        rows.append((words.say("line.checked"), [Span(shortened(str(checker)), "name")]))
    for number, source in enumerate(head.sources[:MOST_SOURCES]):
        rows.append((words.say("line.source") if number == 0 else "", [Span(_source(source.kind, source.text, words))]))
    rows += [
        (words.say("line.look"), [Span(words.say(f"cause.{head.cause}.look", head.facts))]),
        (words.say("line.next"), [Span(words.say(f"cause.{head.cause}.next", head.facts))]),
    ]
    fields(page, rows)
    if head.candidates:
        heading(page, words, "candidates")
        named(page, ((cause, sentences.cause_title(cause, words)) for cause in head.candidates))


def _certainty(refusal: Refusal, words: Words) -> list[Span]:
    kind = refusal.certainty.value
    return [Span(words.say(f"certainty.{kind}"), "strong"), Span(words.colon + words.say(f"certainty.{kind}-means"))]


def _source(kind: str, text: str, words: Words) -> str:
    return f"{words.say_if(f'source.{kind}') or kind}{words.colon}{shortened(text)}"


def write_next(diagnosis: Diagnosis, words: Words, page: Page) -> None:
    """The refusals that would come next."""
    rest = diagnosis.verdict.refusals[1:]
    if not rest:
        return
    heading(page, words, "next-hits")
    for number, refusal in enumerate(rest, 2):
        lead = (Span(f"  {number}. ", "dim"),)
        reason = sentences.reason(refusal, words)
        certainty = words.aside(words.say(f"certainty.{refusal.certainty.value}"))
        page.write((Span(refusal.cause, "name"), Span(f"{words.colon}{reason}"), Span(certainty, "dim")), first=lead)


def write_gaps(diagnosis: Diagnosis, words: Words, page: Page) -> None:
    """What could not be judged, by the evidence that is missing."""
    grouped: dict[str, list[Gap]] = {}
    for gap in diagnosis.verdict.gaps:
        grouped.setdefault(gap.needs, []).append(gap)
    if not grouped:
        return
    heading(page, words, "gaps")
    for gaps in grouped.values():
        needs = sentences.gap_needs(gaps[0], words)
        page.write((Span(words.say("says.not-seen", needs=needs), "strong"),), first=(Span("  ? ", "unsure"),))
        page.write(missing.how(gaps[0], words, diagnosis), first="    ")
        causes = [gap.cause for gap in gaps if gap.cause]
        if causes:
            more = len(causes) - MOST_CAUSES
            text = ", ".join(causes[:MOST_CAUSES] if more > 1 else causes)
            text += f" {words.say('says.more-causes', count=more)}" if more > 1 else ""
            page.write(Span(f"{words.say('says.leaves-open')}{words.colon}{text}", "dim"), first="    ")


def write_contradictions(diagnosis: Diagnosis, words: Words, page: Page) -> None:
    """Where evidence and model disagree."""
    if not diagnosis.verdict.contradictions:
        return
    heading(page, words, "contradictions")
    for contradiction in diagnosis.verdict.contradictions:
        page.write(sentences.contradiction(contradiction, words), first=(Span("  ! ", "unsure"),))


def write_others(diagnosis: Diagnosis, words: Words, page: Page) -> None:
    """Connections to the same server that ended otherwise."""
    if not diagnosis.others:
        return
    heading(page, words, "others")
    for other in diagnosis.others:
        mark, style = MARKS[other.verdict.accepted]
        head = other.verdict.refusals[0] if other.verdict.refusals else None
        told = words.say(f"verdict.{other.verdict.accepted.value}") + (words.aside(head.cause) if head else "")
        count = len(other.handshakes)
        seen = diagnosis.situation.handshake
        where = frames(other.handshakes, words, seen.item if seen is not None else "")
        text = words.say("says.other", verdict=told, count=count, frames=where)
        page.write(text, first=(Span(f"  {mark} ", style),))


def write_ruled_out(diagnosis: Diagnosis, words: Words, page: Page) -> None:
    """The causes that were looked for and not found."""
    causes = diagnosis.verdict.ruled_out
    if not causes:
        return
    heading(page, words, "ruled-out")
    page.write(Span(", ".join(causes), "dim"), first="  ")
