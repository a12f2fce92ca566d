"""Client and server have no key-exchange group (elliptic curve or finite field) in common.

Why the client refuses
    The server finds none of the client's supported_groups among its own, or uses a curve that the client does not
    have.
What you see
    handshake_failure(40) after the ClientHello; or an alert of the client after ServerKeyExchange.
How to fix
    Enable secp256r1 (P-256) on the server; X25519 alone is not enough for Java 8 and older.
How to check
    ``openssl s_client -groups P-256 -connect host:port``.
References
    RFC 8422, 5.1; RFC 8446, 4.2.7; jdk.tls.namedGroups, jdk.disabled.namedCurves.
"""

from __future__ import annotations

from collections.abc import Iterator

from tlswhy.changes import Change, OrderSuites, UseGroups
from tlswhy.grounds import bare_refusal, rule_sources, would_be_refused
from tlswhy.model.client import Source
from tlswhy.situation import Situation
from tlswhy.strength import sound_groups, sound_suites
from tlswhy.unseen import Unseen, seen
from tlswhy.verdict import Refusal, Stage
from tlswhy.wire.numbers import is_tls13, suite

STAGE = Stage.KEY_EXCHANGE
SOURCES = (Source("standard", "RFC 8422, 5.1; RFC 8446, 4.2.7"),)
NEWER_CLIENTS_MAY = True
FINITE_FIELDS = range(0x0100, 0x0200)


def check(situation: Situation) -> Iterator[Refusal]:
    """The group of the server's key exchange is none of the client's."""
    yield from would_be_refused(situation, "no-common-group")
    if situation.flight.refused:
        return
    group = seen(situation.flight.group, situation.flight.missing)
    if group is None or (group in situation.client.curves and not _is_no_curve(situation, group)):
        return
    facts = {"chosen": group, "offered": situation.client.offer.groups}
    yield Refusal("no-common-group", STAGE, facts, situation.place("key_exchange"), rule_sources(situation))


def _is_no_curve(situation: Situation, group: int) -> bool:
    """RFC 7919, 2: before TLS 1.3 a finite field stands in ServerKeyExchange with its prime, never by its number."""
    version = situation.flight.version
    return group in FINITE_FIELDS and not isinstance(version, Unseen) and not is_tls13(version)


def suspect(situation: Situation) -> float:
    """Only where the client offers suites that need a group; a hello with TLS 1.3 always does."""
    if bare_refusal(situation) is None:
        return 0.0
    kinds = {found.key_exchange for number in situation.client.offer.suites if (found := suite(number))}
    return 0.6 if kinds & {"ECDHE", "any"} else 0.2


def cures(situation: Situation, refusal: Refusal) -> Iterator[Change]:
    """A curve that the client has; where it has none, suites that need none."""
    if groups := sound_groups(situation.client):
        yield UseGroups(groups)
    if suites := sound_suites(situation.client.offer):
        yield OrderSuites(suites)
