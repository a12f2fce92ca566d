"""The usual course of a connection, read in one go: both directions whole, every record where it should be.

Where many connections are listed, nearly all of them run as the RFCs say, and many hellos and chains are the same but
for their random bytes. Such a connection is read here without an object for each record and message; whatever is
unusual in any way (a hole, a hello over several records, a HelloRetryRequest, SSLv2, keys) is left to ``stream``, and
``read_usual`` answers None. Both give the same result, which the tests hold against each other.

Owns no format of its own: ``hello`` and ``handshake`` read what is not known yet. Offsets as in ``stream``.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from struct import Struct
from typing import Final, TypeVar

from tlswhy.errors import BadEvidence
from tlswhy.frozen import frozen
from tlswhy.side import Side
from tlswhy.wire import extensions as ext
from tlswhy.wire import handshake as hs
from tlswhy.wire.fingerprint import ja3, ja3s, ja4
from tlswhy.wire.hello import (
    CLIENT_HELLO,
    HELLO_RETRY_RANDOM,
    SERVER_HELLO,
    read_client_hello,
    read_server_hello,
)
from tlswhy.wire.messages import Span
from tlswhy.wire.numbers import SSL3, TLS13, is_tls13, suite
from tlswhy.wire.search import ALERT, APPLICATION_DATA, CHANGE_CIPHER_SPEC, HANDSHAKE, LARGEST_RECORD


@frozen(eq=False)
class Offer:
    """What a ClientHello offers, shared by all connections that offer the same."""

    versions: tuple[int, ...]
    """From supported_versions, else the legacy field alone."""
    cipher_suites: tuple[int, ...]
    server_name: str | None
    groups: tuple[int, ...]
    signature_schemes: tuple[int, ...]
    alpn: tuple[str, ...]
    ja3: str
    ja4: str


@frozen(eq=False)
class Choice:
    """What a ServerHello chooses; ``share`` is the group of its key share."""

    version: int
    cipher_suite: int
    share: int | None
    ja3s: str


@frozen
class Usual:
    """What such a connection told. ``…_end`` are the offsets behind the records that complete the hellos."""

    offer: Offer
    offer_end: int
    choice: Choice | None
    choice_end: int
    dh_bits: int | None
    group: int | None
    exchanged: bool
    """A ServerKeyExchange was seen, or a key share."""
    certificates: tuple[str, ...]
    """SHA-256 of each, hexadecimal, as sent."""
    alerts: tuple[tuple[Side, int, int, int], ...]
    """(sender, offset behind the record, level, description), each side's in order."""
    encrypted_alerts: tuple[tuple[Side, int], ...]


def read_usual(client: bytes, server: bytes) -> Usual | None:
    """Read all that both sides sent; None where the connection is not of the usual kind."""
    try:
        offer, offer_end = _read_offer(client)
        if not server:
            return _without_choice(client, offer, offer_end, ())
        if server[0] == ALERT:
            return _without_choice(client, offer, offer_end, (_only_alert(server),))
        return _read_both(client, server, offer, offer_end)
    except (_Unusual, BadEvidence):
        return None


class _Unusual(Exception):
    """Left to the careful path."""


_RECORD = Struct(">BHH").unpack_from
_U16 = Struct(">H").unpack_from
_EXTENSION = Struct(">HH").unpack_from
_HEADER: Final = 5
_RANDOM_END: Final = _HEADER + 4 + 2 + 32
_SPAN: Final = Span(Side.CLIENT, 0, 0)  # of no hello in particular
_MOST_KNOWN: Final = 4096
_LARGEST_KNOWN: Final = 32 << 20
_NO_CERTIFICATES: Final[tuple[str, ...]] = ()
_LEVELS: Final = frozenset({1, 2})
_ALL: Final = 1 << 16
_OFFER_TELLS: Final = dict.fromkeys(
    (
        ext.SERVER_NAME,
        ext.SUPPORTED_GROUPS,
        ext.EC_POINT_FORMATS,
        ext.SIGNATURE_ALGORITHMS,
        ext.ALPN,
        ext.SUPPORTED_VERSIONS,
    ),
    _ALL,
)
"""The extensions whose bodies decide what is told of an offer, and how many of their bytes; of all others only the
number counts."""
_CHOICE_TELLS: Final = {ext.SUPPORTED_VERSIONS: _ALL, ext.KEY_SHARE: 4, ext.DRAFT_KEY_SHARE: 4}
"""Of the key share its group and length."""

_Exchange = tuple[int | None, int | None, bool]
K = TypeVar("K")
V = TypeVar("V")


class _Known:
    """What was read before, bounded by the number of entries and the bytes of their keys."""

    def __init__(self) -> None:
        self._found: dict[object, object] = {}
        self._size = 0

    def read(self, key: K, size: int, reader: Callable[[], V]) -> V:
        """The value of ``key``, which takes ``size`` bytes; read where it is new."""
        found = self._found.get(key)
        if found is not None:
            return found  # type: ignore[return-value]
        if len(self._found) >= _MOST_KNOWN or self._size > _LARGEST_KNOWN:
            self._found.clear()
            self._size = 0
        self._size += size
        value = self._found[key] = reader()
        return value


