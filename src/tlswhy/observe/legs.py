"""The two sides of a proxy: a connection of a client to it, and its own to the server, told as one conversation.

Owns how they are known, and which of the two failed. A proxy that only passes TLS on (CONNECT, SOCKS, a load balancer
of layer 4) shows the client's random on both sides, which no other connection has. One that inspects TLS greets the
server itself: then the same name, asked for by the machine that the client spoke to, while the client waited, is a good
reason to think so, and no proof.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence

from tlswhy.frozen import frozen
from tlswhy.model.handshake import Handshake, Outcome, Told
from tlswhy.observe.twins import random_of
from tlswhy.side import Side

SAME_HELLO, SAME_NAME, SAME_ENDS = "same-hello", "same-name", "same-ends"
NEAR, FAR, PROXY = "near", "far", "proxy"
FATAL = 2
CLOCKS_APART_NS = 2_000_000_000
"""So much may lie between the clocks of two machines that capture."""
MOST_TRIED = 8
"""Connections of the proxy looked at for one of a client."""


@frozen
class Legs:
    """``near``: client to proxy, ``far``: proxy to server.

    ``failed``: which of them, "proxy" where both ends would have gone on and what lies between did not, None where
    nothing failed or nobody can tell.
    """

    near: Handshake
    far: Handshake
    how: str
    failed: str | None


def legs_among(handshakes: Sequence[Handshake]) -> list[Legs]:
    """All pairs, in the order of their near sides; each connection stands in one of them."""
    captured = [h for h in handshakes if h.counted == "frame" and h.hello is not None]
    if len(captured) < 2:
        return []
    found = list(_with_one_hello(captured))
    taken = {id(each) for pair in found for each in (pair.near, pair.far)}
    found += _by_name([handshake for handshake in captured if id(handshake) not in taken])
    order = {id(handshake): number for number, handshake in enumerate(captured)}
    return sorted(found, key=lambda pair: order[id(pair.near)])


def _with_one_hello(handshakes: Sequence[Handshake]) -> Iterator[Legs]:
    """The same ClientHello between other ends."""
    first: dict[bytes, Handshake] = {}
    for handshake in handshakes:
        random = random_of(handshake)
        if random is None:
            continue
        other = first.setdefault(random, handshake)
        if other is handshake or not _passed_on(other, handshake):
            continue
        near, far = (other, handshake) if _comes_first(other, handshake) else (handshake, other)
        yield Legs(near, far, SAME_HELLO, _who_ended(near, far))
        del first[random]


def _passed_on(one: Handshake, other: Handshake) -> bool:
    """From another machine; or from the same port to another machine, as behind an address translation.

    Else it is one connection captured at two points, or a client that says the same to everybody (Skype did).
    """
    return one.client.address != other.client.address or (one.client == other.client and one.server != other.server)


def _comes_first(one: Handshake, other: Handshake) -> bool:
    """The client is on this one's side: the other leaves from the machine that this one went to; else by time."""
    if one.server.address == other.client.address:
        return True
    if other.server.address == one.client.address:
        return False
    return one.first_time_ns <= other.first_time_ns


def _by_name(handshakes: Sequence[Handshake]) -> Iterator[Legs]:
    """A machine that a client asks for a name asks for that name itself, while the client waits; a transparent proxy
    does so in the client's name."""
    begun: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for number, handshake in enumerate(handshakes):
        if handshake.server_name:
            key = (handshake.client.address, handshake.server_name.lower())
            begun.setdefault(key, []).append((handshake.first_time_ns, number))
    for candidates in begun.values():
        candidates.sort()
    taken: set[int] = set()
    for number, near in enumerate(handshakes):
        name = (near.server_name or "").lower()
        for how, address in ((SAME_NAME, near.server.address), (SAME_ENDS, near.client.address)):
            if not name or number in taken:
                break
            if how == SAME_NAME and address == near.client.address:
                continue  # one machine talks to itself: whatever else it asks for would look like the far side
            for other in _while_it_waits(near, begun.get((address, name), [])):
                far = handshakes[other]
                if other == number or other in taken or (how == SAME_ENDS and not _intercepted(near, far)):
                    continue
                taken |= {number, other}
                yield Legs(near, far, how, _which_failed(near, far))
                break


def _while_it_waits(near: Handshake, candidates: list[tuple[int, int]]) -> Iterator[int]:
    """The connections that begin while this one lasts, the first few."""
    at = bisect_left(candidates, (near.first_time_ns - CLOCKS_APART_NS, -1))
    for start, number in candidates[at : at + MOST_TRIED]:
        if start <= near.last_time_ns + CLOCKS_APART_NS:
            yield number


def _intercepted(near: Handshake, far: Handshake) -> bool:
    """The same ends in two captures, the later one with another certificate: no client changes that."""
    if near.item == far.item or near.server != far.server or near.first_time_ns > far.first_time_ns:
        return False
    leaves = [_leaf(handshake) for handshake in (near, far)]
    return None not in leaves and leaves[0] != leaves[1]


def _leaf(handshake: Handshake) -> bytes | None:
    sent = handshake.certificates
    return next(iter(sent.message.certificates), None) if isinstance(sent, Told) else None


def _who_ended(near: Handshake, far: Handshake) -> str | None:
    """One handshake, passed on: what one end did shows on both sides, what only the proxy did does not."""
    if Outcome.COMPLETED in (near.outcome, far.outcome):
        return None
    by_near, by_far = _ended_by(near), _ended_by(far)
    if by_far is Side.SERVER:
        return FAR
    if by_near is Side.CLIENT:
        return NEAR if near.server_hello is not None else _silent(near, far)
    return PROXY if by_near is Side.SERVER else _silent(near, far)


def _ended_by(handshake: Handshake) -> Side | None:
    """Who said or did the first thing that ends it: a fatal alert, a FIN, a RST."""
    ends = [(told.frame, 0, told.message.span.sender) for told in handshake.alerts if told.message.level == FATAL]
    if handshake.ending is not None:
        ends.append((handshake.ending.frame, 1, handshake.ending.by))
    return min(ends, key=lambda end: end[:2])[2] if ends else None


def _silent(near: Handshake, far: Handshake) -> str | None:
    """Nobody broke it off: who left the client without an answer?"""
    if far.server_hello is None:
        return FAR
    return PROXY if near.server_hello is None else None


def _which_failed(near: Handshake, far: Handshake) -> str | None:
    """Two handshakes: the proxy's own comes first in time or in consequence."""
    if far.outcome is Outcome.BROKEN or (far.outcome is Outcome.OPEN and far.server_hello is None):
        return FAR
    return NEAR if near.outcome is Outcome.BROKEN else None
