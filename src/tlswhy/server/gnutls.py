"""What a GnuTLS server answers: 3.7 (lib/handshake.c, lib/algorithms/ciphersuites.c, lib/auth/cert.c, lib/ext).

Owns the order of GnuTLS's choices: version, the candidate groups, then suite by suite the first for which group and
certificate serve. It signs as the client prefers, and sends a leaf however that is signed itself. Not asked: sessions,
PSK, SRP, anonymous credentials, raw keys.
"""

from __future__ import annotations

from typing import Final

from tlswhy.model.client import Offer
from tlswhy.model.flight import Flight
from tlswhy.model.settings import Auto, AutoType, DhGroup, Order, ServedChain, ServerSettings
from tlswhy.server.flights import (
    HANDSHAKE_FAILURE,
    INAPPROPRIATE_FALLBACK,
    INTERNAL_ERROR,
    MISSING_EXTENSION,
    PROTOCOL_VERSION,
    refused,
    served,
)
from tlswhy.server.schemes import AUTHENTICATION, Scheme, may_sign, scheme
from tlswhy.unseen import seen
from tlswhy.wire.extensions import KEY_SHARE, SUPPORTED_GROUPS, SUPPORTED_VERSIONS
from tlswhy.wire.numbers import FALLBACK_SCSV, TLS12, TLS13, Suite, group, suite

NEEDS: Final = "server-settings"
DEFAULT_EC_GROUP: Final = 23
"""Taken for a client that names no groups (RFC 8422, 4)."""
_SHA1: Final = {"RSA": 0x0201, "EC": 0x0203, "DSA": 0x0202}
_OLD_IN_TLS13: Final = frozenset({"SHA-1", "SHA-224", "MD5"})


def answer(offer: Offer, settings: ServerSettings) -> Flight:
    """The flight, or the refusal; raises NotSeen where a setting is missing that decides."""
    return _Server(offer, settings).answer()


