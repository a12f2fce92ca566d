"""A report as text for a terminal: the headline first, then the handshake, the certificates, the reason, what is open.

Owns the order and the look of the sections. Sentences come from ``sentences``, drawing from ``ladder`` and ``chain``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tlswhy.model.handshake import Handshake
from tlswhy.model.where import Where
from tlswhy.oddity import Oddity
from tlswhy.render import sentences
from tlswhy.render.chain import draw_chain
from tlswhy.render.differences import draw_comparison
from tlswhy.render.figures import moment
from tlswhy.render.inert import inert
from tlswhy.render.ink import Page, Span, cells, painted
from tlswhy.render.ladder import Blame, draw
from tlswhy.render.words import Words
from tlswhy.report import Diagnosis, Report
from tlswhy.situation import Situation
from tlswhy.unseen import Unseen
from tlswhy.verdict import Accepted, Gap, Refusal, Stage

NARROW = 60
"""Columns below which a label gets a line of its own."""
MOST_FRAMES = 12
MOST_ODDITIES = 8
MOST_CAUSES = 6
MARKS = {Accepted.NO: ("✘", "bad"), Accepted.YES: ("✔", "good"), Accepted.CANNOT_TELL: ("?", "unsure")}

_KINDS = {
    Stage.VERSION: {"server-hello"},
    Stage.SUITE: {"server-hello"},
    Stage.GROUP: {"server-key-exchange", "hello-retry"},
    Stage.CERTIFICATE_MESSAGE: {"certificate"},
    Stage.CHAIN: {"certificate"},
    Stage.NAME: {"certificate"},
    Stage.KEY_EXCHANGE: {"server-key-exchange"},
    Stage.HANDSHAKE_SIGNATURE: {"server-key-exchange", "certificate-verify"},
    Stage.CLIENT_CERTIFICATE: {"certificate-request"},
    Stage.FINISH: {"alert"},
}
_KINDS_BY_CAUSE = {
    "not-tls": {"not-tls"},
    "connection-reset": {"rst"},
    "connection-closed": {"fin"},
    "tcp-refused": {"rst"},
    "timeout": {"client-hello"},
    "suite-refused-by-vendor": {"server-hello"},
    "no-common-version": {"server-hello", "alert"},
    "server-alert": {"alert"},
    "sni-unrecognized": {"alert"},
}


def report_text(report: Report, words: Words, width: int, *, color: bool, unicode: bool) -> str:
    """The whole report; every line at most ``width`` columns wide."""
    page = Page(width, unicode)
    if len(report.diagnoses) > 1:
        for number, diagnosis in enumerate(report.diagnoses, 1):
            _headline(diagnosis, words, page, number=number)
    for number, diagnosis in enumerate(report.diagnoses, 1):
        if len(report.diagnoses) > 1:
            page.blank()
            _rule(page, f"{number}/{len(report.diagnoses)}", "", double=True)
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
        _heading(page, words, "chain", _trust(diagnosis.situation, words))
        draw_chain(diagnosis.situation, _blamed_certificates(diagnosis), words, page)
    _why(diagnosis, words, page)
    _next(diagnosis, words, page)
    _gaps(diagnosis, words, page)
    _contradictions(diagnosis, words, page)
    if diagnosis.comparison is not None:
        _heading(page, words, "comparison")
        draw_comparison(diagnosis.comparison, words, page)
    _others(diagnosis, words, page)
    if diagnosis.display_filter:
        _heading(page, words, "filter")
        page.write(Span(diagnosis.display_filter, "name"), first="  ")
    _ruled_out(diagnosis, words, page)


def _headline(diagnosis: Diagnosis, words: Words, page: Page, number: int | None = None) -> None:
    mark, style = MARKS[diagnosis.verdict.accepted]
    lead = (Span(f"{mark} ", style),) if number is None else (Span(f"{number:>3}  ", "dim"), Span(f"{mark} ", style))
    page.write(Span(sentences.headline(diagnosis, words), "strong" if number is None else ""), first=lead)


def _heading(page: Page, words: Words, name: str, right: str = "") -> None:
    page.blank()
    _rule(page, words.say(f"heading.{name}"), right)
    page.blank()


def _rule(page: Page, title: str, right: str, *, double: bool = False) -> None:
    """A title in a line over the whole width, with something small at its right end where that fits."""
    title, right = (page.ink(text)[0].text for text in (title, right))
    room = page.width - cells(title) - 4
    if right and cells(right) > room - 6:
        right = ""
    shaft = room - (cells(right) + 3 if right else 0)
    end = (Span(f" {right} ", "dim"), Span("─", "dim")) if right else ()
    page.put((Span("─ ", "dim"), Span(title, "strong"), Span(" " + "─" * max(shaft, 1), "dim"), *end))


def _fields(page: Page, rows: Iterable[tuple[str, Sequence[Span]]]) -> None:
    """Label and text, the texts below each other."""
    rows = [(label, spans) for label, spans in rows if spans]
    column = max((cells(label) for label, _ in rows), default=0)
    for label, spans in rows:
        if page.width < NARROW:
            page.write(Span(label, "dim"), first="  ")
            page.write(spans, first="    ")
            continue
        page.write(spans, first=(Span(f"  {label}{' ' * (column - cells(label))}  ", "dim"),))


def _facts(diagnosis: Diagnosis, words: Words, page: Page) -> None:
    situation = diagnosis.situation
    server = [Span(diagnosis.server or "")]
    if diagnosis.host is not None and diagnosis.server:
        server.append(Span(f" · {inert(diagnosis.host)}"))
    elif diagnosis.host is not None:
        server = [Span(inert(diagnosis.host))]
    when = [Span(moment(diagnosis.moment))]
    if situation.foretelling and situation.handshake is not None:
        when.append(Span(" · " + words.say("says.foretold"), "dim"))
    if situation.flight.assumed:
        when.append(Span(" · " + words.say("says.assumed-flight"), "dim"))
    rows = [
        (words.say("line.client"), _client(diagnosis, words)),
        (words.say("line.server"), server),
        (words.say("line.moment"), when),
    ]
    if diagnosis.client.policy.masks and diagnosis.verdict.accepted is not Accepted.YES:
        rows.append((words.say("line.mask"), [Span(words.say("says.mask", mask=diagnosis.client.policy.masks))]))
    _fields(page, rows)


def _client(diagnosis: Diagnosis, words: Words) -> list[Span]:
    client = diagnosis.client
    spans = [Span(client.id, "client")]
    if client.policy.title and client.policy.title != client.id:
        spans.append(Span(f" · {client.policy.title}"))
    notes = [words.say(f"how.{client.how}")]
    if client.also:
        notes.append(words.say("says.client-also", also=client.also, count=len(client.also)))
    if client.members:
        notes.append(words.say("says.client-members", members=client.members))
    if client.differs:
        what = [str(difference.get("what", next(iter(difference), ""))) for difference in client.differs]
        notes.append(words.say("says.client-nearest", differs=what))
    if client.policy.stands_for:
        notes.append(words.say("says.client-stands-for", id=client.policy.stands_for, asked=client.policy.id))
    if not client.policy.measured:
        notes.append(words.say("says.client-not-measured"))
    return [*spans, Span(f" · {' · '.join(notes)}", "dim")]


def _handshake(diagnosis: Diagnosis, handshake: Handshake, words: Words, page: Page) -> None:
    _heading(page, words, "handshake", inert(handshake.item.rsplit("/", 1)[-1], 60))
    draw(handshake, words, page, _blame(diagnosis))
    rest = diagnosis.handshakes[1:]
    if rest:
        page.blank()
        told = words.say("says.connections", count=len(rest), frames=_frames(rest, words))
        page.write(Span(told, "dim"), first="  ")


def _frames(handshakes: Sequence[Handshake], words: Words) -> str:
    """Where other connections stand: their first frames, by capture where there are several."""
    items = {handshake.item for handshake in handshakes}
    shown = handshakes[:MOST_FRAMES]
    if len(items) == 1:
        text = words.say("says.frames", numbers=[h.first_frame for h in shown])
    else:
        text = ", ".join(f"{inert(h.item.rsplit('/', 1)[-1], 40)} {h.first_frame}" for h in shown)
    return f"{text}, …" if len(handshakes) > len(shown) else text


def _trust(situation: Situation, words: Words) -> str:
    if isinstance(situation.trust, Unseen):
        return words.say("says.trust-unseen")
    return words.say("says.trust", count=len(situation.trust)) if situation.trust else words.say("says.trust-none")


def _blame(diagnosis: Diagnosis) -> Blame:
    if not diagnosis.verdict.refusals:
        return Blame()
    head = diagnosis.verdict.refusals[0]
    kinds = _KINDS_BY_CAUSE.get(head.cause) or _KINDS.get(head.stage, set())
    return Blame(frozenset(kinds))


def _blamed_certificates(diagnosis: Diagnosis) -> frozenset[int]:
    if not diagnosis.verdict.refusals:
        return frozenset()
    places = (where.place.split(" ") for where in diagnosis.verdict.refusals[0].where)
    return frozenset(int(parts[1]) for parts in places if parts[0] == "certificate" and parts[1].isdigit())


def _why(diagnosis: Diagnosis, words: Words, page: Page) -> None:
    if not diagnosis.verdict.refusals:
        return
    head = diagnosis.verdict.refusals[0]
    _heading(page, words, "why", head.cause)
    rows: list[tuple[str, list[Span]]] = [
        (words.say("line.cause"), [Span(sentences.cause_title(head.cause, words))]),
        (words.say("line.certainty"), _certainty(head, words)),
        (words.say("line.where"), [Span(places(head.where, words))]),
        (words.say("line.rule"), [Span(sentences.rule(head, words))]),
    ]
    if entry := head.facts.get("entry"):
        rows.append((words.say("line.policy"), [Span(inert(str(entry)), "name")]))
    if checker := head.facts.get("rule"):
        rows.append((words.say("line.checked"), [Span(inert(str(checker)), "name")]))
    sources = "; ".join(_source(source.kind, source.text, words) for source in head.sources)
    rows += [
        (words.say("line.source"), [Span(sources)]),
        (words.say("line.look"), [Span(words.say(f"cause.{head.cause}.look", head.facts))]),
        (words.say("line.next"), [Span(words.say(f"cause.{head.cause}.next", head.facts))]),
    ]
    _fields(page, [(label, spans) for label, spans in rows if any(span.text for span in spans)])
    if head.candidates:
        _heading(page, words, "candidates")
        _named(page, ((cause, sentences.cause_title(cause, words)) for cause in head.candidates))


def _certainty(refusal: Refusal, words: Words) -> list[Span]:
    kind = refusal.certainty.value
    return [Span(words.say(f"certainty.{kind}"), "strong"), Span(": " + words.say(f"certainty.{kind}-means"))]


def _source(kind: str, text: str, words: Words) -> str:
    return f"{words.say_if(f'source.{kind}') or kind}: {inert(text)}"


def places(wheres: Sequence[Where], words: Words) -> str:
    """Places in the language, those of one item together: "frame 14 and frame 3 of x.pcap, certificate 0"."""
    by_item: dict[str, list[str]] = {}
    for where in wheres:
        kind, _, number = where.place.partition(" ")
        told = words.say_if(f"place.{kind}", number=number) or inert(where.place)
        item = "" if kind == "certificate" else where.item.rsplit("/", 1)[-1]
        by_item.setdefault(item, []).append(told)
    parts = []
    for item, names in by_item.items():
        listed = words.listed(list(dict.fromkeys(names)))
        parts.append(words.say("place.of", place=listed, item=item) if item else listed)
    return ", ".join(parts)


def _named(page: Page, rows: Iterable[tuple[str, str]]) -> None:
    rows = list(rows)
    column = max((cells(name) for name, _ in rows), default=0)
    if column > page.width // 2:
        for name, text in rows:
            page.write((Span(name, "name"),), first="  ")
            page.write(text, first="    ")
        return
    for name, text in rows:
        page.write(text, first=(Span(f"  {name}{' ' * (column - cells(name))}  ", "name"),))


def _next(diagnosis: Diagnosis, words: Words, page: Page) -> None:
    rest = diagnosis.verdict.refusals[1:]
    if not rest:
        return
    _heading(page, words, "next-hits")
    for number, refusal in enumerate(rest, 2):
        lead = (Span(f"  {number}. ", "dim"),)
        reason = sentences.reason(refusal, words)
        certainty = words.say(f"certainty.{refusal.certainty.value}")
        page.write((Span(refusal.cause, "name"), Span(f": {reason} "), Span(f"({certainty})", "dim")), first=lead)


def _gaps(diagnosis: Diagnosis, words: Words, page: Page) -> None:
    grouped: dict[str, list[Gap]] = {}
    for gap in diagnosis.verdict.gaps:
        grouped.setdefault(gap.needs, []).append(gap)
    if not grouped:
        return
    ended = sentences.ended_early(diagnosis)
    _heading(page, words, "gaps")
    for gaps in grouped.values():
        needs = sentences.gap_needs(gaps[0], words)
        page.write((Span(words.say("says.not-seen", needs=needs), "strong"),), first=(Span("  ? ", "unsure"),))
        page.write(sentences.gap_how(gaps[0], words, ended), first="    ")
        causes = [gap.cause for gap in gaps if gap.cause]
        if causes:
            more = len(causes) - MOST_CAUSES
            text = ", ".join(causes[:MOST_CAUSES] if more > 1 else causes)
            text += f" {words.say('says.more-causes', count=more)}" if more > 1 else ""
            page.write(Span(f"{words.say('says.leaves-open')} {text}", "dim"), first="    ")


def _contradictions(diagnosis: Diagnosis, words: Words, page: Page) -> None:
    if not diagnosis.verdict.contradictions:
        return
    _heading(page, words, "contradictions")
    for contradiction in diagnosis.verdict.contradictions:
        page.write(sentences.contradiction(contradiction, words), first=(Span("  ! ", "unsure"),))


def _others(diagnosis: Diagnosis, words: Words, page: Page) -> None:
    if not diagnosis.others:
        return
    _heading(page, words, "others")
    for other in diagnosis.others:
        mark, style = MARKS[other.verdict.accepted]
        head = other.verdict.refusals[0] if other.verdict.refusals else None
        told = words.say(f"verdict.{other.verdict.accepted.value}") + (f" ({head.cause})" if head else "")
        count = len(other.handshakes)
        text = words.say("says.other", verdict=told, count=count, frames=_frames(other.handshakes, words))
        page.write(text, first=(Span(f"  {mark} ", style),))


def _ruled_out(diagnosis: Diagnosis, words: Words, page: Page) -> None:
    causes = diagnosis.verdict.ruled_out
    if not causes:
        return
    _heading(page, words, "ruled-out")
    page.write(Span(", ".join(causes), "dim"), first="  ")


def _oddities(oddities: Sequence[Oddity], words: Words, page: Page) -> None:
    """The odd things, the same ones counted once."""
    if not oddities:
        return
    told: dict[tuple[str, str], list[Oddity]] = {}
    for oddity in oddities:
        told.setdefault((oddity.item, sentences.oddity(oddity, words)), []).append(oddity)
    _heading(page, words, "oddities")
    for (item, text), same in list(told.items())[:MOST_ODDITIES]:
        where = ", ".join(part for part in (inert(item.rsplit("/", 1)[-1]), _place(same, words)) if part)
        page.write((Span(f"{where}: " if where else "", "dim"), Span(text)), first=(Span("  ! ", "unsure"),))
    if len(told) > MOST_ODDITIES:
        page.write(Span(words.say("says.more-oddities", count=len(told) - MOST_ODDITIES), "dim"), first="    ")


def _place(same: Sequence[Oddity], words: Words) -> str:
    first = next((oddity.place for oddity in same if oddity.place), "")
    kind, _, number = first.partition(" ")
    told = words.say_if(f"place.{kind}", number=number) or inert(first) if first else ""
    return f"{told} (×{len(same)})" if len(same) > 1 else told
