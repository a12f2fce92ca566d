"""Recognise a client by its ClientHello: exact sets first, else the nearest profile with what differs.

Owns which parts of a hello are the client's own and which belong to the connection (random, session ID, key values,
server name: Java sends none for an IP address or a name without a dot; resumption, cookies, padding, GREASE) or to the
application (ALPN, where a profile names none). Knows nothing of what the clients refuse.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache
from hashlib import sha256
from itertools import pairwise
from typing import Any, Final

from tlswhy.client.profiles import client_ids, merged_profile, offer_of
from tlswhy.frozen import frozen
from tlswhy.model.client import Offer
from tlswhy.tables import load_table
from tlswhy.wire.messages import ClientHello
from tlswhy.wire.numbers import TLS12, without_grease

Parts = Mapping[str, tuple[object, ...]]
"""A hello's own parts by name, each in the wire's order; an absent extension is an empty one."""


@frozen
class Recognition:
    """Whose hello it is. ``exact``: that of ``id`` and of ``also``, which nothing in a hello tells apart.

    Else ``id`` is the nearest profile, or None where none is near, and ``differs`` says in what, the most telling part
    first: {"part", "seen", "profile"}, wire numbers in order. ``documented``: profiles from documents alone that
    should send this hello too; they are ``id`` and ``also`` only where no measured runtime sends it.
    """

    id: str | None
    also: tuple[str, ...]
    exact: bool
    differs: tuple[Mapping[str, object], ...] = ()
    documented: tuple[str, ...] = ()


def recognise(hello: ClientHello, *, near: bool = True) -> Recognition:
    """Hold the hello, the first of its connection, against every profile; ``near`` False: only its very own count."""
    return _recognise(tuple(parts_of_hello(hello).items()), near=near)


def recognise_as(hello: ClientHello, name: str, parts: Parts) -> Recognition:
    """Hold the hello against one profile alone, the caller's own: ``name`` or nobody."""
    seen = parts_of_hello(hello)
    differs = _differences(seen, parts)
    if differs and _likeness(seen, parts) < NEAR:
        return Recognition(None, (), exact=False)
    return Recognition(name, (), exact=not differs, differs=differs)


def is_near(hello: ClientHello, name: str) -> bool:
    """Whether settings may have made that profile's hello into this one, whoever else's it is nearer to."""
    known = _known(name)
    return known is not None and _likeness(parts_of_hello(hello), known.parts) >= NEAR


def parts_of_hello(hello: ClientHello) -> Parts:
    """What of a hello is the client's own or, ALPN, the application's."""
    versions = hello.supported_versions
    shares = hello.key_shares or ()
    return {
        "suites": without_grease(hello.cipher_suites),
        "extensions": tuple(number for number in without_grease(hello.extensions) if number not in NOT_THE_CLIENTS),
        "groups": without_grease(hello.groups),
        "schemes": without_grease(hello.signature_schemes),
        "schemes_cert": without_grease(hello.signature_schemes_cert),
        "versions": without_grease(versions) if versions is not None else (hello.legacy_version,),
        "key_shares": without_grease(share.group for share in shares),
        "record_version": (hello.record_version,),
        "point_formats": hello.point_formats or (),
        "compression": hello.compression_methods,
        "alpn": hello.alpn or (),
    }


def parts_of_profile(profile: Mapping[str, Any], offer: Offer) -> Parts:
    """The same of a profile; without supported_versions a hello shows the highest version alone."""
    table = profile.get("offer", {})
    all_told = SUPPORTED_VERSIONS in offer.extensions or any(version > TLS12 for version in offer.versions)
    formats = table.get("point_formats", (UNCOMPRESSED,)) if EC_POINT_FORMATS in offer.extensions else ()
    parts: Parts = {
        "suites": offer.suites,
        "extensions": tuple(number for number in offer.extensions if number not in NOT_THE_CLIENTS),
        "groups": offer.groups,
        "schemes": offer.schemes,
        "schemes_cert": offer.schemes_cert,
        "versions": offer.versions if all_told else (max(offer.versions, default=0),),
        "key_shares": offer.key_shares,
        "record_version": (offer.record_version,),
        "point_formats": tuple(formats),
        "compression": tuple(table.get("compression", (NO_COMPRESSION,))),
        "alpn": offer.alpn,
    }
    return _in_no_order(parts) if table.get("extensions_shuffled") else parts


def _in_no_order(parts: Parts) -> Parts:
    """As a client has them that shuffles its extensions (BoringSSL's permute_extensions); marked, so that no other
    client's order can look like it."""
    own = parts["extensions"]
    return parts if SHUFFLED in own else {**parts, "extensions": (SHUFFLED, *sorted(own, key=str))}


