"""The size of the server's Diffie-Hellman prime is not a multiple of 64 bits, which old runtimes demand.

Why the client refuses
    DHKeyPairGenerator takes only multiples of 64 up to 8u252; later releases dropped the demand.
What you see
    ServerKeyExchange with, say, 1000 or 2050 bits, then internal_error(80); "Prime size must be multiple of 64".
How to fix
    Give the server a standard group (RFC 7919, ffdhe2048), or put ECDHE suites first.
How to check
    Read p in ServerKeyExchange and count its bits, leading zeros left out.
References
    RFC 7919; com.sun.crypto.provider.DHKeyPairGenerator.initialize (8).
"""

from __future__ import annotations

from collections.abc import Iterator

from tlswhy.changes import Change, UseDhGroup
from tlswhy.grounds import rule_sources
from tlswhy.mending import suites_first
from tlswhy.situation import Situation
from tlswhy.strength import dh_sizes
from tlswhy.unseen import seen
from tlswhy.verdict import Refusal, Stage

STAGE = Stage.KEY_EXCHANGE
NEWER_CLIENTS_MAY = True


def check(situation: Situation) -> Iterator[Refusal]:
    """Within the limits, but not divisible."""
    dh = seen(situation.flight.dh, situation.flight.missing)
    if dh is None:
        return
    limits = situation.client.dh
    within = max(limits.policy_min, limits.least) <= dh.prime_bits <= limits.most
    if within and dh.prime_bits % limits.multiple_of:
        facts = {"bits": dh.prime_bits, "multiple_of": limits.multiple_of, "suite": situation.flight.suite}
        yield Refusal("dh-key-size-odd", STAGE, facts, situation.place("key_exchange"), rule_sources(situation))


def cures(situation: Situation, refusal: Refusal) -> Iterator[Change]:
    """Suites without DHE first; else a group that the client takes."""
    yield from suites_first(situation)
    yield from (UseDhGroup(bits) for bits in dh_sizes(situation.client.dh)[:1])
