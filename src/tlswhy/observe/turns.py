"""What a server says out of its turn before TLS 1.3: again, unheard of, too early, or not at all though it must.

Owns the order of the server's messages (RFC 5246, 7.3) as far as every client holds a server to it. Has no opinion
where the capture is damaged, and none on an order that only some clients mind.
"""

from __future__ import annotations

from dataclasses import replace

from tlswhy.model.flight import AFTER_CERTIFICATE, BEFORE_ANSWER, BEFORE_CERTIFICATE, Breach
from tlswhy.model.handshake import Handshake
from tlswhy.model.where import Where
from tlswhy.side import Side
from tlswhy.wire.messages import (
    CertificateMessage,
    CertificateRequest,
    ChangeCipherSpec,
    EncryptedRecord,
    Message,
    OtherHandshake,
    ServerHello,
    ServerKeyExchange,
)
from tlswhy.wire.numbers import is_tls13, suite

HANDSHAKE, APPLICATION_DATA = 22, 23
HELLO_REQUEST, SERVER_HELLO, CERTIFICATE, SERVER_HELLO_DONE = 0, 2, 11, 14
ONCE = {ServerHello: SERVER_HELLO, CertificateMessage: CERTIFICATE, ServerKeyExchange: 12, CertificateRequest: 13}
KNOWN = frozenset({*range(7), 8, *range(11, 17), *range(20, 26), 67, 203, 254})
"""Handshake types that IANA lists or that some client has known (NPN, encrypted_extensions of Channel ID)."""
MINDED_BY_SOME = frozenset({"hello-request", "empty-record"})
"""What of it a client minds is in its profile (hello_requests_refused, passes_empty_records)."""
SHOWS_ITSELF = frozenset({"RSA", "DSS", "ECDSA"})


def breach_of(handshake: Handshake) -> Breach | None:
    """The first message out of turn, one that every client minds before one that some do; None: none was seen."""
    hello, answer = handshake.client_hello, handshake.server_hello
    if hello is None or answer is None or is_tls13(answer.message.version) or handshake.hello_retry is not None:
        return None
    said: set[int] = set()
    minded_by_some: list[Breach] = []
    for told in handshake.messages:
        message = told.message
        if message.span.sender is not Side.SERVER:
            continue
        if isinstance(message, ChangeCipherSpec):
            break
        if (found := _breach(message, said, handshake, handshake.at(told.frame))) is not None:
            if found.kind not in MINDED_BY_SOME:
                return found
            minded_by_some.append(found)
    return replace(minded_by_some[0], also=tuple(minded_by_some[1:MOST_KEPT])) if minded_by_some else None


MOST_KEPT = 64


def _breach(message: Message, said: set[int], handshake: Handshake, where: Where) -> Breach | None:
    position = BEFORE_ANSWER
    if SERVER_HELLO in said:
        position = AFTER_CERTIFICATE if CERTIFICATE in said else BEFORE_CERTIFICATE
    if isinstance(message, EncryptedRecord):
        if message.content_type == HANDSHAKE and not message.length:
            return Breach("empty-record", None, where, position)
        return Breach("early-data", None, where, position) if message.content_type == APPLICATION_DATA else None
    number = message.type if isinstance(message, OtherHandshake) else ONCE.get(type(message))
    if number is None:
        return None
    if number not in KNOWN:
        return Breach("unknown", number, where, position)
    if number == HELLO_REQUEST:
        return Breach("hello-request", number, where, position)
    if number in said and number in ONCE.values():
        return Breach("repeated", number, where, position)
    if number == SERVER_HELLO_DONE and position != AFTER_CERTIFICATE and _must_show_itself(handshake):
        return Breach("missing", CERTIFICATE, where, position)
    said.add(number)
    return None


def _must_show_itself(handshake: Handshake) -> bool:
    assert handshake.server_hello is not None
    chosen = suite(handshake.server_hello.message.cipher_suite)
    return chosen is not None and chosen.authentication in SHOWS_ITSELF and not chosen.key_exchange.endswith("PSK")
