"""PathRules out of a client profile's merged TOML table.

Keys, all of one profile after its parents are merged in (an absent key leaves the default of ``PathRules``):

    [constraints]
    tls = "SSLv3, RC4, ..."            jdk.tls.disabledAlgorithms, verbatim
    certpath = "MD2, MD5, ..."         jdk.certpath.disabledAlgorithms, verbatim
    named_curves = "secp112r1, ..."    jdk.disabled.namedCurves, verbatim
    [signatures]
    implemented = ["SHA256withRSA", "RSASSA-PSS", ...]      JCA names
    curves = ["secp256r1", ...]        curves on which it verifies signatures; absent: all of them
    curves_unverified = ["brainpoolP256r1", ...]            curves it reads, but does not verify signatures on
    curves_unread = ["brainpoolP256r1", ...]                curves whose keys, and so certificates, it can't even parse
    [paths]
    algorithm_check = "classic" | "conditional" | "anchor-first"
    anchor_must_be_ca = true
    leaf_trusted_by_key = false
    common_name_constrained = true
    leading_dot_constraints = true
    builder_minds_key_id = false
    builder_selects_by_names = false
    longest_path = 5
    reading = "classic" | "lenient" | "minimal" | "rewritten" | "strict"       pki/java_extensions.Era
    wildcards_excluded = false
    lists_per_version = true           over TLS 1.3 only the schemes that TLS 1.3 has count for certificates; absent:
                                       so where the tls property knows HandshakeSignature (JDK-8349583 brought both:
                                       11.0.31, 17.0.20, 21.0.13, 25; seen with SHA224withRSA on 25.0.3)

    library = "openssl"                a library with a way of its own; the other keys of [paths] are then the fields
                                       of its rules (pki/openssl_paths, go_paths, gnutls_paths, nss_paths,
                                       chromium_paths)

``schemes`` and ``schemes_cert`` are the hello's (signature_algorithms, signature_algorithms_cert), wire numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from importlib import import_module
from typing import Any

from tlswhy.client.constraints import HANDSHAKE_SIGNATURE, parse_disabled
from tlswhy.errors import BadTable
from tlswhy.pki.java_extensions import Era
from tlswhy.pki.library_paths import LibraryRules
from tlswhy.pki.path_rules import AlgorithmCheck, PathRules


def make_path_rules(
    profile: Mapping[str, Any], *, schemes: Iterable[int] = (), schemes_cert: Iterable[int] = ()
) -> PathRules | LibraryRules:
    """Build the rules; raises ``BadTable`` for a value that makes no sense."""
    if "library" in profile.get("paths", {}):
        return _library_rules(dict(profile["paths"]))
    schemes, schemes_cert = tuple(schemes), tuple(schemes_cert)
    constraints, signatures = profile.get("constraints", {}), profile.get("signatures", {})
    paths = dict(profile.get("paths", {}))
    curves = constraints.get("named_curves")
    wildcards = constraints.get("wildcards", True)
    implemented = frozenset(signatures["implemented"]) if "implemented" in signatures else None
    listed = listed_names(schemes_cert) or listed_names(schemes)
    per_version = paths.pop("lists_per_version", HANDSHAKE_SIGNATURE.lower() in constraints.get("tls", "").lower())
    only_tls13 = listed_names(schemes_cert or schemes, tls13=True) if per_version else None
    check = paths.pop("algorithm_check", "anchor-first")
    if check not in _CHECKS:
        raise BadTable("profile-value-unknown", key="paths.algorithm_check", value=check)
    reading = paths.pop("reading", "strict")
    if reading not in _ERAS:
        raise BadTable("profile-value-unknown", key="paths.reading", value=reading)
    unknown = set(paths) - _PLAIN
    if unknown:
        raise BadTable("profile-key-unknown", key=f"paths.{min(unknown)}")
    return PathRules(
        certpath=parse_disabled(constraints.get("certpath"), curves, wildcards=wildcards),
        tls=parse_disabled(constraints.get("tls"), curves, wildcards=wildcards),
        implemented=implemented,
        listed=listed or None,
        listed_tls13=only_tls13,
        curves_unread=frozenset(signatures.get("curves_unread", ())),
        curves_unverified=frozenset(signatures.get("curves_unverified", ())),
        curves_verified=frozenset(signatures["curves"]) if "curves" in signatures else None,
        knows_ec=implemented is None or any(name.endswith("withECDSA") for name in implemented),
        algorithm_check=_CHECKS[check],
        era=_ERAS[reading],
        **paths,
    )


def relisted(
    rules: PathRules | LibraryRules, schemes: Iterable[int], schemes_cert: Iterable[int]
) -> PathRules | LibraryRules:
    """The same rules for a hello with other lists, where the client goes by its lists at all."""
    if not isinstance(rules, PathRules) or rules.listed is None:
        return rules
    listed = listed_names(schemes_cert) or listed_names(schemes)
    tls13 = listed_names(schemes_cert or schemes, tls13=True) if rules.listed_tls13 is not None else None
    return replace(rules, listed=listed or None, listed_tls13=tls13)


def _library_rules(paths: dict[str, Any]) -> LibraryRules:
    library = paths.pop("library")
    made = _LIBRARIES.get(library)
    if made is None:
        raise BadTable("profile-value-unknown", key="paths.library", value=library)
    module, name = made
    kind: type[LibraryRules] = getattr(import_module(f"tlswhy.pki.{module}"), name)
    known = getattr(kind, "__dataclass_fields__", {})
    unknown = set(paths) - set(known)
    if unknown:
        raise BadTable("profile-key-unknown", key=f"paths.{min(unknown)}")
    values = {key: frozenset(value) if isinstance(value, list) else value for key, value in paths.items()}
    try:
        return kind(**values)
    except (ValueError, TypeError) as error:
        raise BadTable("profile-value-unknown", key="paths", value=str(error)) from error


_LIBRARIES = {
    "openssl": ("openssl_paths", "OpensslRules"),
    "go": ("go_paths", "GoRules"),
    "gnutls": ("gnutls_paths", "GnutlsRules"),
    "nss": ("nss_paths", "NssRules"),
    "chromium": ("chromium_paths", "ChromiumRules"),
}
"""Where each library's rules are; loaded when a client asks for them."""


