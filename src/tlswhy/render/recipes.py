"""Recipes in words: the steps of a change on a platform, its values filled in, as JSON and as a section of the text.

The sentences of a recipe stand in its platform's file, in every language; the titles around them in the catalogue.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tlswhy.changes import change_name
from tlswhy.remedy.platforms import STEP_LISTS
from tlswhy.render.inert import inert
from tlswhy.render.ink import Page, Span
from tlswhy.render.words import Words
from tlswhy.report import Plan, Recipe


def recipe_json(recipe: Recipe, words: Words) -> dict[str, Any]:
    """One recipe of contract.md §3; each step is its sentence and, below it, what to type."""
    table = recipe.table or {}
    return {
        "platform": recipe.platform,
        "title": recipe.title,
        "change": change_name(recipe.change),
        "where": _step(table["where"], recipe, words) if "where" in table else None,
        **{name: [_step(step, recipe, words) for step in table.get(name, ())] for name in STEP_LISTS},
        "texts": [text for step in table.get("steps", ()) if (text := _typed(step, recipe))],
        "restart": _step(table["restart"], recipe, words) if "restart" in table else None,
        "tried": recipe.tried,
        "sources": [{"kind": source.kind, "text": source.text} for source in recipe.sources],
    }


def write_recipes(plan: Plan, words: Words, page: Page) -> None:
    """The recipes of a plan for the platforms that were named."""
    for recipe in plan.recipes:
        page.blank()
        if recipe.table is None:
            name = change_name(recipe.change)
            page.write(Span(words.say("plan.no-recipe", platform=recipe.title, change=name), "dim"), first="    ")
            continue
        title = Span(words.say("plan.on-platform", platform=recipe.title), "strong")
        page.write((title, Span(f" · {how_sure(recipe, words)}", "dim")), first="    ")
        for label, steps in sections(recipe, words):
            _write_section(label, steps, words, page)


def how_sure(recipe: Recipe, words: Words) -> str:
    """Whether it was tried on the real thing."""
    return words.say("plan.tried", on=recipe.tried) if recipe.tried else words.say("plan.not-tried")


def sections(recipe: Recipe, words: Words) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Where, what to do, restart, check, undo: each with its sentences and what to type for each of them."""
    table = recipe.table or {}
    for name in ("where", "steps", "restart", "check", "undo"):
        if found := table.get(name):
            steps = found if isinstance(found, list) else [found]
            yield name, [(_sentence(step, recipe, words), _typed(step, recipe)) for step in steps]


def _write_section(label: str, steps: Sequence[tuple[str, str]], words: Words, page: Page) -> None:
    page.write(Span(words.say(f"plan.{label}"), "dim"), first="      ")
    for number, (sentence, typed) in enumerate(steps, 1):
        page.write(sentence, first=f"        {number}. " if len(steps) > 1 else "        ")
        for line in typed.splitlines():
            page.verbatim(line, first="           ")


def _step(step: Mapping[str, str], recipe: Recipe, words: Words) -> str:
    return "\n".join(filter(None, (_sentence(step, recipe, words), _typed(step, recipe))))


def _sentence(step: Mapping[str, str], recipe: Recipe, words: Words) -> str:
    return _filled(step.get(words.language) or step.get("en", ""), recipe.values)


def _typed(step: Mapping[str, str], recipe: Recipe) -> str:
    """What is to be typed. A value out of a capture that a shell would not take for a word is left for people to put
    in."""
    safe = {name: value if _WORD.fullmatch(value) else name.upper() for name, value in recipe.values.items()}
    return _filled(step.get("text", ""), safe).strip("\n")


def _filled(text: str, values: Mapping[str, str]) -> str:
    """The text with its places filled; other braces are the configuration's own. Nothing is shortened: it is to be
    copied, and what came from outside (names, subjects) is made harmless."""
    return _PLACE.sub(lambda found: inert(values[found[1]]) if found[1] in values else found[0], text)


_WORD = re.compile(r"[A-Za-z0-9_.:,+/=@%-]+")
_PLACE = re.compile(r"\{([a-z_]+)\}")
