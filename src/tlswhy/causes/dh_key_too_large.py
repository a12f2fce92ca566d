"""The server's Diffie-Hellman group is larger than the client can compute with.

Why the client refuses
    Old runtimes have an upper limit: 1024 bits (7 before 7u101), 2048 bits (8 before 8u161), 8192 bits later.
What you see
    ServerKeyExchange with a long prime, then internal_error(80). Java says "Could not generate DH keypair" and
    "Prime size must be multiple of 64, and can only range from 512 to 2048 (inclusive)". In a picture it looks like
    a weak group.
How to fix
    Put ECDHE suites first on the server, or take DHE out; or upgrade the client. A smaller group is a weakening.
How to check
    Read p in ServerKeyExchange: ``tls.handshake.p_len`` in Wireshark.
References
    RFC 5246, 7.4.3; com.sun.crypto.provider.DHKeyPairGenerator.initialize.
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
    """The prime is above what the client's code can do."""
    dh = seen(situation.flight.dh, situation.flight.missing)
    if dh is not None and dh.prime_bits > situation.client.dh.most:
        facts = {"bits": dh.prime_bits, "most": situation.client.dh.most, "suite": situation.flight.suite}
        yield Refusal("dh-key-too-large", STAGE, facts, situation.place("key_exchange"), rule_sources(situation))


def cures(situation: Situation, refusal: Refusal) -> Iterator[Change]:
    """Suites without DHE first; else a group that the client takes."""
    yield from suites_first(situation)
    yield from (UseDhGroup(bits) for bits in dh_sizes(situation.client.dh)[:1])
