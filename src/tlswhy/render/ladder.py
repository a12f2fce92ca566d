"""A handshake as a ladder: who said what in which frame, between two lifelines; where that is too wide, as a list.

Owns how the rungs are drawn. Has no opinion: the kinds of messages that are to blame are handed in.
"""

from __future__ import annotations

from collections.abc import Iterator

from tlswhy.model.handshake import Handshake
from tlswhy.render.ink import Page, Span, cells
from tlswhy.render.rungs import Rung, rungs
from tlswhy.render.words import Words
from tlswhy.side import Side

NARROWEST_LADDER = 64
MOST_RUNGS = 28
KEPT_AT_END = 5


def draw(handshake: Handshake, words: Words, page: Page, blame: frozenset[str]) -> None:
    """Draw the handshake on the page."""
    drawn = _shortened(list(rungs(handshake, words)), words)
    frames = max([5, *(len(str(rung.frame)) for rung in drawn)])
    start = handshake.first_time_ns
    if page.width >= NARROWEST_LADDER:
        _draw_ladder(handshake, drawn, words, page, blame, frames, start)
    else:
        _draw_list(drawn, words, page, blame, frames, start)


def _draw_ladder(
    handshake: Handshake, drawn: list[Rung], words: Words, page: Page, blame: frozenset[str], frames: int, start: int
) -> None:
    gutter = 2 + frames + 2 + _TIME + 2
    inner = page.width - gutter - 2
    counted, time = words.say(f"ladder.{handshake.counted}"), words.say("ladder.time")
    head = f"{' ' * (2 + frames - cells(counted))}{counted}  {' ' * (_TIME - cells(time))}{time}  "
    client = f"{words.say('ladder.client')} {handshake.client}"
    server = f"{words.say('ladder.server')} {handshake.server}"
    if cells(client) + cells(server) + 2 > inner + 2:
        client, server = words.say("ladder.client"), words.say("ladder.server")
    between = " " * (inner + 2 - cells(client) - cells(server))
    page.put((Span(head, "dim"), Span(client, "client"), Span(between), Span(server, "server")))
    rail = Span("│", "dim")
    shown_frame = None
    for rung in drawn:
        side = _gutter(rung, frames, start, repeated=rung.frame == shown_frame)
        shown_frame = rung.frame
        blamed = rung.kind in blame
        if rung.sender is None:
            page.put((Span(" " * gutter), Span("┊", "dim"), Span(f" {rung.name}", "dim")))
            continue
        name, details = _inline(rung, inner)
        page.put((Span(side, "dim"), *_arrow(rung.sender, page.ink(name), inner, blamed)))
        for detail in details:
            room = Page(inner - 3, page.unicode)
            room.write(Span(detail, "bad" if blamed else ""))
            for line in room.lines:
                padding = " " * (inner - 3 - cells(line))
                page.put((Span(" " * gutter), rail, Span("   "), *line, Span(padding), rail))
    page.put((Span(" " * gutter), Span("╵", "dim"), Span(" " * inner), Span("╵", "dim")))


def _arrow(sender: Side, label: tuple[Span, ...], inner: int, blamed: bool) -> Iterator[Span]:
    style = "bad" if blamed else "client" if sender is Side.CLIENT else "server"
    text = "".join(span.text for span in label)
    mark = "✘ " if blamed else ""
    shaft = inner - cells(text) - cells(mark) - 4
    if sender is Side.CLIENT:
        yield from (Span("├─ ", "dim"), Span(mark + text, "bad" if blamed else "strong"), Span(" "))
        yield from (Span("─" * shaft + "▶", style), Span("│", "dim"))
    else:
        yield from (Span("│", "dim"), Span("◀" + "─" * shaft, style), Span(" "))
        yield from (Span(mark + text, "bad" if blamed else "strong"), Span(" ─┤", "dim"))


def _inline(rung: Rung, inner: int) -> tuple[str, tuple[str, ...]]:
    """A single short detail stands behind the name, on the arrow itself."""
    if len(rung.details) == 1:
        whole = f"{rung.name}: {rung.details[0]}"
        if cells(whole) <= inner - 12:
            return whole, ()
    name = rung.name if cells(rung.name) <= inner - 12 else rung.name[: inner - 12]
    return name, rung.details


def _draw_list(drawn: list[Rung], words: Words, page: Page, blame: frozenset[str], frames: int, start: int) -> None:
    shown_frame = None
    for rung in drawn:
        repeated = rung.frame == shown_frame
        shown_frame = rung.frame
        frame = " " * frames if repeated or rung.sender is None else f"{rung.frame:>{frames}}"
        arrow = "┊" if rung.sender is None else "→" if rung.sender is Side.CLIENT else "←"
        blamed = rung.kind in blame
        style = "bad" if blamed else "client" if rung.sender is Side.CLIENT else "server" if rung.sender else "dim"
        when = "" if repeated or rung.sender is None else f" · {offset(rung.time_ns - start)}"
        lead = (Span(f"{frame} ", "dim"), Span(f"{arrow} ", style))
        page.write(
            (Span(("✘ " if blamed else "") + rung.name, "bad" if blamed else "strong"), Span(when, "dim")), first=lead
        )
        for detail in rung.details:
            page.write(Span(detail, "bad" if blamed else ""), first=" " * (frames + 5))


_TIME = 9


def _gutter(rung: Rung, frames: int, start: int, *, repeated: bool) -> str:
    if repeated or rung.sender is None:
        return " " * (2 + frames + 2 + _TIME + 2)
    return f"  {rung.frame:>{frames}}  {offset(rung.time_ns - start):>{_TIME}}  "


def offset(time_ns: int) -> str:
    """Time since the connection's first frame: 12.3 ms, 4.21 s, 3 min."""
    seconds = time_ns / 1e9
    if abs(seconds) < 1:
        return f"{seconds * 1000:.1f} ms"
    return f"{seconds:.2f} s" if abs(seconds) < 1000 else f"{seconds / 60:.0f} min"


def _shortened(rungs: list[Rung], words: Words) -> list[Rung]:
    if len(rungs) <= MOST_RUNGS:
        return rungs
    head, left_out = rungs[: MOST_RUNGS - KEPT_AT_END], rungs[MOST_RUNGS - KEPT_AT_END : -KEPT_AT_END]
    more = words.say("ladder.more", count=len(left_out))
    return [*head, Rung(None, left_out[0].frame, left_out[0].time_ns, "", f"… {more}"), *rungs[-KEPT_AT_END:]]
