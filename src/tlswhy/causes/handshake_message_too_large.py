"""A handshake message, Certificate or CertificateRequest, is larger than the client reads.

Why the client refuses
    jdk.tls.maxHandshakeMessageSize, 32 KiB by default in the releases that have it. A chain with an endless list of
    names is as long as that, and so is a CertificateRequest of a server that names every CA of its trust store.
What you see
    A Certificate or CertificateRequest message over many records, then unexpected_message(10) or decode_error(50). Java
    says "The size of the handshake message (…) exceeds the maximum allowed size (32768)".
How to fix
    Send fewer and smaller certificates: only the chain that is needed, no huge name lists. Name only the CAs in
    CertificateRequest that issue to clients, or none.
How to check
    Sum the lengths of the certificates sent; openssl s_client lists the "Acceptable client certificate CA names".
References
    RFC 5246, 7.4 and 7.4.4; sun.security.ssl.SSLConfiguration.maxHandshakeMessageSize, SSLSocketInputRecord.
"""

from __future__ import annotations

from collections.abc import Iterator

from tlswhy.changes import Change, NameFewerAuthorities, RaiseLimit
from tlswhy.grounds import rule_sources
from tlswhy.mending import issued_nearer_the_root, named_alone, served_short
from tlswhy.situation import Situation
from tlswhy.unseen import Unseen
from tlswhy.verdict import Refusal, Stage
from tlswhy.wire.numbers import is_tls13

STAGE = Stage.CERTIFICATE_MESSAGE
CAUSE = "handshake-message-too-large"
REQUEST = "certificate-request"


def check(situation: Situation) -> Iterator[Refusal]:
    """A message's body is above the client's limit, where it has one. Before TLS 1.3 the chain is looked at before the
    CertificateRequest comes; in TLS 1.3 that comes first (RFC 8446, 4.3.2)."""
    client, flight = situation.client, situation.flight
    limit = client.largest_certificate_message or client.largest_handshake_message
    if limit is not None and not isinstance(flight.chain_size, Unseen) and flight.chain_size > limit:
        facts: dict[str, object] = {"size": flight.chain_size, "most": limit}
        yield Refusal(CAUSE, STAGE, facts, situation.place("certificates"), rule_sources(situation))
    limit = client.largest_handshake_message
    if limit is not None and not isinstance(flight.request_size, Unseen) and flight.request_size > limit:
        facts = {"size": flight.request_size, "most": limit, "authorities": flight.authorities, "reason": REQUEST}
        first = not isinstance(flight.version, Unseen) and is_tls13(flight.version)
        stage, order = (STAGE, -1) if first else (Stage.HANDSHAKE_SIGNATURE, 1)
        place = situation.place("certificate_request")
        yield Refusal(CAUSE, stage, facts, place, rule_sources(situation), order=order)


def cures(situation: Situation, refusal: Refusal) -> Iterator[Change]:
    """Fewer CAs named; of a chain only what the path needs, else fewer between the leaf and the root, or fewer names in
    the leaf."""
    if refusal.facts.get("reason") == REQUEST:
        yield NameFewerAuthorities()
    else:
        yield from served_short(situation)
        yield from issued_nearer_the_root(situation)
        yield from named_alone(situation)
    needed = refusal.facts.get("size")
    if isinstance(needed, int):
        yield RaiseLimit("largest_handshake_message", needed)
