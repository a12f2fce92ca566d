"""Why a server refused one hello, as far as its answers to others and the models tell.

Every software that has a model, set up in the least way that gives the answers which were seen, is asked about the
hello that was refused; those that would serve it, or refuse it with another alert, are out. Where all the rest name one
cause it is the reason; where they differ, or none is left, nobody knows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import field, replace
from functools import lru_cache
from itertools import permutations
from typing import Final

from tlswhy.frozen import frozen
from tlswhy.model.client import Offer
from tlswhy.model.flight import Flight
from tlswhy.model.server import Observation
from tlswhy.model.settings import DhGroup, Order, ServedChain, ServerSettings, served_chain
from tlswhy.pki.certificate import Certificate
from tlswhy.server.answer import answer
from tlswhy.server.software import load_software, software_ids
from tlswhy.unseen import NotSeen, Unseen
from tlswhy.wire.messages import DhParameters
from tlswhy.wire.numbers import TLS13

LEVELS: Final = (0, 2)
"""OpenSSL's usual security levels: switched off, and what distributions set."""
MOST_ORDERED: Final = 3
"""Of so many suites every order is tried; of more the order in which they were seen."""
MOST_OBSERVATIONS: Final = 8
TLS13_SUITES: Final = (0x1302, 0x1303, 0x1301)
"""What a server that has TLS 1.3 has as well, if nobody told it otherwise."""


def why_refused(
    offer: Offer, alert: int, observations: Sequence[Observation], versions: frozenset[int] | None = None
) -> str | None:
    """The one cause that explains this refusal; None where the answers to others leave it open.

    ``versions``: all that the server has, where it was asked for each.
    """
    served = tuple(seen for seen in observations if _is_told(seen.flight))[:MOST_OBSERVATIONS]
    if not served or (not offer.sends_server_name and all(seen.server_name for seen in served)):
        return None
    flights = [seen.flight for seen in served if seen.flight is not None]
    answers = tuple((seen.offer, flight.version, flight.suite) for seen, flight in zip(served, flights, strict=True))
    leaves = tuple(
        chain.certificates[0].sha256 for chain in _chains(flights) if not isinstance(chain.certificates, Unseen)
    )
    return _explained(_Question(offer, alert, answers, leaves, versions, served))


@frozen
class _Question:
    """A refusal before answers to others. A capture has the same hello many times: equal ones are answered once."""

    offer: Offer
    alert: int
    answers: tuple[tuple[object, ...], ...]
    leaves: tuple[str, ...]
    versions: frozenset[int] | None
    served: tuple[Observation, ...] = field(compare=False)


@lru_cache(maxsize=256)
def _explained(question: _Question) -> str | None:
    found: str | None = None
    for settings in _hypotheses(question.served, question.offer, question.versions):
        cause = _refusal(settings, question.offer, question.alert)
        if cause is None or cause == found or not all(_gives(settings, seen) for seen in question.served):
            continue
        if found is not None:
            return None
        found = cause
    return found


def _is_told(flight: Flight | None) -> bool:
    return flight is not None and not isinstance(flight.version, Unseen) and not isinstance(flight.suite, Unseen)


def _hypotheses(
    served: Sequence[Observation], refused: Offer, all_versions: frozenset[int] | None
) -> Iterator[ServerSettings]:
    """For each software and order: settings with what was seen and nothing more, and with all that the refused hello
    offers besides, since a server may have that, too, and miss something else."""
    flights = [seen.flight for seen in served if seen.flight is not None]
    chains = _chains(flights)
    if not chains:
        return
    versions = {flight.version for flight in flights if not isinstance(flight.version, Unseen)}
    suites = list(dict.fromkeys(flight.suite for flight in flights if not isinstance(flight.suite, Unseen)))
    groups = tuple(dict.fromkeys(flight.group for flight in flights if isinstance(flight.group, int)))
    sizes = [flight.dh.prime_bits for flight in flights if isinstance(flight.dh, DhParameters)]
    least = ServerSettings(chains=chains, dh=DhGroup(sizes[0]) if sizes else None, looks_at_server_name=False)
    for software in software_ids():
        release = load_software(software)
        defaults = release.defaults
        known = () if isinstance(defaults.groups, Unseen) else defaults.groups
        one = replace(least, software=software, groups=tuple(dict.fromkeys((*known, *groups))))
        for level in LEVELS if release.behaviour.get("levels") else (0,):
            possible = {frozenset(versions), frozenset({*versions, *refused.versions})}
            for enabled in possible if all_versions is None else {all_versions}:
                at = replace(one, security_level=level, versions=tuple(sorted(enabled, reverse=True)))
                newest = [number for number in TLS13_SUITES if TLS13 in enabled and TLS13 not in versions]
                yield from _ordered(at, [*newest, *suites], refused)


def _ordered(settings: ServerSettings, suites: list[int], refused: Offer) -> Iterator[ServerSettings]:
    """By either side's order, without and with the suites of the refused hello."""
    more = [number for number in refused.suites if number not in suites]
    orders = permutations(suites) if len(suites) <= MOST_ORDERED else iter([tuple(suites)])
    for order in orders:
        yield replace(settings, order=Order.SERVER, suites=order)
        yield replace(settings, order=Order.SERVER, suites=(*order, *more))
    yield replace(settings, order=Order.CLIENT, suites=tuple(suites))
    yield replace(settings, order=Order.CLIENT, suites=(*suites, *more))


def _chains(flights: list[Flight]) -> tuple[ServedChain, ...]:
    """One for each kind of key, as sent."""
    found: dict[str, ServedChain] = {}
    for flight in flights:
        if flight.chain and not isinstance(flight.chain, Unseen):
            chain = served_chain(flight.chain)
            found.setdefault(chain.algorithm, chain)
    return tuple(found.values())


def _gives(settings: ServerSettings, seen: Observation) -> bool:
    """The model so set up answers as the server did: version, suite, leaf."""
    flight = _answer(settings, seen.offer)
    if flight is None or seen.flight is None or flight.refused:
        return False
    same = (flight.version, flight.suite) == (seen.flight.version, seen.flight.suite)
    theirs, ours = _leaf(seen.flight), _leaf(flight)
    return same and (theirs is None or theirs == ours)


def _refusal(settings: ServerSettings, offer: Offer, alert: int) -> str | None:
    flight = _answer(settings, offer)
    return flight.refused[0] if flight is not None and flight.refused and flight.alert == alert else None


def _answer(settings: ServerSettings, offer: Offer) -> Flight | None:
    try:
        return answer(offer, settings)
    except NotSeen:
        return None


def _leaf(flight: Flight) -> Certificate | None:
    return flight.chain[0] if flight.chain and not isinstance(flight.chain, Unseen) else None
