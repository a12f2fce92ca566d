"""The server's flight out of a handshake: what it chose, what it showed, what it asked for.

Owns which message tells which fact, and when a fact that is not there was seen to be absent.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from tlswhy.errors import BadEvidence
from tlswhy.model.flight import NO_FLIGHT, Flight, SignedExchange
from tlswhy.model.handshake import Handshake, Told
from tlswhy.model.where import Where
from tlswhy.observe.turns import breach_of
from tlswhy.pki.certificate import Certificate, read_certificate, unreadable_certificate
from tlswhy.side import Side
from tlswhy.unseen import UNSEEN, Unseen, UnseenType
from tlswhy.wire.messages import CertificateMessage, CertificateVerify, DhParameters, Message, ServerHello
from tlswhy.wire.numbers import TLS12, TLS13, is_tls13, suite

WARNING = 1
CLOSE_NOTIFY = 0
CUT_BY_SNAP_LENGTH = "segments-cut-by-snap-length"
"""The packets room's code for it."""


DAMAGES = frozenset({CUT_BY_SNAP_LENGTH, "bytes-missing", "record-damaged", "message-cut", "framing-found"})
"""What the packets and wire rooms say where not all was captured as it was sent."""
TWO_RANDOMS = 64

T = TypeVar("T")
LOG = "line"
"""How the places of a handshake are counted that a log tells of."""


def flight_of(handshake: Handshake) -> Flight:
    """What the server's messages say, whichever evidence shows them; facts that are encrypted there are UNSEEN."""
    flight = _flight_of(handshake)
    for twin in handshake.twins:
        flight = _filled(flight, _flight_of(twin))
    return flight


def is_whole(handshake: Handshake) -> bool:
    """The server's bytes stand there as they were sent; a log retells messages, and captures lose some."""
    return handshake.counted != LOG and not _damaged(handshake)


def _filled(flight: Flight, other: Flight) -> Flight:
    """What the other evidence of the same connection adds; both places are cited."""

    names = dict.fromkeys((*flight.where, *other.where))
    where = {name: (*flight.where.get(name, ()), *other.where.get(name, ())) for name in names}
    return replace(
        flight,
        version=_either(flight.version, other.version),
        suite=_either(flight.suite, other.suite),
        group=_either(flight.group, other.group),
        dh=_either(flight.dh, other.dh),
        scheme=_either(flight.scheme, other.scheme),
        chain=_either(flight.chain, other.chain),
        chain_size=_either(flight.chain_size, other.chain_size),
        asks_client_certificate=_either(flight.asks_client_certificate, other.asks_client_certificate),
        request_size=_either(flight.request_size, other.request_size),
        authorities=flight.authorities or other.authorities,
        signed_exchange=flight.signed_exchange or other.signed_exchange,
        breach=flight.breach or other.breach,
        where=where,
    )


def _either(value: T, other: T) -> T:
    return other if isinstance(value, Unseen) else value


def _flight_of(handshake: Handshake) -> Flight:
    hello = handshake.server_hello
    missing = "full-packets" if _was_cut(handshake) else NO_FLIGHT.missing
    if hello is None:
        return replace(NO_FLIGHT, missing=missing)
    version = hello.message.version
    exchange = handshake.key_exchange
    verify = _server_verify(handshake)
    group: int | UnseenType | None
    dh: DhParameters | UnseenType | None
    scheme: int | UnseenType | None
    if is_tls13(version):
        group = hello.message.key_share.group if hello.message.key_share else None
        dh = None
        unread = None if handshake.resumed else UNSEEN
        scheme = verify.message.scheme if verify is not None else unread
    elif exchange is not None:
        group = exchange.message.ec.group if exchange.message.ec else None
        dh = exchange.message.dh
        scheme = exchange.message.scheme
    else:
        group, dh, scheme = _without_key_exchange(hello.message.cipher_suite, handshake.resumed)
    request = handshake.certificate_request
    chain = _chain(handshake)
    return Flight(
        version=version,
        suite=hello.message.cipher_suite,
        group=group,
        dh=dh,
        scheme=scheme,
        chain=chain,
        chain_size=_size(handshake),
        asks_client_certificate=UNSEEN if isinstance(request, Unseen) else request is not None,
        request_size=_request_size(handshake),
        authorities=len(request.message.authorities) if isinstance(request, Told) else 0,
        resumed=handshake.resumed,
        warnings=_warnings(handshake),
        signed_exchange=_signed_exchange(handshake, chain) or _signed_transcript(verify, hello.message, chain),
        breach=breach_of(handshake) if is_whole(handshake) else None,
        missing=missing if missing != NO_FLIGHT.missing else _missing(handshake, version),
        where=_places(handshake, verify),
    )


