"""What in a server's answer is not as the protocol has it: values out of place, extensions that nobody asked for.

Owns what the standards forbid a server to say to this hello, message by message, in the client's order. Whether a
client minds it is its profile's business (``strictness``), and what stands out of turn is ``turns``'s.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from tlswhy.errors import BadEvidence
from tlswhy.frozen import frozen
from tlswhy.model.handshake import Handshake
from tlswhy.model.where import Where
from tlswhy.observe.shares import point_fault, public_value_fault
from tlswhy.observe.turns import ALERT_SIZE, SHOWS_ITSELF
from tlswhy.side import Side
from tlswhy.wire import extensions as ext
from tlswhy.wire import handshake as hs
from tlswhy.wire.codec import Reader
from tlswhy.wire.messages import (
    Alert,
    CertificateMessage,
    ChangeCipherSpec,
    ClientHello,
    EncryptedExtensions,
    EncryptedRecord,
    OtherHandshake,
    ServerHello,
)
from tlswhy.wire.numbers import RENEGOTIATION_SCSV, SSL3, TLS12, TLS13, is_tls13, suite
from tlswhy.wire.records import ALERT

STATUS_REQUEST, HEARTBEAT, EXTENDED_MASTER_SECRET, RENEGOTIATION_INFO = 5, 15, 23, 0xFF01
HELLO, EXTENSIONS, CERTIFICATE, EXCHANGE = "hello", "extensions", "certificate", "exchange"
"""The step of the client's work at which it comes to a deviation."""
UNSOLICITED = "extension"
"""The kind of an extension that was not asked for, or has no place in that message."""
SERVER_HELLO, SERVER_HELLO_TLS13 = "server-hello", "server-hello-tls13"
ENCRYPTED_EXTENSIONS, CERTIFICATE_EXTENSIONS = "encrypted-extensions", "certificate-extensions"
ANSWERS = {
    SERVER_HELLO: frozenset(
        {0, 1, 4, 5, 10, 11, 14, 15, 16, 18, 19, 20, 22, 23, 24, 28, 35, 13172, 30031, 30032, RENEGOTIATION_INFO}
    ),
    SERVER_HELLO_TLS13: frozenset({41, 43, 51}),
    ENCRYPTED_EXTENSIONS: frozenset({0, 1, 4, 10, 14, 15, 16, 19, 20, 28, 42, 57, 17513, 65037}),
    CERTIFICATE_EXTENSIONS: frozenset({5, 18, 34}),
}
"""Where an extension that the client sent may be answered (RFC 8446, 4.2, and the registry's "TLS 1.3" column)."""
TO_TLS12, TO_TLS11 = b"DOWNGRD\x01", b"DOWNGRD\x00"
OF_TLS13 = frozenset({0x1301, 0x1302, 0x1303, 0x1304, 0x1305, 0x1306, 0x1307})
LONGEST_SESSION_ID = 32
OCSP, OCSP_MULTI = 1, 2


@frozen
class Deviation:
    """``kind`` names it as profiles do; of an ``UNSOLICITED`` extension ``message`` and ``number`` say which."""

    kind: str
    step: str
    where: Where
    number: int | None = None
    message: str | None = None


def deviations_of(handshake: Handshake) -> Iterator[Deviation]:
    """Everything of the server's flight that deviates, in the order in which clients come to it."""
    hello, answer = handshake.client_hello, handshake.server_hello
    if hello is None or answer is None:
        return
    asked = handshake.second_client_hello or hello
    bodies, trailing = _extensions_of(answer.message)
    if is_tls13(answer.message.version):
        found = _in_hello_of_tls13(handshake, asked.message, answer.message, bodies)
    else:
        found = _in_hello(hello.message, answer.message, bodies)
    where = handshake.at(answer.frame)
    yield from (Deviation(kind, HELLO, where) for kind in found)
    if trailing:
        yield Deviation("hello-trailing", HELLO, where)
    name = SERVER_HELLO_TLS13 if is_tls13(answer.message.version) else SERVER_HELLO
    numbers = answer.message.extensions
    yield from _unsolicited(name, numbers, asked.message, HELLO, where)
    yield from _beside_the_hello(handshake, asked.message)
    if HEARTBEAT not in numbers and any(oddity.what == "heartbeat-in-clear" for oddity in handshake.oddities):
        yield Deviation("heartbeat", EXTENSIONS, where)
    yield from _in_key_exchange(handshake)


def lacks_renegotiation_info(hello: ClientHello, answer: ServerHello) -> bool:
    """The server does not answer the client's sign that it knows RFC 5746."""
    asked = RENEGOTIATION_INFO in hello.extensions or RENEGOTIATION_SCSV in hello.cipher_suites
    return asked and not is_tls13(answer.version) and RENEGOTIATION_INFO not in answer.extensions


