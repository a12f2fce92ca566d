"""One client before one server: everything a cause may ask about.

Built by ``situate``; causes read it and nothing else. What was not seen is UNSEEN. The path is judged once, here, since
a dozen causes each look for their own objection in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from tlswhy.errors import BadEvidence
from tlswhy.model.client import ClientPolicy
from tlswhy.model.handshake import Handshake, Told
from tlswhy.model.where import Where, certificate, frame
from tlswhy.pki.certificate import Certificate, read_certificate
from tlswhy.pki.paths import PathOutcome, judge_path
from tlswhy.side import Side
from tlswhy.unseen import UNSEEN, Unseen, UnseenType
from tlswhy.wire.messages import CertificateMessage, CertificateVerify, DhParameters, Message
from tlswhy.wire.numbers import TLS12, is_tls13, suite


@dataclass(frozen=True, slots=True)
class Flight:
    """What the server answered to this client (or, ``assumed``, would answer), up to its own last word.

    ``chain`` is the certificates in the order sent; ``scheme`` that of ServerKeyExchange or CertificateVerify. None is
    "seen to be absent" (a static RSA suite has no group), UNSEEN "could not be read".
    """

    version: int | UnseenType
    suite: int | UnseenType
    group: int | UnseenType | None
    dh: DhParameters | UnseenType | None
    scheme: int | UnseenType | None
    chain: tuple[Certificate, ...] | UnseenType | None
    chain_size: int | UnseenType
    asks_client_certificate: bool | UnseenType
    resumed: bool = False
    assumed: bool = False
    missing: str = "server-flight"
    """The evidence that would show what is UNSEEN here (a gap's code)."""
    where: Mapping[str, tuple[Where, ...]] = field(default_factory=dict)
    """Places by fact: "server_hello", "key_exchange", "certificates", "certificate_request", "scheme"."""


NO_FLIGHT = Flight(UNSEEN, UNSEEN, UNSEEN, UNSEEN, UNSEEN, UNSEEN, UNSEEN, UNSEEN)
"""The server has not answered with a ServerHello."""


@dataclass(frozen=True, slots=True)
class Situation:
    """One client, one server, one moment. ``handshake`` is what this client did (cut when foretelling), if seen."""

    client: ClientPolicy
    host: str | UnseenType
    moment: datetime
    trust: tuple[Certificate, ...] | UnseenType
    flight: Flight
    handshake: Handshake | None
    foretelling: bool
    path: PathOutcome | UnseenType
    """UNSEEN where there is no chain to judge."""
    others: tuple[Handshake, ...] = ()
    """Connections of other clients to the same server: they can decide between candidates."""

    def place(self, fact: str) -> tuple[Where, ...]:
        """Where a fact of the flight stands; empty when it was not seen."""
        return self.flight.where.get(fact, ())

    def certificate_place(self, index: int | None) -> tuple[Where, ...]:
        """The place of a certificate of the chain, after the frame that carries the chain."""
        carried = self.place("certificates")
        if index is None:
            return carried
        item = carried[0].item if carried else "certificates"
        return (certificate(item, index), *carried)


def situate(
    client: ClientPolicy,
    flight: Flight,
    *,
    handshake: Handshake | None,
    host: str | UnseenType,
    moment: datetime,
    trust: tuple[Certificate, ...] | UnseenType,
    foretelling: bool,
    others: tuple[Handshake, ...] = (),
) -> Situation:
    """Put the client before the server; judge the chain by the client's path rules."""
    return Situation(
        client, host, moment, trust, flight, handshake, foretelling, _path(client, flight, trust, moment), others
    )


def flight_of(handshake: Handshake) -> Flight:
    """What the server's messages say; facts that TLS 1.3 encrypts are UNSEEN without keys."""
    hello = handshake.server_hello
    if hello is None:
        return NO_FLIGHT
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
    return Flight(
        version=version,
        suite=hello.message.cipher_suite,
        group=group,
        dh=dh,
        scheme=scheme,
        chain=_chain(handshake),
        chain_size=handshake.certificates.message.size if isinstance(handshake.certificates, Told) else UNSEEN,
        asks_client_certificate=UNSEEN if isinstance(request, Unseen) else request is not None,
        resumed=handshake.resumed,
        missing=_missing(handshake, version),
        where=_places(handshake, verify),
    )


def borrowed_flight(flight: Flight) -> Flight:
    """What a server's answer to another client tells of its answer to this one: likely its certificates, no more."""
    if flight.chain is None or isinstance(flight.chain, Unseen):
        return replace(NO_FLIGHT, missing="own-capture")
    return replace(
        NO_FLIGHT,
        chain=flight.chain,
        chain_size=flight.chain_size,
        assumed=True,
        missing="own-capture",
        where=flight.where,
    )


def assumed_flight(chain: tuple[Certificate, ...], where: tuple[Where, ...]) -> Flight:
    """Certificates alone were given: an ECDHE handshake in TLS 1.2 that shows them, and nothing else to mind."""
    size = 3 + sum(3 + len(certificate.der) for certificate in chain)
    places = {"certificates": where}
    return Flight(TLS12, UNSEEN, None, None, None, chain, size, False, assumed=True, where=places)


def authentication_type(flight: Flight) -> str:
    """Java's authType for the trust manager: the suite's key exchange, "UNKNOWN" in TLS 1.3.

    sun.security.ssl.CertificateMessage (T12CertificateConsumer and T13CertificateConsumer), ClientHandshaker before.
    """
    if flight.assumed and flight.chain and not isinstance(flight.chain, Unseen):
        return "ECDHE_ECDSA" if flight.chain[0].public_key.algorithm == "EC" else "ECDHE_RSA"
    chosen = None if isinstance(flight.suite, Unseen) else suite(flight.suite)
    if chosen is None or isinstance(flight.version, Unseen) or is_tls13(flight.version):
        return "UNKNOWN"
    if chosen.key_exchange in {"RSA", "RSA_EXPORT"}:
        return chosen.key_exchange
    return f"{chosen.key_exchange}_{chosen.authentication}"


def _path(
    client: ClientPolicy, flight: Flight, trust: tuple[Certificate, ...] | UnseenType, moment: datetime
) -> PathOutcome | UnseenType:
    if isinstance(flight.chain, Unseen) or not flight.chain:
        return UNSEEN
    newest = min(TLS12, max(client.offer.versions, default=TLS12))
    version = newest if isinstance(flight.version, Unseen) else flight.version
    return judge_path(
        flight.chain,
        trust,
        moment=moment,
        rules=client.path_rules,
        version=version,
        authentication=authentication_type(flight),
    )


def _without_key_exchange(
    number: int, resumed: bool
) -> tuple[int | UnseenType | None, DhParameters | UnseenType | None, int | UnseenType | None]:
    chosen = suite(number)
    if resumed or (chosen is not None and chosen.key_exchange in {"RSA", "DH", "ECDH", "PSK"}):
        return None, None, None
    return UNSEEN, UNSEEN, UNSEEN


def _missing(handshake: Handshake, version: int) -> str:
    """TLS 1.3 encrypts what follows the ServerHello: without keys it was sent, and can't be read."""
    read_with_keys = any(told.message.span.decrypted for told in handshake.messages)
    return "keys" if is_tls13(version) and not read_with_keys else "server-flight"


def _server_verify(handshake: Handshake) -> Told[CertificateVerify] | None:
    for told in handshake.messages:
        message = told.message
        if isinstance(message, CertificateVerify) and message.span.sender is Side.SERVER:
            return Told(message, told.frame, told.time_ns)
    return None


def _chain(handshake: Handshake) -> tuple[Certificate, ...] | UnseenType | None:
    """The certificates that can be read, up to the first that can't."""
    sent = handshake.certificates
    if not isinstance(sent, Told):
        return sent
    chain: list[Certificate] = []
    for der in sent.message.certificates:
        try:
            chain.append(read_certificate(der))
        except BadEvidence:
            break
    return tuple(chain) if chain else UNSEEN


def _places(handshake: Handshake, verify: Told[CertificateVerify] | None) -> dict[str, tuple[Where, ...]]:
    told: dict[str, Told[Message] | None] = {
        "server_hello": handshake.server_hello,
        "key_exchange": handshake.key_exchange,
        "scheme": handshake.key_exchange or verify,
        "certificates": _told(handshake.certificates),
        "certificate_request": _told(handshake.certificate_request),
    }
    return {name: (frame(handshake.item, found.frame),) for name, found in told.items() if found is not None}


def _told(value: Told[CertificateMessage] | Told[Message] | UnseenType | None) -> Told[Message] | None:
    return value if isinstance(value, Told) else None
