"""A trial: one client before one server as they would be, and what the server, set up so, answers.

Owns that answer. Of software that is known its own model gives it (``server``); of all other one rule that every server
keeps in some form. Knows no change, and not what is worth changing.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from tlswhy.errors import BadRequest
from tlswhy.frozen import frozen
from tlswhy.model.client import ClientPolicy
from tlswhy.model.flight import NO_FLIGHT, Flight
from tlswhy.model.settings import DhGroup, Order, ServerSettings, served_chain
from tlswhy.pki.certificate import Certificate
from tlswhy.situation import Situation, situate
from tlswhy.strength import dh_sizes
from tlswhy.unseen import UNSEEN, NotSeen, Unseen, UnseenType
from tlswhy.wire.messages import DhParameters
from tlswhy.wire.numbers import TLS12, group, is_tls13, scheme_name, suite


@frozen
class Trial:
    """A client before a server, as far as a plan thinks of them. ``assumed``: codes of what is taken for granted;
    ``told``: versions and suites are those of the server's configuration, not of one answer alone."""

    client: ClientPolicy
    host: str | UnseenType
    moment: datetime
    trust: tuple[Certificate, ...]
    chain: tuple[Certificate, ...]
    flight: Flight
    settings: ServerSettings
    assumed: tuple[str, ...] = ()
    told: bool = False

    def situation(self) -> Situation:
        """The client before what the server answers now."""
        return situate(
            self.client,
            self.flight,
            handshake=None,
            host=self.host,
            moment=self.moment,
            trust=self.trust,
            foretelling=True,
        )

    def taking(self, *codes: str) -> Trial:
        """The same, with more taken for granted."""
        return replace(self, assumed=tuple(dict.fromkeys((*self.assumed, *codes))))

    def serving(self, chain: tuple[Certificate, ...]) -> Trial:
        """The same server with another chain; where the leaf's key is of another kind, it answers anew."""
        other_key = self.chain[0].public_key.family != chain[0].public_key.family
        size = 3 + sum(3 + len(certificate.der) for certificate in chain)
        flight = replace(self.flight, chain=chain, chain_size=size)
        if chain[0].public_key.spki != self.chain[0].public_key.spki:
            flight = replace(flight, signed_exchange=None)  # whoever installs a new key signs with it
        trial = replace(self, chain=chain, flight=flight)
        return trial.answered_anew() if other_key or self.flight.refused else trial

    def set_up(self, settings: ServerSettings) -> Trial:
        """The same server, set up otherwise; what it then answers."""
        return replace(self, settings=settings).answered_anew()

    def answered_anew(self) -> Trial:
        """What a server set up like this answers to the client's hello."""
        return replace(self, flight=answer(self))

    def answered_if_refused(self) -> Trial:
        """Anew only where the answer was a refusal, or is none that this client could have got."""
        offer, flight = self.client.offer, self.flight
        same = not flight.refused and flight.suite in offer.suites and flight.version in offer.versions
        return self if same else self.answered_anew()


def answer(trial: Trial) -> Flight:
    """The server's answer to this client: as its software gives it where that is known, else by the usual rule.

    Refused where nothing is in common: the flight then names what is missing.
    """
    known = None if isinstance(trial.settings.software, Unseen) else modelled_answer(trial)
    return usual_answer(trial) if known is None else known


def modelled_answer(trial: Trial) -> Flight | None:
    """What the server's software answers, its defaults where the settings leave something open; None where there is no
    model of it, or it asks for what nobody knows."""
    from tlswhy.server.answer import answer as answer_of_software  # the models are not needed at every start

    # which name leads to which chain was settled by what the server sent
    settings = replace(
        trial.settings, chains=(served_chain(trial.chain),), needs_server_name=False, unknown_name=UNSEEN
    )
    try:
        found = answer_of_software(trial.client.offer, settings)
    except (BadRequest, NotSeen):
        return None
    if found.refused:
        return replace(_refusal(trial, found.refused[0]), refused=found.refused, alert=found.alert)
    return _with_choices(trial, found.version, found.suite, found.group, found.dh, found.scheme)


