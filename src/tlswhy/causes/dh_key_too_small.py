"""The server's Diffie-Hellman group is smaller than the client accepts (Logjam).

Why the client refuses
    Its policy has a floor: "DH keySize < 768" in jdk.tls.disabledAlgorithms from 8u51 and 7u85, "< 1024" from 8u161
    and 7u171. The suite is not the reason; the size of the prime in ServerKeyExchange is.
What you see
    ServerKeyExchange with a short prime, then the client's handshake_failure(40) (up to 8u252) or
    insufficient_security(71) (later 8 and 11 on). Java says "DHPublicKey does not comply to algorithm constraints".
How to fix
    Put ECDHE suites first on the server, or give it a group of 2048 bits; mind old clients that fail above 1024 or
    2048.
How to check
    Read p in ServerKeyExchange: ``tls.handshake.p_len`` in Wireshark.
References
    RFC 5246, 7.4.3; RFC 7919; sun.security.ssl.DHCrypt.checkConstraints (8), DHServerKeyExchange (11 and later).
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
PRIOR = 0.5


def check(situation: Situation) -> Iterator[Refusal]:
    """The prime is below the policy's floor, or below what the client's code can do."""
    dh = seen(situation.flight.dh, situation.flight.missing)
    if dh is None:
        return
    limits = situation.client.dh
    floor = max(limits.policy_min, limits.least)
    if dh.prime_bits < floor:
        facts = {"bits": dh.prime_bits, "least": floor, "suite": situation.flight.suite}
        yield Refusal("dh-key-too-small", STAGE, facts, situation.place("key_exchange"), rule_sources(situation))


def cures(situation: Situation, refusal: Refusal) -> Iterator[Change]:
    """Suites without DHE first; else a group that the client takes."""
    yield from suites_first(situation)
    yield from (UseDhGroup(bits) for bits in dh_sizes(situation.client.dh)[:1])
