"""What one server answered to others: the witnesses for a client of which there is no connection.

Owns which of their connections say something of another client, and remembers what the server may answer to each
offer, since many clients offer the same. What a client makes of an answer is for ``stories``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field, replace

from tlswhy.evidence.types import ServerConfiguration, ToldConnection
from tlswhy.frozen import frozen
from tlswhy.model.client import ClientPolicy, Offer
from tlswhy.model.flight import NO_FLIGHT, Flight
from tlswhy.model.handshake import Handshake, Outcome
from tlswhy.model.server import Server
from tlswhy.model.settings import ClientCertificate
from tlswhy.model.where import Where
from tlswhy.negotiate import PROTOCOL_VERSION, possible_answers
from tlswhy.observe.flight import flight_of
from tlswhy.observe.handshake import cut_before_reaction
from tlswhy.observe.server import server_of
from tlswhy.pki.certificate import Certificate
from tlswhy.side import Side
from tlswhy.situation import assumed_flight, borrowed_flight
from tlswhy.unseen import UNSEEN, Unseen, UnseenType
from tlswhy.wire.messages import DhParameters
from tlswhy.wire.numbers import suite

MOST_PLACES = 4
"""Answers to others that are named as the ground of a foretold refusal."""


@frozen
class Answers:
    """The connections of others to one server, and what they tell of it."""

    handshakes: Sequence[Handshake]
    ended: tuple[Handshake, ...]
    """The same up to the client's reaction, where the server said anything."""
    server: Server
    lent: Flight
    """What of its answer to somebody else it surely has for everybody: its certificates."""
    finished: bool
    """Somebody got in, so that neither the network nor the server refuses whatever the hello."""
    by_offer: dict[tuple[Offer, ServerConfiguration | None], tuple[Flight, ...]] = field(default_factory=dict)

    def to(self, offer: Offer, configuration: ServerConfiguration | None = None) -> tuple[Flight, ...]:
        """Every answer that the server may give to a hello with that offer; as its configuration makes it answer, where
        that tells enough and gives all the answers which were seen."""
        key = (offer, configuration)
        known = self.by_offer.get(key)
        if known is None:
            found = possible_answers(offer, self.server) or (self.lent,)
            if configuration is not None and _tells_enough(configuration) and self._bears_out(configuration):
                found = configured_answers(offer, configuration, self.lent) or found
            insists = self.server.client_certificate
            known = self.by_offer[key] = tuple(
                flight if flight.client_certificate == insists else replace(flight, client_certificate=insists)
                for flight in map(self._placed, found)
            )
        return known

    def _placed(self, flight: Flight) -> Flight:
        """A refusal that nobody has seen yet rests on what the server answered to others: it stands there."""
        if not flight.refused or flight.where:
            return flight
        answered = self.server.observations[:MOST_PLACES]
        places = (seen.where if seen.flight is None else seen.flight.where.get("server_hello", ()) for seen in answered)
        return replace(flight, where={"refused": tuple(place for some in places for place in some)})

    def _bears_out(self, configuration: ServerConfiguration) -> bool:
        """Each answer that was seen is one that a server so set up may give."""
        for seen in self.server.observations:
            answers = configured_answers(seen.offer, configuration, self.lent)
            if seen.flight is None and not any(flight.refused for flight in answers):
                return False
            if seen.flight is not None and not any(_alike(flight, seen.flight) for flight in answers):
                return False
        return True

    def of_those_that_came_as_far(self, offer: Offer) -> list[Handshake]:
        """Those that say something of that offer: who was turned away for a version too old says nothing."""
        newest = max(offer.versions, default=0)
        older = {
            observation.where
            for observation in self.server.observations
            if observation.alert == PROTOCOL_VERSION and max(observation.offer.versions, default=0) < newest
        }
        hellos = ((handshake, handshake.client_hello) for handshake in self.ended)
        return [h for h, hello in hellos if hello is None or (h.at(hello.frame),) not in older]


def answers_of(handshakes: Sequence[Handshake], insists: ClientCertificate | UnseenType = UNSEEN) -> Answers:
    """What these connections tell, as far as they came before their clients reacted. ``insists``: whether the server
    is known to want the client's certificate, by these or by others."""
    cut = [cut_before_reaction(handshake) for handshake in handshakes]
    lent = next((flight_of(handshake) for handshake in cut if handshake.server_hello is not None), NO_FLIGHT)
    finished = any(handshake.outcome is Outcome.COMPLETED for handshake in handshakes)
    ended = tuple(before if _spoke(before) else whole for before, whole in zip(cut, handshakes, strict=True))
    server = replace(server_of(handshakes), client_certificate=insists)
    return Answers(handshakes, ended, server, borrowed_flight(lent), finished)


