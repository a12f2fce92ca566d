"""One client before one server: everything a cause may ask about.

Built by ``situate``; causes read it and nothing else. What was not seen is UNSEEN. The path is judged once, here, since
a dozen causes each look for their own objection in it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import lru_cache

from tlswhy.evidence.types import Asked, Page, ServerConfiguration
from tlswhy.frozen import frozen
from tlswhy.model.client import ClientPolicy
from tlswhy.model.flight import NO_FLIGHT, Flight
from tlswhy.model.handshake import Handshake
from tlswhy.model.survey import Survey
from tlswhy.model.where import Where, certificate
from tlswhy.pki.certificate import Certificate
from tlswhy.pki.paths import LibraryRules, PathOutcome, PathRules, judge_path
from tlswhy.unseen import UNSEEN, Unseen, UnseenType
from tlswhy.wire.numbers import TLS12, is_tls13, suite


@frozen
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
    asked: Asked | None = None
    """We asked the server ourselves."""
    survey: Survey | None = None
    """All that it can do, found out by asking."""
    page: Page | None = None
    """The document behind its URL, fetched."""
    configuration: ServerConfiguration | None = None
    """How the server is set up, by its own files."""

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
    asked: Asked | None = None,
    survey: Survey | None = None,
    page: Page | None = None,
    configuration: ServerConfiguration | None = None,
) -> Situation:
    """Put the client before the server; judge the chain by the client's path rules."""
    path = _path(client, flight, trust, moment)
    beside = (others, asked, survey, page, configuration)
    return Situation(client, host, moment, trust, flight, handshake, foretelling, path, *beside)


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


def shown_flight(flight: Flight, chain: tuple[Certificate, ...], where: tuple[Where, ...]) -> Flight:
    """The same answer with the chain that a file shows, where the server sent one that can't be read."""
    if isinstance(flight.version, Unseen) or not isinstance(flight.chain, Unseen) or not chain:
        return flight
    return replace(flight, chain=chain, where={**flight.where, "certificates": where})


def assumed_flight(client: ClientPolicy, chain: tuple[Certificate, ...], where: tuple[Where, ...]) -> Flight:
    """Certificates alone were given: an ECDHE handshake in TLS 1.2 (or the client's newest version below) that shows
    them, and nothing else to mind."""
    size = 3 + sum(3 + len(certificate.der) for certificate in chain)
    places = {"certificates": where}
    version = max((offered for offered in client.offer.versions if offered <= TLS12), default=TLS12)
    return Flight(version, UNSEEN, None, None, None, chain, size, False, assumed=True, where=places)


def authentication_type(flight: Flight) -> str:
    """Java's authType for the trust manager: the suite's key exchange, "UNKNOWN" in TLS 1.3.

    sun.security.ssl.CertificateMessage (T12CertificateConsumer and T13CertificateConsumer), ClientHandshaker before.
    """
    if flight.assumed and isinstance(flight.suite, Unseen) and flight.chain and not isinstance(flight.chain, Unseen):
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
    authentication = authentication_type(flight)
    if sum(len(certificate.der) for certificate in flight.chain) > LARGEST_KEPT:
        return _judge(flight.chain, trust, moment, client.path_rules, version, authentication)
    return _judged(flight.chain, trust, moment, client.path_rules, version, authentication)


LARGEST_KEPT = 32768
"""Bytes of a chain whose judgement is kept; a hostile one must not fill the memory."""


def _judge(
    chain: tuple[Certificate, ...],
    trust: tuple[Certificate, ...] | UnseenType,
    moment: datetime,
    rules: PathRules | LibraryRules,
    version: int,
    authentication: str,
) -> PathOutcome:
    return judge_path(chain, trust, moment=moment, rules=rules, version=version, authentication=authentication)


_judged = lru_cache(maxsize=512)(_judge)
"""One client is judged by several answers of a server, and many clients have the same rules: the path is the same."""
