"""Changes that somebody could make so that a client accepts a server, each with what it does to a trial.

``apply`` gives the trial after the change. Owns what a change means for certificates, trust and the server's settings.
Knows nothing of which change is worth making (causes, remedy) and of how it is made on any platform (recipes).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from re import sub
from typing import ClassVar

from tlswhy.frozen import frozen
from tlswhy.model.client import ClientPolicy
from tlswhy.model.settings import DhGroup, Order
from tlswhy.pki.certificate import Certificate
from tlswhy.pki.reissue import Reissue, reissued, stand_in, stand_in_leaf, unseen_issuer
from tlswhy.pki.signatures import is_signed_by
from tlswhy.trial import Trial
from tlswhy.unseen import Unseen
from tlswhy.wire.numbers import is_tls13


class Machine(StrEnum):
    """On whose machine a change is made."""

    SERVER = "server"
    CLIENT = "client"
    CA = "ca"


@frozen
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


@frozen
class UseDhGroup:
    """A Diffie-Hellman group of this size for DHE (RFC 3526, RFC 7919)."""

    bits: int
    side: ClassVar[Machine] = Machine.SERVER

    def apply(self, trial: Trial) -> Trial:
        """Only the size changes."""
        return trial.set_up(replace(trial.settings, dh=DhGroup(self.bits)))


@frozen
class UseGroups:
    """These groups first for elliptic-curve key exchange."""

    groups: tuple[int, ...]
    side: ClassVar[Machine] = Machine.SERVER

    def apply(self, trial: Trial) -> Trial:
        """The rest stays behind them."""
        rest = () if isinstance(trial.settings.groups, Unseen) else trial.settings.groups
        return trial.set_up(replace(trial.settings, groups=tuple(dict.fromkeys((*self.groups, *rest)))))


@frozen
class EnableVersion:
    """A protocol version that the server has not enabled; ``newer``: those that are enabled in the same line."""

    version: int
    newer: tuple[int, ...] = ()
    side: ClassVar[Machine] = Machine.SERVER

    def apply(self, trial: Trial) -> Trial:
        """The others stay. The suites of TLS 1.3 have a list of their own, or are on by default."""
        settings = trial.settings
        old = () if isinstance(settings.versions, Unseen) else settings.versions
        versions = tuple(sorted({*old, self.version, *self.newer}, reverse=True))
        suites = settings.suites
        if any(map(is_tls13, versions)) and not isinstance(suites, Unseen):
            from tlswhy.wire.cipher_strings import usual_tls13_suites  # rarely asked, and a table of its own

            suites = tuple(dict.fromkeys((*usual_tls13_suites(), *suites)))
        return trial.taking("version-available").set_up(replace(settings, versions=versions, suites=suites))


@frozen
class SignWith:
    """These signature schemes first in the server's own handshake signature."""

    schemes: tuple[int, ...]
    side: ClassVar[Machine] = Machine.SERVER

    def apply(self, trial: Trial) -> Trial:
        """The rest stays behind them."""
        rest = () if isinstance(trial.settings.schemes, Unseen) else trial.settings.schemes
        return trial.set_up(replace(trial.settings, schemes=tuple(dict.fromkeys((*self.schemes, *rest)))))


@frozen
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
        top, between = unseen_issuer(chain[-1], root, lifetime)
        return trial.taking("missing-intermediates").serving((*chain[:-1], top, between))


@frozen
class InstallMatchingKey:
    """The private key that belongs to the certificate, or the certificate that belongs to the key."""

    side: ClassVar[Machine] = Machine.SERVER

    def apply(self, trial: Trial) -> Trial:
        """Its signature is good then."""
        return replace(trial, flight=replace(trial.flight, signed_exchange=None))


@frozen
class DropClientCertificate:
    """The server no longer demands a certificate of the client."""

    side: ClassVar[Machine] = Machine.SERVER

    def apply(self, trial: Trial) -> Trial:
        """It no longer asks at all."""
        return replace(trial, flight=replace(trial.flight, asks_client_certificate=False))


