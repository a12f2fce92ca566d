"""Recognise a client by its ClientHello: exact sets first, else the nearest profile with what differs.

Owns which parts of a hello are the client's own and which depend on the connection: random, session ID, key values,
server name (Java sends none for an IP address or a name without a dot), resumption and cookies, padding, GREASE.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from tlswhy.client.profiles import client_ids, merged_profile, offer_of
from tlswhy.model.client import Offer
from tlswhy.wire.messages import ClientHello
from tlswhy.wire.numbers import is_grease

SERVER_NAME = 0
PADDING = 21
OF_THE_CONNECTION = frozenset({SERVER_NAME, PADDING, 41, 42, 44})
"""Extensions whose presence depends on the connection: server_name, padding, pre_shared_key, early_data, cookie."""
NEAR = 0.75
"""Share of equal parts from which a profile is called near."""


@dataclass(frozen=True, slots=True)
class Recognition:
    """``exact``: the hello is that of ``id`` (and of ``also``). Else ``id`` is the nearest profile and ``differs`` says
    in what; None where no profile is near. Differences: {"part", "seen", "profile"}, wire numbers in order."""

    id: str | None
    also: tuple[str, ...]
    exact: bool
    differs: tuple[Mapping[str, object], ...] = ()


Parts = Mapping[str, tuple[int, ...]]


def recognise(hello: ClientHello) -> Recognition:
    """Hold the hello against every profile that has an offer of its own."""
    return _recognise(_Key(tuple(parts_of_hello(hello).items())))


def parts_of_hello(hello: ClientHello) -> Parts:
    """What of a hello is the client's own, in the wire's order."""
    versions = hello.supported_versions
    return {
        "versions": _real(versions) if versions is not None else (hello.legacy_version,),
        "suites": _real(hello.cipher_suites),
        "extensions": tuple(number for number in _real(hello.extensions) if number not in OF_THE_CONNECTION),
        "groups": _real(hello.groups),
        "schemes": _real(hello.signature_schemes),
        "schemes_cert": _real(hello.signature_schemes_cert),
        "record_version": (hello.record_version,),
    }


def parts_of_offer(offer: Offer) -> Parts:
    """The same of a profile's offer; without supported_versions a hello shows the highest version alone."""
    tls13 = any(version > 0x0303 for version in offer.versions)
    return {
        "versions": offer.versions if tls13 else offer.versions[:1],
        "suites": _real(offer.suites),
        "extensions": tuple(number for number in offer.extensions if number not in OF_THE_CONNECTION),
        "groups": _real(offer.groups),
        "schemes": _real(offer.schemes),
        "schemes_cert": _real(offer.schemes_cert),
        "record_version": (offer.record_version,),
    }


@dataclass(frozen=True, slots=True)
class _Key:
    items: tuple[tuple[str, tuple[int, ...]], ...]


@cache
def _profiles() -> tuple[tuple[str, Parts], ...]:
    found = []
    for name in client_ids():
        profile = merged_profile(name)
        if "members" not in profile and profile.get("measured", True) and profile.get("offer"):
            found.append((name, parts_of_offer(offer_of(profile, name))))
    return tuple(found)


@cache
def _recognise(key: _Key) -> Recognition:
    seen = dict(key.items)
    same = [name for name, parts in _profiles() if _differences(seen, parts) == ()]
    if same:
        return Recognition(same[0], tuple(same[1:]), exact=True)
    likeness, name, parts = max(
        ((_likeness(seen, parts), name, parts) for name, parts in _profiles()), default=(0.0, None, {})
    )
    if name is None or likeness < NEAR:
        return Recognition(None, (), exact=False)
    return Recognition(name, (), exact=False, differs=_differences(seen, parts))


def _differences(seen: Parts, profile: Parts) -> tuple[Mapping[str, object], ...]:
    return tuple(
        {"part": part, "seen": seen[part], "profile": profile[part]} for part in seen if seen[part] != profile[part]
    )


def _likeness(seen: Parts, profile: Parts) -> float:
    """The mean over the parts of shared numbers to all numbers (Jaccard), order left out."""
    shares = []
    for part, numbers in seen.items():
        ours, theirs = set(numbers), set(profile[part])
        union = ours | theirs
        shares.append(len(ours & theirs) / len(union) if union else 1.0)
    return sum(shares) / len(shares)


def _real(numbers: Iterable[int] | None) -> tuple[int, ...]:
    return tuple(number for number in numbers or () if not is_grease(number))
