"""What all sections of a report share: headings, labelled fields, named lists, places, frames.

Owns their look; knows nothing of what stands in them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tlswhy.model.handshake import Handshake
from tlswhy.model.where import Where
from tlswhy.render.inert import item_name, shortened
from tlswhy.render.ink import Page, Span, cells
from tlswhy.render.words import Words
from tlswhy.verdict import Accepted

NARROW = 60
"""Columns below which a label gets a line of its own."""
MOST_FRAMES = 12
MARKS = {Accepted.NO: ("✘", "bad"), Accepted.YES: ("✔", "good"), Accepted.CANNOT_TELL: ("?", "unsure")}


def heading(page: Page, words: Words, name: str, right: str = "") -> None:
    """The title of a section, between blank lines."""
    page.blank()
    rule(page, words.say(f"heading.{name}"), right)
    page.blank()


def rule(page: Page, title: str, right: str, *, double: bool = False) -> None:
    """A title in a line over the whole width, with something small at its right end where that fits."""
    title, right = (page.ink(text)[0].text for text in (title, right))
    room = page.width - cells(title) - 3
    if right and cells(right) > room - 6:
        right = ""
    shaft = room - (cells(right) + 3 if right else 0)
    end = (Span(f" {right} ", "dim"), Span("─", "dim")) if right else ()
    page.put((Span("─ ", "dim"), Span(title, "strong"), Span(" " + "─" * max(shaft, 1), "dim"), *end))


def fields(page: Page, rows: Iterable[tuple[str, Sequence[Span]]]) -> None:
    """Label and text, the texts below each other."""
    rows = [(label, spans) for label, spans in rows if any(span.text for span in spans)]
    column = max((cells(label) for label, _ in rows), default=0)
    for label, spans in rows:
        if page.width < NARROW:
            if label:
                page.write(Span(label, "dim"), first="  ")
            page.write(spans, first="    ")
            continue
        page.write(spans, first=(Span(f"  {label}{' ' * (column - cells(label))}  ", "dim"),))


def places(wheres: Sequence[Where], words: Words) -> str:
    """Places in the language, those of one item together: "frame 14 and frame 3 of x.pcap, certificate 0"."""
    by_item: dict[str, list[str]] = {}
    for where in wheres:
        kind, _, number = where.place.partition(" ")
        told = words.say_if(f"place.{kind}", number=number) or shortened(where.place)
        item = "" if kind == "certificate" else item_name(where.item)
        by_item.setdefault(item, []).append(told)
    parts = []
    for item, names in by_item.items():
        listed = words.listed(list(dict.fromkeys(names)))
        parts.append(words.say("place.of", place=listed, item=item) if item else listed)
    return words.grammar.between.join(parts)


def named(page: Page, rows: Iterable[tuple[str, str]]) -> None:
    """IDs and what they mean, the meanings below each other."""
    rows = list(rows)
    column = max((cells(name) for name, _ in rows), default=0)
    if column > page.width // 2:
        for name, text in rows:
            page.write((Span(name, "name"),), first="  ")
            page.write(text, first="    ")
        return
    for name, text in rows:
        page.write(text, first=(Span(f"  {name}{' ' * (column - cells(name))}  ", "name"),))


def frames(handshakes: Sequence[Handshake], words: Words, shown_item: str = "") -> str:
    """Where other connections stand: their first frames, by capture where there are several, or where it is another
    than ``shown_item``."""
    items = {handshake.item for handshake in handshakes}
    shown = handshakes[:MOST_FRAMES]
    if len(items) == 1:
        told = "says.frames" if shown[0].counted == "frame" else "says.lines"
        text = words.say(told, count=len(shown), numbers=[h.first_frame for h in shown])
        if shown_item and shown_item not in items:
            text = words.say("place.of", place=text, item=item_name(shown[0].item, 40))
    else:
        text = ", ".join(f"{item_name(h.item, 40)} {h.first_frame}" for h in shown)
    return f"{text}, …" if len(handshakes) > len(shown) else text
