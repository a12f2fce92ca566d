"""Before and after, side by side: what a report said of a server, and what it answers now; where that is no cure, what
is still wrong and what to change, as ``explain`` says it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from tlswhy.frozen import frozen
from tlswhy.model.flight import Flight
from tlswhy.remedy.plan import negotiated
from tlswhy.render import sentences
from tlswhy.render.figures import moment
from tlswhy.render.ink import Page, Span, cells, painted, wrap
from tlswhy.render.json import diagnosis_json, handshake_line
from tlswhy.render.layout import MARKS
from tlswhy.render.markdown import in_markdown, still_wrong
from tlswhy.render.plans import write_plans
from tlswhy.render.reasons import write_gaps, write_next, write_why
from tlswhy.render.words import Words
from tlswhy.report import Diagnosis
from tlswhy.unseen import Unseen
from tlswhy.verdict import Accepted
from tlswhy.wire.numbers import version_number

ANSWER = ("server_hello", "key_exchange", "certificates")
NOT_THERE = frozenset({"tcp-refused", "timeout", "dns-failed"})
PROOF_SCHEMA = "tlswhy.proof/1"
GAP = 3


@frozen
class Proof:
    """``before``: the diagnosis as the report has it; ``after``: the one of now."""

    before: Mapping[str, Any]
    after: Diagnosis

    @property
    def outcome(self) -> str:
        """``cured``, ``accepted-as-before``, ``still-refused``, ``refused-otherwise``, ``refused-now``, ``open``."""
        now = self.after.verdict
        if now.accepted is Accepted.CANNOT_TELL:
            return "open"
        was_refused = self.before.get("verdict") == Accepted.NO.value
        if now.accepted is Accepted.YES:
            return "accepted-as-before" if self.before.get("verdict") == Accepted.YES.value else "cured"
        if not was_refused:
            return "refused-now"
        return "still-refused" if self._cause_before() == now.refusals[0].cause else "refused-otherwise"

    @property
    def notes(self) -> tuple[str, ...]:
        """What stands out between then and now, as codes: ``not-there``, ``as-before`` (whoever changed something
        changed it elsewhere, or did not restart), ``other-leaf``, ``other-chain``."""
        refusals = self.after.verdict.refusals
        if refusals and refusals[0].cause in NOT_THERE:
            return ("not-there",)
        before = _first_line(self.before)
        if not before or not self.after.handshakes:
            return ()
        after = handshake_line(self.after.handshakes[0])
        found = []
        sent, sends = before.get("certificates"), after["certificates"]
        if isinstance(sent, list) and sent and sends and sent != sends:
            found.append("other-leaf" if sent[0] != sends[0] else "other-chain")
        same = all(before.get(key) == after[key] for key in ANSWER) and _alerts(before) == _alerts(after)
        if self.outcome == "still-refused" and same:
            found.append("as-before")
        return tuple(found)

    def _cause_before(self) -> str | None:
        refusals = self.before.get("refusals")
        return refusals[0].get("cause") if isinstance(refusals, list) and refusals else None


def proofs_json(proofs: Iterable[Proof], words: Words) -> dict[str, Any]:
    """All of them as one JSON value."""
    return {
        "schema": PROOF_SCHEMA,
        "proofs": [
            {
                "outcome": proof.outcome,
                "message": words.say(f"prove.{proof.outcome}"),
                "notes": [{"what": note, "message": words.say(f"prove.{note}")} for note in proof.notes],
                "before": dict(proof.before),
                "after": diagnosis_json(proof.after, words),
            }
            for proof in proofs
        ],
    }


def proofs_text(proofs: Sequence[Proof], words: Words, width: int, *, color: bool, unicode: bool) -> str:
    """All of them for a terminal, each with two columns where there is room."""
    page = Page(width, unicode)
    for proof in proofs:
        page.blank()
        _write(proof, words, page)
    return painted(page.lines, color=color)


def _write(proof: Proof, words: Words, page: Page) -> None:
    after = proof.after
    mark, style = MARKS[after.verdict.accepted]
    told = words.say(f"prove.{proof.outcome}")
    name = f"{sentences.client_name(after, words)} · {sentences.server_name(after, words)}"
    page.write((Span(told, "strong"), Span(f" · {name}")), first=(Span(f"{mark} ", style),))
    page.blank()
    left = [(words.say("prove.before"), _side_before(proof.before, words))]
    right = [(words.say("prove.after"), _side_after(after, words))]
    column = (page.width - 2 - GAP) // 2
    for (head_left, texts_left), (head_right, texts_right) in zip(left, right, strict=True):
        _row([Span(head_left, "dim")], [Span(head_right, "dim")], column, page)
        for one, other in zip(texts_left, texts_right, strict=True):
            _row(one, other, column, page)
    for note in proof.notes:
        page.blank()
        page.write(words.say(f"prove.{note}"), first="  ")
    if after.verdict.accepted is not Accepted.YES:
        write_why(after, words, page)
        write_plans(after, words, page)
        write_next(after, words, page)
        write_gaps(after, words, page)


def proofs_markdown(proofs: Sequence[Proof], words: Words) -> str:
    """All of them for a ticket: before and after as a table, then what is still wrong."""
    lines: list[str] = []
    for proof in proofs:
        lines += [*_markdown(proof, words), ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def _markdown(proof: Proof, words: Words) -> Iterator[str]:
    after = proof.after
    mark, _ = MARKS[after.verdict.accepted]
    name = f"{sentences.client_name(after, words)} · {sentences.server_name(after, words)}"
    yield f"# {mark} {in_markdown(words.say(f'prove.{proof.outcome}'))} · {in_markdown(name)}"
    yield from ("", f"| {words.say('prove.before')} | {words.say('prove.after')} |", "|---|---|")
    for row in zip(_side_before(proof.before, words), _side_after(after, words), strict=True):
        yield f"| {' | '.join(in_markdown(''.join(span.text for span in side)) for side in row)} |"
    if notes := proof.notes:
        yield from ("", *(f"- {in_markdown(words.say(f'prove.{note}'))}" for note in notes))
    yield from ("", f"{words.say('line.moment')}{words.colon}{moment(after.moment)}")
    if after.verdict.accepted is not Accepted.YES:
        yield from still_wrong(after, words)


def _row(left: Sequence[Span], right: Sequence[Span], column: int, page: Page) -> None:
    ones = list(wrap(page.ink(left), column, column)) or [()]
    others = list(wrap(page.ink(right), column, column)) or [()]
    for number in range(max(len(ones), len(others))):
        one = ones[number] if number < len(ones) else ()
        other = others[number] if number < len(others) else ()
        page.put((Span("  "), *one, Span(" " * (column - cells(one) + GAP)), *other))


def _first_line(before: Mapping[str, Any]) -> Mapping[str, Any]:
    """The connection that the report judged, as far as it has one."""
    lines = before.get("handshakes")
    return lines[0] if isinstance(lines, list) and lines and isinstance(lines[0], dict) else {}


def _alerts(line: Mapping[str, Any]) -> list[object]:
    """What the server's say, wherever they stand; our own connection shows no client's."""
    alerts = line.get("alerts")
    listed = [each for each in alerts if isinstance(each, dict)] if isinstance(alerts, list) else []
    return [each.get("description") for each in listed if each.get("from") == "server"]


def _side_before(before: Mapping[str, Any], words: Words) -> list[list[Span]]:
    verdict = str(before.get("verdict"))
    known = {accepted.value: accepted for accepted in Accepted}
    mark, style = MARKS[known.get(verdict, Accepted.CANNOT_TELL)]
    line = _first_line(before)
    hello, exchange = line.get("server_hello") or {}, line.get("key_exchange") or {}
    return [
        [Span(f"{mark} ", style), Span(words.say_if(f"verdict.{verdict}") or verdict)],
        [Span(_cause(before))],
        [Span(_chosen(_number(hello.get("version")), hello.get("cipher_suite"), exchange.get("dh_bits"), words))],
        [Span(words.say("prove.certificates", count=len(line.get("certificates") or ())))],
    ]


def _side_after(after: Diagnosis, words: Words) -> list[list[Span]]:
    mark, style = MARKS[after.verdict.accepted]
    now = negotiated(after.situation.flight)
    chosen = words.say("plan.nothing-agreed") if now is None else _chosen(now.version, now.suite, now.dh_bits, words)
    head = after.verdict.refusals[0].cause if after.verdict.refusals else ""
    return [
        [Span(f"{mark} ", style), Span(words.say(f"verdict.{after.verdict.accepted.value}"))],
        [Span(head)],
        [Span(chosen)],
        [Span(words.say("prove.certificates", count=_length(after.situation.flight)))],
    ]


def _cause(before: Mapping[str, Any]) -> str:
    refusals = before.get("refusals") or [{}]
    return str(refusals[0].get("cause") or "")


def _number(version: object) -> int | None:
    return version_number(version) if isinstance(version, str) else None


def _chosen(version: object, suite: object, bits: object, words: Words) -> str:
    values = {"version": version, "suite": suite, "bits": bits}
    return words.say("plan.agreed", values) if version and suite else words.say("plan.nothing-agreed")


def _length(flight: Flight) -> int:
    return 0 if flight.chain is None or isinstance(flight.chain, Unseen) else len(flight.chain)