def _signed_exchange(handshake: Handshake, chain: tuple[Certificate, ...] | UnseenType | None) -> SignedExchange | None:
    """RFC 5246, 7.4.3: both randoms, then the parameters. A log retells messages, and not always all of their bytes."""
    hello, answer, exchange = handshake.client_hello, handshake.server_hello, handshake.key_exchange
    if (
        handshake.counted == LOG
        or hello is None
        or answer is None
        or exchange is None
        or is_tls13(answer.message.version)
    ):
        return None
    if isinstance(chain, Unseen) or not chain or handshake.hello_retry is not None:
        return None
    message, randoms = exchange.message, hello.message.random + answer.message.random
    whole = message.signed and message.parameters and message.signature and not _damaged(handshake)
    if not whole or len(randoms) != TWO_RANDOMS or (message.scheme is None and answer.message.version >= TLS12):
        return None
    signed = randoms + message.parameters
    return SignedExchange(chain[0].public_key, message.scheme, signed, message.signature)


def _signed_transcript(
    verify: Told[CertificateVerify] | None, answer: ServerHello, chain: tuple[Certificate, ...] | UnseenType | None
) -> SignedExchange | None:
    """RFC 8446, 4.4.3: sixty-four blanks, who signs, and the hash of all messages before."""
    if verify is None or answer.version != TLS13 or isinstance(chain, Unseen) or not chain:
        return None
    message = verify.message
    if message.scheme is None or not message.signature or not message.transcript:
        return None
    signed = b" " * 64 + b"TLS 1.3, server CertificateVerify\0" + message.transcript
    return SignedExchange(chain[0].public_key, message.scheme, signed, message.signature)


def _damaged(handshake: Handshake) -> bool:
    """Bytes are missing somewhere: what was read may not be what was sent."""
    return any(oddity.what in DAMAGES for oddity in handshake.oddities)


def _without_key_exchange(
    number: int, resumed: bool
) -> tuple[int | UnseenType | None, DhParameters | UnseenType | None, int | UnseenType | None]:
    chosen = suite(number)
    if resumed or (chosen is not None and chosen.key_exchange in {"RSA", "DH", "ECDH", "PSK"}):
        return None, None, None
    return UNSEEN, UNSEEN, UNSEEN


def _size(handshake: Handshake) -> int | UnseenType:
    """The Certificate message's size; where a log only describes the certificates nobody knows it."""
    sent = handshake.certificates
    if not isinstance(sent, Told) or _only_described(handshake, sent.message):
        return UNSEEN
    return sent.message.size


def _request_size(handshake: Handshake) -> int | UnseenType:
    """A log that retells messages does not count their bytes."""
    request = handshake.certificate_request
    if request is None:
        return 0
    if isinstance(request, Unseen) or handshake.counted == LOG:
        return UNSEEN
    return request.message.size


def _missing(handshake: Handshake, version: int) -> str:
    """TLS 1.3 encrypts what follows the ServerHello: without keys it was sent, and can't be read."""
    if handshake.counted == LOG:
        return "log-records"
    read_with_keys = any(told.message.span.decrypted for told in handshake.messages)
    return "keys" if is_tls13(version) and not read_with_keys else "server-flight"


def _server_verify(handshake: Handshake) -> Told[CertificateVerify] | None:
    for told in handshake.messages:
        message = told.message
        if isinstance(message, CertificateVerify) and message.span.sender is Side.SERVER:
            return Told(message, told.frame, told.time_ns)
    return None


def _chain(handshake: Handshake) -> tuple[Certificate, ...] | UnseenType | None:
    """What the server sent; what is no certificate keeps its place, since clients refuse the chain for it."""
    sent = handshake.certificates
    if not isinstance(sent, Told):
        return sent
    if _only_described(handshake, sent.message):
        return UNSEEN
    return tuple(map(_certificate, sent.message.certificates)) or UNSEEN


def _only_described(handshake: Handshake, sent: CertificateMessage) -> bool:
    """A log that prints messages tells of certificates without their bytes (evidence.debug_messages)."""
    return handshake.counted == LOG and bool(sent.certificates) and not any(sent.certificates)


def _certificate(data: bytes) -> Certificate:
    try:
        return read_certificate(data)
    except BadEvidence:
        return unreadable_certificate(data)


def _places(handshake: Handshake, verify: Told[CertificateVerify] | None) -> dict[str, tuple[Where, ...]]:
    told: dict[str, Told[Message] | None] = {
        "server_hello": handshake.server_hello,
        "key_exchange": handshake.key_exchange,
        "scheme": handshake.key_exchange or verify,
        "certificates": _told(handshake.certificates),
        "certificate_request": _told(handshake.certificate_request),
    }
    return {name: (handshake.at(found.frame),) for name, found in told.items() if found is not None}


def _told(value: Told[CertificateMessage] | Told[Message] | UnseenType | None) -> Told[Message] | None:
    return value if isinstance(value, Told) else None


def _was_cut(handshake: Handshake) -> bool:
    """The capture holds only the beginnings of some packets of this connection."""
    return any(oddity.what == CUT_BY_SNAP_LENGTH for oddity in handshake.oddities)


def _warnings(handshake: Handshake) -> frozenset[int]:
    """Warning alerts of the server, close_notify left out."""
    return frozenset(
        told.message.description
        for told in handshake.alerts
        if told.message.span.sender is Side.SERVER
        and told.message.level == WARNING
        and told.message.description != CLOSE_NOTIFY
    )
