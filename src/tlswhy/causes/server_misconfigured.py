"""The server contradicts itself: it can serve no client at all, or not with what it is set up for.

Why the client refuses
    The server does: for instance only ECDSA suites are enabled and the certificate's key is RSA, so that no suite
    is left.
What you see
    handshake_failure(40) or internal_error(80) for every client.
How to fix
    Give the server a certificate of the kind its suites need, or enable suites for the certificate it has; read its
    log.
How to check
    Does any client get in?
References
    RFC 5246, 7.4.2.
"""

from __future__ import annotations

from collections.abc import Iterator

from tlswhy.changes import Change, EnableVersion
from tlswhy.grounds import bare_refusal, would_be_refused
from tlswhy.mending import rekeyed_leaf, suites_enabled
from tlswhy.model.client import Source
from tlswhy.situation import Situation
from tlswhy.strength import sound_versions
from tlswhy.verdict import Refusal, Stage

STAGE = Stage.SERVER_ANSWER
CAUSE = "server-misconfigured"
SOURCES = (Source("standard", "RFC 5246, 7.4.2"),)
INTERNAL_ERROR = 80


def check(situation: Situation) -> Iterator[Refusal]:
    """A capture of one client cannot show it; its configuration and its certificate together can."""
    yield from would_be_refused(situation, CAUSE)


def cures(situation: Situation, refusal: Refusal) -> Iterator[Change]:
    """Suites that go with the key that it has, in a version that has them; else a key that goes with suites of the
    client's."""
    yield from suites_enabled(situation)
    yield from (EnableVersion(version) for version in sound_versions(situation.client.offer))
    yield from rekeyed_leaf(situation)


def suspect(situation: Situation) -> float:
    """More likely where the server itself speaks of an internal error; unlikely once another client got in."""
    alert = bare_refusal(situation)
    if alert is None:
        return 0.0
    if any(other.server_hello is not None for other in situation.others):
        return 0.1
    return 0.9 if alert.message.description == INTERNAL_ERROR else 0.4