def _in_hello(hello: ClientHello, answer: ServerHello, bodies: dict[int, bytes]) -> Iterator[str]:
    """RFC 5246, 7.4.1.3; RFC 8446, 4.1.3; RFC 5746, 3.4."""
    if len(answer.session_id) > LONGEST_SESSION_ID:
        yield "session-id-long"
    if TLS13 in (hello.supported_versions or ()):
        sign, usual = answer.random[-8:], TO_TLS12 if answer.version == TLS12 else TO_TLS11
        if sign in (TO_TLS12, TO_TLS11):
            yield "downgraded" if sign == usual else "downgraded-oddly"
    if len(bodies.get(ext.SUPPORTED_VERSIONS, b"\3\3")) != 2:
        yield "supported-versions-malformed"
    if answer.cipher_suite in OF_TLS13:
        yield "suite-of-another-version"
    if answer.compression_method not in hello.compression_methods or answer.compression_method:
        yield "compression-chosen"
    if (renegotiation := bodies.get(RENEGOTIATION_INFO)) is not None:
        yield from _in_renegotiation_info(renegotiation)
    if lacks_renegotiation_info(hello, answer):
        yield "renegotiation-info-missing"
    if (formats := bodies.get(ext.EC_POINT_FORMATS)) is not None:
        yield from _in_point_formats(formats)
    if bodies.get(ext.SERVER_NAME):
        yield "server-name-not-empty"
    if bodies.get(EXTENDED_MASTER_SECRET):
        yield "extended-master-secret-not-empty"
    if (alpn := bodies.get(ext.ALPN)) is not None:
        yield from _in_alpn(alpn, hello)


def _in_renegotiation_info(body: bytes) -> Iterator[str]:
    if not body or len(body) < 1 + body[0]:
        yield "renegotiation-info-malformed"
    elif body[0]:
        yield "renegotiation-info-not-empty"
    elif len(body) > 1:
        yield "renegotiation-info-trailing"


def _in_point_formats(body: bytes) -> Iterator[str]:
    """RFC 8422, 5.2: the uncompressed format must be there."""
    if not body or len(body) != 1 + body[0]:
        yield "point-formats-malformed"
    elif not body[0]:
        yield "point-formats-empty"
    elif 0 not in body[1:]:
        yield "point-formats-all-compressed"


def _in_alpn(body: bytes, hello: ClientHello) -> Iterator[str]:
    """RFC 7301, 3.1: one protocol, of those that were offered."""
    if hello.alpn is None:
        return
    if len(body) < 4 or body[:3] != bytes((0, len(body) - 2, len(body) - 3)):
        yield "alpn-malformed"
    elif body[3:].decode("latin-1") not in hello.alpn:
        yield "alpn-not-offered"


def _in_hello_of_tls13(
    handshake: Handshake, hello: ClientHello, answer: ServerHello, bodies: dict[int, bytes]
) -> Iterator[str]:
    """RFC 8446, 4.1.3 and 4.1.4."""
    if answer.legacy_version != TLS12:
        yield "legacy-version-odd" if answer.legacy_version > SSL3 else "legacy-version-ssl3"
    if answer.session_id != hello.session_id:
        yield "session-id-not-echoed"
    known = suite(answer.cipher_suite)
    if known is not None and answer.cipher_suite not in OF_TLS13:
        yield "suite-before-tls13"
    if answer.compression_method:
        yield "compression-chosen"
    retry = handshake.hello_retry
    if retry is not None and retry.message.cipher_suite != answer.cipher_suite:
        yield "suite-changed-after-retry"
    share = answer.key_share
    if share is None:
        if not answer.psk_chosen:
            yield "key-share-missing"
        return
    if hello.key_shares is not None and share.group not in {offered.group for offered in hello.key_shares}:
        yield "key-share-not-asked-for"
    elif fault := point_fault(share.group, bodies.get(ext.KEY_SHARE, b"")[4:]):
        yield fault


def _beside_the_hello(handshake: Handshake, asked: ClientHello) -> Iterator[Deviation]:
    """In the messages beside the ServerHello, one after the other."""
    changes = warnings = 0
    for told in handshake.messages:
        message = told.message
        if message.span.sender is not Side.SERVER:
            continue
        where = handshake.at(told.frame)
        match message:
            case ServerHello():
                changes = 0
            case EncryptedExtensions():
                yield from _unsolicited(ENCRYPTED_EXTENSIONS, message.extensions, asked, EXTENSIONS, where)
                if message.alpn is not None and asked.alpn is not None and message.alpn not in asked.alpn:
                    yield Deviation("alpn-not-offered", EXTENSIONS, where)
            case CertificateMessage():
                yield from _in_certificate(handshake, message, asked, where)
            case OtherHandshake():
                yield from _in_other(handshake, message, where)
            case Alert() if message.level not in LEVELS:
                yield Deviation("alert-level-unknown", HELLO, where)
            case Alert() if message.level == WARNING:
                warnings += 1
                if warnings > FEW_WARNINGS:
                    yield Deviation("warnings-many", HELLO, where, warnings)
            case EncryptedRecord() if message.content_type == ALERT and ALERT_SIZE < message.length < LEAST_SEALED:
                yield Deviation("alert-long", HELLO, where)
            case ChangeCipherSpec():
                changes += 1
                if changes == MOST_CHANGES + 1 and _is_tls13(handshake):
                    yield Deviation("change-cipher-spec-again", EXTENSIONS, where)
            case _:
                pass


