"""Numbers, names and moments as people read them. The only place where a value becomes text.

Owns which fact is a suite, a version, an alert: by the name of the fact, since a bare number does not say. Strings
from outside are made inert here, so that no message can carry a hostile one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sized
from datetime import UTC, datetime

from tlswhy.frozen import frozen
from tlswhy.render.ideographs import SEAM, joined
from tlswhy.render.inert import shortened
from tlswhy.tables import load_table
from tlswhy.unseen import Unseen
from tlswhy.wire.numbers import alert_name, group_name, scheme_name, suite_name, version_name

MOST_ITEMS = 12
"""Entries of a list that a sentence holds; the rest is counted."""


@frozen
class Grammar:
    """What a language needs to put figures into sentences; from the table ``grammar`` of its file."""

    thousands: str
    ordinal: str
    endings: Mapping[str, str]
    between: str
    last: str
    yes: str
    no: str
    blanks: bool = True
    """Whether words are set apart by blanks; Chinese sets only Latin ones apart."""


def figure(name: str, value: object, kind: str | None, grammar: Grammar) -> str:
    """The value of the fact ``name`` as text; ``kind`` is the message's own wish: count, ordinal, date."""
    if kind == "count" and isinstance(value, int):
        return count(value, grammar)
    if kind == "ordinal" and isinstance(value, int):
        return ordinal(value, grammar)
    if kind == "date" and isinstance(value, datetime):
        return date(value)
    if kind == "date" and isinstance(value, str):
        return shortened(value[:10])
    if kind == "number" and isinstance(value, Sized):
        return str(len(value))
    if kind in _NAMINGS:
        name = kind
    if isinstance(value, str | int | float | datetime | bytes | Mapping | Unseen):
        return _one(name, value, grammar)
    if isinstance(value, Iterable):
        return listed(list(dict.fromkeys(_one(name, item, grammar) for item in value)), grammar)
    return _one(name, value, grammar)


def count(number: int, grammar: Grammar) -> str:
    """12,345 with the language's own mark."""
    return f"{number:,}".replace(",", grammar.thousands)


def ordinal(number: int, grammar: Grammar) -> str:
    """3rd; the ending by the whole number, then its last two digits, then its last one."""
    digits = str(number)
    for key in (digits[-2:], digits[-1:]):
        if key in grammar.endings:
            return grammar.ordinal.format(number=number, ending=grammar.endings[key])
    return grammar.ordinal.format(number=number, ending=grammar.endings.get("other", ""))


def version(number: int) -> str:
    """``TLS 1.2``, ``SSL 3.0``: with the blank that people write."""
    name = version_name(number)
    if name in ("SSL2", "SSL3"):
        return f"SSL {name[3]}.0"
    return name.replace("TLS1", "TLS 1", 1).replace("-draft", " draft ")


def alert(number: int) -> str:
    """``handshake_failure(40)``."""
    name = alert_name(number)
    return f"alert {number}" if name == str(number) else f"{name}({number})"


def date(moment: datetime) -> str:
    """Day of a moment, UTC."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d") if moment.year > 1 else "?"


def moment(value: datetime) -> str:
    """To the second, UTC."""
    return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC" if 1 < value.year < 9999 else "?"


def listed(items: list[str], grammar: Grammar) -> str:
    """a, b and c; a long list is cut and counted."""
    if len(items) > MOST_ITEMS:
        items = [*items[:MOST_ITEMS], f"… (+{len(items) - MOST_ITEMS})"]
        return grammar.between.join(items)
    if len(items) < 2:
        return "".join(items)
    head = grammar.between.join(items[:-1])
    if grammar.blanks:
        return head + grammar.last + items[-1]
    return joined(head + SEAM + grammar.last + SEAM + items[-1])


def _one(name: str, value: object, grammar: Grammar) -> str:
    if isinstance(value, Unseen) or value is None:
        return "…"
    if isinstance(value, bool):
        return grammar.yes if value else grammar.no
    if isinstance(value, int):
        named = _named(name, value)
        return named if named is not None else str(value)
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, bytes):
        return value[:64].hex()
    if isinstance(value, Mapping):
        return ", ".join(f"{shortened(str(key))}={_one(str(key), item, grammar)}" for key, item in value.items())
    text = shortened(str(getattr(value, "text", value)))
    return _oid(text) if name in _OID_FACTS else text


def _oid(text: str) -> str:
    """What an OID is called, the OID behind it."""
    name = load_table("oids.toml").get(text)
    return f"{name} ({text})" if name else text


_OID_FACTS = frozenset({"has", "oid", "oids"})


def _named(name: str, number: int) -> str | None:
    last = name.rsplit("_", 1)[-1].removesuffix("s")
    naming = _NAMINGS.get(last)
    # A certificate's version is 1 to 3, a protocol's is 0x0300 and more: the fact's name is the same.
    if naming is None or (last == "version" and number < 0x0200):
        return None
    return naming(number)


_NAMINGS: dict[str, Callable[[int], str]] = {
    "suite": suite_name,
    "version": version,
    "group": group_name,
    "scheme": scheme_name,
    "alert": alert,
    "description": alert,
}
