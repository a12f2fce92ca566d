"""Client and server have no cipher suite in common.

Why the client refuses
    Usually the server does: none of the suites in the ClientHello is enabled there (or fits its certificate's key).
    The client itself breaks off when the server chooses a suite that was not offered.
What you see
    handshake_failure(40) right after the ClientHello, nothing else.
How to fix
    Enable an ECDHE suite with AES-GCM on the server that the client offers. On the client: allow strong suites
    (unlimited policy before 8u161), or upgrade it. Static RSA (TLS_RSA_*) is no cure: newer clients have switched
    it off.
How to check
    Compare the ClientHello's list with the server's configuration, or survey the server.
References
    RFC 5246, 7.4.1.3; RFC 8446, 4.1.1.
"""

from __future__ import annotations

from collections.abc import Iterator

from tlswhy.changes import Change
from tlswhy.grounds import bare_refusal, rule_sources, would_be_refused
from tlswhy.mending import rekeyed_leaf, suites_enabled
from tlswhy.model.client import Source
from tlswhy.situation import Situation
from tlswhy.unseen import Unseen
from tlswhy.verdict import Refusal, Stage
from tlswhy.wire.numbers import FALLBACK_SCSV, RENEGOTIATION_SCSV

STAGE = Stage.SUITE
SOURCES = (Source("standard", "RFC 5246, 7.4.1.3; RFC 8446, 4.1.3"),)
NEWER_CLIENTS_MAY = True
SIGNALS = frozenset({RENEGOTIATION_SCSV, FALLBACK_SCSV})
"""Values in a hello's list that are no suites: nothing can be chosen with them."""


def check(situation: Situation) -> Iterator[Refusal]:
    """The server chose a suite that this client does not offer."""
    yield from would_be_refused(situation, "no-common-cipher")
    if situation.flight.refused:
        return
    chosen = situation.flight.suite
    offered = situation.client.offer.suites
    if isinstance(chosen, Unseen) or not offered:
        return
    if chosen not in offered or chosen in SIGNALS:
        facts = {"chosen": chosen, "offered": offered}
        yield Refusal("no-common-cipher", STAGE, facts, situation.place("server_hello"), rule_sources(situation))


def suspect(situation: Situation) -> float:
    """The commonest reason of all for a bare handshake_failure; nearly ruled out where another client got a suite that
    this one offers too."""
    if bare_refusal(situation) is None:
        return 0.0
    offered = situation.client.offer.suites
    shared = any(
        other.server_hello is not None and other.server_hello.message.cipher_suite in offered
        for other in situation.others
    )
    return 0.3 if shared else 0.9


def cures(situation: Situation, refusal: Refusal) -> Iterator[Change]:
    """Sound suites of the client's list; where none goes with the leaf's key, another key too."""
    yield from suites_enabled(situation)
    yield from rekeyed_leaf(situation)
