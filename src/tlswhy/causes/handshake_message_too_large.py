"""A handshake message, nearly always Certificate, is larger than the client reads.

Why the client refuses
    jdk.tls.maxHandshakeMessageSize, 32 KiB by default in the releases that have it.
What you see
    A Certificate message over many records, then unexpected_message(10) or decode_error(50). Java says "The size of
    the handshake message (…) exceeds the maximum allowed size (32768)".
How to fix
    Send fewer and smaller certificates: only the chain that is needed, no huge name lists.
How to check
    Sum the lengths of the certificates sent.
References
    RFC 5246, 7.4; sun.security.ssl.SSLConfiguration.maxHandshakeMessageSize.
"""

from __future__ import annotations

from collections.abc import Iterator

from tlswhy.changes import Change, RaiseLimit
from tlswhy.grounds import rule_sources
from tlswhy.mending import issued_nearer_the_root, named_alone, served_short
from tlswhy.situation import Situation
from tlswhy.unseen import Unseen
from tlswhy.verdict import Refusal, Stage

STAGE = Stage.CERTIFICATE_MESSAGE


def check(situation: Situation) -> Iterator[Refusal]:
    """The Certificate message's body is above the client's limit, where it has one."""
    limit = situation.client.largest_handshake_message
    size = situation.flight.chain_size
    if limit is None or isinstance(size, Unseen) or size <= limit:
        return
    facts = {"size": size, "most": limit}
    yield Refusal("handshake-message-too-large", STAGE, facts, situation.place("certificates"), rule_sources(situation))


def cures(situation: Situation, refusal: Refusal) -> Iterator[Change]:
    """Only the certificates that the path needs; else fewer between the leaf and the root, or a leaf of fewer names."""
    yield from served_short(situation)
    yield from issued_nearer_the_root(situation)
    yield from named_alone(situation)
    needed = refusal.facts.get("size")
    if isinstance(needed, int):
        yield RaiseLimit("largest_handshake_message", needed)