def told_flights(
    client: ClientPolicy, told: Sequence[ToldConnection], chain: tuple[Certificate, ...], where: tuple[Where, ...]
) -> tuple[Flight, ...]:
    """What a server may answer to a client, by what another one tells that it agreed on and the chain that it was sent.

    A version above the client's says nothing of those below, which are assumed as for certificates alone. One below the
    client's, or a suite or group that it does not offer, speaks against that assumption: only the chain is lent then. A
    suite of DHE may be chosen by the server's order or because the other offered nothing else: without ECDHE both are
    one, else either may come.
    """
    assumed = assumed_flight(client, chain, where)
    offer = client.offer
    newest = max(offer.versions, default=0)
    known = [each for each in told if not isinstance(each.version, Unseen) and each.version <= newest]
    if not known:
        return (assumed,)
    best = max(known, key=lambda each: 0 if isinstance(each.version, Unseen) else each.version)
    if best.version != newest and len(known) < sum(not isinstance(each.version, Unseen) for each in told):
        return (assumed,)  # the other was told to ask for an old one
    lent = replace(borrowed_flight(assumed), where=assumed.where)
    if best.version not in offer.versions or (not isinstance(best.suite, Unseen) and best.suite not in offer.suites):
        return (lent,)
    group = None if isinstance(best.group, Unseen) else best.group
    if group is not None and group not in offer.groups:
        if group not in _FIRST_OF_MOST:
            return (lent,)
        group = None
    if isinstance(best.suite, Unseen):
        return (assumed,)
    chosen = suite(best.suite)
    finite_field = chosen is not None and chosen.key_exchange == "DHE"
    flight = replace(
        assumed,
        version=best.version,
        suite=best.suite,
        group=group,
        dh=_prime_of(best.dh_bits) if finite_field else None,
        scheme=best.scheme if isinstance(best.scheme, int) and best.scheme in offer.schemes else None,
        asks_client_certificate=best.asks_client_certificate is True,
        where={**assumed.where, "server_hello": best.where, "key_exchange": best.where},
    )
    if finite_field and any(map(_is_ecdhe, offer.suites)):
        return (flight, assumed)
    return (flight,)


def _prime_of(bits: int | UnseenType | None) -> DhParameters | UnseenType:
    """A prime of which only the size is told."""
    return DhParameters((1 << bits) - 1, 2, 0) if isinstance(bits, int) else UNSEEN


_FIRST_OF_MOST = frozenset({0x001D, 0x11EC})
"""X25519 and its hybrid with ML-KEM head the lists of OpenSSL (1.1.0 on), curl and browsers: a server that takes them
says nothing of those behind."""


def _is_ecdhe(number: int) -> bool:
    known = suite(number)
    return known is not None and known.key_exchange == "ECDHE"


def _spoke(handshake: Handshake) -> bool:
    """The server's side said something."""
    return any(told.message.span.sender is Side.SERVER for told in handshake.messages)


def configured_answers(offer: Offer, configuration: ServerConfiguration | None, shown: Flight) -> tuple[Flight, ...]:
    """What a server so set up may answer with the chain that is ``shown``, as ``server.configured`` foretells it; empty
    where nobody knows. A refusal keeps the chain: it is what the client would see next."""
    if configuration is None:
        return ()
    from tlswhy.server.configured import foretold  # the models of servers are not imported where none is set up

    found = foretold(offer, configuration, UNSEEN if shown.chain is None else shown.chain)
    beside = {"where": shown.where, "missing": "server-certificates"}
    withheld = {**beside, "chain": shown.chain, "chain_size": shown.chain_size}
    return tuple(replace(flight, **(withheld if flight.refused else beside)) for flight in found)


def _tells_enough(configuration: ServerConfiguration) -> bool:
    """What decides most: versions and suites. By defaults alone what was seen of a server says more of it."""
    told = configuration.settings
    return not isinstance(told.suites, Unseen) and (
        not isinstance(told.versions, Unseen) or bool(told.switches.versions)
    )


def _alike(foretold: Flight, seen: Flight) -> bool:
    return not foretold.refused and (foretold.version, foretold.suite) == (seen.version, seen.suite)
