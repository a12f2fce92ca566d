"""A report as Markdown: what one pastes into a ticket. The same sentences as the text, commands in fenced blocks.

Owns the order and the marks of Markdown; foreign strings are made inert and can't start a block. The ladder and the
chain are those of the terminal, in a fence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from tlswhy.render import missing, sentences
from tlswhy.render.blame import blame, blamed_certificates, blamed_part
from tlswhy.render.chain import draw_chain
from tlswhy.render.figures import moment
from tlswhy.render.guess import guess_sentence
from tlswhy.render.inert import inert
from tlswhy.render.ink import Page, painted
from tlswhy.render.ladder import draw
from tlswhy.render.layout import MARKS, places
from tlswhy.render.plans import (
    answering,
    assumption,
    before,
    change_sentence,
    condition,
    firm_with,
    noticed,
    risk,
    without_plan,
)
from tlswhy.render.recipes import how_sure, sections
from tlswhy.render.services import service_marks
from tlswhy.render.words import Words
from tlswhy.report import Diagnosis, Plan, Recipe, Report
from tlswhy.unseen import Unseen

WIDTH = 100


def report_markdown(report: Report, words: Words) -> str:
    """The whole report; ends with a line end."""
    lines: list[str] = []
    for diagnosis in report.diagnoses:
        lines += [*_diagnosis(diagnosis, words), ""]
    if report.oddities:
        lines += [f"## {words.say('heading.oddities')}", ""]
        told = ((oddity.item, sentences.oddity(oddity, words)) for oddity in report.oddities)
        lines += [f"- {in_markdown(item)}{words.colon}{in_markdown(text)}" for item, text in told]
    return "\n".join(lines).rstrip("\n") + "\n"


def still_wrong(diagnosis: Diagnosis, words: Words) -> Iterator[str]:
    """The reasons, the plans, and what is missing: without the pictures."""
    yield from _why(diagnosis, words)
    yield from _plans(diagnosis, words)
    yield from _gaps(diagnosis, words)


def in_markdown(text: str) -> str:
    """Text that is nothing but text: no mark of Markdown or HTML in it has a meaning."""
    return re.sub(r"([\\`*_\[\]<>|#])", r"\\\1", inert(text))


def _diagnosis(diagnosis: Diagnosis, words: Words) -> Iterator[str]:
    mark, _ = MARKS[diagnosis.verdict.accepted]
    yield f"# {mark} {in_markdown(sentences.headline(diagnosis, words))}"
    yield ""
    yield from _table(diagnosis, words)
    yield from _why(diagnosis, words)
    yield from _plans(diagnosis, words)
    if diagnosis.services:
        yield from ("", f"## {words.say('heading.services')}", "")
        yield from (f"- {mark} {in_markdown(told)}" for mark, told in service_marks(diagnosis, words))
    yield from _gaps(diagnosis, words)
    yield from _pictures(diagnosis, words)
    if diagnosis.display_filter:
        yield from ("", f"{words.say('heading.filter')}{words.colon}`{diagnosis.display_filter}`")


def _table(diagnosis: Diagnosis, words: Words) -> Iterator[str]:
    name, title = sentences.client_name(diagnosis, words), sentences.client_title(diagnosis)
    rows = [
        (words.say("line.client"), " · ".join(filter(None, (name, title, *sentences.client_notes(diagnosis, words))))),
        (words.say("line.server"), " · ".join(filter(None, (diagnosis.server, diagnosis.host)))),
        (words.say("line.moment"), moment(diagnosis.moment)),
    ]
    yield "| | |"
    yield "|---|---|"
    yield from (f"| {name} | {in_markdown(text)} |" for name, text in rows if text)


def _why(diagnosis: Diagnosis, words: Words) -> Iterator[str]:
    if not diagnosis.verdict.refusals:
        return
    head = diagnosis.verdict.refusals[0]
    yield from ("", f"## {words.say('heading.why')}{words.colon}`{head.cause}`", "")
    certainty = head.certainty.value
    yield f"- **{words.say('line.certainty')}** {words.say(f'certainty.{certainty}')}{words.colon}" + words.say(
        f"certainty.{certainty}-means"
    )
    if where := places(head.where, words):
        yield f"- **{words.say('line.where')}** {in_markdown(where)}"
    yield f"- **{words.say('line.rule')}** {in_markdown(sentences.rule(head, words))}"
    for source in head.sources:
        kind = words.say_if(f"source.{source.kind}") or source.kind
        yield f"- **{words.say('line.source')}** {kind}{words.colon}{in_markdown(source.text)}"
    if head.candidates:
        yield f"- **{words.say('heading.candidates')}** {', '.join(f'`{cause}`' for cause in head.candidates)}"
    for refusal in diagnosis.verdict.refusals[1:]:
        reason = in_markdown(sentences.reason(refusal, words))
        yield f"- **{words.say('heading.next-hits')}** `{refusal.cause}`{words.colon}{reason}"


def _plans(diagnosis: Diagnosis, words: Words) -> Iterator[str]:
    why_none = without_plan(diagnosis, words)
    if diagnosis.plans or why_none:
        yield from ("", f"## {words.say('heading.plans')}")
    if why_none:
        yield from ("", in_markdown(why_none))
    if guessed := guess_sentence(diagnosis, words):
        yield from ("", in_markdown(guessed))
    sides = [plan.side for plan in diagnosis.plans]
    for number, plan in enumerate(diagnosis.plans):
        lead = "or" if plan.side in sides[:number] else "side"
        yield from ("", f"### {words.say(f'plan.{lead}-{plan.side.value}')}", "")
        if case := condition(plan, words):
            yield from (f"**{in_markdown(case)}**", "")
        yield from (f"{n}. {in_markdown(change_sentence(change, words))}" for n, change in enumerate(plan.changes, 1))
        yield from _proof(plan, words)
        for recipe in plan.recipes if plan.chosen else ():
            yield from _recipe(recipe, words)


def _proof(plan: Plan, words: Words) -> Iterator[str]:
    proof = plan.proof
    yield ""
    yield f"- {MARKS[proof.before][0]} {in_markdown(before(plan, words))}"
    yield f"- {MARKS[proof.after][0]} {in_markdown(answering(plan, words))}"
    if proof.assumes:
        told = words.clauses([assumption(code, words) for code in proof.assumes])
        yield f"- {in_markdown(words.say('plan.assumes', what=told))}"
    if firm := firm_with(plan):
        told = words.clauses([sentences.gap_needs(gap, words) for gap in firm])
        yield f"- {in_markdown(words.say('plan.firm', what=told))}"
    yield f"- {risk(plan, words)}"
    yield from (f"- {in_markdown(sentence)}" for sentence in noticed(plan, words))


def _recipe(recipe: Recipe, words: Words) -> Iterator[str]:
    if recipe.table is None:
        return
    yield from ("", f"#### {words.say('plan.on-platform', platform=recipe.title)}", "", how_sure(recipe, words))
    for label, steps in sections(recipe, words):
        yield from ("", f"**{words.say(f'plan.{label}')}**", "")
        for sentence, typed in steps:
            yield f"- {in_markdown(sentence)}"
            if typed:
                yield from ("", *_fenced(typed.splitlines()), "")


def _gaps(diagnosis: Diagnosis, words: Words) -> Iterator[str]:
    needs = {gap.needs: gap for gap in diagnosis.verdict.gaps}
    if not needs:
        return
    yield from ("", f"## {words.say('heading.gaps')}", "")
    for gap in needs.values():
        yield f"- **{in_markdown(sentences.gap_needs(gap, words))}** {in_markdown(missing.how(gap, words, diagnosis))}"


def _pictures(diagnosis: Diagnosis, words: Words) -> Iterator[str]:
    situation = diagnosis.situation
    if situation.handshake is not None:
        page = Page(WIDTH, unicode=True)
        draw(situation.handshake, words, page, blame(diagnosis))
        yield from ("", f"## {words.say('heading.handshake')}", "", *_fenced(_lines(page)))
    if situation.flight.chain and not isinstance(situation.flight.chain, Unseen):
        page = Page(WIDTH, unicode=True)
        draw_chain(situation, blamed_certificates(diagnosis), words, page, blamed_part(diagnosis))
        yield from ("", f"## {words.say('heading.chain')}", "", *_fenced(_lines(page)))


def _lines(page: Page) -> list[str]:
    return painted(page.lines, color=False).rstrip("\n").splitlines()


def _fenced(lines: Iterable[str]) -> Iterator[str]:
    """A fence longer than any that stands in the lines."""
    lines = list(lines)
    longest = max((len(run) for line in lines for run in re.findall(r"`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    yield fence
    yield from lines
    yield fence
