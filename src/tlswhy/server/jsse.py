"""What a JSSE server answers: SunJSSE 8 (ServerHandshaker) and 11 and later (ServerHello, X509Authentication …).

Owns the order of JSSE's choices: version, then suite by suite the first for which a certificate, a group and before 11
also a signature scheme serve; suites of jdk.tls.legacyAlgorithms come last. Settings are what the JDK's own disabled
algorithms leave. The key manager is the default one (SunX509), which looks at the key's algorithm alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tlswhy.model.client import Offer
from tlswhy.model.flight import Flight
from tlswhy.model.settings import Auto, AutoType, ClientCertificate, DhGroup, Order, ServedChain, ServerSettings
from tlswhy.server.flights import (
    HANDSHAKE_FAILURE,
    INTERNAL_ERROR,
    MISSING_EXTENSION,
    PROTOCOL_VERSION,
    UNEXPECTED_MESSAGE,
    refused,
    served,
)
from tlswhy.server.schemes import HASH_BYTES, Scheme, scheme
from tlswhy.server.software import Software, load_software
from tlswhy.unseen import seen
from tlswhy.wire.extensions import KEY_SHARE, SUPPORTED_GROUPS, SUPPORTED_VERSIONS
from tlswhy.wire.numbers import TLS12, TLS13, Suite, group, group_number, suite

NEEDS: Final = "server-settings"
KEYS_OF: Final = {
    ("RSA", "RSA"): ("RSA",),
    ("DHE", "RSA"): ("RSA", "RSASSA-PSS"),
    ("ECDHE", "RSA"): ("RSA", "RSASSA-PSS"),
    ("ECDHE", "ECDSA"): ("EC", "Ed25519", "Ed448"),
    ("DHE", "DSS"): ("DSA",),
}
"""Of a suite's key exchange and authentication: the keys that serve it, in the order of SSLKeyExchange."""
AUTHENTICATIONS: Final = frozenset({"RSA", "ECDSA", "DSS", "anon", "any"})
KNOWN_GROUPS: Final = frozenset({*range(1, 26), 29, 30, *range(0x0100, 0x0105)})
"""NamedGroup's own numbers: no brainpool curves, no hybrids."""
_BY_SHA1: Final = (0x0201, 0x0202, 0x0203)
"""CHSignatureSchemesOnTradeAbsence: what a TLS 1.2 client without signature_algorithms is taken to list."""
_OLD_IN_TLS13: Final = frozenset({"SHA-1", "SHA-224", "MD5"})

_Test = Callable[[Suite], bool]


def answer(offer: Offer, settings: ServerSettings) -> Flight:
    """The flight, or the refusal; raises NotSeen where a setting is missing that decides."""
    software = seen(settings.software, NEEDS)
    return _Server(offer, settings, load_software(software)).answer()