class _Server:
    """One hello before one server."""

    def __init__(self, offer: Offer, settings: ServerSettings) -> None:
        self.offer, self.settings = offer, settings
        self.by_server = seen(settings.order, NEEDS) is Order.SERVER
        self.chains = _sorted(seen(settings.chains, NEEDS))
        self.suites = [found for number in seen(settings.suites, NEEDS) if (found := suite(number)) is not None]
        self.versions = self._versions()
        self.version = 0
        self.ec, self.dh, self.preferred = self._candidates()

    def answer(self) -> Flight:
        """read_client_hello."""
        if not self.versions:  # GNUTLS_E_INSUFFICIENT_CREDENTIALS
            return refused("server-misconfigured", HANDSHAKE_FAILURE)
        version = self._version()
        if version is None:
            return refused("no-common-version", PROTOCOL_VERSION)
        self.version = version
        if FALLBACK_SCSV in self.offer.suites and version != max(self.versions):
            return refused("no-common-version", INAPPROPRIATE_FALLBACK)
        chosen = self._choose()
        if isinstance(chosen, Flight):
            return chosen
        found, chain, signing = chosen
        if version < TLS12 and chain.algorithm not in _SHA1 and found.key_exchange != "RSA":
            return refused("server-misconfigured", HANDSHAKE_FAILURE)  # it finds out when it signs
        if version not in self.versions:  # asked only when the suite has been chosen
            return refused("no-common-version", PROTOCOL_VERSION)
        if version == TLS13:
            return self._answer_tls13(found, chain, signing)
        ephemeral = found.key_exchange in ("ECDHE", "DHE")
        dh = self._dh_group() if found.key_exchange == "DHE" else None
        if dh is None and found.key_exchange == "DHE":  # GNUTLS_E_NO_TEMPORARY_DH_PARAMS, behind the ServerHello
            return refused("server-misconfigured", INTERNAL_ERROR)
        return served(
            self.settings,
            version=version,
            suite=found.number,
            chain=chain,
            group=self.ec if found.key_exchange == "ECDHE" else None,
            dh=dh,
            scheme=signing.number if signing is not None and ephemeral and version >= TLS12 else None,
        )

    def _versions(self) -> tuple[int, ...]:
        """gnutls_credentials_set takes TLS 1.3 away where no key may sign in it."""
        enabled = seen(self.settings.versions, NEEDS)
        if any(chain.algorithm != "DSA" and may_sign(chain) for chain in self.chains):
            return enabled
        return tuple(version for version in enabled if version != TLS13)

    def _version(self) -> int | None:
        """_gnutls_negotiate_version, then supported_versions, which a server without TLS 1.3 does not read."""
        highest = max(self.versions, default=0)
        if SUPPORTED_VERSIONS in self.offer.extensions and highest >= TLS13:
            return max(set(self.versions) & set(self.offer.versions), default=None)
        legacy = min(max(self.offer.versions, default=0), TLS12)
        if SUPPORTED_VERSIONS in self.offer.extensions:
            legacy = TLS12
        if legacy in self.versions:
            return legacy
        if legacy == TLS12 and highest >= TLS12:
            return TLS12
        # no older version than the hello's is looked for, unless that one is above all that the server has
        newest = max((version for version in self.versions if version <= TLS12), default=0)
        return newest if newest and legacy > newest else None

    def _candidates(self) -> tuple[int | None, int | None, int | None]:
        """_gnutls_supported_groups_recv_params: of curves, of RFC 7919's groups, of both."""
        ours, theirs = seen(self.settings.groups, NEEDS), self.offer.groups
        order, other = (ours, theirs) if self.by_server else (theirs, ours)
        shared = [number for number in order if number in other]
        curve = next((number for number in shared if not _is_ffdhe(number)), None)
        field = next((number for number in shared if _is_ffdhe(number)), None)
        return curve, field, shared[0] if shared else None

    def _choose(self) -> tuple[Suite, ServedChain, Scheme | None] | Flight:
        """_gnutls_figure_common_ciphersuite."""
        if self.version != TLS13 and self.ec is None and SUPPORTED_GROUPS not in self.offer.extensions:
            self.ec = DEFAULT_EC_GROUP
        offered = [found for number in self.offer.suites if (found := suite(number)) is not None]
        ours, theirs = {s.number for s in self.suites}, {s.number for s in offered}
        common = [s for s in (self.suites if self.by_server else offered) if s.number in ours & theirs]
        common = [s for s in common if s.minimum_version <= self.version <= s.maximum_version]
        for found in common:
            if self._has_group(found) and (chosen := self._certificate(found)) is not None:
                return (found, *chosen)
        return refused(self._why_none(common), HANDSHAKE_FAILURE)

    def _has_group(self, found: Suite) -> bool:
        """kx_is_ok."""
        if found.key_exchange == "ECDHE":
            return self.ec is not None
        if found.key_exchange == "DHE":
            return self.dh is not None or (not self._names_ffdhe() and seen(self.settings.dh, NEEDS) is not None)
        return found.key_exchange in ("RSA", "any")

    def _certificate(self, found: Suite) -> tuple[ServedChain, Scheme | None] | None:
        """_gnutls_select_server_cert: the first that serves this suite, with the scheme it signs with."""
        for chain in self.chains:
            if self.version == TLS13:
                if not may_sign(chain):
                    continue
            elif not _serves(chain, found):
                continue
            if self.version < TLS12 or found.key_exchange == "RSA":
                return chain, None
            if (signing := self._signing(chain)) is not None:
                return chain, signing
        return None

    def _signing(self, chain: ServedChain) -> Scheme | None:
        """_gnutls_session_get_sign_algo: the client's first that key and priorities allow."""
        offered = self.offer.schemes or tuple(filter(None, (_SHA1.get(chain.algorithm),)))
        enabled = seen(self.settings.schemes, NEEDS)
        for number in offered:
            wanted = scheme(number)
            if wanted is None or number not in enabled or wanted.key != chain.algorithm:
                continue
            if self.version == TLS13 and not _in_tls13(wanted, chain):
                continue
            return wanted
        return None

    def _why_none(self, common: list[Suite]) -> str:
        """What the suites that both sides have are missing."""
        if self.version not in self.versions:
            return "no-common-version"
        if not any(_serves(chain, found) for chain in self.chains for found in self.suites):
            return "server-misconfigured"
        servable = [s for s in common if self.version == TLS13 or any(_serves(chain, s) for chain in self.chains)]
        if not servable:
            return "no-common-cipher"
        return "no-common-signature-algorithm" if any(map(self._has_group, servable)) else "no-common-group"

    def _answer_tls13(self, found: Suite, chain: ServedChain, signing: Scheme | None) -> Flight:
        """key_share_recv_params: the share of the group that was chosen, else a HelloRetryRequest for it."""
        if self.preferred is None or KEY_SHARE not in self.offer.extensions:
            alert = HANDSHAKE_FAILURE if KEY_SHARE in self.offer.extensions else MISSING_EXTENSION
            return refused("no-common-group", alert)
        return served(
            self.settings,
            version=TLS13,
            suite=found.number,
            chain=chain,
            group=self.preferred,
            scheme=signing.number if signing is not None else None,
            hello_retry=self.preferred not in self.offer.key_shares,
        )

    def _names_ffdhe(self) -> bool:
        """HSK_HAVE_FFDHE: a client that names any such group wants one of them (RFC 7919, 4)."""
        return any(number >> 8 == 1 for number in self.offer.groups)

    def _dh_group(self) -> DhGroup | None:
        """_gnutls_figure_dh_params: the group that was negotiated, else the application's, else by AUTO
        (gnutls_certificate_set_known_dh_params) the server's own first of RFC 7919."""
        setting: DhGroup | Auto | None = seen(self.settings.dh, NEEDS)
        number = self.dh
        if number is None and isinstance(setting, AutoType):
            number = next(filter(_is_ffdhe, seen(self.settings.groups, NEEDS)), None)
        found = group(number) if number is not None else None
        if found is not None:
            return DhGroup(found.bits)
        return None if isinstance(setting, AutoType) else setting


def _sorted(chains: tuple[ServedChain, ...]) -> list[ServedChain]:
    """_gnutls_certificate_credential_append_keypair: a key for RSASSA-PSS alone goes before the first for RSA."""
    found: list[ServedChain] = []
    for chain in chains:
        plain = [place for place, other in enumerate(found) if other.algorithm == "RSA"]
        if chain.algorithm == "RSASSA-PSS" and plain:
            found.append(found[plain[0]])
            found[plain[0]] = chain
        else:
            found.append(chain)
    return found


def _serves(chain: ServedChain, found: Suite) -> bool:
    """_gnutls_kx_supports_pk_usage."""
    if AUTHENTICATION.get(chain.algorithm) != found.authentication:
        return False
    if found.key_exchange == "RSA":
        return chain.algorithm == "RSA" and may_sign(chain, "keyEncipherment")
    return may_sign(chain)


def _in_tls13(wanted: Scheme, chain: ServedChain) -> bool:
    """GNUTLS_SIGN_FLAG_TLS13_OK, and the curve that the scheme stands for there."""
    if wanted.key == "DSA" or wanted.hash in _OLD_IN_TLS13 or (wanted.key == "RSA" and not wanted.pss):
        return False
    return wanted.curve is None or chain.curve is None or wanted.curve == chain.curve


def _is_ffdhe(number: int) -> bool:
    found = group(number)
    return found is not None and found.kind == "ffdhe"
