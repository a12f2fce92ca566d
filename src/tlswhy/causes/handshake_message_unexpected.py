"""The server says a handshake message that has no place there, or leaves out one that must come.

Why the client refuses
    The order of the messages is fixed: before TLS 1.3 ServerHello, Certificate, CertificateStatus, ServerKeyExchange,
    CertificateRequest, ServerHelloDone, each once. A client goes on with nothing else: a message again, of a type that
    nobody knows, too early or too late, application data before the handshake is done, or a suite that needs a
    certificate or a key exchange and none sent. In TLS 1.3 this shows with keys only.
What you see
    unexpected_message(10) of the client. Java says "Unexpected handshake message: …", "Handshake message sequence
    violation, …" (7 and 8).
How to fix
    This is a fault of the server's software, or of a device on the way that changes the stream (an inspecting proxy, a
    load balancer that mixes two connections). Update it, or take it out of the way and compare.
How to check
    Capture on both sides of the device; list the handshake messages of the server.
References
    RFC 5246, 7.3 and 7.4; RFC 8446, 2 and 4; sun.security.ssl.HandshakeContext.dispatch.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from tlswhy.grounds import rule_sources
from tlswhy.model.client import Source
from tlswhy.model.flight import AFTER_CERTIFICATE, Breach
from tlswhy.situation import Situation
from tlswhy.unseen import NotSeen
from tlswhy.verdict import Refusal, Stage

STAGE = Stage.CERTIFICATE_MESSAGE
SOURCES = (Source("standard", "RFC 5246, 7.3 and 7.4"),)


def arises(situation: Situation) -> bool:
    """Only where a message stood out of turn."""
    return situation.flight.breach is not None


def check(situation: Situation) -> Iterator[Refusal]:
    """The first that this client minds."""
    first = situation.flight.breach
    every = (first, *first.also) if first is not None else ()
    empty = sum(breach.kind == "empty-record" for breach in every)
    minded = (breach for breach in every if _is_minded(situation, breach, empty))
    for breach in islice(minded, 1):
        stage = Stage.KEY_EXCHANGE if breach.position == AFTER_CERTIFICATE else STAGE
        facts = {"kind": breach.kind, "message_type": breach.message_type}
        yield Refusal("handshake-message-unexpected", stage, facts, (breach.where,), rule_sources(situation), order=-1)


MOST_EMPTY_RECORDS = 32
"""OpenSSL's MAX_EMPTY_RECORDS, BoringSSL's kMaxEmptyRecords; so many pass in Java 11 and 17 as well (seen)."""


def _is_minded(situation: Situation, breach: Breach, empty: int) -> bool:
    """A HelloRequest within the handshake is to be ignored (RFC 5246, 7.4.1.1), which not every client does; an empty
    record is forbidden (6.2.1), which not every client minds."""
    client = situation.client
    if breach.kind == "hello-request":
        if client.hello_requests_refused is None:
            raise NotSeen("client-reaction")
        return breach.position in client.hello_requests_refused
    if breach.kind == "empty-record":
        passes = client.passes_empty_records
        if passes is None or (passes and empty > MOST_EMPTY_RECORDS):
            raise NotSeen("client-reaction")
        return not passes
    return True