@frozen
class NameFewerAuthorities:
    """The CertificateRequest names only the CAs whose certificates the server wants, or none."""

    side: ClassVar[Machine] = Machine.SERVER

    def apply(self, trial: Trial) -> Trial:
        """It asks on."""
        return replace(trial, flight=replace(trial.flight, request_size=0, authorities=0))


@frozen
class KnowName:
    """The server knows the name that the client asks for, or answers without one."""

    name: str | None
    side: ClassVar[Machine] = Machine.SERVER

    def apply(self, trial: Trial) -> Trial:
        """No warning any more."""
        return replace(trial, flight=replace(trial.flight, warnings=frozenset())).answered_if_refused()


@frozen
class ReissueCertificate:
    """A certificate of the chain made anew by its CA; what its key signed is signed anew where the key changes.

    ``certificate`` is its index in the chain as sent, ``anchor`` one in the trust given (the other is None).
    ``revoked``: it is taken for the one that its CA has withdrawn.
    """

    certificate: int | None
    wish: Reissue
    anchor: int | None = None
    subject: str = ""
    revoked: bool = False
    side: ClassVar[Machine] = Machine.CA

    def apply(self, trial: Trial) -> Trial:
        """In the chain and, for a root, in the client's trust."""
        if self.anchor is not None:
            return _root_anew(trial, self.anchor, self.wish)
        assert self.certificate is not None
        trial = trial.taking("leaf-revoked") if self.revoked else trial
        old = trial.chain[self.certificate]
        new = reissued(old, self.wish, _issuer(trial, old))
        chain = _signed_anew(trial.chain, old, new)
        trust = tuple(new if anchor == old else anchor for anchor in trial.trust)
        return replace(trial, trust=trust).serving(chain)


@frozen
class ReissueUnder:
    """The server's certificate issued by a CA nearer the root, so that fewer certificates stand between.

    ``by`` is that CA's index in the chain as sent, ``subject`` its name.
    """

    by: int
    subject: str
    side: ClassVar[Machine] = Machine.CA

    def apply(self, trial: Trial) -> Trial:
        """Only the leaf, and what stands from that CA on upwards, is sent."""
        authority = trial.chain[self.by]
        leaf = replace(reissued(trial.chain[0], Reissue(), authority), issuer=authority.subject)
        above = served_path(trial.chain[self.by :])
        return trial.serving((leaf, *(trial.chain[self.by + index] for index in above)))


@frozen
class IssueByAuthority:
    """A certificate by a CA instead of one that signs itself; the client trusts that CA."""

    subject: str
    side: ClassVar[Machine] = Machine.CA

    def apply(self, trial: Trial) -> Trial:
        """A root that nobody has seen issues a server's certificate for the same key and names."""
        old = trial.chain[0]
        _, root = stand_in_leaf(self.subject, _lifetime(trial.moment))
        leaf = replace(reissued(old, Reissue(authority=False), root), issuer=root.subject)
        if not leaf.not_before <= trial.moment <= leaf.not_after:
            leaf = replace(leaf, not_before=root.not_before, not_after=root.not_after)
        return replace(trial, trust=(*trial.trust, root)).taking("root-not-seen").serving((leaf,))


