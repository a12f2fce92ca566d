"""What of a Java client's ClientHello follows from what: which suites, extensions, schemes and key shares are left when
versions, groups or algorithms go.

Owns the rules of sun.security.ssl that settings of any kind run through (HandshakeContext, SSLExtension,
KeyShareExtension, SignatureScheme). Where a setting comes from is for ``overrides`` and ``system_properties``.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from tlswhy.client.constraints import CERTIFICATE_SIGNATURE, HANDSHAKE_SIGNATURE, DisabledAlgorithms
from tlswhy.client.path_rules import listed_names
from tlswhy.client.profiles import merged_profile
from tlswhy.model.client import ClientPolicy, Offer
from tlswhy.wire import extensions as ext
from tlswhy.wire.numbers import TLS12, group_name, is_tls13, scheme_name, suite, suite_name_jsse

PROTOCOLS: Final = {"SSLv3": 0x0300, "TLSv1": 0x0301, "TLSv1.1": 0x0302, "TLSv1.2": 0x0303, "TLSv1.3": 0x0304}
SIGNALS: Final = frozenset({0x00FF, 0x5600})
STATUS_REQUEST_V2, EXTENDED_MASTER_SECRET, PSK_KEY_EXCHANGE_MODES = 17, 23, 45
_UP_TO_TLS12 = {ext.EC_POINT_FORMATS, STATUS_REQUEST_V2, EXTENDED_MASTER_SECRET, ext.SESSION_TICKET}
_SINCE_TLS13 = {PSK_KEY_EXCHANGE_MODES, ext.KEY_SHARE}


def of_versions(offer: Offer, versions: set[int], *, per_version: bool) -> Offer:
    """The offer with these versions: what none of them can use is left out. Without any it stays as it is.

    ``per_version``: the release tells schemes of handshakes from those of certificates by version (JDK-8349583).
    """
    if not versions:
        return offer
    usable = tuple(number for number in offer.suites if _is_of_any(number, versions))
    changed = offer = replace(offer, versions=tuple(sorted(versions, reverse=True)), suites=usable)
    if not is_tls13(max(versions)):
        return without_curves(
            replace(
                changed,
                suites=tuple(number for number in offer.suites if not _of_tls13(number)),
                extensions=tuple(number for number in offer.extensions if number not in _SINCE_TLS13),
                key_shares=(),
            )
        )
    if min(versions) > TLS12:
        return replace(
            changed,
            suites=tuple(number for number in offer.suites if _of_tls13(number)),
            extensions=tuple(number for number in offer.extensions if number not in _UP_TO_TLS12),
            schemes=tuple(
                number
                for number in offer.schemes
                if listed_names((number,), tls13=True)
                and not (per_version and scheme_name(number).startswith("rsa_pkcs1"))
            ),
            schemes_cert=tuple(number for number in offer.schemes_cert if listed_names((number,), tls13=True)),
        )
    return changed


def _is_of_any(number: int, versions: set[int]) -> bool:
    """CipherSuite.supports, for one of these versions."""
    known = suite(number)
    return known is None or any(known.minimum_version <= version <= known.maximum_version for version in versions)


def knows_handshake_signatures(client: ClientPolicy) -> bool:
    """JDK-8349583, which every release that has it ships with a use."""
    shipped = merged_profile(client.runtime).get("constraints", {}).get("tls", "")
    return HANDSHAKE_SIGNATURE.lower() in shipped.lower()


def since_16(offer: Offer) -> bool:
    """The JSSE of 16 and later, which is told from the one of 11 by its two key shares."""
    return len(offer.key_shares) > 1


def of_suites(offer: Offer, suites: tuple[int, ...], *, per_version: bool) -> Offer:
    """The offer with these suites: a version that none of them is for goes as well (HandshakeContext)."""
    new, old = any(map(_of_tls13, suites)), any(not _of_tls13(number) for number in suites)
    versions = {number for number in offer.versions if (new if is_tls13(number) else old)}
    return of_versions(replace(offer, suites=suites), versions, per_version=per_version)


def without_curves(offer: Offer) -> Offer:
    """Where no suite agrees on keys by elliptic curves, nothing is said of curves (NamedGroup.NamedGroupSpec)."""
    if any(_on_curves(number) for number in offer.suites):
        return offer
    return replace(
        offer,
        groups=tuple(group for group in offer.groups if _kind(group) == "ffdhe"),
        extensions=tuple(number for number in offer.extensions if number != ext.EC_POINT_FORMATS),
    )


def of_groups(offer: Offer, groups: tuple[int, ...]) -> Offer:
    """The offer with these groups. Shares: for the first, since 16 for the first of another kind as well."""
    shares = groups[: min(1, len(offer.key_shares))]
    if since_16(offer):
        shares += next(((group,) for group in groups if _kind(group) != _kind(groups[0])), ())
    return replace(offer, groups=groups, key_shares=shares)


def permitted(offer: Offer, tls: DisabledAlgorithms, certpath: DisabledAlgorithms) -> Offer:
    """What of the offer the two properties leave: suites, groups and schemes; versions are for ``of_versions``. The
    list for certificates counts here as well (SSLAlgorithmConstraints with its x509DisabledAlgConstraints)."""
    groups = tuple(number for number in offer.groups if all(_group_is_left(number, each) for each in (tls, certpath)))
    left = replace(
        offer,
        suites=tuple(number for number in offer.suites if number in SIGNALS or _suite_is_left(number, tls, certpath)),
        schemes=tuple(n for n in offer.schemes if _scheme_is_left(n, tls, certpath, HANDSHAKE_SIGNATURE)),
        schemes_cert=tuple(n for n in offer.schemes_cert if _scheme_is_left(n, tls, certpath, CERTIFICATE_SIGNATURE)),
    )
    if groups == offer.groups:
        return left
    if not {_kind(group) for group in groups} & {"ec", "xdh"}:
        left = replace(left, suites=tuple(number for number in left.suites if not _on_curves(number)))
    return of_groups(left, groups)


def _suite_is_left(number: int, tls: DisabledAlgorithms, certpath: DisabledAlgorithms) -> bool:
    name = suite_name_jsse(number)
    return tls.disabled(name) is None and not certpath.rules_out_exchange(name)


def _group_is_left(number: int, disabled: DisabledAlgorithms) -> bool:
    """NamedGroup.isPermitted: its own name, its kind of key, of curves their size."""
    kind = _kind(number)
    if disabled.disabled(group_name(number)) is not None or disabled.disabled(_KEYS[kind]) is not None:
        return False
    size = _SIZES.get(number)
    return size is None or disabled.key_size_entry(_KEYS[kind], size) is None


_KEYS: Final = {"ffdhe": "DiffieHellman", "xdh": "XDH", "ec": "EC"}
_CURVES: Final = {0x0403: 0x0017, 0x0503: 0x0018, 0x0603: 0x0019}
_SIZES: Final = {0x0017: 256, 0x0018: 384, 0x0019: 521}


def _scheme_is_left(number: int, tls: DisabledAlgorithms, certpath: DisabledAlgorithms, scope: str) -> bool:
    """SignatureScheme.isPermitted: its own name, its algorithm, the kind of key it takes, the curve it is for."""
    name = scheme_name(number)
    asked = [name, *listed_names((number,)), *((key,) if (key := _key_of(name)) else ())]
    curve = _CURVES.get(number)
    return all(tls.disabled_in(each, scope) is None for each in asked) and all(
        all(disabled.disabled(each) is None for each in asked) and (curve is None or _group_is_left(curve, disabled))
        for disabled in (tls, certpath)
    )


def _key_of(scheme: str) -> str:
    if scheme.startswith("rsa_pss_pss"):
        return "RSASSA-PSS"
    kinds = {"rsa": "RSA", "ecdsa": "EC", "dsa": "DSA", "ed25519": "EdDSA", "ed448": "EdDSA"}
    return kinds.get(scheme.partition("_")[0], "")


def _on_curves(number: int) -> bool:
    return "ECDH" in suite_name_jsse(number)


def _of_tls13(number: int) -> bool:
    return number >> 8 == 0x13


def _kind(group: int) -> str:
    """NamedGroupSpec: finite fields, Montgomery curves, Weierstrass curves."""
    return "ffdhe" if group >> 8 == 1 else "xdh" if group in (29, 30) else "ec"
