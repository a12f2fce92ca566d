"""One connection shown twice: a client's log and a capture, or two logs, joined into one handshake with both places.

Owns how they are known: a ClientHello carries 32 random bytes, which no other connection has. The capture leads, since
it shows times and what the network did; a log fills in what is encrypted there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tlswhy.model.handshake import Handshake

_NOT_TOLD = frozenset({b"", bytes(32)})
MOST_TWINS = 4


def joined(handshakes: Sequence[Handshake]) -> list[Handshake]:
    """The same handshakes in order, those of logs beside the connection that they tell of once more."""
    if not any(handshake.counted == "line" for handshake in handshakes):
        return list(handshakes)
    leads: dict[bytes, int] = {}
    for number, handshake in enumerate(handshakes):
        random = random_of(handshake)
        if random is None:
            continue
        known = leads.get(random)
        if known is None or (handshakes[known].counted == "line" and handshake.counted != "line"):
            leads[random] = number
    twins: dict[int, list[Handshake]] = {}
    for number, handshake in enumerate(handshakes):
        random = random_of(handshake)
        if handshake.counted == "line" and random is not None and leads[random] != number:
            twins.setdefault(leads[random], []).append(handshake)
    taken = {id(twin) for same in twins.values() for twin in same}
    return [
        replace(handshake, twins=tuple(twins[number][:MOST_TWINS])) if number in twins else handshake
        for number, handshake in enumerate(handshakes)
        if id(handshake) not in taken
    ]


def random_of(handshake: Handshake) -> bytes | None:
    """The client's random; None where the evidence does not tell it."""
    hello = handshake.hello
    return None if hello is None or hello.random in _NOT_TOLD else hello.random