def listed_names(schemes: Iterable[int], *, tls13: bool = False) -> frozenset[str]:
    """The JCA names behind SignatureSchemes (ssl.SignatureScheme.getAlgorithmNames); ``tls13``: those with TLS 1.3 in
    their supportedProtocols."""
    names = (_JCA_NAMES.get(scheme) for scheme in schemes if not (tls13 and scheme in _UP_TO_TLS12))
    return frozenset(name for name in names if name is not None)


_CHECKS = {
    "classic": AlgorithmCheck.CLASSIC,
    "conditional": AlgorithmCheck.CONDITIONAL,
    "anchor-first": AlgorithmCheck.ANCHOR_FIRST,
}
_ERAS = {era.name.lower(): era for era in Era}
_PLAIN = {
    "wildcards_excluded",
    "anchor_must_be_ca",
    "leaf_trusted_by_key",
    "common_name_constrained",
    "leading_dot_constraints",
    "builder_minds_key_id",
    "builder_selects_by_names",
    "longest_path",
}

_HASHES = {1: "MD5", 2: "SHA1", 3: "SHA224", 4: "SHA256", 5: "SHA384", 6: "SHA512"}
_KEYS = {1: "RSA", 2: "DSA", 3: "ECDSA"}
_JCA_NAMES = {h << 8 | k: f"{digest}with{key}" for h, digest in _HASHES.items() for k, key in _KEYS.items()}
_JCA_NAMES |= dict.fromkeys((0x0804, 0x0805, 0x0806, 0x0809, 0x080A, 0x080B), "RSASSA-PSS")
_JCA_NAMES |= {0x0807: "Ed25519", 0x0808: "Ed448"}
_UP_TO_TLS12 = {0x0101, 0x0202, 0x0301, 0x0302, 0x0303, 0x0402}  # PROTOCOLS_TO_12 in ssl.SignatureScheme
