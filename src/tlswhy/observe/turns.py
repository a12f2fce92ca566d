"""What a server says out of its turn: again, unheard of, too early, too late, or not at all though it must.

Owns the order of the server's messages (RFC 5246, 7.3; with keys that of RFC 8446, 2, too) as far as every client holds
a server to it. Has no opinion where the capture is damaged, and none on an order that only some clients mind.
"""

from __future__ import annotations

from dataclasses import replace

from tlswhy.model.flight import AFTER_CERTIFICATE, BEFORE_ANSWER, BEFORE_CERTIFICATE, Breach
from tlswhy.model.handshake import Handshake
from tlswhy.model.where import Where
from tlswhy.side import Side
from tlswhy.wire.handshake import (
    CERTIFICATE,
    CERTIFICATE_REQUEST,
    CERTIFICATE_STATUS,
    CERTIFICATE_VERIFY,
    COMPRESSED_CERTIFICATE,
    ENCRYPTED_EXTENSIONS,
    FINISHED,
    HELLO_REQUEST,
    NEW_SESSION_TICKET,
    SERVER_HELLO_DONE,
    SERVER_KEY_EXCHANGE,
)
from tlswhy.wire.hello import SERVER_HELLO
from tlswhy.wire.messages import (
    CertificateMessage,
    CertificateRequest,
    CertificateVerify,
    ChangeCipherSpec,
    ClientHello,
    EncryptedExtensions,
    EncryptedRecord,
    Message,
    OtherHandshake,
    ServerHello,
    ServerKeyExchange,
)
from tlswhy.wire.numbers import is_tls13, suite
from tlswhy.wire.records import ALERT, APPLICATION_DATA, HANDSHAKE

ALERT_SIZE = 2
NUMBERS = {
    ServerHello: SERVER_HELLO,
    EncryptedExtensions: ENCRYPTED_EXTENSIONS,
    CertificateMessage: CERTIFICATE,
    ServerKeyExchange: SERVER_KEY_EXCHANGE,
    CertificateRequest: CERTIFICATE_REQUEST,
    CertificateVerify: CERTIFICATE_VERIFY,
}
ONCE = frozenset({SERVER_HELLO, CERTIFICATE, SERVER_KEY_EXCHANGE, CERTIFICATE_REQUEST})
KNOWN = frozenset({*range(7), 8, *range(11, 17), *range(20, 26), 67, 203, 254})
"""Handshake types that IANA lists or that some client has known (NPN, encrypted_extensions of Channel ID)."""
MINDED_BY_SOME = frozenset({"hello-request", "empty-record"})
"""What of it a client minds is in its profile (hello_requests_refused, passes_empty_records)."""
ORDER = {
    SERVER_HELLO: 0,
    CERTIFICATE: 1,
    CERTIFICATE_STATUS: 2,
    SERVER_KEY_EXCHANGE: 3,
    CERTIFICATE_REQUEST: 4,
    SERVER_HELLO_DONE: 5,
}
ORDER_OF_TLS13 = {
    ENCRYPTED_EXTENSIONS: 0,
    CERTIFICATE_REQUEST: 1,
    CERTIFICATE: 2,
    COMPRESSED_CERTIFICATE: 2,
    CERTIFICATE_VERIFY: 3,
    FINISHED: 4,
}
LATER = frozenset({NEW_SESSION_TICKET, FINISHED})
"""What may still come behind ServerHelloDone, once the client has finished."""
STAPLES = frozenset({5, 17})
"""status_request and status_request_v2 in the ServerHello announce a CertificateStatus."""
SHOWS_ITSELF = frozenset({"RSA", "DSS", "ECDSA"})


def breach_of(handshake: Handshake) -> Breach | None:
    """The first message out of turn, one that every client minds before one that some do; None: none was seen."""
    hello, answer = handshake.client_hello, handshake.server_hello
    if hello is None or answer is None:
        return None
    if is_tls13(answer.message.version):
        return _breach_of_tls13(handshake)
    if handshake.hello_retry is not None:
        return None
    said: set[int] = set()
    minded_by_some: list[Breach] = []
    for told in handshake.messages:
        message = told.message
        if message.span.sender is not Side.SERVER:
            continue
        if isinstance(message, ChangeCipherSpec):
            if _has_nothing_to_take_up(said, hello.message, answer.message):
                return Breach("misplaced", None, handshake.at(told.frame), BEFORE_ANSWER)
            break
        if (found := _breach(message, said, handshake, handshake.at(told.frame))) is not None:
            if found.kind not in MINDED_BY_SOME:
                return found
            minded_by_some.append(found)
    return replace(minded_by_some[0], also=tuple(minded_by_some[1:MOST_KEPT])) if minded_by_some else None


