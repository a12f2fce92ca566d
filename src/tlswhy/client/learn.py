"""A client profile out of what was seen of a client: its hello, what it accepted and refused, its alerts.

Owns what of it is the client's own, which known profile it extends, and the profile's text. Names and addresses of
servers stay out of it, so that a profile can be handed on. Knows nothing of captures: sightings are handed in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tlswhy.client.hello import form_of_hello
from tlswhy.client.profiles import LISTS, hello_form_of, merged_profile, offer_of
from tlswhy.client.recognise import Parts, Recognition, as_compared, parts_of_hello, parts_of_profile, recognise
from tlswhy.frozen import frozen
from tlswhy.model.client import Offer
from tlswhy.negotiate import offer_of_hello
from tlswhy.wire.extensions import ALPN
from tlswhy.wire.messages import ClientHello
from tlswhy.wire.numbers import group_name, is_grease, scheme_name, suite_name, version_name

MOST_SIGHTINGS = 200
OF_THE_CONNECTION = frozenset({41, 42, 44})
"""pre_shared_key, early_data, cookie: there or not from one connection to the next. Padding, too, where a hello has the
length for it; but only some clients pad at all, so that one seen is kept."""


@frozen
class Sighting:
    """One connection of the client. ``facts`` are plain values for the table ``seen``, without names of servers.

    ``alert`` is a fatal alert of its own that names ``cause`` beyond doubt.
    """

    hello: ClientHello
    place: str
    facts: Mapping[str, object]
    cause: str | None = None
    alert: int | None = None


def by_client(sightings: Iterable[Sighting]) -> list[list[Sighting]]:
    """Sightings of hellos whose own parts are equal, the most seen client first."""
    groups: dict[tuple[object, ...], list[Sighting]] = {}
    for sighting in sightings:
        groups.setdefault(tuple(parts_of_hello(sighting.hello).items()), []).append(sighting)
    return sorted(groups.values(), key=len, reverse=True)


def profile_text(sightings: Sequence[Sighting], item: str) -> str:
    """The profile of the client that sent all of these hellos; it extends the nearest known one, where one is near."""
    hello = sightings[0].hello
    found = recognise(hello)
    parent = merged_profile(found.id) if found.id else {}
    lines = [f"title = {_text(f'seen in {item}')}"]
    if found.id:
        lines = [f"extends = {_text(found.id)}", *lines]
    if not found.exact:
        lines.append("measured = false")
    sources = [("measured", f"ClientHello, {sightings[0].place}"), *_inferred(found)]
    for kind, text in sources:
        lines += ["", "[[sources]]", f"kind = {_text(kind)}", f"text = {_text(text)}"]
    lines += _offer(hello, parent, found.id or "")
    lines += _alerts(sightings, parent.get("alerts", {}))
    for facts in _folded(sightings):
        lines += ["", "[[seen]]", *(f"{name} = {_value(value)}" for name, value in facts.items())]
    return "\n".join(lines) + "\n"


def _inferred(found: Recognition) -> list[tuple[str, str]]:
    if found.id is None:
        return []
    if not found.exact:
        differs = ", ".join(str(difference["part"]) for difference in found.differs)
        return [("inferred", f"limits and rules as of {found.id}, whose hello is the nearest (other {differs})")]
    if found.also:
        return [("inferred", f"limits and rules as of {found.id}; the same hello is sent by {', '.join(found.also)}")]
    return []


def _offer(hello: ClientHello, parent: Mapping[str, Any], name: str) -> list[str]:
    """What the hello offers where the parent's differs."""
    parts, offer = parts_of_hello(hello), offer_of_hello(hello)
    parent_offer = offer_of(parent, name)
    known: Parts = parts_of_profile(parent, parent_offer) if parent else {}
    values = _values(hello, offer)
    compared = as_compared(parts, known) if parent else parts
    own = {key: value for key, value in values.items() if compared[key] != known.get(key)}
    if set(values["extensions"]) - set(parent_offer.extensions):  # padding and the like, which recognition passes over
        own["extensions"] = values["extensions"]
    if parent and not known["alpn"]:  # the application's, as with the parent
        own.pop("alpn", None)
    form, form_known = form_of_hello(hello), hello_form_of(parent, name)
    if form.session_id_length != form_known.session_id_length:
        own["session_id_length"] = form.session_id_length
    bodies = {number: body for number, body in sorted(form.bodies.items()) if number != ALPN or "alpn" not in own}
    if all(form_known.bodies.get(number) == body for number, body in bodies.items()):
        bodies = {}
    lines = [f"{key} = {_lines(value) if key in _LISTED else _value(value)}" for key, value in own.items()]
    if bodies:
        lines += ["", "[offer.bodies]", *(f'{number} = "{body.hex()}"' for number, body in bodies.items())]
    return ["", "[offer]", *lines] if lines else []


_LISTED = LISTS["offer"]


def _values(hello: ClientHello, offer: Offer) -> dict[str, Any]:
    """By the keys of a profile, which are the names of the parts."""
    kept = [number for number in hello.extensions if not is_grease(number) and number not in OF_THE_CONNECTION]
    return {
        "record_version": version_name(offer.record_version),
        "versions": [version_name(number) for number in offer.versions],
        "suites": [suite_name(number) for number in offer.suites],
        "groups": [group_name(number) for number in offer.groups],
        "schemes": [scheme_name(number) for number in offer.schemes],
        "schemes_cert": [scheme_name(number) for number in offer.schemes_cert],
        "extensions": kept,
        "key_shares": [group_name(number) for number in offer.key_shares],
        "point_formats": list(hello.point_formats or ()),
        "compression": list(hello.compression_methods),
        "alpn": list(offer.alpn),
    }


def _alerts(sightings: Iterable[Sighting], known: Mapping[str, Sequence[int]]) -> list[str]:
    """Alerts that the parent does not have for their cause."""
    seen: dict[str, list[int]] = {}
    for sighting in sightings:
        if sighting.cause and sighting.alert is not None and sighting.alert not in known.get(sighting.cause, ()):
            numbers = seen.setdefault(sighting.cause, list(known.get(sighting.cause, ())))
            numbers.extend({sighting.alert} - set(numbers))
    if not seen:
        return []
    return ["", "[alerts]", *(f"{cause} = {_value(numbers)}" for cause, numbers in sorted(seen.items()))]


def _folded(sightings: Iterable[Sighting]) -> list[dict[str, object]]:
    """Equal sightings are one, with the place of the first and their number."""
    told: dict[tuple[str, ...], dict[str, object]] = {}
    for sighting in sightings:
        key = tuple(f"{name}={value}" for name, value in sighting.facts.items())
        if key in told:
            told[key]["connections"] = int(str(told[key]["connections"])) + 1
        elif len(told) < MOST_SIGHTINGS:
            told[key] = {"place": sighting.place, "connections": 1, **sighting.facts}
    return list(told.values())


def _lines(names: Sequence[str]) -> str:
    """One name a line, as all profiles have it."""
    return "'''\n" + "".join(f"{name}\n" for name in names) + "'''"


def _value(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    if isinstance(value, list | tuple):
        return f"[{', '.join(_value(entry) for entry in value)}]"
    return _text(str(value))


def _text(text: str) -> str:
    """A basic string of TOML; what cannot stand in one is escaped."""
    return '"' + "".join(_character(character) for character in text) + '"'


def _character(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    if 0xD800 <= ord(character) <= 0xDFFF:  # no text that TOML can hold
        return "\\uFFFD"
    return character if character.isprintable() else f"\\U{ord(character):08X}"


__all__ = ["Sighting", "by_client", "profile_text"]
