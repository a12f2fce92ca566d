"""Server software by its ID: what a release does where nobody configured it, and in what releases differ.

A release exists because its file in ``data/servers/<family>`` exists, of a family that has a model here. Such a file
says what differs from its parent (``extends``), in these tables:

    title, [[sources]]   as in data/clients; sources add up along the parents
    [defaults]           what ServerSettings of its own it has: names as IANA has them, in the server's order
    [behaviour]          facts of this release that the family's model asks for, by name

Owns inheritance and which file stands for a release without one of its own: the nearest below.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from functools import cache
from typing import Any

from tlswhy.errors import BadRequest, BadTable
from tlswhy.frozen import frozen
from tlswhy.model.client import Source
from tlswhy.model.settings import AUTO, ClientCertificate, DhGroup, Order, ServerSettings, UnknownName
from tlswhy.tables import load_table, table_names
from tlswhy.unseen import Unseen
from tlswhy.wire.numbers import group_number, scheme_number, suite_number, version_number
from tlswhy.wire.schannel_names import plain_name

FAMILIES = ("gnutls", "jsse", "openssl", "schannel")
KEYS = frozenset({"title", "extends", "sources", "defaults", "behaviour"})


@frozen
class Software:
    """One release of a family: "openssl", "3.0". ``behaviour`` holds what its model asks for, by name."""

    id: str
    family: str
    release: str
    title: str
    sources: tuple[Source, ...]
    defaults: ServerSettings
    behaviour: Mapping[str, Any]
    suite_names: tuple[str, ...] = ()
    """The suites of its defaults as its file writes them."""


@cache
def load_software(identifier: str) -> Software:
    """That release, or the nearest below it in its family ("openssl/3.0.19" is 3.0), else its first.

    Raises BadRequest("unknown-server") where there is no such family.
    """
    family, _, release = identifier.partition("/")
    known = sorted((_numbers(name), name) for name in _releases().get(family, ()))
    if not known:
        raise BadRequest("unknown-server", server=identifier)
    below = [name for numbers, name in known if numbers <= _numbers(release)]
    name = below[-1] if below else known[0][1]
    table = _merged(family, name)
    sources = tuple(Source(row["kind"], row["text"]) for row in table["sources"])
    defaults = _settings(f"{family}/{name}", table["defaults"])
    names = tuple(str(table["defaults"].get("suites", "")).split())
    return Software(f"{family}/{name}", family, name, table["title"], sources, defaults, table["behaviour"], names)


def software_ids() -> tuple[str, ...]:
    """All releases that have a file."""
    return tuple(f"{family}/{name}" for family, names in _releases().items() for name in names)


def with_defaults(settings: ServerSettings) -> ServerSettings:
    """What nobody told is as the software has it by default; of unknown software nothing is."""
    if isinstance(settings.software, Unseen):
        return settings
    defaults = load_software(settings.software).defaults
    missing = {
        field.name: getattr(defaults, field.name)
        for field in fields(settings)
        if isinstance(getattr(settings, field.name), Unseen)
    }
    return replace(settings, **missing)


def _releases() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name in table_names("servers"):
        family, _, release = name.partition("/")
        if family in FAMILIES:
            found.setdefault(family, []).append(release)
    return found


def _numbers(release: str) -> tuple[int, ...]:
    """ "1.0.2u" is (1, 0, 2), "8u51" is (8, 51)."""
    return tuple(map(int, re.findall(r"\d+", release)))


def _merged(family: str, name: str) -> dict[str, Any]:
    table = load_table("servers", family, f"{name}.toml")
    if unknown := set(table) - KEYS:
        raise BadTable("table-key-unknown", table=f"servers/{family}/{name}", key=min(unknown))
    parent: dict[str, Any] = {"sources": [], "defaults": {}, "behaviour": {}}
    if "extends" in table:
        parent = _merged(family, table["extends"])
    return {
        "title": table["title"],
        "sources": [*table.get("sources", ()), *parent["sources"]],
        "defaults": {**parent["defaults"], **table.get("defaults", {})},
        "behaviour": {**parent["behaviour"], **table.get("behaviour", {})},
    }


def _settings(name: str, defaults: Mapping[str, Any]) -> ServerSettings:
    read: dict[str, Callable[[Any], Any]] = {
        "versions": lambda value: _listed(name, value, version_number),
        "suites": lambda value: _suites(name, value),
        "groups": lambda value: _listed(name, value, group_number),
        "schemes": lambda value: _listed(name, value, scheme_number),
        "order": Order,
        "dh": _dh,
        "client_certificate": ClientCertificate,
        "unknown_name": UnknownName,
        "security_level": int,
        "needs_server_name": bool,
    }
    if unknown := set(defaults) - set(read):
        raise BadTable("table-key-unknown", table=f"servers/{name}", key=min(unknown))
    return ServerSettings(software=name, **{key: read[key](value) for key, value in defaults.items()})


def _suites(name: str, value: str) -> tuple[int, ...]:
    """Schannel's names may end in a curve, and those of SSL 2.0 (SSL_CK_…) are no suites of TLS."""
    plain = (plain_name(word) for word in value.split() if not word.startswith("SSL_CK_"))
    return tuple(dict.fromkeys(_listed(name, " ".join(plain), suite_number)))


def _listed(name: str, value: str, number: Callable[[str], int | None]) -> tuple[int, ...]:
    found = []
    for word in value.split():
        wanted = number(word)
        if wanted is None:
            raise BadTable("table-name-unknown", table=f"servers/{name}", name=word)
        found.append(wanted)
    return tuple(found)


def _dh(value: int | str) -> object:
    if isinstance(value, int):
        return DhGroup(value)
    return AUTO if value == "auto" else None
