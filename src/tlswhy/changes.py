"""Changes that somebody could make so that a client accepts a server, each with what it does to a trial.

A trial is one client before one server as they would be; ``apply`` gives the trial after the change. Owns what a change
means for certificates, trust and the server's answer. Knows nothing of which change is worth making (causes, remedy)
and of how it is made on any platform (recipes).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from re import sub
from typing import ClassVar

from tlswhy.model.client import ClientPolicy
from tlswhy.model.flight import NO_FLIGHT, Flight
from tlswhy.model.settings import DhGroup, Order, ServerSettings
from tlswhy.pki.certificate import Certificate
from tlswhy.pki.extensions import Extensions
from tlswhy.pki.reissue import Reissue, reissued, stand_in
from tlswhy.pki.signatures import is_signed_by
from tlswhy.situation import Situation, situate
from tlswhy.strength import dh_sizes
from tlswhy.unseen import UNSEEN, Unseen, UnseenType
from tlswhy.wire.messages import DhParameters
from tlswhy.wire.numbers import TLS12, group, is_tls13, scheme_name, suite


class Machine(StrEnum):
    """On whose machine a change is made."""

    SERVER = "server"
    CLIENT = "client"
    CA = "ca"


@dataclass(frozen=True, slots=True)
class Trial:
    """A client before a server, as far as a plan thinks of them. ``assumed``: codes of what is taken for granted."""

    client: ClientPolicy
    host: str | UnseenType
    moment: datetime
    trust: tuple[Certificate, ...]
    chain: tuple[Certificate, ...]
    flight: Flight
    settings: ServerSettings
    assumed: tuple[str, ...] = ()

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


@dataclass(frozen=True, slots=True)
class OrderSuites:
    """These suites first in the server's list, and its own order counts."""

    suites: tuple[int, ...]
    side: ClassVar[Machine] = Machine.SERVER

    def apply(self, trial: Trial) -> Trial:
        """The rest stays behind them."""
        rest = () if isinstance(trial.settings.suites, Unseen) else trial.settings.suites
        suites = tuple(dict.fromkeys((*self.suites, *rest)))
        changed = trial.set_up(replace(trial.settings, suites=suites, order=Order.SERVER))
        known = changed.flight.suite in rest
        return changed if known else changed.taking("suites-available")


@dataclass(frozen=True, slots=True)
class UseDhGroup:
    """A Diffie-Hellman group of this size for DHE (RFC 3526, RFC 7919)."""

    bits: int
    side: ClassVar[Machine] = Machine.SERVER

    def apply(self, trial: Trial) -> Trial:
        """Only the size changes."""
        return trial.set_up(replace(trial.settings, dh=DhGroup(self.bits)))


@dataclass(frozen=True, slots=True)
class UseGroups:
    """These groups first for elliptic-curve key exchange."""

    groups: tuple[int, ...]
    side: ClassVar[Machine] = Machine.SERVER

    def apply(self, trial: Trial) -> Trial:
        """The rest stays behind them."""
        rest = () if isinstance(trial.settings.groups, Unseen) else trial.settings.groups
        return trial.set_up(replace(trial.settings, groups=tuple(dict.fromkeys((*self.groups, *rest)))))


@dataclass(frozen=True, slots=True)
class EnableVersion:
    """A protocol version that the server has not enabled."""

    version: int
    side: ClassVar[Machine] = Machine.SERVER

    def apply(self, trial: Trial) -> Trial:
        """The others stay."""
        old = () if isinstance(trial.settings.versions, Unseen) else trial.settings.versions
        versions = tuple(sorted({*old, self.version}, reverse=True))
        return trial.taking("version-available").set_up(replace(trial.settings, versions=versions))


@dataclass(frozen=True, slots=True)
class SignWith:
    """These signature schemes first in the server's own handshake signature."""

    schemes: tuple[int, ...]
    side: ClassVar[Machine] = Machine.SERVER

    def apply(self, trial: Trial) -> Trial:
        """The rest stays behind them."""
        rest = () if isinstance(trial.settings.schemes, Unseen) else trial.settings.schemes
        return trial.set_up(replace(trial.settings, schemes=tuple(dict.fromkeys((*self.schemes, *rest)))))


