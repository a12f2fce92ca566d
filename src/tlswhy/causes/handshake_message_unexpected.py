"""The server says a handshake message that has no place there, or leaves out one that must come.

Why the client refuses
    The order of the messages is fixed before TLS 1.3: ServerHello, Certificate, ServerKeyExchange, CertificateRequest,
    ServerHelloDone, each once. A client goes on with nothing else: a message again, of a type that nobody knows,
    application data before the handshake is done, or a suite that needs a certificate and none sent.
What you see
    unexpected_message(10) of the client. Java says "Unexpected handshake message: …", "Handshake message sequence
    violation, …" (7 and 8).
How to fix
    This is a fault of the server's software, or of a device on the way that changes the stream (an inspecting proxy, a
    load balancer that mixes two connections). Update it, or take it out of the way and compare.
How to check
    Capture on both sides of the device; list the handshake messages of the server.
References
    RFC 5246, 7.3 and 7.4; sun.security.ssl.HandshakeContext.dispatch.
"""

from __future__ import annotations

from collections.abc import Iterator

from tlswhy.grounds import rule_sources
from tlswhy.situation import Situation
from tlswhy.unseen import NotSeen
from tlswhy.verdict import Refusal, Stage

STAGE = Stage.CERTIFICATE_MESSAGE


def arises(situation: Situation) -> bool:
    """Only where a message stood out of turn."""
    return situation.flight.breach is not None


def check(situation: Situation) -> Iterator[Refusal]:
    """A HelloRequest within the handshake is to be ignored (RFC 5246, 7.4.1.1), which not every client does; an empty
    record is forbidden (6.2.1), which not every client minds."""
    breach = situation.flight.breach
    if breach is None:
        return
    if breach.kind in ("hello-request", "empty-record"):
        raise NotSeen("client-reaction")
    stage = Stage.KEY_EXCHANGE if breach.after_certificate else STAGE
    facts = {"kind": breach.kind, "message_type": breach.message_type}
    yield Refusal("handshake-message-unexpected", stage, facts, (breach.where,), rule_sources(situation), order=-1)
