"""What an OpenSSL server answers: 1.0.2, 1.1.1 and 3.0 (ssl/statem/statem_srvr.c, ssl/t1_lib.c, ssl/s3_lib.c).

Owns the order of OpenSSL's choices and which of them is final: version, suite, signature scheme with its certificate,
group. Each step names the function it follows. Not asked: sessions, PSK, SRP, GOST, Suite B.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from tlswhy.frozen import frozen
from tlswhy.model.client import Offer
from tlswhy.model.flight import Flight
from tlswhy.model.settings import Auto, AutoType, DhGroup, Order, ServedChain, ServerSettings
from tlswhy.server.flights import (
    HANDSHAKE_FAILURE,
    ILLEGAL_PARAMETER,
    INAPPROPRIATE_FALLBACK,
    INTERNAL_ERROR,
    MISSING_EXTENSION,
    refused,
    served,
)
from tlswhy.server.openssl_limits import Limits
from tlswhy.server.schemes import (
    AUTHENTICATION,
    HASH_BYTES,
    Scheme,
    leaf_of,
    long_enough_for_pss,
    may_sign,
    scheme,
    signs,
)
from tlswhy.server.software import Software, load_software
from tlswhy.unseen import seen
from tlswhy.wire.extensions import KEY_SHARE, SUPPORTED_VERSIONS
from tlswhy.wire.numbers import FALLBACK_SCSV, TLS12, TLS13, Suite, group_number, suite

NEEDS: Final = "server-settings"
SHA1_OF: Final = {"RSA": 0x0201, "DSA": 0x0202, "EC": 0x0203}
"""tls_default_sigalg: what stands for a TLS 1.2 client that names no schemes (RFC 5246, 7.4.1.4.1)."""
NEVER: Final = frozenset({"PSK", "DHE_PSK", "ECDHE_PSK", "RSA_PSK", "SRP", "GOST", "DH", "ECDH", "KRB5"})
"""Key exchanges that need more than a certificate, or that no release from 1.1.0 on has."""


_Test = Callable[[Suite], bool]


def answer(offer: Offer, settings: ServerSettings) -> Flight:
    """The flight, or the refusal; raises NotSeen where a setting is missing that decides."""
    software = seen(settings.software, NEEDS)
    return _Server(offer, settings, load_software(software)).answer()


@frozen
class _Choice:
    """A usable certificate with the scheme that it signs with (None before TLS 1.2)."""

    chain: ServedChain
    scheme: Scheme | None


class _Server:
    """One hello before one server."""

    def __init__(self, offer: Offer, settings: ServerSettings, release: Software) -> None:
        self.offer, self.settings, self.release = offer, settings, release
        self.limits = Limits(release, seen(settings.security_level, NEEDS))
        self.by_server = seen(settings.order, NEEDS) is Order.SERVER
        # one certificate for each kind of key: a later one takes the place of an earlier one (ssl_set_cert)
        self.chains = {chain.algorithm: chain for chain in seen(settings.chains, NEEDS)}
        self.suites = [found for number in seen(settings.suites, NEEDS) if (found := suite(number)) is not None]
        self.version = 0

    def answer(self) -> Flight:
        """tls_early_post_process_client_hello."""
        versions = [v for v in seen(self.settings.versions, NEEDS) if self.limits.version(v)]
        if self.release.behaviour["tls13_groups"] and not self._has_suites(versions):
            return refused("server-misconfigured", HANDSHAKE_FAILURE)
        version = self._version(versions)
        if version is None:
            alert = self.release.behaviour["no_version_alert"]
            return refused("no-common-version", alert if alert >= 0 else None)
        self.version = version
        if FALLBACK_SCSV in self.offer.suites and version < max(versions):
            return refused("no-common-version", INAPPROPRIATE_FALLBACK)
        return self._answer_tls13() if version == TLS13 else self._answer_before()

    def _version(self, versions: list[int]) -> int | None:
        """ssl_choose_server_version: the highest that both have; without supported_versions the highest of the
        server's own up to the hello's, whether the client has it enabled or not."""
        if SUPPORTED_VERSIONS in self.offer.extensions or TLS13 in self.offer.versions:
            common = set(versions) & set(self.offer.versions)
            return max(common if self._capable_of_tls13() else common - {TLS13}, default=None)
        highest = min(max(self.offer.versions, default=0), TLS12)
        return max((version for version in versions if version <= highest), default=None)

    def _has_suites(self, versions: list[int]) -> bool:
        """tls_setup_handshake: some suite must fit the newest version, below a gap if there is one
        (ssl_get_min_max_version starts anew behind each gap)."""
        newest = min(versions, default=0)
        while newest + 1 in versions:
            newest += 1
        return any(found.minimum_version <= newest <= found.maximum_version for found in self.suites)

    def _capable_of_tls13(self) -> bool:
        """is_tls13_capable: taken to be, where the application looks at server_name; else some key must be able to."""
        if not self.release.behaviour["tls13_groups"]:
            return False
        curves = {found.curve for number in seen(self.settings.schemes, NEEDS) if (found := scheme(number))}
        return self.settings.looks_at_server_name or any(
            chain.algorithm != "DSA" and (chain.algorithm != "EC" or chain.curve is None or chain.curve in curves)
            for chain in self.chains.values()
        )

    def _answer_tls13(self) -> Flight:
        chosen = self._first_suite(lambda found: self.limits.suite(found))
        if chosen is None:
            return refused("no-common-cipher", HANDSHAKE_FAILURE)
        share_refused, group, retry = self._group_tls13()
        if share_refused is not None:
            return share_refused
        shared = self._shared()
        signing = next((choice for wanted in shared if (choice := self._signing_tls13(wanted))), None)
        if signing is None:
            return refused("no-common-signature-algorithm", HANDSHAKE_FAILURE)
        return served(
            self.settings,
            version=TLS13,
            suite=chosen.number,
            chain=signing.chain,
            group=group,
            scheme=signing.scheme.number if signing.scheme else None,
            hello_retry=retry,
        )

    def _group_tls13(self) -> tuple[Flight | None, int, bool]:
        """tls_parse_ctos_key_share and final_key_share: the client's first share that fits, else the server's first
        group that the client lists, by HelloRetryRequest."""
        usable = [number for number in self._groups() if self._is_tls13_group(number) and self.limits.group(number)]
        listed = self.offer.groups
        sent = bool(self.offer.key_shares) or KEY_SHARE in self.offer.extensions
        if sent and not listed:
            return refused("no-common-group", MISSING_EXTENSION), 0, False
        for share in self.offer.key_shares:
            if share not in listed:
                return refused("no-common-group", ILLEGAL_PARAMETER), 0, False
            if share in usable:
                return self._without_schemes(), share, False
        if (missing := self._without_schemes()) is not None:
            return missing, 0, False
        retried = next((number for number in usable if number in listed), None)
        if retried is None or not sent:
            return refused("no-common-group", HANDSHAKE_FAILURE if sent else MISSING_EXTENSION), 0, False
        return None, retried, True

    def _without_schemes(self) -> Flight | None:
        """final_sig_algs, which comes before final_key_share."""
        return None if self.offer.schemes else refused("no-common-signature-algorithm", MISSING_EXTENSION)

    def _signing_tls13(self, wanted: Scheme) -> _Choice | None:
        """find_sig_alg."""
        if wanted.hash in ("SHA-1", "SHA-224") or wanted.key == "DSA" or (wanted.key == "RSA" and not wanted.pss):
            return None
        chain = self.chains.get(wanted.key)
        if chain is None or not self._usable(wanted, chain):
            return None
        if wanted.curve is not None and chain.curve is not None and wanted.curve != chain.curve:
            return None
        return _Choice(chain, wanted)

    def _answer_before(self) -> Flight:
        """TLS 1.2 and before: the suite first, and then whatever it needs must be there."""
        has_schemes = self.version >= TLS12 and bool(self.offer.schemes or self.offer.schemes_cert)
        shared = self._shared() if has_schemes else []
        if has_schemes and not shared:
            alert: int = self.release.behaviour["no_shared_scheme_alert"]
            return refused("no-common-signature-algorithm", alert)
        valid = {key: chain for key, chain in self.chains.items() if self._curve_is_known(chain)}
        authentications = self._authentications(valid, shared, has_schemes=has_schemes)
        group = self._shared_group()
        chosen = self._first_suite(lambda found: self._is_possible(found, valid, authentications, group))
        if chosen is None:
            return refused(self._why_no_suite(valid, authentications, group), HANDSHAKE_FAILURE)
        if chosen.anonymous:
            return self._served_before(chosen, None, group)
        if self.version < TLS12:
            return self._signed_the_old_way(chosen, valid, group)
        signing = self._signing(chosen, valid, shared) if has_schemes else self._signing_by_default(chosen, valid)
        if signing is None:
            return refused("no-common-signature-algorithm", HANDSHAKE_FAILURE)
        return self._served_before(chosen, signing, group)

    def _authentications(
        self, valid: dict[str, ServedChain], shared: list[Scheme], *, has_schemes: bool
    ) -> frozenset[str]:
        """ssl_set_masks: the kinds of suites that the certificates serve."""
        named = {wanted.key for wanted in shared}
        found = {"anon"}
        found.update(AUTHENTICATION[key] for key in valid if key in ("RSA", "DSA"))
        if "RSASSA-PSS" in valid and "RSASSA-PSS" in named and self.version == TLS12:
            found.add("RSA")
        if (chain := valid.get("EC")) is not None and may_sign(chain):
            able = "EC" in named if has_schemes else self.version < TLS12 or self._has(SHA1_OF["EC"])
            found.update({"ECDSA"} if able or self.release.behaviour["falls_back_to_sha1"] else ())
        if self.version == TLS12 and named & {"Ed25519", "Ed448"} & set(valid):
            found.add("ECDSA")
        return frozenset(found)

    def _is_possible(
        self, found: Suite, valid: dict[str, ServedChain], authentications: frozenset[str], group: int | None
    ) -> bool:
        """The tests of ssl3_choose_cipher for one suite."""
        if found.key_exchange in NEVER or found.authentication not in authentications:
            return False
        if found.key_exchange == "RSA" and "RSA" not in valid:
            return False
        if found.key_exchange in ("DHE", "DH_anon") and seen(self.settings.dh, NEEDS) is None:
            return False
        if found.key_exchange in ("ECDHE", "ECDH_anon") and group is None:
            return False
        return self.limits.suite(found)

    def _why_no_suite(self, valid: dict[str, ServedChain], authentications: frozenset[str], group: int | None) -> str:
        """What the suites that both sides have are missing; without such suites nothing else is."""
        common = [found for found in self.suites if found.number in self.offer.suites and self._fits(found)]
        common = [found for found in common if found.key_exchange not in NEVER]
        if not any(AUTHENTICATION.get(key) == found.authentication for key in self.chains for found in self.suites):
            return "server-misconfigured"
        for found in common:
            owned = {key for key in self.chains if AUTHENTICATION.get(key) == found.authentication}
            if not owned:
                continue
            if not owned & set(valid) or (found.key_exchange == "ECDHE" and group is None):
                return "no-common-group"
            if found.authentication not in authentications:
                return "no-common-signature-algorithm"
        return "no-common-cipher"

    def _signing(self, chosen: Suite, valid: dict[str, ServedChain], shared: list[Scheme]) -> _Choice | None:
        """tls_choose_sigalg in TLS 1.2: the first shared scheme that a certificate of the suite's kind can do."""
        for wanted in shared:
            chain = valid.get(wanted.key)
            if chain is None or AUTHENTICATION[wanted.key] != chosen.authentication:
                continue
            if wanted.key == "RSASSA-PSS" and chosen.key_exchange == "RSA":
                continue
            if self._usable(wanted, chain):
                return _Choice(chain, wanted)
        if self.release.behaviour["falls_back_to_sha1"]:
            return self._by_sha1(chosen, valid)
        return None

    def _signing_by_default(self, chosen: Suite, valid: dict[str, ServedChain]) -> _Choice | None:
        """tls1_get_legacy_sigalg for a TLS 1.2 client without signature_algorithms: SHA-1, where the server has it."""
        found = self._by_sha1(chosen, valid)
        if found is None or found.scheme is None:
            return None
        return found if self._has(found.scheme.number) else None

    def _by_sha1(self, chosen: Suite, valid: dict[str, ServedChain]) -> _Choice | None:
        key = {"RSA": "RSA", "DSS": "DSA", "ECDSA": "EC"}[chosen.authentication]
        chain, wanted = valid.get(key), scheme(SHA1_OF[key])
        return _Choice(chain, wanted) if chain is not None and wanted is not None else None

    def _signed_the_old_way(self, chosen: Suite, valid: dict[str, ServedChain], group: int | None) -> Flight:
        """tls1_get_legacy_sigalg before TLS 1.2, asked even where nothing is signed; disallowed is internal_error."""
        found = self._by_sha1(chosen, valid)
        if found is None or found.scheme is None:
            return refused("server-misconfigured", INTERNAL_ERROR)
        rsa = found.chain.algorithm == "RSA"
        if not (self.limits.md5_sha1() if rsa else self.limits.scheme(found.scheme)):
            return refused("no-common-signature-algorithm", INTERNAL_ERROR)
        return self._served_before(chosen, _Choice(found.chain, None), group)

    def _served_before(self, chosen: Suite, signing: _Choice | None, group: int | None) -> Flight:
        """tls_construct_server_key_exchange."""
        chain = signing.chain if signing is not None else None
        ephemeral = chosen.key_exchange not in ("RSA",)
        dh = self._dh(chosen, chain) if chosen.key_exchange in ("DHE", "DH_anon") else None
        if dh is not None and not self.limits.dh(dh):
            return refused("server-misconfigured", HANDSHAKE_FAILURE)
        signed = signing.scheme.number if signing is not None and signing.scheme is not None and ephemeral else None
        return served(
            self.settings,
            version=self.version,
            suite=chosen.number,
            chain=chain,
            group=group if chosen.key_exchange in ("ECDHE", "ECDH_anon") else None,
            dh=dh,
            scheme=signed,
        )

    def _dh(self, chosen: Suite, chain: ServedChain | None) -> DhGroup | None:
        setting: DhGroup | Auto | None = seen(self.settings.dh, NEEDS)
        return self.limits.auto_dh(chain, chosen) if isinstance(setting, AutoType) else setting

    def _first_suite(self, possible: _Test) -> Suite | None:
        """ssl3_choose_cipher: the first by the order that counts; chacha20 in front where it is the client's first."""
        offered = [found for number in self.offer.suites if (found := suite(number)) is not None]
        ours = {found.number for found in self.suites}
        theirs = {found.number for found in offered}
        order: Iterable[Suite] = self.suites if self.by_server else offered
        if self.by_server and self.settings.prioritise_chacha and offered and offered[0].cipher == "CHACHA20":
            order = sorted(self.suites, key=lambda found: found.cipher != "CHACHA20")
        for found in order:
            if found.number in ours and found.number in theirs and self._fits(found) and possible(found):
                return found
        return None

    def _fits(self, found: Suite) -> bool:
        return found.minimum_version <= self.version <= found.maximum_version

    def _shared_group(self) -> int | None:
        """tls1_shared_group before TLS 1.3; a client without supported_groups leaves none in the client's order, and
        none in the server's: tls1_in_list finds nothing in an empty list (1.0.2: all of them)."""
        ours = [number for number in self._groups() if number < 0x0100]
        listed = self.offer.groups
        if not listed and not self.release.behaviour["tls13_groups"]:
            listed = tuple(ours)
        order, other = (ours, listed) if self.by_server else (listed, ours)
        return next((number for number in order if number in other and self.limits.group(number)), None)

    def _groups(self) -> tuple[int, ...]:
        return seen(self.settings.groups, NEEDS)

    def _is_tls13_group(self, number: int) -> bool:
        return number in {group_number(name) for name in self.release.behaviour["tls13_groups"].split()}

    def _curve_is_known(self, chain: ServedChain) -> bool:
        """tls1_check_cert_param: the curve of an EC key is one of the client's groups, where it names any."""
        if chain.algorithm != "EC":
            return True
        number = group_number(chain.curve) if chain.curve else None
        if chain.curve and number is None:
            return False
        if number is None:
            return True
        if self.release.behaviour["own_curve_for_key"] and number not in self._groups():
            return False
        return self.limits.group(number) and (not self.offer.groups or number in self.offer.groups)

    def _shared(self) -> list[Scheme]:
        """tls1_set_shared_sigalgs, in the order that counts."""
        ours, theirs = seen(self.settings.schemes, NEEDS), self.offer.schemes
        order, other = (ours, theirs) if self.by_server else (theirs, ours)
        found = [wanted for number in order if number in other and (wanted := scheme(number)) is not None]
        if self.version == TLS13:
            found = [wanted for wanted in found if wanted.key != "DSA"]
        return [wanted for wanted in found if self.limits.scheme(wanted)]

    def _has(self, number: int) -> bool:
        """The server may sign with it: it is on its list, and its level allows it."""
        wanted = scheme(number)
        return wanted is not None and number in seen(self.settings.schemes, NEEDS) and self.limits.scheme(wanted)

    def _usable(self, wanted: Scheme, chain: ServedChain) -> bool:
        """check_cert_usable and rsa_pss_check_min_key_size."""
        if wanted.pss and not long_enough_for_pss(chain, wanted, 16 * HASH_BYTES[wanted.hash or "SHA-256"] + 16):
            return False
        leaf = leaf_of(chain)
        if leaf is not None and leaf.public_key.pss is not None and leaf.public_key.pss.hash != wanted.hash:
            return False
        if leaf is None or not self.release.behaviour["minds_schemes_cert"] or not self.offer.schemes_cert:
            return True
        listed = (scheme(number) for number in self.offer.schemes_cert)
        return any(found is not None and signs(found, leaf) for found in listed)