@dataclass(frozen=True, slots=True)
class ServeChain:
    """The leaf and every certificate up to the root's child, in order, and no others.

    ``certificates`` are indices of the chain as sent; ``missing`` the subjects of those that were never seen.
    """

    certificates: tuple[int, ...]
    missing: tuple[str, ...] = ()
    side: ClassVar[Machine] = Machine.SERVER

    def apply(self, trial: Trial) -> Trial:
        """For a missing one a sound certificate of its name stands in, under the first trusted root."""
        chain = tuple(trial.chain[index] for index in self.certificates)
        if not self.missing:
            return trial.serving(chain)
        lifetime = _lifetime(trial.moment)
        root = next(iter(trial.trust), None)
        between = stand_in(chain[-1].issuer, root, lifetime)
        top = replace(chain[-1], to_be_signed_by=between.public_key, extensions=_any_issuer(chain[-1]))
        return trial.taking("missing-intermediates").serving((*chain[:-1], top, between))


@dataclass(frozen=True, slots=True)
class DropClientCertificate:
    """The server no longer demands a certificate of the client."""

    side: ClassVar[Machine] = Machine.SERVER

    def apply(self, trial: Trial) -> Trial:
        """It no longer asks at all."""
        return replace(trial, flight=replace(trial.flight, asks_client_certificate=False))


@dataclass(frozen=True, slots=True)
class KnowName:
    """The server knows the name that the client asks for, or answers without one."""

    name: str | None
    side: ClassVar[Machine] = Machine.SERVER

    def apply(self, trial: Trial) -> Trial:
        """No warning any more."""
        return replace(trial, flight=replace(trial.flight, warnings=frozenset())).answered_if_refused()


@dataclass(frozen=True, slots=True)
class ReissueCertificate:
    """A certificate of the chain made anew by its CA; what its key signed is signed anew where the key changes.

    ``certificate`` is its index in the chain as sent, ``anchor`` one in the trust given (the other is None).
    """

    certificate: int | None
    wish: Reissue
    anchor: int | None = None
    subject: str = ""
    side: ClassVar[Machine] = Machine.CA

    def apply(self, trial: Trial) -> Trial:
        """In the chain and, for a root, in the client's trust."""
        if self.anchor is not None:
            return _root_anew(trial, self.anchor, self.wish)
        assert self.certificate is not None
        old = trial.chain[self.certificate]
        new = reissued(old, self.wish, _issuer(trial, old))
        chain = _signed_anew(trial.chain, old, new)
        trust = tuple(new if anchor == old else anchor for anchor in trial.trust)
        return replace(trial, trust=trust).serving(chain)


@dataclass(frozen=True, slots=True)
class TrustRoot:
    """The root that the chain leads to goes into the client's trust store; ``certificate``: its index, where it was
    sent; ``instead_of``: the index of a trusted one of the same name that has to go first."""

    subject: str
    certificate: int | None = None
    instead_of: int | None = None
    side: ClassVar[Machine] = Machine.CLIENT

    def apply(self, trial: Trial) -> Trial:
        """A root that was never seen is stood in for."""
        kept = tuple(anchor for index, anchor in enumerate(trial.trust) if index != self.instead_of)
        if self.certificate is not None:
            return replace(trial, trust=(*kept, trial.chain[self.certificate]))
        top = next((c for c in trial.chain if c.issuer.text == self.subject and not c.self_issued), trial.chain[-1])
        root = stand_in(top.issuer, None, _lifetime(trial.moment))
        signed = replace(top, to_be_signed_by=root.public_key, extensions=_any_issuer(top))
        chain = tuple(signed if certificate == top else certificate for certificate in trial.chain)
        return replace(trial, trust=(*kept, root)).taking("root-not-seen").serving(chain)


@dataclass(frozen=True, slots=True)
class UseName:
    """The URL names the server as its certificate does."""

    name: str
    side: ClassVar[Machine] = Machine.CLIENT

    def apply(self, trial: Trial) -> Trial:
        """The client asks for that name."""
        return replace(trial, host=self.name).taking("name-resolves")


