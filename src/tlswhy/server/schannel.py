"""What a server on Windows' Schannel answers: 2008 R2 to 2025, by Microsoft's documents. No Windows was asked.

Documented: the default lists and their order, versions by release, sizes of Diffie-Hellman, what policy and registry
change, curves behind names before Windows 10 and as a list of their own since, and that before Windows Server 2016 a
chain has to be signed as the client's signature_algorithms say (the tables' sources). Inferred, as servers are seen to
do it: the server's order always counts and a client's is never asked; of several schemes the client's first; a key on
a curve that either side lacks serves nobody; Schannel makes an alert for each refusal (System log, events 36874 and
36888: 40 for suites, 70 for versions), but http.sys often just resets the connection: ``may_break_off`` says so.
A list's suites that a release does not have are passed over. Not asked: sessions, PSK, TLS_FALLBACK_SCSV.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Final

from tlswhy.model.client import Offer
from tlswhy.model.flight import Flight
from tlswhy.model.settings import Auto, AutoType, DhGroup, ServedChain, ServerSettings
from tlswhy.server.flights import HANDSHAKE_FAILURE, MISSING_EXTENSION, PROTOCOL_VERSION, refused, served
from tlswhy.server.schemes import Scheme, may_sign, scheme, signs
from tlswhy.server.software import Software, load_software
from tlswhy.unseen import Unseen, seen
from tlswhy.wire.extensions import KEY_SHARE, SUPPORTED_VERSIONS
from tlswhy.wire.numbers import TLS12, TLS13, Suite, group_number, suite, version_number
from tlswhy.wire.schannel_names import read_name

NEEDS: Final = "server-settings"
_KEYS_OF: Final = {"RSA": "RSA", "ECDSA": "EC", "DSS": "DSA"}
_EXCHANGES: Final = frozenset({"RSA", "DHE", "ECDHE"})
_BY_SHA1: Final = (0x0201, 0x0202, 0x0203)
"""RFC 5246, 7.4.1.4.1: what a TLS 1.2 client without signature_algorithms is taken to list."""
_OLD_IN_TLS13: Final = frozenset({"SHA-1", "SHA-224", "MD5"})
_GROUP_OF_OLD: Final = 23
"""Taken for a client that names no groups (RFC 8422, 4), where names bring none of their own."""


def answer(offer: Offer, settings: ServerSettings) -> Flight:
    """The flight, or the refusal; raises NotSeen where a setting is missing that decides."""
    return _Server(offer, settings, load_software(seen(settings.software, NEEDS))).answer()


def may_break_off(settings: ServerSettings) -> bool:
    """Whether a server so set up may end the connection where its model names an alert."""
    return not isinstance(settings.software, Unseen) and settings.software.partition("/")[0] == "schannel"


def wants_curves_in_names(release: str) -> bool:
    """Whether a name of a suite without its curve is, to a server of that release, perhaps no name at all."""
    return release.startswith("schannel/") and bool(load_software(release).behaviour["curves_in_names"])


def words_of(found: Suite) -> frozenset[str]:
    """What a suite is made of, as ``Switches.off`` names it; a hash is named where it is the MAC's."""
    words = {found.key_exchange, found.cipher, f"{found.cipher}_{found.key_bits}"}
    return frozenset(words if found.aead else words | {found.hash})


