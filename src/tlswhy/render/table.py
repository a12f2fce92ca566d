"""Tables of text whose rows are written as they come: the widths are settled before the first row.

Owns how a handshake becomes one line, and how lists of clients and causes are set.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from tlswhy.model.handshake import Handshake, Outcome
from tlswhy.render.figures import alert, version
from tlswhy.render.inert import inert
from tlswhy.render.ink import Page, Span, cells, clip, painted
from tlswhy.render.words import Words
from tlswhy.wire.numbers import suite_name

NARROWEST_TABLE = 72
_MARKS = {Outcome.COMPLETED: ("✔", "good"), Outcome.BROKEN: ("✘", "bad"), Outcome.OPEN: ("?", "unsure")}
_ADDRESS = 21


def handshake_rows(
    found: Iterable[Handshake], words: Words, width: int, *, color: bool, unicode: bool
) -> Iterator[str]:
    """One text a handshake (two lines where the width allows no table); a new capture gets its name above."""
    capture: str | None = None
    for handshake in found:
        page = Page(width, unicode)
        if handshake.item != capture:
            if capture is not None:
                page.lines.append(())
            page.put((Span(inert(handshake.item), "strong"),))
            if width >= NARROWEST_TABLE:
                page.put(
                    (Span(_row(*(words.say(f"list.{name}") for name in _HEADS), end=words.say("list.end")), "dim"),)
                )
            capture = handshake.item
        _write(handshake, words, page)
        yield painted(page.lines, color=color)


_HEADS = ("frame", "client", "server", "version")


def _row(frame: str, client: str, server: str, chosen: str, *, end: str) -> str:
    return f"{frame:>8}  {client:<{_ADDRESS}}  {server:<{_ADDRESS}}  {chosen:<7}  {end}"


def _write(handshake: Handshake, words: Words, page: Page) -> None:
    mark, style = _MARKS[handshake.outcome]
    hello = handshake.server_hello.message if handshake.server_hello else None
    chosen = version(hello.version) if hello else "–"
    details = _details(handshake, words)
    client, server = str(handshake.client), str(handshake.server)
    if page.width >= NARROWEST_TABLE:
        line = _row(str(handshake.first_frame), client, server, chosen, end="")
        if cells(line) + 12 <= page.width:
            rest = page.width - cells(line) - 2
            page.put((Span(line), Span(mark, style), Span(" "), *clip((Span(details),), rest)))
            return
    page.write(
        (Span(f"{client} → {server}"), Span(f" · {chosen} · "), Span(mark, style), Span(f" {details}")),
        first=(Span(f"{handshake.first_frame:>6}  ", "dim"),),
    )


def _details(handshake: Handshake, words: Words) -> str:
    """The end first, then what was asked for and chosen."""
    parts = []
    if handshake.alerts and handshake.outcome is not Outcome.COMPLETED:
        told = handshake.alerts[0].message
        parts.append(f"{words.say(f'ladder.{told.span.sender.value}')}: {alert(told.description)}")
    elif handshake.outcome is Outcome.BROKEN:
        parts.append(words.say("ladder.end-broken"))
    elif handshake.outcome is Outcome.OPEN:
        parts.append(words.say("ladder.end-open"))
    hello = handshake.hello
    if hello is not None and hello.server_name:
        parts.append(inert(hello.server_name, 60))
    if handshake.server_hello is not None:
        parts.append(suite_name(handshake.server_hello.message.cipher_suite))
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