@dataclass(frozen=True, slots=True)
class PresentCertificate:
    """The client shows the certificate that the server asks for."""

    side: ClassVar[Machine] = Machine.CLIENT

    def apply(self, trial: Trial) -> Trial:
        """That the server takes it is taken for granted."""
        flight = replace(trial.flight, asks_client_certificate=False)
        return replace(trial, flight=flight).taking("client-certificate-accepted")


@dataclass(frozen=True, slots=True)
class RaiseLimit:
    """A limit of the client's, raised by the system property that it has for it.

    ``limit`` is the ClientPolicy's field, ``least`` what it has to be.
    """

    limit: str
    least: int
    side: ClassVar[Machine] = Machine.CLIENT

    def apply(self, trial: Trial) -> Trial:
        """Nothing else changes."""
        if self.limit == "longest_chain":
            return replace(trial, client=replace(trial.client, longest_chain=self.least))
        return replace(trial, client=replace(trial.client, largest_handshake_message=self.least))


@dataclass(frozen=True, slots=True)
class UpgradeClient:
    """Another release of the client's own line."""

    to: ClientPolicy
    side: ClassVar[Machine] = Machine.CLIENT

    def apply(self, trial: Trial) -> Trial:
        """Its hello may get another answer."""
        return replace(trial, client=self.to).answered_if_refused()


Change = (
    OrderSuites
    | UseDhGroup
    | UseGroups
    | EnableVersion
    | SignWith
    | ServeChain
    | DropClientCertificate
    | KnowName
    | ReissueCertificate
    | TrustRoot
    | UseName
    | PresentCertificate
    | RaiseLimit
    | UpgradeClient
)


def change_name(change: Change) -> str:
    """What a change is called in reports and platforms: ``order-suites`` for OrderSuites."""
    return sub(r"(?<!^)(?=[A-Z])", "-", type(change).__name__).lower()


# What the changed server answers


def answer(trial: Trial) -> Flight:
    """The server's answer to this client, by its settings; what they leave open is taken to suit the client.

    Its own order counts unless it is set up otherwise. Refused where nothing is in common: the flight then names what
    is missing.
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
    return replace(
        trial.flight,
        version=version,
        suite=number,
        group=curve,
        dh=dh,
        scheme=scheme,
        chain=chain,
        asks_client_certificate=trial.flight.asks_client_certificate is True,
        refused=(),
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


# Who signed what


def _issuer(trial: Trial, certificate: Certificate) -> Certificate | None:
    """Whose key signed it: a certificate of the chain or of the trust; a stand-in where nobody saw it; None: itself."""
    if certificate.self_issued:
        return None
    named = [c for c in (*trial.chain, *trial.trust) if c.subject == certificate.issuer]
    signed = next((c for c in named if is_signed_by(certificate, c.public_key).valid), None)
    return signed or next(iter(named), None) or stand_in(certificate.issuer, None, _lifetime(trial.moment))


def _signed_anew(chain: tuple[Certificate, ...], old: Certificate, new: Certificate) -> tuple[Certificate, ...]:
    """The chain with ``new`` for ``old``; with another key, all that the old key had signed is signed again."""
    below: list[Certificate] = []
    for certificate in chain:
        if certificate == old:
            below.append(new)
        elif (
            certificate.issuer == old.subject
            and new.public_key.spki != old.public_key.spki
            and not certificate.self_issued
        ):
            below.append(reissued(certificate, Reissue(), new))
        else:
            below.append(certificate)
    return tuple(below)


def _root_anew(trial: Trial, index: int, wish: Reissue) -> Trial:
    old = trial.trust[index]
    new = reissued(old, wish, None)
    trust = tuple(new if anchor == old else anchor for anchor in trial.trust)
    return replace(trial, trust=trust).serving(_signed_anew(trial.chain, old, new))


def _any_issuer(certificate: Certificate) -> Extensions:
    """Without the identifier of a key that was never seen."""
    return replace(certificate.extensions, authority_key_id=None)


def _lifetime(moment: datetime) -> tuple[datetime, datetime]:
    return moment - timedelta(days=1), moment + timedelta(days=3650)
