"""The catalogue of one language: a message by its key, with named values filled in.

Owns how messages are found and filled: variants, plurals, ordinals, lists. A language exists because its file
``data/locale/<language>.toml`` exists. Knows nothing of reports.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from tlswhy.errors import BadRequest, BadTable
from tlswhy.render.figures import Grammar, figure, listed
from tlswhy.render.ideographs import SEAM, joined
from tlswhy.tables import Sections, load_sections, table_names


@cache
def load_words(language: str = "en") -> Words:
    """The catalogue of a language; raises ``BadRequest`` when there is none of that name."""
    if language not in languages():
        raise BadRequest("unknown-language", language=language, known=list(languages()))
    english = load_sections("locale", "en.toml")
    return Words(language, english if language == "en" else load_sections("locale", f"{language}.toml"), english)


@cache
def languages() -> tuple[str, ...]:
    """The languages that exist."""
    return table_names("locale")


def completed(own: Mapping[str, Any], english: Mapping[str, Any]) -> dict[str, Any]:
    """A language's messages, and the English ones where it has none: better than no report."""
    found = {**english, **own}
    for name, there in english.items():
        here = own.get(name)
        if isinstance(here, Mapping) and isinstance(there, Mapping) and not set(there) <= {"one", "other"}:
            found[name] = completed(here, there)
    return found


def _fits(message: object, values: Mapping[str, object]) -> bool:
    if isinstance(message, Mapping) and "count" not in values:
        return False
    return all(_known(values.get(name)) for name in places(message))


def _known(value: object) -> bool:
    """A value that is worth a sentence: neither missing nor empty."""
    return value is not None and value not in ("", (), [])


class Words:
    """Messages by key, ``table.name``: ``say("stage.chain")``, ``say("cause.cert-expired.reason", …)``.

    A message is a string, a list of variants (the first one whose values are all given is taken), or a table
    ``{one = …, other = …}`` chosen by the value ``count``.
    """

    def __init__(self, language: str, own: Sections, english: Sections) -> None:
        self.language = language
        self._own, self._english = own, english
        self._tables: dict[str, Mapping[str, Any]] = {}
        grammar = self.table("grammar")
        self.grammar = Grammar(
            thousands=grammar["thousands"],
            ordinal=grammar["ordinal"],
            endings=grammar["endings"],
            between=grammar["between"],
            last=grammar["last"],
            yes=grammar["yes"],
            no=grammar["no"],
            blanks=grammar.get("blanks", True),
        )

    def has(self, key: str) -> bool:
        """Whether there is such a message."""
        table, _, name = key.rpartition(".")
        return name in self.table(table)

    def say(self, key: str, values: Mapping[str, object] | None = None, /, **more: object) -> str:
        """The message, filled. A value that is missing shows as "…": a gap in a sentence is better than no report."""
        table, _, name = key.rpartition(".")
        message = self.table(table).get(name)
        if message is None:
            raise BadTable("message-missing", key=key, language=self.language)
        return self.fill(message, {**(values or {}), **more})

    def say_if(self, key: str, values: Mapping[str, object] | None = None, /, **more: object) -> str | None:
        """The message, or None where the catalogue has none of this key or a value for it is missing."""
        table, _, name = key.rpartition(".")
        message = self.table(table).get(name)
        given = {**(values or {}), **more}
        if message is None or (isinstance(message, list) and not any(_fits(v, given) for v in message)):
            return None
        return None if isinstance(message, str) and not _fits(message, given) else self.fill(message, given)

    def fill(self, message: object, values: Mapping[str, object]) -> str:
        """Fill one message of the catalogue."""
        if isinstance(message, list):
            message = next((variant for variant in message if _fits(variant, values)), message[-1])
        if isinstance(message, Mapping):
            message = message["one"] if values.get("count") == 1 and "one" in message else message["other"]
        if not self.grammar.blanks:
            seamed = _PLACE.sub(lambda found: SEAM + self._value(found[1], found[2], values) + SEAM, str(message))
            return joined(seamed)
        return _PLACE.sub(lambda found: self._value(found[1], found[2], values), str(message))

    @property
    def colon(self) -> str:
        """What stands between a term and what is said of it."""
        return str(self.table("grammar").get("colon", ": "))

    def aside(self, text: str) -> str:
        """Behind a word, in parentheses as this language sets them."""
        return str(self.table("grammar").get("aside", " (…)")).replace("…", text)

    def listed(self, items: list[str]) -> str:
        """The items as this language lists things."""
        return listed(items, self.grammar)

    def clauses(self, sentences: list[str]) -> str:
        """Several sentences as one; where a language sets them apart otherwise than words, its grammar says how."""
        between = self.table("grammar").get("clauses")
        return str(between).join(sentences) if between else self.listed(sentences)

    def table(self, name: str) -> Mapping[str, Any]:
        """One table as it stands in the file; empty where there is none."""
        found = self._tables.get(name)
        if found is None:
            found = self._own.table(name)
            if self._english is not self._own and name != "grammar":
                found = completed(found, self._english.table(name))
            self._tables[name] = found
        return found

    def _value(self, name: str, kind: str | None, values: Mapping[str, object]) -> str:
        if values.get(name) is None:
            return "…"
        return figure(name, values[name], kind, self.grammar)


def places(message: object) -> set[str]:
    """The names of all values that a message can use."""
    if isinstance(message, Mapping):
        return set().union(*(places(form) for form in message.values()))
    if isinstance(message, list):
        return set().union(*(places(variant) for variant in message))
    return {found[1] for found in _PLACE.finditer(str(message))}


_PLACE = re.compile(r"\{([a-z_]+)(?::([a-z]+))?\}")