class _Server:
    """One hello before one server."""

    def __init__(self, offer: Offer, settings: ServerSettings, release: Software) -> None:
        self.offer, self.settings, self.release = offer, settings, release
        self.chains: dict[str, ServedChain] = {}
        for chain in seen(settings.chains, NEEDS):
            self.chains.setdefault(chain.algorithm, chain)
        self.suites = [found for found in map(suite, seen(settings.suites, NEEDS)) if found and self._is_on(found)]
        self.groups = seen(settings.groups, NEEDS)
        self.versions = self._versions()
        self.version = 0

    def answer(self) -> Flight:
        """Version, then suite by suite the first that both have and a certificate serves."""
        version = self._version()
        if version is None:
            return refused("no-common-version", PROTOCOL_VERSION)
        self.version = version
        if version == TLS13:
            return self._answer_tls13()
        for found in self._common():
            if found.key_exchange not in _EXCHANGES or (chain := self._chain(found)) is None:
                continue
            group = self._group(found) if found.key_exchange == "ECDHE" else None
            dh = self._dh() if found.key_exchange == "DHE" else None
            if (found.key_exchange == "ECDHE" and group is None) or (found.key_exchange == "DHE" and dh is None):
                continue
            signing = self._signing(chain) if version == TLS12 and found.key_exchange != "RSA" else None
            if signing is None and version == TLS12 and found.key_exchange != "RSA":
                continue
            number = signing.number if signing is not None else None
            return served(
                self.settings, version=version, suite=found.number, chain=chain, group=group, dh=dh, scheme=number
            )
        return refused(self._why_none(), HANDSHAKE_FAILURE)

    def _versions(self) -> frozenset[int]:
        """What is on by default or told, with the registry's switches, of what the release has at all."""
        off = map(version_number, self.release.behaviour["versions_switched_off"].split())
        defaults = seen(self.release.defaults.versions, NEEDS)
        enabled = set(seen(self.settings.versions, NEEDS))
        for version, on in self.settings.switches.versions:
            enabled = enabled | {version} if on else enabled - {version}
        return frozenset(enabled & {*defaults, *off})

    def _version(self) -> int | None:
        """RFC 8446, 4.2.1; a release without TLS 1.3 does not read supported_versions."""
        knows_tls13 = TLS13 in seen(self.release.defaults.versions, NEEDS)
        if SUPPORTED_VERSIONS in self.offer.extensions and knows_tls13:
            return max(self.versions & set(self.offer.versions), default=None)
        highest = min(max(self.offer.versions, default=0), TLS12)
        if SUPPORTED_VERSIONS in self.offer.extensions:
            highest = TLS12
        return max((version for version in self.versions if version <= highest), default=None)

    def _is_on(self, found: Suite) -> bool:
        """The release has it and the registry leaves it; one without encryption only an application gets that asks."""
        if found.number not in _known_suites(self.release.id):
            return False
        return found.cipher != "NULL" and not words_of(found) & self.settings.switches.off

    def _common(self) -> Iterator[Suite]:
        for found in self.suites:
            if found.number in self.offer.suites and found.minimum_version <= self.version <= found.maximum_version:
                yield found

    def _chain(self, found: Suite) -> ServedChain | None:
        chain = self.chains.get(_KEYS_OF.get(found.authentication, ""))
        if chain is None or not may_sign(
            chain, "keyEncipherment" if found.key_exchange == "RSA" else "digitalSignature"
        ):
            return None
        return chain if self._curve_is_known(chain) and self._may_be_sent(chain) else None

    def _curve_is_known(self, chain: ServedChain) -> bool:
        number = group_number(chain.curve) if chain.algorithm == "EC" and chain.curve else None
        if number is None:
            return chain.algorithm != "EC" or not chain.curve
        return number in self.groups and (not self.offer.groups or number in self.offer.groups)

    def _may_be_sent(self, chain: ServedChain) -> bool:
        """Before Windows Server 2016: every certificate is signed by a scheme of the client's (RFC 5246, 7.4.2)."""
        if not self.release.behaviour["minds_signatures_of_chain"] or self.version != TLS12:
            return True
        if isinstance(chain.certificates, Unseen):
            return True
        listed = [found for found in map(scheme, self.offer.schemes or _BY_SHA1) if found is not None]
        return all(
            any(signs(wanted, certificate) for wanted in listed)
            for certificate in chain.certificates
            if not certificate.self_issued
        )

    def _group(self, found: Suite) -> int | None:
        """The server's first that the client has; before Windows 10 of the curves behind the suite's own name."""
        wanted = [number for number in self.groups if number in (self.offer.groups or (_GROUP_OF_OLD, number))]
        if self.release.behaviour["curves_in_names"]:
            behind = self._curves_behind(found)
            wanted = [number for number in wanted if number in behind]
        elif not self.offer.groups:
            wanted = [number for number in wanted if number == _GROUP_OF_OLD] or wanted
        return next(iter(wanted), None)

    def _curves_behind(self, found: Suite) -> frozenset[int]:
        return _known_suites(self.release.id)[found.number]

    def _dh(self) -> DhGroup | None:
        setting: DhGroup | Auto | None = seen(self.settings.dh, NEEDS)
        if isinstance(setting, AutoType):
            default = seen(self.release.defaults.dh, NEEDS)
            return default if isinstance(default, DhGroup) else None
        return setting

    def _signing(self, chain: ServedChain) -> Scheme | None:
        """The client's first that this key can do."""
        enabled = seen(self.settings.schemes, NEEDS)
        for number in self.offer.schemes or _BY_SHA1:
            wanted = scheme(number)
            if wanted is None or number not in enabled or wanted.key != chain.algorithm:
                continue
            if self.version != TLS13 or _in_tls13(wanted, chain):
                return wanted
        return None

    def _answer_tls13(self) -> Flight:
        """A share of the server's first common group, else of the next; without one a HelloRetryRequest."""
        found = next(self._common(), None)
        if found is None:
            return refused("no-common-cipher", HANDSHAKE_FAILURE)
        if KEY_SHARE not in self.offer.extensions or not self.offer.schemes:
            missing = "no-common-group" if self.offer.schemes else "no-common-signature-algorithm"
            return refused(missing, MISSING_EXTENSION)
        common = [number for number in self.groups if number in self.offer.groups]
        if not common:
            return refused("no-common-group", HANDSHAKE_FAILURE)
        group = next((number for number in common if number in self.offer.key_shares), common[0])
        for chain in self.chains.values():
            if may_sign(chain) and (signing := self._signing(chain)) is not None:
                return served(
                    self.settings,
                    version=TLS13,
                    suite=found.number,
                    chain=chain,
                    group=group,
                    scheme=signing.number,
                    hello_retry=group not in self.offer.key_shares,
                )
        return refused("no-common-signature-algorithm" if self.chains else "server-misconfigured", HANDSHAKE_FAILURE)

    def _why_none(self) -> str:
        """What the suites that both sides have are missing."""
        owned = {kind for kind, key in _KEYS_OF.items() if key in self.chains}
        if not any(found.authentication in owned for found in self.suites):
            return "server-misconfigured"
        servable = [found for found in self._common() if found.authentication in owned]
        servable = [found for found in servable if found.key_exchange in _EXCHANGES]
        if not servable:
            return "no-common-cipher"
        for found in servable:
            chain = self.chains[_KEYS_OF[found.authentication]]
            if not self._curve_is_known(chain) or (found.key_exchange == "ECDHE" and self._group(found) is None):
                return "no-common-group"
        able = any(found.key_exchange == "DHE" and self._dh() is None for found in servable)
        return "no-common-cipher" if able else "no-common-signature-algorithm"


@cache
def _known_suites(release: str) -> Mapping[int, frozenset[int]]:
    """Everything that the release has, on by default or not, with the curves behind its names."""
    found = load_software(release)
    known: dict[int, set[int]] = {}
    for name in (*found.suite_names, *found.behaviour["suites_switched_off"].split()):
        if (read := read_name(name)) is not None:
            known.setdefault(read[0], set()).update({read[1]} if read[1] is not None else ())
    return {number: frozenset(curves) for number, curves in known.items()}


def _in_tls13(wanted: Scheme, chain: ServedChain) -> bool:
    """RFC 8446, 4.2.3: no PKCS #1, no SHA-1, and the curve that the scheme stands for."""
    if wanted.key == "DSA" or wanted.hash in _OLD_IN_TLS13 or (wanted.key == "RSA" and not wanted.pss):
        return False
    return wanted.curve is None or chain.curve is None or wanted.curve == chain.curve
