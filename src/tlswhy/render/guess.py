"""The guess at a server's platform in words: by what it was made, what else it may be, what rules it out."""

from __future__ import annotations

from typing import Any

from tlswhy.changes import Machine
from tlswhy.remedy.platforms import load_platform
from tlswhy.render.layout import places
from tlswhy.render.words import Words
from tlswhy.report import Diagnosis, Guess

URL = "https://"


def guess_sentence(diagnosis: Diagnosis, words: Words) -> str | None:
    """None where nothing is guessed, or no plan changes anything on a server."""
    guess = diagnosis.guess
    if guess is None or not any(plan.side is Machine.SERVER for plan in diagnosis.plans):
        return None
    return guessed(guess, words)


def guessed(guess: Guess, words: Words) -> str:
    """By which sign, where that stands, and what follows from it."""
    sign = guess.sign
    where = sign.where[0].place if sign.where[0].place.startswith(URL) else places(sign.where, words)
    told = {"sign": words.say(f"sign.{sign.kind}", text=sign.text), "where": where, "text": sign.text}
    if guess.platform is None:
        kind = "ruled-out" if guess.ruled_out else "unknown"
        return words.say(f"plan.guess-{kind}", told, platforms=_titles(guess.ruled_out, words))
    told["platform"] = load_platform(guess.platform).title
    if guess.also:
        return words.say("plan.guessed-or-newer", told, also=_titles(guess.also, words))
    return words.say("plan.guessed", told)


def guess_json(guess: Guess | None) -> dict[str, Any] | None:
    """Of a report."""
    if guess is None:
        return None
    return {
        "platform": guess.platform,
        "also": list(guess.also),
        "ruled_out": list(guess.ruled_out),
        "by": guess.sign.kind,
        "text": guess.sign.text,
        "where": [{"item": where.item, "place": where.place} for where in guess.sign.where],
    }


def _titles(platforms: tuple[str, ...], words: Words) -> str:
    return words.listed([load_platform(name).title for name in platforms])


__all__ = ["guess_json", "guess_sentence", "guessed"]