@frozen
class TrustRoot:
    """The root that the chain leads to goes into the client's trust store; ``certificate``: its index, where it was
    sent; ``instead_of``: the index of a trusted one of the same name that has to go first."""

    subject: str
    certificate: int | None = None
    instead_of: int | None = None
    side: ClassVar[Machine] = Machine.CLIENT

    @property
    def is_the_servers_own(self) -> bool:
        """The server's certificate signs itself, and is itself what is to be trusted."""
        return self.certificate == 0

    def apply(self, trial: Trial) -> Trial:
        """A root that was never seen is stood in for."""
        kept = tuple(anchor for index, anchor in enumerate(trial.trust) if index != self.instead_of)
        if self.certificate is not None:
            return replace(trial, trust=(*kept, trial.chain[self.certificate]))
        top = next((c for c in trial.chain if c.issuer.text == self.subject and not c.self_issued), trial.chain[-1])
        signed, root = unseen_issuer(top, None, _lifetime(trial.moment))
        chain = tuple(signed if certificate == top else certificate for certificate in trial.chain)
        return replace(trial, trust=(*kept, root)).taking("root-not-seen").serving(chain)


@frozen
class UseName:
    """The URL names the server as its certificate does."""

    name: str
    side: ClassVar[Machine] = Machine.CLIENT

    def apply(self, trial: Trial) -> Trial:
        """The client asks for that name."""
        return replace(trial, host=self.name).taking("name-resolves")


@frozen
class PresentCertificate:
    """The client shows the certificate that the server asks for."""

    side: ClassVar[Machine] = Machine.CLIENT

    def apply(self, trial: Trial) -> Trial:
        """That the server takes it is taken for granted."""
        flight = replace(trial.flight, asks_client_certificate=False)
        return replace(trial, flight=flight).taking("client-certificate-accepted")


@frozen
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
        if trial.client.largest_certificate_message is not None:
            return trial  # Go, which has no property for it
        return replace(trial, client=replace(trial.client, largest_handshake_message=self.least))


@frozen
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
    | InstallMatchingKey
    | DropClientCertificate
    | NameFewerAuthorities
    | KnowName
    | ReissueCertificate
    | ReissueUnder
    | IssueByAuthority
    | TrustRoot
    | UseName
    | PresentCertificate
    | RaiseLimit
    | UpgradeClient
)


def change_name(change: Change) -> str:
    """What a change is called in reports and platforms: ``order-suites`` for OrderSuites."""
    return sub(r"(?<!^)(?=[A-Z])", "-", type(change).__name__).lower()


# Who signed what


def path_upwards(chain: tuple[Certificate, ...]) -> tuple[int, ...]:
    """Indices from the leaf up, by names and, of several of one name, by who really signed."""
    path = [0]
    while len(path) < len(chain):
        below = chain[path[-1]]
        if below.self_issued:
            break
        named = [i for i, c in enumerate(chain) if c.subject == below.issuer and i not in path]
        if not named:
            break
        path.append(next((i for i in named if is_signed_by(below, chain[i].public_key).valid), named[0]))
    return tuple(path)


def served_path(chain: tuple[Certificate, ...]) -> tuple[int, ...]:
    """The same without the root, which no client needs to be sent."""
    return tuple(index for index in path_upwards(chain) if index == 0 or not chain[index].self_issued)


def may_have_issued(issuer: Certificate, certificate: Certificate) -> bool:
    """By the key identifiers, where both state one (RFC 5280, 4.2.1.1): a namesake with another key has not."""
    named = certificate.authority_key_id
    stated = named.key_id if named is not None else None
    return not stated or not issuer.subject_key_id or stated == issuer.subject_key_id


def _issuer(trial: Trial, certificate: Certificate) -> Certificate | None:
    """Whose key signed it: a certificate of the chain or of the trust; a stand-in where nobody saw it; None: itself."""
    if certificate.self_issued:
        return None
    named = [c for c in (*trial.chain, *trial.trust) if c.subject == certificate.issuer]
    signed = next((c for c in named if is_signed_by(certificate, c.public_key).valid), None)
    likely = next((c for c in named if may_have_issued(c, certificate)), None)
    return signed or likely or stand_in(certificate.issuer, None, _lifetime(trial.moment))


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


def _lifetime(moment: datetime) -> tuple[datetime, datetime]:
    return moment - timedelta(days=1), moment + timedelta(days=3650)
