"""A good and a bad connection to the same server, side by side: only what differs."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from tlswhy.render.figures import figure
from tlswhy.render.ink import Page, Span, cells
from tlswhy.render.words import Words
from tlswhy.report import Comparison
from tlswhy.wire.numbers import is_grease

_KINDS = {
    "version": "version",
    "offered-versions": "version",
    "suite": "suite",
    "offered-suites": "suite",
    "group": "group",
    "offered-groups": "group",
    "scheme": "scheme",
    "offered-schemes": "scheme",
    "alert": "alert",
}
MOST_EXTRA = 8


def draw_comparison(comparison: Comparison, words: Words, page: Page) -> None:
    """One block for each difference; lists are told by what only one of the two has."""
    _side(words.say("says.bad"), "bad", comparison.bad.first_frame, str(comparison.bad.client), words, page)
    _side(words.say("says.good"), "good", comparison.good.first_frame, str(comparison.good.client), words, page)
    page.blank()
    if not comparison.differences:
        page.write(words.say("says.same"), first="  ")
    for what, bad, good in comparison.differences:
        title = words.say_if(f"difference.{what}") or what
        shown_bad, shown_good = _both(what, bad, good, words)
        page.write(Span(title, "strong"), first="  ")
        page.write(shown_bad, first=(Span("    ✘ ", "bad"),))
        page.write(shown_good, first=(Span("    ✔ ", "good"),))


def _side(name: str, style: str, frame: int, client: str, words: Words, page: Page) -> None:
    mark = {"bad": "✘", "good": "✔"}[style]
    text = words.say("says.from-frame", client=client, frame=frame)
    padding = " " * max(0, 6 - cells(name))
    page.write(text, first=(Span(f"  {mark} ", style), Span(f"{name}{padding}", "strong")))


def _both(what: str, bad: object, good: object, words: Words) -> tuple[str, str]:
    if isinstance(bad, tuple) and isinstance(good, tuple) and bad and good and len(bad) + len(good) > 8:
        return _only(what, bad, good, words), _only(what, good, bad, words)
    return _shown(what, bad, words), _shown(what, good, words)


def _only(what: str, one: Sequence[object], other: Sequence[object], words: Words) -> str:
    extra = [item for item in one if item not in other and not (isinstance(item, int) and is_grease(item))]
    entries = words.say("says.entries", count=len(one))
    if not extra:
        same = sorted(map(str, one)) == sorted(map(str, other))
        return f"{entries}; {words.say('says.other-order' if same else 'says.nothing-extra')}"
    more = f" (+{len(extra) - MOST_EXTRA})" if len(extra) > MOST_EXTRA else ""
    return f"{entries}; {words.say('says.only-here', items=_shown(what, tuple(extra[:MOST_EXTRA]), words))}{more}"


def _shown(what: str, value: object, words: Words) -> str:
    if value is None or value == ():
        return words.say("says.none")
    if isinstance(value, tuple) and value and isinstance(value[0], bytes):
        return ", ".join(sha256(der).hexdigest()[:16] for der in value)
    return figure(what, value, _KINDS.get(what), words.grammar)
