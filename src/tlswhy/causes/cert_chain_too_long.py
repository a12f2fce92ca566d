"""The server sends more certificates than the client takes.

Why the client refuses
    jdk.tls.maxCertificateChainLength (8 and 10 in the releases that have it) counts the certificates of the
    message.
What you see
    A long Certificate message, then handshake_failure(40). Java says "The certificate chain length (11) exceeds the
    maximum allowed length (10)".
How to fix
    Send only what is needed: the leaf and the intermediates up to, without, the root.
How to check
    Count the certificates that ``openssl s_client -showcerts`` prints.
References
    RFC 5246, 7.4.2; sun.security.ssl.CertificateMessage, SSLConfiguration.maxCertificateChainLength.
"""

from __future__ import annotations

from collections.abc import Iterator

from tlswhy.changes import Change, RaiseLimit
from tlswhy.grounds import rule_sources
from tlswhy.mending import issued_nearer_the_root, served_short
from tlswhy.situation import Situation
from tlswhy.unseen import Unseen
from tlswhy.verdict import Refusal, Stage

STAGE = Stage.CERTIFICATE_MESSAGE


def check(situation: Situation) -> Iterator[Refusal]:
    """More certificates than the client's limit, where it has one."""
    limit = situation.client.longest_chain
    chain = situation.flight.chain
    if limit is None or chain is None or isinstance(chain, Unseen):
        return
    if len(chain) > limit:
        facts = {"length": len(chain), "most": limit}
        where = situation.place("certificates")
        yield Refusal("cert-chain-too-long", STAGE, facts, where, rule_sources(situation), order=1)


def cures(situation: Situation, refusal: Refusal) -> Iterator[Change]:
    """Only the certificates that the path needs; else fewer between the leaf and the root."""
    yield from served_short(situation)
    yield from issued_nearer_the_root(situation)
    needed = refusal.facts.get("length")
    if isinstance(needed, int):
        yield RaiseLimit("longest_chain", needed)