class _Server:
    """One hello before one server."""

    def __init__(self, offer: Offer, settings: ServerSettings, release: Software) -> None:
        self.offer, self.settings, self.release = offer, settings, release
        self.by_server = seen(settings.order, NEEDS) is Order.SERVER
        self.chains: dict[str, ServedChain] = {}
        for chain in seen(settings.chains, NEEDS):
            self.chains.setdefault(chain.algorithm, chain)
        self.suites = [found for found in map(suite, seen(settings.suites, NEEDS)) if found and self._is_known(found)]
        self.groups = seen(settings.groups, NEEDS)
        self.version = 0

    def _is_known(self, found: Suite) -> bool:
        """CipherSuite has it at all."""
        words = self.release.behaviour["ciphers"]
        return found.cipher in words and not found.mode.startswith("CCM") and found.authentication in AUTHENTICATIONS

    def answer(self) -> Flight:
        """ClientHello.ClientHelloConsumer.onClientHello."""
        active = self._active_versions()
        if not active:  # "No appropriate protocol": it closes before it has read anything
            return refused("server-misconfigured", None)
        version = self._version(active)
        if version is None:
            return refused("no-common-version", PROTOCOL_VERSION)
        self.version = version
        return self._answer_tls13() if version == TLS13 else self._answer_before()

    def _active_versions(self) -> list[int]:
        """HandshakeContext.getActiveProtocols: a version that no enabled suite fits is none."""
        return [
            version
            for version in seen(self.settings.versions, NEEDS)
            if any(found.minimum_version <= version <= found.maximum_version for found in self.suites)
        ]

    def _version(self, active: list[int]) -> int | None:
        """negotiateProtocol."""
        if SUPPORTED_VERSIONS in self.offer.extensions and self._knows_tls13():
            return max(set(active) & set(self.offer.versions), default=None)
        highest = min(max(self.offer.versions, default=0), TLS12)
        if SUPPORTED_VERSIONS in self.offer.extensions:
            highest = TLS12
        return max((version for version in active if version <= highest), default=None)

    def _answer_tls13(self) -> Flight:
        """T13ClientHelloConsumer: extensions as they are loaded, then the suite, then the certificate."""
        if not self.offer.schemes:
            return refused("no-common-signature-algorithm", MISSING_EXTENSION)
        shares = [number for number in self.offer.key_shares if number in self.groups]
        has_share = KEY_SHARE in self.offer.extensions
        chosen = self._first(lambda found: True)
        if has_share and not shares:
            return self._retry(chosen)
        if not has_share or SUPPORTED_GROUPS not in self.offer.extensions:
            return refused("no-common-group", MISSING_EXTENSION)
        return self._signed_tls13(chosen, shares[0], retry=False)

    def _retry(self, chosen: Suite | None) -> Flight:
        """T13HelloRetryRequestProducer: for the client's first group that the server has."""
        if chosen is None:
            return refused("no-common-cipher", HANDSHAKE_FAILURE)
        number = next((number for number in self.offer.groups if number in self.groups), None)
        if number is None:
            return refused("no-common-group", UNEXPECTED_MESSAGE)
        return self._signed_tls13(chosen, number, retry=True)

    def _signed_tls13(self, chosen: Suite | None, number: int, *, retry: bool) -> Flight:
        """T13CertificateProducer.choosePossession and T13CertificateVerifyMessage."""
        schemes = self._schemes(self.offer.schemes)
        certificates = self._cert_schemes(self.offer.schemes_cert or self.offer.schemes)
        if not schemes or (not self.offer.schemes_cert and not certificates):
            return refused("no-common-signature-algorithm", HANDSHAKE_FAILURE, hello_retry=retry)
        if chosen is None:
            return refused("no-common-cipher", HANDSHAKE_FAILURE)
        kinds = dict.fromkeys(found.key for found in certificates)
        able = {found.key for found in schemes}
        chain = next((self.chains[kind] for kind in kinds if kind in able and kind in self.chains), None)
        if chain is None:
            return refused("no-common-signature-algorithm", HANDSHAKE_FAILURE, hello_retry=retry)
        signing = self._signing(chain, schemes)
        if signing is None:
            return refused("no-common-signature-algorithm", INTERNAL_ERROR, hello_retry=retry)
        return served(
            self.settings,
            version=TLS13,
            suite=chosen.number,
            chain=chain,
            group=number,
            scheme=signing.number,
            hello_retry=retry,
        )

    def _answer_before(self) -> Flight:
        """T12ServerHelloProducer, ServerHandshaker.chooseCipherSuite before 11."""
        schemes: list[Scheme] = []
        if self.version >= TLS12:
            schemes = self._schemes(self.offer.schemes or _BY_SHA1)
            certificates = self._cert_schemes(self.offer.schemes)
            if self.offer.schemes and (not schemes or (not self.offer.schemes_cert and not certificates)):
                return refused("no-common-signature-algorithm", HANDSHAKE_FAILURE)
        chosen = self._first(lambda found: self._is_possible(found, schemes))
        if chosen is None:
            return refused(self._why_none(), HANDSHAKE_FAILURE)
        chain = self._chain(chosen)
        signing = None
        if chain is not None and chosen.key_exchange != "RSA" and self.version >= TLS12:
            signing = self._signing(chain, schemes)
            if signing is None:
                return refused("no-common-signature-algorithm", INTERNAL_ERROR)
        return served(
            self.settings,
            version=self.version,
            suite=chosen.number,
            chain=chain,
            group=self._group() if chosen.key_exchange in ("ECDHE", "ECDH_anon") else None,
            dh=self._dh(chain) if chosen.key_exchange in ("DHE", "DH_anon") else None,
            scheme=signing.number if signing is not None else None,
        )

    def _first(self, possible: _Test) -> Suite | None:
        """chooseCipherSuite: by the order that counts, legacy suites behind all others."""
        offered = [found for number in self.offer.suites if (found := suite(number)) is not None]
        ours, theirs = {found.number for found in self.suites}, {found.number for found in offered}
        order = [found for found in (self.suites if self.by_server else offered) if found.number in ours & theirs]
        order = [found for found in order if found.minimum_version <= self.version <= found.maximum_version]
        order.sort(key=self._is_legacy)
        return next((found for found in order if possible(found)), None)

    def _is_legacy(self, found: Suite) -> bool:
        """jdk.tls.legacyAlgorithms, as that release has it."""
        parts = {found.cipher, found.mode, found.authentication, "export" if found.export else ""}
        return bool(parts & set(self.release.behaviour["legacy"]))

    def _is_possible(self, found: Suite, schemes: list[Scheme]) -> bool:
        """SSLKeyExchange.createPossessions; before 11 trySetCipherSuite, which looks for a scheme, too."""
        if found.anonymous:
            if self.settings.client_certificate is ClientCertificate.DEMANDED:
                return False
        else:
            chain = self._chain(found)
            if chain is None:
                return False
            signs = found.key_exchange != "RSA" and self.version >= TLS12
            if signs and self.release.behaviour["asks_for_scheme_first"] and self._signing(chain, schemes) is None:
                return False
        if found.key_exchange in ("ECDHE", "ECDH_anon"):
            return self._group() is not None
        return found.key_exchange in ("RSA", "DHE", "DH_anon")

    def _chain(self, found: Suite) -> ServedChain | None:
        """X509Authentication.createServerPossession; RSASSA-PSS keys from TLS 1.2 on."""
        for kind in KEYS_OF.get((found.key_exchange, found.authentication), ()):
            chain = self.chains.get(kind)
            if chain is None or (kind == "RSASSA-PSS" and self.version < TLS12):
                continue
            if kind != "EC" or self._curve_is_known(chain):
                return chain
        return None

    def _curve_is_known(self, chain: ServedChain) -> bool:
        """The key's curve is one of the server's groups, and of the client's where it names any."""
        number = group_number(chain.curve) if chain.curve else None
        if number is None:
            return chain.curve is None
        return number in self.groups and (not self.offer.groups or number in self.offer.groups)

    def _group(self) -> int | None:
        """SupportedGroups.getPreferredGroup: the client's first that the server has; to a client that names none which
        this JDK knows, the server's own first."""
        listed = tuple(number for number in self.offer.groups if number in KNOWN_GROUPS) or self.groups
        return next((number for number in listed if number in self.groups and not _is_ffdhe(number)), None)

    def _dh(self, chain: ServedChain | None) -> DhGroup:
        """DHEPossessionGenerator: a group of RFC 7919 that both have, else jdk.tls.ephemeralDHKeySize; AUTO is its
        "matched"."""
        known = (number for number in self.offer.groups if number in self.groups and _is_ffdhe(number))
        if (found := group(next(known, 0))) is not None and self._knows_tls13():
            return DhGroup(found.bits)
        setting: DhGroup | Auto | None = seen(self.settings.dh, NEEDS)
        if isinstance(setting, AutoType):
            return DhGroup(1024 if chain is not None and (chain.bits or 2048) <= 1024 else 2048)
        return setting or DhGroup(2048)

    def _signing(self, chain: ServedChain, schemes: list[Scheme]) -> Scheme | None:
        """SignatureScheme.getSignerOfPreferableAlgorithm: the client's first that this key can do; a scheme that names
        a curve wants that curve in TLS 1.2 as well (11 and later)."""
        for wanted in schemes:
            if wanted.key != chain.algorithm:
                continue
            if wanted.pss and chain.bits is not None and chain.bits < 16 * HASH_BYTES[wanted.hash or ""] + 16:
                continue
            if wanted.key == "DSA" and (chain.bits or 0) > 1024 and HASH_BYTES[wanted.hash or ""] < 32:
                continue  # sun.security.provider.DSA.checkKey: the digest is as long as the subgroup
            bound = wanted.curve is not None and not self.release.behaviour["asks_for_scheme_first"]
            if bound and chain.curve is not None and wanted.curve != chain.curve:
                continue
            if chain.algorithm == "EC" and not bound and not self._own_curve(chain):
                continue
            return wanted
        return None

    def _own_curve(self, chain: ServedChain) -> bool:
        return chain.curve is None or group_number(chain.curve) in self.groups

    def _why_none(self) -> str:
        """What the suites that both sides have are missing."""
        kinds = {(found.key_exchange, found.authentication) for found in self.suites}
        if not any(set(KEYS_OF.get(kind, ())) & set(self.chains) or kind[1] == "anon" for kind in kinds):
            return "server-misconfigured"
        for found in self.suites:
            fits = found.minimum_version <= self.version <= found.maximum_version
            if found.number not in self.offer.suites or not fits:
                continue
            owned = set(KEYS_OF.get((found.key_exchange, found.authentication), ())) & set(self.chains)
            if owned and (self._chain(found) is None or (found.key_exchange == "ECDHE" and self._group() is None)):
                return "no-common-group"
            if owned:
                return "no-common-signature-algorithm"
        return "no-common-cipher"

    def _schemes(self, offered: tuple[int, ...]) -> list[Scheme]:
        """What of the client's the server may sign with in this version (HANDSHAKE_SCOPE)."""
        enabled = seen(self.settings.schemes, NEEDS)
        found = [wanted for number in offered if number in enabled and (wanted := scheme(number)) is not None]
        return [wanted for wanted in found if self.version < TLS13 or _in_tls13(wanted)]

    def _cert_schemes(self, offered: tuple[int, ...]) -> list[Scheme]:
        """The same for certificates (CERTIFICATE_SCOPE): PKCS #1 and SHA-1 stay in TLS 1.3."""
        enabled = seen(self.settings.schemes, NEEDS)
        found = [wanted for number in offered if number in enabled and (wanted := scheme(number)) is not None]
        return [w for w in found if self.version < TLS13 or (w.key != "DSA" and w.hash not in ("SHA-224", "MD5"))]

    def _knows_tls13(self) -> bool:
        return bool(self.release.behaviour["tls13"])


def _in_tls13(wanted: Scheme) -> bool:
    return wanted.key != "DSA" and wanted.hash not in _OLD_IN_TLS13 and (wanted.key != "RSA" or wanted.pss)


def _is_ffdhe(number: int) -> bool:
    found = group(number)
    return found is not None and found.kind == "ffdhe"
