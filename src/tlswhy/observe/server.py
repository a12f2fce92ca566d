"""All connections to one server become what is known of it: which hello got which answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tlswhy.model.handshake import Handshake
from tlswhy.model.server import Observation, Server
from tlswhy.negotiate import offer_of_hello
from tlswhy.observe.flight import flight_of
from tlswhy.observe.handshake import cut_before_reaction
from tlswhy.side import Side

FATAL = 2


def server_of(handshakes: Iterable[Handshake]) -> Server:
    """What the server said to each hello before the client reacted; connections without an answer tell nothing."""
    return Server(tuple(_observations(handshakes)))


def _observations(handshakes: Iterable[Handshake]) -> Iterator[Observation]:
    for handshake in handshakes:
        hello = handshake.hello
        if hello is None or handshake.client_hello is None:
            continue
        seen = cut_before_reaction(handshake)
        where = (handshake.at(handshake.client_hello.frame),)
        offer = offer_of_hello(hello)
        if seen.server_hello is not None:
            if not seen.resumed:
                yield Observation(offer, hello.server_name, flight_of(seen), None, where)
            continue
        alert = next(
            (
                told.message.description
                for told in seen.alerts
                if told.message.span.sender is Side.SERVER and told.message.level == FATAL
            ),
            None,
        )
        if alert is not None:
            yield Observation(offer, hello.server_name, None, alert, where)