SHUFFLED: Final = "shuffled"
UNCOMPRESSED: Final = 0
NO_COMPRESSION: Final = 0
EC_POINT_FORMATS: Final = 11
SUPPORTED_VERSIONS: Final = 43
NOT_THE_CLIENTS: Final = frozenset({0, 16, 21, 41, 42, 44, 0xFF01})
"""Extensions of the connection: server_name, padding, pre_shared_key, early_data, cookie, renegotiation_info; of the
application: ALPN, compared as a part of its own."""
WEIGHTS: Final = {"suites": 4, "extensions": 4, "groups": 2, "schemes": 2}
"""How much a part tells of who wrote the client; 1 where nothing is said. ALPN and the like weigh as little as that."""
CONFIGURED: Final = frozenset({"suites", "versions", "groups", "schemes"})
"""Parts that a setting makes shorter (https.protocols, jdk.tls.client.cipherSuites, jdk.tls.namedGroups): what is left
of them still tells whose they are."""
NEAR: Final = 0.72
"""From here on a profile is called near. Settings of Java keep its hello above; the hellos of other families, whose
lists share many numbers in another order, reach 0.61 at most (Go; tests/client/test_recognise.py)."""


@frozen
class _Known:
    id: str
    parts: Parts
    measured: bool


@cache
def _profiles() -> tuple[_Known, ...]:
    """The runtimes that have an offer, measured ones first; sets of runtimes are not asked."""
    known = [found for name in client_ids() if (found := _known(name)) is not None]
    return tuple(sorted(known, key=lambda profile: not profile.measured))


@cache
def _known(name: str) -> _Known | None:
    profile = merged_profile(name)
    if "members" in profile or not profile.get("offer"):
        return None
    return _Known(name, parts_of_profile(profile, offer_of(profile, name)), profile.get("measured", True))


def hello_index() -> Mapping[str, tuple[str, ...]]:
    """What ``data/hellos.toml`` must hold: for each hello's digest the profiles that send it, measured ones first."""
    index: dict[str, list[str]] = {}
    for known in _profiles():
        index.setdefault(_digest(known.parts), []).append(known.id)
    return {digest: tuple(names) for digest, names in index.items()}


@cache
def _index() -> Mapping[str, tuple[str, ...]]:
    """The index as it ships: so that recognising a hello reads its own profiles' tables only, not all of them."""
    lines = (line.split() for line in load_table("hellos.toml")["index"].splitlines())
    return {digest: tuple(names) for digest, *names in lines}


def _digest(parts: Parts) -> str:
    """A hello's own parts in one word; the application's ALPN is compared afterwards."""
    own = ";".join(",".join(map(str, numbers)) for part, numbers in parts.items() if part != "alpn")
    return sha256(own.encode()).hexdigest()[:16]


@lru_cache(maxsize=64)
def _recognise(items: tuple[tuple[str, tuple[object, ...]], ...], *, near: bool) -> Recognition:
    seen = dict(items)
    same = _senders(seen) or _senders(_in_no_order(seen))
    if same:
        kind = same[0].measured
        first, *others = [known.id for known in same if known.measured == kind]
        documented = tuple(known.id for known in same if not known.measured) if kind else ()
        return Recognition(first, tuple(others), exact=True, documented=documented)
    if not near:
        return Recognition(None, (), exact=False)
    likeness, nearest = max(
        ((_likeness(seen, known.parts), known) for known in _profiles()),
        key=lambda pair: (pair[0], pair[1].measured),
        default=(0.0, None),
    )
    if nearest is None or likeness < NEAR:
        return Recognition(None, (), exact=False)
    return Recognition(nearest.id, (), exact=False, differs=_differences(seen, nearest.parts))


def _senders(seen: Parts) -> list[_Known]:
    alike = (_known(name) for name in _index().get(_digest(seen), ()))
    return [known for known in alike if known is not None and not _differences(seen, known.parts)]


def as_compared(seen: Parts, profile: Parts) -> Parts:
    """The hello's parts in the order that counts for that profile."""
    return _in_no_order(seen) if SHUFFLED in profile["extensions"] else seen


def _differences(seen: Parts, profile: Parts) -> tuple[Mapping[str, object], ...]:
    """Unequal parts in the order of ``parts_of_hello``; ALPN counts where the profile has its own."""
    seen = as_compared(seen, profile)
    return tuple(
        {"part": part, "seen": numbers, "profile": profile[part]}
        for part, numbers in seen.items()
        if numbers != profile[part] and not (part == "alpn" and not profile[part])
    )


def _likeness(seen: Parts, profile: Parts) -> float:
    """The weighted mean over the parts, between 0 and 1."""
    seen = as_compared(seen, profile)
    total = sum(WEIGHTS.get(part, 1) for part in seen)
    return sum(WEIGHTS.get(part, 1) * _share(seen[part], profile[part], part) for part in seen) / total


def _share(seen: tuple[object, ...], profile: tuple[object, ...], part: str) -> float:
    """What two lists share, less what stands in another order."""
    if part == "alpn" and not profile:
        return 1.0
    ours, theirs = dict.fromkeys(seen), {value: place for place, value in enumerate(profile)}
    places = [theirs[value] for value in ours if value in theirs]
    union = len(ours) + len(theirs) - len(places)
    share = len(places) / union if union else 1.0
    if part in CONFIGURED and ours:
        share = max(share, SHORTENED * len(places) / len(ours))
    rising = sum(a < b for a, b in pairwise(places))
    return share * (rising / (len(places) - 1) if len(places) > 1 else 1.0)


SHORTENED: Final = 0.8
"""What a list counts that holds nothing but the profile's own values in its order, however short."""
