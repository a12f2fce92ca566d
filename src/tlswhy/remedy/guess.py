"""Which platform a server is, by what it calls itself: the one whose recipes fit when nobody named one.

Owns the choice among platforms that call themselves the same, and what rules one out: a version, suite or group that
its TLS library does not have was spoken, so that something else makes the TLS. No trait of a ServerHello alone makes a
guess: many libraries share each of them. The words by which a platform is known stand in its file (``[banners]``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from tlswhy.changes import Machine
from tlswhy.model.flight import Flight
from tlswhy.model.survey import Survey
from tlswhy.observe.signs import GREETING, SERVER, Sign
from tlswhy.remedy.platforms import Abilities, load_platform, platform_ids
from tlswhy.report import Guess


def guess_platform(signs: Iterable[Sign], flight: Flight, survey: Survey | None) -> Guess | None:
    """By the weightiest sign that says anything; None where none does."""
    for sign in signs:
        called = [name for name, kind, words in _banners() if kind == sign.kind and words.search(sign.text)]
        if called:
            possible = [name for name in called if _able(name, flight, survey)]
            ruled_out = tuple(name for name in called if name not in possible)
            first = possible[0] if possible else None
            return Guess(first, tuple(possible[1:]), ruled_out, sign)
        if sign.kind in (SERVER, GREETING):  # some other software
            return Guess(None, (), (), sign)
    return None


@cache
def _banners() -> tuple[tuple[str, str, re.Pattern[str]], ...]:
    """ID, kind of sign, words; releases of Windows in their order."""
    known = (load_platform(name) for name in platform_ids())
    servers = [platform for platform in known if platform.side is Machine.SERVER]
    return tuple(
        (platform.id, kind, re.compile(words)) for platform in servers for kind, words in platform.banners.items()
    )


def _able(name: str, flight: Flight, survey: Survey | None) -> bool:
    """Everything that was spoken its library has; true where nobody knows what that has."""
    abilities = load_platform(name).abilities
    if abilities is None:
        return True
    spoken = (flight.version, abilities.versions), (flight.suite, abilities.suites), (flight.group, abilities.groups)
    if not all(number in has for number, has in spoken if isinstance(number, int)):
        return False
    return survey is None or _surveyed(survey, abilities)


def _surveyed(survey: Survey, abilities: Abilities) -> bool:
    suites = {suite for listed in survey.versions.values() for suite in listed}
    return abilities.versions >= set(survey.versions) and set(abilities.suites) >= suites


__all__ = ["guess_platform"]
