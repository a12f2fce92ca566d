"""A client profile that the caller brings: its text in, the client out. What is wrong in it is the caller's to mend.

The same language as ``data/clients``; without ``extends`` nothing is known of what such a client refuses, so that it
never gets a foretold "accepted". Knows nothing of files: the text and its name are handed in.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tlswhy.client.profiles import ClientSet, checked, merge, merged_profile, offer_of, policy_of
from tlswhy.client.recognise import parts_of_profile
from tlswhy.client.unknown import unknown_client
from tlswhy.errors import BadRequest, BadTable
from tlswhy.model.client import ClientPolicy
from tlswhy.tables import load_table, parse_table, table_names

FAMILY = "own"
"""The family of a profile that extends nothing."""
UNNAMED = "client"


def client_of_text(text: str, item: str, layer: str = "") -> ClientSet:
    """The client of a profile's text; ``item`` is the name of its file.

    Raises BadRequest("client-file-…") that says what is wrong.
    """
    if layer and layer not in load_table("client_layers.toml"):
        raise BadRequest("client-file-layer-unknown", item=item, detail=layer)
    try:
        own = checked(parse_table(text, item), item)
        _check_kinds(own, item)
        parent = own.get("extends")
        if "members" in own or own.get("abstract"):
            raise BadTable("profile-key-unknown", table=item, key="members" if "members" in own else "abstract")
        profile = merge(_parent(parent, item), own) if parent is not None else own
        name = f"{parent.partition('/')[0] if parent else FAMILY}/{_stem(item)}"
        policy = policy_of(name, profile, layer, name)
        hello = parts_of_profile(profile, offer_of(profile, name))
    except BadTable as wrong:
        detail = next((wrong.facts[fact] for fact in ("key", "name", "parent", "entry") if fact in wrong.facts), None)
        raise BadRequest(
            _COMPLAINTS.get(wrong.code, "client-file-value-unknown"),
            item=item,
            detail=detail,
            reason=wrong.facts.get("reason"),
        ) from None
    except (TypeError, ValueError, AttributeError, KeyError) as wrong:
        raise BadRequest("client-file-unreadable", item=item, reason=type(wrong).__name__) from None
    if parent is None:
        policy = _of_unknown_habits(policy)
    return ClientSet(policy.id, policy.title, (policy,), policy.sources, policy.documented, layer, hello, text)


_COMPLAINTS = {
    "table-unreadable": "client-file-unreadable",
    "profile-key-unknown": "client-file-key-unknown",
    "profile-name-unknown": "client-file-name-unknown",
    "profile-parent-unknown": "client-file-parent-unknown",
    "profile-source-unclear": "client-file-source-unclear",
    "profile-without-sources": "client-file-without-sources",
}


def _parent(name: str, item: str) -> Mapping[str, Any]:
    if name not in table_names("clients"):
        raise BadTable("profile-parent-unknown", table=item, parent=name)
    parent = merged_profile(name)
    if "members" in parent:
        raise BadTable("profile-parent-unknown", table=item, parent=name)
    return parent


def _of_unknown_habits(policy: ClientPolicy) -> ClientPolicy:
    """What the file does not say is as with a client that nobody knows."""
    unknown = unknown_client(None)
    return replace(
        policy,
        known=False,
        path_rules=unknown.path_rules,
        name_dialect=unknown.name_dialect if policy.name_dialect == "none" else policy.name_dialect,
        handshake_schemes=policy.handshake_schemes or unknown.handshake_schemes,
        curves=policy.curves or unknown.curves,
        alerts={**unknown.alerts, **policy.alerts},
    )


def _stem(item: str) -> str:
    """The file's name as the last part of an ID."""
    name = re.split(r"[/\\]", item)[-1].removesuffix(".toml")
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.") or UNNAMED


_NUMBERS = frozenset({"extensions", "point_formats", "compression", "fatal_warnings"})
_TEXTS = frozenset({"record_version", "legacy_version", "tls", "certpath", "named_curves", "name_dialect"})
_TABLES = frozenset(
    {"offer", "constraints", "signatures", "paths", "dh", "limits", "behaviour", "words", "alerts", "documented"}
)
_SINGLE: Mapping[str, type] = {"extends": str, "title": str, "measured": bool, "sources": list, "seen": list}
_WHOLE = frozenset(
    {
        *("session_id_length", "least", "most", "multiple_of", "longest_chain"),
        *("largest_handshake_message", "largest_certificate_message"),
    }
)


def _check_kinds(own: Mapping[str, Any], item: str) -> None:
    """Each value is of the kind that is read there, so that nothing fails later on."""
    for key, value in own.items():
        if key in _TABLES and isinstance(value, dict):
            wrong = [f"{key}.{name}" for name, inner in value.items() if not _is_of_kind(key, name, inner)]
        else:
            wrong = [] if key not in _TABLES and isinstance(value, _SINGLE.get(key, object)) else [key]
        if wrong:
            raise BadTable("profile-value-unknown", table=item, key=wrong[0])


def _is_of_kind(key: str, name: str, value: object) -> bool:
    if key == "paths":
        return isinstance(value, bool | int | str | list)
    if key == "words":
        return isinstance(value, str if name == "connection_refused" else bool)
    if name in _TEXTS:
        return isinstance(value, str)
    if name == "bodies":
        return isinstance(value, dict) and all(isinstance(body, str) for body in value.values())
    if name in ("names_need_a_dot", "grease"):
        return isinstance(value, bool)
    if name in _WHOLE:
        return isinstance(value, int) and not isinstance(value, bool) and value >= 0
    kind = int if key == "alerts" or name in _NUMBERS else str
    return isinstance(value, list) and all(isinstance(entry, kind) for entry in value)


__all__ = ["client_of_text"]