# What follows from bytes alone: the same for every caller, so it may be remembered between captures.
_offers, _choices, _chains = _Known(), _Known(), _Known()


def _record(data: bytes, position: int) -> tuple[int, int, int]:
    """Type, version and end of the record at ``position``; the end may lie behind the data."""
    if len(data) < position + _HEADER:
        raise _Unusual
    kind, version, length = _RECORD(data, position)
    if not (
        CHANGE_CIPHER_SPEC <= kind <= APPLICATION_DATA and SSL3 <= version <= TLS13 and 0 < length <= LARGEST_RECORD
    ):
        raise _Unusual
    return kind, version, position + _HEADER + length


def _hello_record(data: bytes, message: int) -> tuple[int, int, int]:
    """Version and end of the record that begins with a whole message of this type, and where the message ends."""
    kind, version, end = _record(data, 0)
    if kind != HANDSHAKE or end > len(data) or end < _RANDOM_END + 1 or data[5] != message:
        raise _Unusual
    behind = _HEADER + 4 + int.from_bytes(data[6:9], "big")
    if behind > end:
        raise _Unusual
    return version, end, behind


def _extensions(data: bytes, position: int, behind: int, tells: dict[int, int]) -> list[object]:
    """Number after number of a block that fills the message, each with so much of its body as tells something."""
    found: list[object] = []
    if position == behind:
        return found
    if position + 2 > behind or position + 2 + _U16(data, position)[0] != behind:
        raise _Unusual
    position += 2
    while position < behind:
        if position + 4 > behind:
            raise _Unusual
        number, length = _EXTENSION(data, position)
        position += 4
        found.append(number)
        if number in tells:
            found.append(length)
            found.append(data[position : position + min(length, tells[number])])
        position += length
    if position != behind:
        raise _Unusual
    return found


def _read_offer(data: bytes) -> tuple[Offer, int]:
    version, end, behind = _hello_record(data, CLIENT_HELLO)
    if behind != end or data[9] != SSL3 >> 8:
        raise _Unusual
    position = _RANDOM_END + 1 + data[_RANDOM_END]
    if position + 2 > behind:
        raise _Unusual
    suites_end = position + 2 + _U16(data, position)[0]
    if suites_end >= behind:
        raise _Unusual
    methods_end = suites_end + 1 + data[suites_end]
    if methods_end > behind:
        raise _Unusual
    listed = _extensions(data, methods_end, behind, _OFFER_TELLS)
    key = (data[9:11], data[position:methods_end], *listed)
    return _offers.read(key, behind, lambda: _offer(data[_HEADER:behind], version)), end


def _offer(raw: bytes, version: int) -> Offer:
    hello, _ = read_client_hello(raw, _SPAN, version)
    versions = hello.supported_versions if hello.supported_versions is not None else (hello.legacy_version,)
    return Offer(
        versions=versions,
        cipher_suites=hello.cipher_suites,
        server_name=hello.server_name,
        groups=hello.groups or (),
        signature_schemes=hello.signature_schemes or (),
        alpn=hello.alpn or (),
        ja3=ja3(hello).value,
        ja4=ja4(hello).value,
    )


def _read_choice(data: bytes) -> tuple[Choice, int, int]:
    """The choice, the end of its record, and the end of the message within it."""
    version, end, behind = _hello_record(data, SERVER_HELLO)
    if data[_HEADER + 6 : _RANDOM_END] == HELLO_RETRY_RANDOM or data[_HEADER + 4] != 3:
        raise _Unusual
    position = _RANDOM_END + 1 + data[_RANDOM_END]
    if position + 3 > behind:
        raise _Unusual
    key = (data[9:11], data[position : position + 3], *_extensions(data, position + 3, behind, _CHOICE_TELLS))
    return _choices.read(key, 64, lambda: _choice(data[_HEADER:behind], version)), end, behind


def _choice(raw: bytes, version: int) -> Choice:
    hello, oddities = read_server_hello(raw, _SPAN, version)
    if oddities:
        raise _Unusual
    share = hello.key_share.group if hello.key_share else None
    return Choice(hello.version, hello.cipher_suite, share, ja3s(hello).value)


def _only_alert(data: bytes) -> tuple[Side, int, int, int]:
    """The server's alert, where that is all it said."""
    _, _, end = _record(data, 0)
    if end != _HEADER + 2 or end != len(data):
        raise _Unusual
    return Side.SERVER, end, data[5], data[6]


