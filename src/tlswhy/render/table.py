"""Tables of text whose rows are written as they come: the widths are settled before the first row.

Owns how a handshake becomes one line, and how lists of clients and causes are set.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from tlswhy.model.handshake import Handshake, Outcome
from tlswhy.render.figures import alert, version
from tlswhy.render.inert import item_name, shortened
from tlswhy.render.ink import Page, Span, cells, painted
from tlswhy.render.words import Words
from tlswhy.wire.numbers import suite_name

WIDE_ENOUGH = 72
"""Columns from which on addresses stand below each other."""
_MARKS = {Outcome.COMPLETED: ("✔", "good"), Outcome.BROKEN: ("✘", "bad"), Outcome.OPEN: ("?", "unsure")}
_ADDRESS = 21


def handshake_rows(
    found: Iterable[Handshake], words: Words, width: int, *, color: bool, unicode: bool
) -> Iterator[str]:
    """One text a handshake, a new capture's name above its first."""
    capture: str | None = None
    for handshake in found:
        page = Page(width, unicode)
        if handshake.item != capture:
            if capture is not None:
                page.lines.append(())
            page.write(Span(shortened(handshake.item), "strong"))
            capture = handshake.item
        _write(handshake, words, page)
        yield painted(page.lines, color=color)


def _write(handshake: Handshake, words: Words, page: Page) -> None:
    mark, style = _MARKS[handshake.outcome]
    column = _ADDRESS if page.width >= WIDE_ENOUGH else 0
    lead = (
        Span(f"{handshake.first_frame:>7}  ", "dim"),
        Span(f"{handshake.client!s:<{column}} → {handshake.server!s:<{column}}  "),
        Span(f"{mark} ", style),
    )
    if column:
        page.write(_details(handshake, words), first=lead, rest=" " * (cells(lead) if page.width > 110 else 9))
    else:
        page.write((*lead[1:], Span(_details(handshake, words))), first=lead[0])


def _details(handshake: Handshake, words: Words) -> str:
    """The end first, then what was asked for and chosen."""
    parts = []
    if handshake.alerts and handshake.outcome is not Outcome.COMPLETED:
        told = handshake.alerts[0].message
        parts.append(f"{words.say(f'ladder.{told.span.sender.value}')}{words.colon}{alert(told.description)}")
    elif handshake.outcome is Outcome.BROKEN:
        parts.append(words.say("ladder.end-broken"))
    elif handshake.outcome is Outcome.OPEN:
        parts.append(words.say("ladder.end-open"))
    hello = handshake.hello
    if hello is not None and hello.server_name:
        parts.append(shortened(hello.server_name, 60))
    if handshake.server_hello is not None:
        chosen = handshake.server_hello.message
        parts.append(f"{version(chosen.version)} · {suite_name(chosen.cipher_suite)}")
    if handshake.later:
        item, frame = handshake.place(handshake.last_frame)
        parts.append(words.say("ladder.goes-on", item=item_name(item), frame=frame))
    return " · ".join(parts)


def two_columns(rows: Sequence[tuple[str, str, str]], page: Page) -> None:
    """Name, text and a small note; names in a column where the page is wide enough."""
    column = max((cells(name) for name, _, _ in rows), default=0)
    for name, text, note in rows:
        spans = (Span(text), Span(f" {note}" if note else "", "dim"))
        if column + 24 > page.width:
            page.write(Span(name, "name"))
            page.write(spans, first="    ")
        else:
            page.write(spans, first=(Span(f"{name}{' ' * (column - cells(name))}  ", "name"),))


def run_of(clients: Sequence[str]) -> str:
    """A run of neighbouring clients by its ends; the family is said once."""
    first, last = clients[0], clients[-1]
    if len(clients) == 1:
        return first
    shown = last.removeprefix(f"{first.partition('/')[0]}/")
    return f"{first}, {shown}" if len(clients) == 2 else f"{first} … {shown}"