def usual_answer(trial: Trial) -> Flight:
    """What any server would answer by these settings; what they leave open is taken to suit the client.

    Its own order counts unless it is set up otherwise.
    """
    offer, settings, chain = trial.client.offer, trial.settings, trial.chain
    versions = offer.versions if isinstance(settings.versions, Unseen) else settings.versions
    version = max(set(versions) & set(offer.versions), default=None)
    if version is None:
        return _refusal(trial, "no-common-version")
    suites = offer.suites if isinstance(settings.suites, Unseen) else settings.suites
    first, among = (offer.suites, suites) if settings.order is Order.CLIENT else (suites, offer.suites)
    number = next((n for n in first if n in among and _serves(n, version, chain)), None)
    chosen = None if number is None else suite(number)
    if number is None or chosen is None:
        return _refusal(trial, "no-common-cipher")
    curve: int | UnseenType | None = None
    dh: DhParameters | UnseenType | None = None
    if chosen.key_exchange in {"ECDHE", "any"}:
        groups = offer.groups if isinstance(settings.groups, Unseen) else settings.groups
        curve = next((g for g in groups if g in offer.groups and _carries(g, version)), None)
        if curve is None:
            return _refusal(trial, "no-common-group")
    elif chosen.key_exchange == "DHE":
        dh = _group(trial)
    scheme: int | None = None
    if version >= TLS12 and chosen.key_exchange != "RSA":
        schemes = offer.schemes if isinstance(settings.schemes, Unseen) else settings.schemes
        usable = trial.client.handshake_schemes
        scheme = next((s for s in schemes if s in usable and _signs(s, version, chain)), None)
        if scheme is None:
            return _refusal(trial, "no-common-signature-algorithm")
    return _with_choices(trial, version, number, curve, dh, scheme)


def _with_choices(
    trial: Trial,
    version: int | UnseenType,
    number: int | UnseenType,
    curve: int | UnseenType | None,
    dh: DhParameters | UnseenType | None,
    scheme: int | UnseenType | None,
) -> Flight:
    return replace(
        trial.flight,
        version=version,
        suite=number,
        group=curve,
        dh=dh,
        scheme=scheme,
        chain=trial.chain,
        asks_client_certificate=trial.flight.asks_client_certificate is True,
        refused=(),
        alert=None,
        assumed=True,
    )


def _refusal(trial: Trial, cause: str) -> Flight:
    return replace(NO_FLIGHT, refused=(cause,), assumed=True, asks_client_certificate=False)


def _serves(number: int, version: int, chain: tuple[Certificate, ...]) -> bool:
    """The suite exists in that version, and the leaf's key can authenticate it."""
    found = suite(number)
    if found is None or not found.minimum_version <= version <= found.maximum_version:
        return False
    if found.authentication == "any":
        return True
    family = chain[0].public_key.family
    wanted = {"RSA": "RSA", "EC": "ECDSA", "DSA": "DSS", "Ed25519": "ECDSA", "Ed448": "ECDSA"}.get(family)
    return found.authentication == wanted


def _carries(number: int, version: int) -> bool:
    """An elliptic curve, or in TLS 1.3 any group."""
    known = group(number)
    return known is not None and (is_tls13(version) or known.kind != "ffdhe")


def _group(trial: Trial) -> DhParameters | UnseenType:
    """The group that is set up; where that is open, one that suits."""
    group = trial.settings.dh
    sizes = dh_sizes(trial.client.dh)
    if not isinstance(group, DhGroup) and not sizes:
        return UNSEEN
    bits = group.bits if isinstance(group, DhGroup) else sizes[0]
    return DhParameters(1 << (bits - 1), 2, 1)


def _signs(number: int, version: int, chain: tuple[Certificate, ...]) -> bool:
    """The leaf's key can make that signature in that version (RFC 8446, 4.2.3)."""
    name, key = scheme_name(number), chain[0].public_key
    if key.algorithm == "RSASSA-PSS":
        return name.startswith("rsa_pss_pss_")
    if key.algorithm == "RSA":
        return name.startswith("rsa_pss_rsae_") or (name.startswith("rsa_pkcs1_") and not is_tls13(version))
    if key.algorithm == "EC":
        curve = {"ecdsa_secp256r1_sha256": "secp256r1", "ecdsa_secp384r1_sha384": "secp384r1"}.get(name)
        return name.startswith("ecdsa_") and (not is_tls13(version) or curve == key.curve)
    return name.startswith("dsa_") if key.algorithm == "DSA" else name == key.algorithm.lower()