def _without_choice(
    client: bytes, offer: Offer, offer_end: int, alerts: tuple[tuple[Side, int, int, int], ...]
) -> Usual:
    """The server answered with an alert, or not at all: the client's only other word may be an alert."""
    if len(client) > offer_end:
        kind, _, end = _record(client, offer_end)
        if kind != ALERT or end != offer_end + _HEADER + 2 or end != len(client):
            raise _Unusual
        alerts = (*alerts, (Side.CLIENT, end, client[end - 2], client[end - 1]))
    return Usual(offer, offer_end, None, 0, None, None, False, (), alerts, ())


def _read_both(client: bytes, server: bytes, offer: Offer, offer_end: int) -> Usual:
    choice, choice_end, message_end = _read_choice(server)
    chosen = suite(choice.cipher_suite)
    if chosen is not None and chosen.cipher == "NULL":
        raise _Unusual  # what follows can be read
    tls13 = is_tls13(choice.version)
    alerts: list[tuple[Side, int, int, int]] = []
    encrypted: list[tuple[Side, int]] = []
    flight = bytearray()
    if tls13 and message_end != choice_end:
        raise _Unusual
    flight += server[message_end:choice_end]
    _rest(Side.SERVER, server, choice_end, None if tls13 else flight, alerts, encrypted)
    _rest(Side.CLIENT, client, offer_end, None if tls13 else bytearray(), alerts, encrypted)
    shared: _Exchange = (None, choice.share, choice.share is not None)
    keys, certificates = (shared, _NO_CERTIFICATES) if tls13 else _read_flight(bytes(flight), choice)
    return Usual(offer, offer_end, choice, choice_end, *keys, certificates, tuple(alerts), tuple(encrypted))


def _rest(
    side: Side,
    data: bytes,
    position: int,
    flight: bytearray | None,
    alerts: list[tuple[Side, int, int, int]],
    encrypted: list[tuple[Side, int]],
) -> None:
    """The records behind a hello: alerts into their lists, readable handshake messages into ``flight``.

    ``flight`` is None in TLS 1.3, where everything but dummies is application data (RFC 8446, 5).
    """
    size = len(data)
    closed = False
    while position < size:
        if size - position < _HEADER:
            raise _Unusual
        kind, version, length = _RECORD(data, position)  # as in ``_record``; this loop is where the time goes
        end = position + _HEADER + length
        if not (SSL3 <= version <= TLS13 and 0 < length <= LARGEST_RECORD):
            raise _Unusual
        if kind == APPLICATION_DATA:
            if flight is not None and not closed:
                raise _Unusual
        elif end > size:
            raise _Unusual
        elif kind == HANDSHAKE:
            if flight is None:
                raise _Unusual
            if not closed:
                flight += data[position + _HEADER : end]
        elif kind == CHANGE_CIPHER_SPEC:
            if length != 1:
                raise _Unusual
            closed = flight is not None
        elif kind != ALERT:
            raise _Unusual
        elif length == 2 and data[end - 2] in _LEVELS:
            alerts.append((side, end, data[end - 2], data[end - 1]))
        elif closed:
            encrypted.append((side, end))
        else:
            raise _Unusual
        position = end


def _read_flight(flight: bytes, choice: Choice) -> tuple[_Exchange, tuple[str, ...]]:
    """Size of the DH prime, group, whether there was a ServerKeyExchange; and the certificates' fingerprints."""
    dh_bits = group = None
    exchanged = False
    certificates: tuple[str, ...] | None = None
    position, size = 0, len(flight)
    while position < size:
        if position + 4 > size:
            raise _Unusual
        kind, end = flight[position], position + 4 + int.from_bytes(flight[position + 1 : position + 4], "big")
        if end > size or kind in _NOT_IN_A_FLIGHT:
            raise _Unusual
        if kind == hs.CERTIFICATE and certificates is None:
            certificates = _read_chain(flight[position + 4 : end], choice.version)
        elif kind == hs.SERVER_KEY_EXCHANGE and not exchanged:
            dh_bits, group = _read_exchange(flight[position + 4 : end], choice)
            exchanged = True
        position = end
    return (dh_bits, group, exchanged), certificates or _NO_CERTIFICATES


def _read_exchange(body: bytes, choice: Choice) -> tuple[int | None, int | None]:
    """Size of the DH prime, and group."""
    known = suite(choice.cipher_suite)
    if known is not None and known.key_exchange == "ECDHE" and body[:1] == b"\3" and len(body) >= 4 + body[3]:
        return None, body[1] << 8 | body[2]  # a named curve (RFC 8422, 5.4): all that is told of it
    exchange = hs.read_server_key_exchange(body, _SPAN, choice.version, choice.cipher_suite)
    return exchange.dh.prime_bits if exchange.dh else None, exchange.ec.group if exchange.ec else None


_NOT_IN_A_FLIGHT: Final = frozenset({CLIENT_HELLO, SERVER_HELLO, hs.COMPRESSED_CERTIFICATE})


def _read_chain(body: bytes, version: int) -> tuple[str, ...]:
    def read() -> tuple[str, ...]:
        return tuple(sha256(der).hexdigest() for der in hs.read_certificate(body, _SPAN, version).certificates)

    return _chains.read(body, len(body), read)
