"""The certificates of one case, issued: what is served, what is trusted, the key that serves.

Owns how a case's recipes become certificates at a moment. Keys come from a pool, so that a whole run makes few of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tlswhy.frozen import frozen
from tlswhy.lab.cases import Case
from tlswhy.lab.certificates import Wanted, issue
from tlswhy.lab.keys import KeyPool, LabKey

BY_KEY = {"Ed25519": "", "Ed448": ""}


@frozen
class Credentials:
    """Certificates in DER: ``served`` in the order sent, the first of them ``key``'s own."""

    served: tuple[bytes, ...]
    trusted: tuple[bytes, ...]
    key: LabKey


@dataclass(slots=True)
class Authority:
    """Issues what cases want at one moment; what two cases want alike is issued once."""

    moment: datetime
    keys: KeyPool
    _issued: dict[str, bytes] = field(default_factory=dict)

    def issue_chain(self, case: Case) -> Credentials:
        """Everything that the case needs, valid and invalid as it wants it."""
        issued = {name: self._issue(case, name) for name in {*case.serves, *case.trusts}}
        leaf = case.certificates[case.serves[0]]
        return Credentials(
            served=tuple(issued[name] for name in case.serves),
            trusted=tuple(issued[name] for name in case.trusts),
            key=self.keys.key(leaf["key"], leaf["key_of"]),
        )

    def _issue(self, case: Case, name: str) -> bytes:
        recipe = case.certificates[name]
        issuer = case.certificates[recipe["issuer"]]
        alike = f"{sorted(recipe.items())} {issuer['subject']} {issuer['key']} {issuer['key_of']}"
        if alike not in self._issued:
            issuer_key = self.keys.key(issuer["key"], issuer["key_of"])
            wanted = _wanted(recipe, _serial(alike), self.moment, issuer_key)
            key = self.keys.key(recipe["key"], recipe["key_of"])
            self._issued[alike] = issue(wanted, key, issuer["subject"], issuer_key)
        return self._issued[alike]


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


def _serial(recipe: str) -> int:
    """The same at every run, another one for every certificate."""
    return int.from_bytes(hashlib.sha256(recipe.encode()).digest()[:8], "big") | 1 << 62
