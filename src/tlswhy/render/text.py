"""A report as text for a terminal: the headline first, then the handshake, the certificates, the reason, what is open.

Owns the order and the look of the sections. Sentences come from ``sentences``, drawing from ``ladder`` and ``chain``.
"""

from __future__ import annotations

from collections.abc import Sequence

from tlswhy.model.handshake import Handshake
from tlswhy.oddity import Oddity
from tlswhy.render import sentences
from tlswhy.render.blame import blame, blamed_certificates, blamed_part
from tlswhy.render.chain import draw_chain
from tlswhy.render.differences import draw_comparison
from tlswhy.render.figures import moment
from tlswhy.render.inert import item_name, shortened
from tlswhy.render.ink import Page, Span, painted
from tlswhy.render.ladder import draw
from tlswhy.render.layout import MARKS, fields, frames, heading, places, rule
from tlswhy.render.plans import write_plans
from tlswhy.render.reasons import (
    write_contradictions,
    write_gaps,
    write_next,
    write_others,
    write_ruled_out,
    write_why,
)
from tlswhy.render.services import write_services
from tlswhy.render.survey import write_survey
from tlswhy.render.words import Words
from tlswhy.report import Diagnosis, Report
from tlswhy.situation import Situation
from tlswhy.unseen import Unseen
from tlswhy.verdict import Accepted

MOST_ODDITIES = 8


def report_text(report: Report, words: Words, width: int, *, color: bool, unicode: bool) -> str:
    """The whole report; every line at most ``width`` columns wide."""
    page = Page(width, unicode)
    if len(report.diagnoses) > 1:
        for number, diagnosis in enumerate(report.diagnoses, 1):
            _headline(diagnosis, words, page, number=number)
    for number, diagnosis in enumerate(report.diagnoses, 1):
        if len(report.diagnoses) > 1:
            page.blank()
            rule(page, f"{number}/{len(report.diagnoses)}", "", double=True)
            page.blank()
        _diagnosis(diagnosis, words, page)
    _oddities(report.oddities, words, page)
    return painted(page.lines, color=color)


def _diagnosis(diagnosis: Diagnosis, words: Words, page: Page) -> None:
    _headline(diagnosis, words, page)
    page.blank()
    _facts(diagnosis, words, page)
    if diagnosis.situation.handshake is not None:
        _handshake(diagnosis, diagnosis.situation.handshake, words, page)
    if diagnosis.situation.flight.chain and not isinstance(diagnosis.situation.flight.chain, Unseen):
        heading(page, words, "chain", _trust(diagnosis.situation, words))
        draw_chain(diagnosis.situation, blamed_certificates(diagnosis), words, page, blamed_part(diagnosis))
    write_why(diagnosis, words, page)
    if diagnosis.legs or diagnosis.suspicions or diagnosis.noticed:
        from tlswhy.render.beside import write_beside  # most have nothing of it

        write_beside(diagnosis, words, page)
    write_plans(diagnosis, words, page)
    write_services(diagnosis, words, page)
    write_next(diagnosis, words, page)
    write_gaps(diagnosis, words, page)
    write_contradictions(diagnosis, words, page)
    if diagnosis.comparison is not None:
        heading(page, words, "comparison")
        draw_comparison(diagnosis.comparison, words, page)
    write_others(diagnosis, words, page)
    if diagnosis.situation.survey is not None:
        write_survey(diagnosis.situation.survey, words, page)
    if diagnosis.display_filter:
        heading(page, words, "filter")
        page.write(Span(diagnosis.display_filter, "name"), first="  ")
    write_ruled_out(diagnosis, words, page)


def _headline(diagnosis: Diagnosis, words: Words, page: Page, number: int | None = None) -> None:
    mark, style = MARKS[diagnosis.verdict.accepted]
    lead = (Span(f"{mark} ", style),) if number is None else (Span(f"{number:>3}  ", "dim"), Span(f"{mark} ", style))
    page.write(Span(sentences.headline(diagnosis, words), "strong" if number is None else ""), first=lead)


