"""The certificates of one case, issued: what is served, what is trusted, the key that serves.

Owns how a case's recipes become certificates at a moment. Keys come from a pool, so that a whole run makes few of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tlswhy.lab.cases import Case
from tlswhy.lab.certificates import Wanted, issue
from tlswhy.lab.keys import KeyPool, LabKey

BY_KEY = {"Ed25519": "", "Ed448": ""}


@dataclass(frozen=True, slots=True)
class Credentials:
    """Certificates in DER: ``served`` in the order sent, the first of them ``key``'s own."""

    served: tuple[bytes, ...]
    trusted: tuple[bytes, ...]
    key: LabKey


def issue_chain(case: Case, moment: datetime, keys: KeyPool) -> Credentials:
    """Everything that the case needs, valid and invalid as it wants it at ``moment``."""
    issued = {name: _issue(case, name, moment, keys) for name in {*case.serves, *case.trusts}}
    leaf = case.certificates[case.serves[0]] if case.serves else case.certificates["leaf"]
    return Credentials(
        served=tuple(issued[name] for name in case.serves),
        trusted=tuple(issued[name] for name in case.trusts),
        key=keys.key(leaf["key"], leaf["key_of"]),
    )


def _issue(case: Case, name: str, moment: datetime, keys: KeyPool) -> bytes:
    recipe = case.certificates[name]
    issuer = case.certificates[recipe["issuer"]]
    issuer_key = keys.key(issuer["key"], issuer["key_of"])
    wanted = _wanted(recipe, _serial(case, name), moment, issuer_key)
    return issue(wanted, keys.key(recipe["key"], recipe["key_of"]), issuer["subject"], issuer_key)


def _wanted(recipe: Mapping[str, Any], serial: int, moment: datetime, issuer_key: LabKey) -> Wanted:
    first, last = recipe["days"]
    digest, _, padding = recipe["signature"].partition("/")
    return Wanted(
        subject=recipe["subject"],
        serial=serial,
        not_before=moment + timedelta(days=first),
        not_after=moment + timedelta(days=last),
        names=tuple(recipe["names"]),
        ca=recipe.get("ca"),
        path_length=recipe.get("path_length"),
        usages=_optional(recipe, "usages"),
        purposes=_optional(recipe, "purposes"),
        permits=tuple(recipe["permits"]),
        excludes=tuple(recipe["excludes"]),
        unheard_of=recipe["unheard_of"],
        ballast=recipe["ballast"],
        digest=BY_KEY.get(issuer_key.algorithm, digest),
        pss=padding == "PSS" or issuer_key.algorithm == "RSASSA-PSS",
        broken=recipe["broken"],
        version=recipe["version"],
    )


def _optional(recipe: Mapping[str, Any], key: str) -> tuple[str, ...] | None:
    """An empty list leaves the extension out."""
    return tuple(recipe[key]) if recipe.get(key) else None


def _serial(case: Case, name: str) -> int:
    """The same at every run, another one for every certificate."""
    return int.from_bytes(hashlib.sha256(f"{case.id}/{name}".encode()).digest()[:8], "big") | 1 << 62
