"""What stands beside a verdict: the other side of a proxy, suspicions with their grounds, staples and the like.

Owns their sections and sentences. No verdict stands on any of it, and the sentences say so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from tlswhy.model.handshake import Handshake
from tlswhy.model.where import Where
from tlswhy.render.ink import Page, Span
from tlswhy.render.layout import heading, places
from tlswhy.render.words import Words
from tlswhy.report import Diagnosis

if TYPE_CHECKING:
    from tlswhy.observe.legs import Legs
    from tlswhy.observe.noticed import Noticed

MOST_LEGS = 4


def write_beside(diagnosis: Diagnosis, words: Words, page: Page) -> None:
    """The sections, of what there is."""
    if diagnosis.legs:
        heading(page, words, "legs")
        for pair in diagnosis.legs[:MOST_LEGS]:
            for sentence in legs_sentences(pair, words):
                page.write(sentence, first="  ")
        if len(diagnosis.legs) > MOST_LEGS:
            page.write(Span(words.say("legs.more", count=len(diagnosis.legs) - MOST_LEGS), "dim"), first="  ")
    for suspicion in diagnosis.suspicions:
        heading(page, words, "suspicion")
        page.write(suspicion_sentence(suspicion, words), first=(Span("  ? ", "unsure"),))
        for ground in suspicion_grounds(suspicion, words):
            page.write(ground, first="    • ")
        page.write(suspicion_advice(suspicion, words), first="    ")
    if diagnosis.noticed:
        heading(page, words, "noticed")
        for noticed in diagnosis.noticed:
            where = Span(words.aside(places(noticed.where, words)), "dim")
            page.write((Span(noticed_sentence(noticed, words)), where), first="  • ")


def legs_sentences(pair: Legs, words: Words) -> tuple[str, str]:
    """Which connections belong together and why; which of them failed."""
    values = {
        "near": _ends(pair.near, words),
        "far": _ends(pair.far, words),
        "proxy": pair.near.server.address,
        "name": pair.near.server_name,
    }
    passes_on = pair.how == "same-hello"
    kind = "same-hello" if passes_on else "inspected"
    return words.say(f"legs.{pair.how}", values), words.say(f"legs.{kind}-{pair.failed or 'none'}", values)


def place_of_leg(handshake: Handshake) -> Where:
    """Its ClientHello, else its first frame."""
    hello = handshake.client_hello
    return handshake.at(hello.frame if hello else handshake.first_frame)


def suspicion_sentence(suspicion: Mapping[str, object], words: Words) -> str:
    """What may be the case."""
    return words.say(f"suspicion.{suspicion['what']}-{suspicion['certainty']}", suspicion)


def suspicion_grounds(suspicion: Mapping[str, object], words: Words) -> list[str]:
    """Each ground as a sentence."""
    listed = suspicion["grounds"]
    return [words.say(f"suspicion-ground.{each}", suspicion) for each in listed] if isinstance(listed, Sequence) else []


def suspicion_advice(suspicion: Mapping[str, object], words: Words) -> str:
    """What it would mean for the cure."""
    return words.say(f"suspicion.{suspicion['what']}-advice", suspicion)


def noticed_sentence(noticed: Noticed, words: Words) -> str:
    """One fact; ``variant`` of its facts says which sentence."""
    return words.say(f"noticed.{noticed.what}-{noticed.facts['variant']}", noticed.facts)


def _ends(handshake: Handshake, words: Words) -> str:
    return f"{handshake.client} → {handshake.server}{words.aside(places((place_of_leg(handshake),), words))}"