def _facts(diagnosis: Diagnosis, words: Words, page: Page) -> None:
    situation = diagnosis.situation
    server = [Span(diagnosis.server or "")]
    if diagnosis.host is not None and diagnosis.server:
        server.append(Span(f" · {shortened(diagnosis.host)}"))
    elif diagnosis.host is not None:
        server = [Span(shortened(diagnosis.host))]
    when = [Span(moment(diagnosis.moment))]
    if situation.foretelling and situation.handshake is not None:
        when.append(Span(" · " + words.say("says.foretold"), "dim"))
    if situation.flight.assumed:
        when.append(Span(" · " + _assumption(situation, words), "dim"))
    rows = [
        (words.say("line.client"), _client(diagnosis, words)),
        (words.say("line.server"), server),
        (words.say("line.moment"), when),
    ]
    if (shows := _shows(diagnosis, words)) is not None:
        rows.append((words.say("line.mask"), [Span(shows)]))
    fields(page, rows)


def _assumption(situation: Situation, words: Words) -> str:
    """What the server's answer was taken from, where nobody saw it given to this client."""
    flight = situation.flight
    if situation.configuration is not None and situation.handshake is None:
        return words.say("says.configured-flight", item=situation.configuration.item)
    if isinstance(flight.version, Unseen) and not flight.refused:
        return words.say("says.borrowed-flight")
    if situation.handshake is None and (told := situation.place("server_hello")):
        at = places(told, words)
        return words.say("says.told-flight", version=flight.version, suite=flight.suite, at=at)
    return words.say("says.assumed-flight")


def _shows(diagnosis: Diagnosis, words: Words) -> str | None:
    """What the user reads, and whether it says anything about the cause."""
    masks, shows = diagnosis.client.policy.masks, diagnosis.shows[0] if diagnosis.shows else None
    if shows is not None and shows != masks:
        return words.say("says.shows", text=shows)
    return words.say("says.mask", mask=masks) if masks and diagnosis.verdict.accepted is not Accepted.YES else None


def _client(diagnosis: Diagnosis, words: Words) -> list[Span]:
    name, title = sentences.client_name(diagnosis, words), sentences.client_title(diagnosis)
    spans = [Span(name, "client"), *([Span(f" · {title}")] if title else ())]
    return [*spans, Span(f" · {' · '.join(sentences.client_notes(diagnosis, words))}", "dim")]


def _handshake(diagnosis: Diagnosis, handshake: Handshake, words: Words, page: Page) -> None:
    heading(page, words, "handshake", item_name(handshake.item, 60))
    draw(handshake, words, page, blame(diagnosis))
    rest = diagnosis.handshakes[1:]
    if rest:
        page.blank()
        told = words.say("says.connections", count=len(rest), frames=frames(rest, words, handshake.item))
        page.write(Span(told, "dim"), first="  ")


def _trust(situation: Situation, words: Words) -> str:
    if isinstance(situation.trust, Unseen):
        return words.say("says.trust-unseen")
    return words.say("says.trust", count=len(situation.trust)) if situation.trust else words.say("says.trust-none")


def _oddities(oddities: Sequence[Oddity], words: Words, page: Page) -> None:
    """The odd things, the same ones counted once."""
    if not oddities:
        return
    told: dict[tuple[str, str], list[Oddity]] = {}
    for oddity in oddities:
        told.setdefault((oddity.item, sentences.oddity(oddity, words)), []).append(oddity)
    heading(page, words, "oddities")
    for (item, text), same in list(told.items())[:MOST_ODDITIES]:
        where = ", ".join(part for part in (item_name(item), _place(same, words)) if part)
        page.write((Span(f"{where}{words.colon}" if where else "", "dim"), Span(text)), first=(Span("  ! ", "unsure"),))
    if len(told) > MOST_ODDITIES:
        page.write(Span(words.say("says.more-oddities", count=len(told) - MOST_ODDITIES), "dim"), first="    ")


def _place(same: Sequence[Oddity], words: Words) -> str:
    first = next((oddity.place for oddity in same if oddity.place), "")
    kind, _, number = first.partition(" ")
    told = words.say_if(f"place.{kind}", number=number) or shortened(first) if first else ""
    return f"{told} (×{len(same)})" if len(same) > 1 else told
