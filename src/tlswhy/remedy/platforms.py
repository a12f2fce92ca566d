"""Platforms: on which software a change is made, and what that software can do. One exists because its file in
``data/platforms`` exists; that of a family of clients is called as the family is.

Owns the tables' shape and inheritance, and whether a change is possible there. The words of a recipe are filled in by
``render``; nothing here is a sentence.

    title, side, [[sources]]        ``side``: server, ca or client
    extends = "shared/windows"      another one, whose tables it takes over where it has none of its own
    suites = "openssl"              how suites are written there: a style of ``suite_lists``
    server = "schannel/2016"        what its TLS library has: a table in ``data/servers``
    library = "openssl"             where it may have any release: the family of its TLS library in ``data/servers``
    service                         of an appliance: its service that reads the trust store
    tried, tried_on                 names of the recipes that were tried on the real thing, and on which; the tests do
    [banners]                       expressions for what the server calls itself, by the kind of sign (observe.signs)
    where, restart                  for all recipes that do not have their own
    [<change>]                      by the change's name: where, steps, undo, restart, check

A step is a table: a sentence by language (``en``, ``zh-Hant``) and, where there is something to type, ``text``; both
with places such as ``{suites}`` for the values of ``recipes``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field, replace
from functools import cache
from typing import Any

from tlswhy.changes import Change, EnableVersion, Machine, OrderSuites, UseGroups, change_name
from tlswhy.errors import BadRequest, BadTable
from tlswhy.frozen import frozen
from tlswhy.model.client import Source
from tlswhy.tables import load_table, table_names
from tlswhy.unseen import seen
from tlswhy.wire.numbers import version_number
from tlswhy.wire.schannel_names import suites_of

STEP_LISTS = ("steps", "undo", "check")
USUAL = ("where", "restart")
"""Keys of a recipe that stand at the platform's top where they are the same for all of its recipes."""


@frozen
class Abilities:
    """What a platform's TLS library has: wire numbers, suites in its default order, then those that are off."""

    versions: frozenset[int]
    suites: tuple[int, ...]
    names: tuple[str, ...]
    """The suites as they are written there, in the default order, then those that are off."""
    defaults: int
    """How many of the names are on by default."""
    groups: frozenset[int]


@frozen
class Platform:
    """``abilities`` None: as much as its library of any release has."""

    id: str
    title: str
    side: Machine
    suites: str
    recipes: Mapping[str, Mapping[str, Any]]
    abilities: Abilities | None
    sources: tuple[Source, ...]
    library: str = ""
    tried: Mapping[str, str] = field(default_factory=dict)
    """Of each recipe that was tried on the real thing, by its change's name: on what. Others are from documents."""
    banners: Mapping[str, str] = field(default_factory=dict)
    """What it calls itself, by the kind of sign: an expression that is found in it."""
    service: str = ""
    """Of an appliance: what reads the trust store, and has to be restarted after it changed."""

    @property
    def software(self) -> tuple[str, ...]:
        """What may make its TLS, the newest first: releases as in ``data/servers``."""
        family, _, release = self.library.partition("/")
        return (self.library,) if release else _releases_of(family)

    def fitted(self, change: Change) -> Change | None:
        """The change as far as this platform can make it, and with what its recipe changes besides; None where not.
        Changes elsewhere are as they are."""
        if change.side is not self.side:
            return change
        if isinstance(change, EnableVersion):
            return self._with_newer(change)
        if self.abilities is None:
            return change
        if isinstance(change, OrderSuites):
            suites = tuple(number for number in change.suites if number in self.abilities.suites)
            return replace(change, suites=suites) if suites else None
        if isinstance(change, UseGroups):
            groups = tuple(number for number in change.groups if number in self.abilities.groups)
            return replace(change, groups=groups) if groups else None
        return change

    def _with_newer(self, change: EnableVersion) -> EnableVersion | None:
        """A line that lists the enabled versions names newer ones, too."""
        if self.abilities is not None and change.version not in self.abilities.versions:
            return None
        steps = (self.recipe(change) or {}).get("steps", ())
        written = {word for step in steps for word in re.findall(r"TLSv1\.\d", step.get("text", ""))}
        named = (version_number(word.replace("v", "")) for word in written)
        return replace(change, newer=tuple(sorted(n for n in named if n is not None and n > change.version)))

    def recipe(self, change: Change) -> Mapping[str, Any] | None:
        """The table for this change; None: there is none yet."""
        return self.recipes.get(change_name(change))


@cache
def load_platform(identifier: str) -> Platform:
    """The platform of that ID. Raises BadRequest("unknown-platform") where there is none, BadTable for a broken one."""
    if identifier not in platform_ids():
        from difflib import get_close_matches

        nearest = get_close_matches(identifier, platform_ids(), 3, 0.4) or None
        raise BadRequest("unknown-platform", id=identifier, nearest=nearest)
    table = _merged(identifier)
    try:
        side, title = Machine(table["side"]), str(table["title"])
    except (KeyError, ValueError) as wrong:
        raise BadTable("platform-malformed", table=identifier, reason=str(wrong)) from None
    usual = {key: table[key] for key in USUAL if key in table}
    return Platform(
        identifier,
        title,
        side,
        str(table.get("suites", "iana")),
        {name: {**usual, **recipe} for name, recipe in table.items() if isinstance(recipe, dict) and "steps" in recipe},
        _abilities(table["server"]) if "server" in table else None,
        tuple(Source(row["kind"], row["text"]) for row in table.get("sources", ())),
        str(table.get("server", table.get("library", ""))),
        {name: str(table["tried_on"]) for name in table.get("tried", ())},
        {str(kind): str(words) for kind, words in table.get("banners", {}).items()},
        str(table.get("service", "")),
    )


@cache
def platform_ids() -> tuple[str, ...]:
    """All platforms; what is in a folder of its own is only there to be extended."""
    return tuple(name for name in table_names("platforms") if "/" not in name)


def _merged(name: str) -> Mapping[str, Any]:
    own = load_table("platforms", f"{name}.toml")
    parent = own.get("extends")
    if parent is None:
        return own
    if parent == name or parent not in table_names("platforms"):
        raise BadTable("platform-malformed", table=name, reason=f"extends {parent}")
    above = _merged(parent)
    return {**above, **own, "sources": [*own.get("sources", ()), *above.get("sources", ())]}


def _abilities(server: str) -> Abilities:
    from tlswhy.server.software import load_software  # a start imports no models of servers

    software = load_software(server)
    on, off = software.suite_names, str(software.behaviour.get("suites_switched_off", "")).split()
    names = (*on, *off)
    versions = str(software.behaviour.get("versions_switched_off", "")).split()
    return Abilities(
        frozenset({*seen(software.defaults.versions, server), *filter(None, map(version_number, versions))}),
        suites_of(names),
        names,
        len(on),
        frozenset(seen(software.defaults.groups, server)),
    )


@cache
def _releases_of(family: str) -> tuple[str, ...]:
    """Those with a model, the newest first; none where the family has no model."""
    from tlswhy.server.software import software_ids  # only where somebody named a platform

    known = [name for name in software_ids() if name.partition("/")[0] == family]
    return tuple(sorted(known, key=lambda name: [int(part) for part in re.findall(r"\d+", name)], reverse=True))