MOST_CHANGES = 1
"""For middleboxes (RFC 8446, D.4): behind the HelloRetryRequest, and behind the ServerHello."""
WARNING, FEW_WARNINGS = 1, 4
LEVELS, LEAST_SEALED = (1, 2), 8
"""No cipher makes an alert as short as that."""


def _is_tls13(handshake: Handshake) -> bool:
    return handshake.server_hello is not None and is_tls13(handshake.server_hello.message.version)


def _in_certificate(
    handshake: Handshake, message: CertificateMessage, asked: ClientHello, where: Where
) -> Iterator[Deviation]:
    size = 3 + sum(3 + len(der) for der in message.certificates)
    if _is_tls13(handshake):
        size += 1 + sum(2 + sum(4 + len(body) for _, body in every) for every in message.extensions)
    if message.size > size:
        yield Deviation("certificate-trailing", CERTIFICATE, where)
    if not message.certificates:
        yield Deviation("certificate-list-empty", CERTIFICATE, where)
    for extensions in message.extensions:
        if any(number == STATUS_REQUEST and "status-empty" in _in_status(body) for number, body in extensions):
            yield Deviation("status-empty", CERTIFICATE, where)
        numbers = tuple(number for number, _ in extensions)
        yield from _unsolicited(CERTIFICATE_EXTENSIONS, numbers, asked, CERTIFICATE, where)


def _in_other(handshake: Handshake, message: OtherHandshake, where: Where) -> Iterator[Deviation]:
    """Messages that could not be read as what they are (``OtherHandshake`` of a type that has a form of its own)."""
    if message.type == hs.SERVER_HELLO_DONE and message.size:
        yield Deviation("server-hello-done-not-empty", EXCHANGE, where)
    if message.type == hs.CERTIFICATE_REQUEST:
        yield Deviation("certificate-request-malformed", CERTIFICATE, where)
    if message.type == hs.ENCRYPTED_EXTENSIONS and message.span.decrypted:
        yield Deviation("encrypted-extensions-malformed", EXTENSIONS, where)
    if message.type == hs.CERTIFICATE_STATUS:
        yield from (Deviation(kind, CERTIFICATE, where) for kind in _in_status(message.body))
    if message.type == hs.SERVER_KEY_EXCHANGE and _is_signed_exchange(handshake):
        yield Deviation("key-exchange-malformed", EXCHANGE, where)


def _in_status(body: bytes) -> Iterator[str]:
    """RFC 6066, 8; RFC 6961, 2.2."""
    if body[:1] not in (bytes([OCSP]), bytes([OCSP_MULTI])):
        yield "status-type-unknown"
    elif body[1:4] == b"\0\0\0":
        yield "status-empty"


def _is_signed_exchange(handshake: Handshake) -> bool:
    known = suite(handshake.server_hello.message.cipher_suite) if handshake.server_hello is not None else None
    return known is not None and known.key_exchange in {"ECDHE", "DHE"} and known.authentication in SHOWS_ITSELF


def _in_key_exchange(handshake: Handshake) -> Iterator[Deviation]:
    exchange = handshake.key_exchange
    if exchange is None:
        return
    message, where = exchange.message, handshake.at(exchange.frame)
    if message.ec is not None and message.parameters:
        group, point = message.ec.group, message.parameters[4:]
        if group is None:
            yield Deviation("key-exchange-curve-explicit", EXCHANGE, where)
        elif fault := point_fault(group, point):
            yield Deviation(fault, EXCHANGE, where)
    elif message.dh is not None:
        yield from (Deviation(fault, EXCHANGE, where) for fault in public_value_fault(message.dh))


def _unsolicited(
    name: str, numbers: tuple[int, ...], asked: ClientHello, step: str, where: Where
) -> Iterator[Deviation]:
    """Extensions without a question, those that may not answer there, and those that come again."""
    for number, count in Counter(numbers).items():
        if count > 1:
            yield Deviation("extension-repeated", step, where, number, name)
        signalled = number == RENEGOTIATION_INFO and name == SERVER_HELLO and RENEGOTIATION_SCSV in asked.cipher_suites
        if not signalled and not (number in asked.extensions and number in ANSWERS[name]):
            yield Deviation(UNSOLICITED, step, where, number, name)


def _extensions_of(answer: ServerHello) -> tuple[dict[int, bytes], bool]:
    """The extensions' bodies, and whether anything stands behind them; nothing where they can't be read."""
    reader = Reader(answer.raw, 4 + 2 + 32)
    try:
        reader.pull_vector8()
        reader.pull_bytes(3)
        if not reader.left:
            return {}, False
        return dict(ext.read_extensions(reader.pull_vector16())), bool(reader.left)
    except BadEvidence:
        return {}, False