MOST_KEPT = 64


def _has_nothing_to_take_up(said: set[int], hello: ClientHello, answer: ServerHello) -> bool:
    """A change of ciphers before any certificate, and no session for it (RFC 5246, 7.3; RFC 5077, 3.4)."""
    if SERVER_HELLO not in said:
        return True
    known = hello.ticket_offered or (hello.session_id and hello.session_id == answer.session_id)
    return CERTIFICATE not in said and not known and _shows_itself(answer)


def _breach_of_tls13(handshake: Handshake) -> Breach | None:
    """Of the messages that keys have opened, up to the server's Finished."""
    came = -1
    for told in handshake.messages:
        message = told.message
        number = message.type if isinstance(message, OtherHandshake) else NUMBERS.get(type(message))
        if number is None or message.span.sender is not Side.SERVER or not message.span.decrypted:
            continue
        rank = ORDER_OF_TLS13.get(number, -1)
        if rank <= came:
            kind = "unknown" if number not in KNOWN else "misplaced"
            position = AFTER_CERTIFICATE if came >= ORDER_OF_TLS13[CERTIFICATE] else BEFORE_CERTIFICATE
            return Breach(kind, number, handshake.at(told.frame), position)
        if number == FINISHED:
            return None
        came = rank
    return None


def _breach(message: Message, said: set[int], handshake: Handshake, where: Where) -> Breach | None:
    position = BEFORE_ANSWER
    if SERVER_HELLO in said:
        position = AFTER_CERTIFICATE if CERTIFICATE in said else BEFORE_CERTIFICATE
    if isinstance(message, EncryptedRecord):
        if message.content_type == HANDSHAKE and not message.length:
            return Breach("empty-record", None, where, position)
        if message.content_type == ALERT and message.length < ALERT_SIZE:
            return Breach("alert-malformed", None, where, position)
        return Breach("early-data", None, where, position) if message.content_type == APPLICATION_DATA else None
    number = message.type if isinstance(message, OtherHandshake) else NUMBERS.get(type(message))
    if number is None:
        return None
    if number not in KNOWN:
        return Breach("unknown", number, where, position)
    if number == HELLO_REQUEST:
        return Breach("hello-request", number, where, position)
    if number in said and number in ONCE:
        return Breach("repeated", number, where, position)
    if number == SERVER_HELLO_DONE and position != AFTER_CERTIFICATE and _must_show_itself(handshake):
        return Breach("missing", CERTIFICATE, where, position)
    if number == SERVER_HELLO_DONE and SERVER_KEY_EXCHANGE not in said and _must_exchange_keys(handshake):
        return Breach("missing", SERVER_KEY_EXCHANGE, where, position)
    if _is_misplaced(number, said, handshake):
        return Breach("misplaced", number, where, position)
    said.add(number)
    return None


def _is_misplaced(number: int, said: set[int], handshake: Handshake) -> bool:
    """It comes too late, or has no place there at all: a NewSessionTicket before ServerHelloDone, unless a session is
    taken up again; a CertificateStatus that was not announced; a key exchange for plain RSA."""
    answer = handshake.server_hello
    if answer is None or handshake.resumed or SERVER_HELLO not in said:
        return False
    if number == CERTIFICATE_STATUS and not _is_stapled(handshake, answer.message):
        return True
    known = suite(answer.message.cipher_suite)
    if number == SERVER_KEY_EXCHANGE and known is not None and known.key_exchange == "RSA":
        return True
    if number not in ORDER:
        return SERVER_HELLO_DONE not in said or number not in LATER
    return any(ORDER.get(other, -1) > ORDER[number] for other in said)


def _is_stapled(handshake: Handshake, answer: ServerHello) -> bool:
    asked = handshake.hello.extensions if handshake.hello is not None else ()
    return bool(STAPLES & set(answer.extensions) & set(asked))


def _must_exchange_keys(handshake: Handshake) -> bool:
    assert handshake.server_hello is not None
    chosen = suite(handshake.server_hello.message.cipher_suite)
    return chosen is not None and chosen.key_exchange in {"ECDHE", "DHE"}


def _must_show_itself(handshake: Handshake) -> bool:
    assert handshake.server_hello is not None
    return _shows_itself(handshake.server_hello.message)


def _shows_itself(answer: ServerHello) -> bool:
    chosen = suite(answer.cipher_suite)
    return chosen is not None and chosen.authentication in SHOWS_ITSELF and not chosen.key_exchange.endswith("PSK")
