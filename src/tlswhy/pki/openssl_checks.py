"""The checks of OpenSSL along a path (check_chain_extensions, check_auth_level, check_name_constraints,
internal_verify in crypto/x509/x509_vfy.c; v3_purp.c), in their order, 1.0.2 to 3.5.

Owns what is minded; which path is looked at is for ``openssl_paths``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from enum import Enum
from typing import TYPE_CHECKING

from tlswhy.pki import extensions as oid
from tlswhy.pki.certificate import Certificate
from tlswhy.pki.keys import ECDSA_SPECIFIED, PublicKey, SignatureAlgorithm
from tlswhy.pki.library_paths import (
    Link,
    Path,
    PathRequest,
    hosts_in_common_names,
    key_identifier_fits,
    objection,
    outside_name_constraints,
    outside_validity,
    unknown_critical,
    wrong_signature,
)
from tlswhy.pki.openssl_reading import dates_compare, extension_fault, key_decodes
from tlswhy.pki.openssl_strict import strict_objections
from tlswhy.pki.path_outcome import PathObjection

if TYPE_CHECKING:
    from tlswhy.pki.openssl_paths import OpensslRules


class Release(Enum):
    """A line of OpenSSL, as far as verification differs."""

    V1_0_2 = "1.0.2"
    V1_1_1 = "1.1.1"
    V3 = "3"


def is_self_signed(certificate: Certificate, release: Release) -> bool:
    """EXFLAG_SS (x509v3_cache_extensions): self-issued, with a key identifier that does not deny it. 1.0.2 also wants
    keyCertSign, 1.1.1 and later a key that fits the signature."""
    if not certificate.self_issued or not key_identifier_fits(certificate, certificate):
        return False
    if release is Release.V1_0_2:
        return not _key_usage_denies(certificate, "keyCertSign")
    if release is Release.V3 and _unknown_signature(certificate.signature):
        return False
    return certificate.signature.key == certificate.public_key.family


def may_sign(issuer: Certificate, certificate: Certificate, release: Release) -> bool:
    """X509_check_issued: names, key identifier; 1.0.2 also wants keyCertSign, later ones a key that fits."""
    if certificate.issuer != issuer.subject or not key_identifier_fits(certificate, issuer):
        return False
    if release is Release.V1_0_2:
        return not _key_usage_denies(issuer, "keyCertSign")
    if extension_fault(certificate) or extension_fault(issuer):
        return False  # X509_V_ERR_UNSPECIFIED
    if release is Release.V3 and _unknown_signature(certificate.signature):
        return False
    return certificate.signature.key in (issuer.public_key.family, None)


def _unknown_signature(signature: SignatureAlgorithm) -> bool:
    """check_sig_alg_match: OBJ_find_sigid_algs of 3.0 lacks these (seen with 3.0.17)."""
    name = signature.name
    return signature.key is None or name.startswith("SHA512/") or (name.startswith("SHA3-") and signature.key != "RSA")


def check_path(rules: OpensslRules, request: PathRequest, path: Path) -> Iterator[PathObjection]:
    """Every objection, in order: it stops at the first unless the user's callback lets it go on."""
    if rules.release is Release.V1_0_2:
        untrusted = tuple(link for link in path if not link.trusted)
        yield from _check_extensions(rules, untrusted, whole=path)
        yield from outside_name_constraints(path, "check_name_constraints")
        yield from _check_signatures(rules, request, path)
        return
    yield from _check_extensions(rules, path, whole=path)
    yield from _check_strength(rules, path)
    yield from _check_signatures(rules, request, path)
    yield from outside_name_constraints(path, "check_name_constraints", common_names=hosts_in_common_names)


def check_leaf_alone(rules: OpensslRules, request: PathRequest) -> Iterator[PathObjection]:
    """What the leaf is refused for whatever is trusted (a self-signed leaf's own signature counts for nothing)."""
    leaf = Link(request.chain[0], 0)
    yield from _check_extensions(rules, (leaf,), whole=(leaf,))
    if rules.release is not Release.V1_0_2:
        yield from _weak_key(rules, leaf)
        if not request.chain[0].self_issued:
            yield from _weak_digest(rules, leaf)
    yield from _check_dates(request, leaf)


# check_chain_extensions, v3_purp.c

_KNOWN = frozenset(
    (
        oid.NETSCAPE_CERT_TYPE,
        oid.KEY_USAGE,
        oid.SUBJECT_ALTERNATIVE_NAME,
        oid.BASIC_CONSTRAINTS,
        oid.CERTIFICATE_POLICIES,
        oid.CRL_DISTRIBUTION_POINTS,
        oid.EXTENDED_KEY_USAGE,
        oid.POLICY_CONSTRAINTS,
        oid.NAME_CONSTRAINTS,
        oid.POLICY_MAPPINGS,
        oid.INHIBIT_ANY_POLICY,
        "1.3.6.1.5.5.7.1.7",  # sbgp-ipAddrBlock
        "1.3.6.1.5.5.7.1.8",  # sbgp-autonomousSysNum
        "1.3.6.1.5.5.7.1.14",  # proxyCertInfo
    )
)
"""X509_supported_extension."""
_OCSP_NO_CHECK = "1.3.6.1.5.5.7.48.1.5"
_TLS_USAGES = frozenset(("digitalSignature", "keyEncipherment", "keyAgreement"))
_SERVER_USES = frozenset(
    (oid.SERVER_AUTH, "1.3.6.1.4.1.311.10.3.3", "2.16.840.1.113730.4.1")  # and the two "step-up" uses
)


def _check_extensions(rules: OpensslRules, links: Path, *, whole: Path) -> Iterator[PathObjection]:
    rule = "check_chain_extensions"
    below = 0
    for depth, link in enumerate(links):
        certificate = link.certificate
        known = _KNOWN | {_OCSP_NO_CHECK} if rules.release is Release.V3 else _KNOWN
        yield from unknown_critical(link, known, rule)
        topmost = depth + 1 == len(whole)
        if depth:
            yield from _check_ca(rules, link, topmost=topmost)
        elif rules.strict and _ca_kind(certificate, rules.release) not in (0, 1):
            yield objection("cert-profile-violation", link, "X509_check_ca", reason="signs-but-no-ca")
        if rules.strict and len(whole) > 1:
            yield from strict_objections(link, topmost=topmost)
        yield from _check_purpose(link, leaf=depth == 0)
        limit = certificate.basic_constraints.path_length if certificate.basic_constraints else None
        if depth > 1 and limit is not None and below > limit:
            yield objection("ca-constraint-violation", link, rule, reason="path-too-long", limit=limit)
        if depth and not certificate.self_issued:
            below += 1


def _check_ca(rules: OpensslRules, link: Link, *, topmost: bool) -> Iterator[PathObjection]:
    """X509_check_ca: 1 a CA by its basicConstraints; 3 a v1 root; 4 by keyUsage alone; 5 by Netscape's type."""
    kind = _ca_kind(link.certificate, rules.release)
    # X509_V_FLAG_X509_STRICT is implicit for intermediate CAs since 1.1.0
    lax = (topmost and not rules.strict) or rules.release is Release.V1_0_2
    if kind == 0 or (kind != 1 and not lax):
        facts = {"reason": "not-a-ca", "version": link.certificate.version}
        yield objection("ca-constraint-violation", link, "X509_check_ca", **facts)


def _ca_kind(certificate: Certificate, release: Release) -> int:
    if _key_usage_denies(certificate, "keyCertSign"):
        return 0
    if certificate.basic_constraints is not None:
        return int(certificate.basic_constraints.ca)
    if certificate.version == 1 and is_self_signed(certificate, release):
        return 3
    if certificate.key_usage is not None:
        return 4
    netscape = certificate.extensions.netscape_cert_type
    return 5 if netscape is not None and netscape & {"sslCA", "emailCA", "objectSigningCA"} else 0


def _check_purpose(link: Link, *, leaf: bool) -> Iterator[PathObjection]:
    """check_purpose_ssl_server; extended key usage counts for CAs too."""
    certificate, rule = link.certificate, "check_purpose_ssl_server"
    uses = certificate.extended_key_usage
    if uses is not None and not _SERVER_USES.intersection(uses):
        facts = {"reason": "extended-key-usage", "needs": "serverAuth", "has": uses}
        yield objection("cert-usage-not-allowed", link, rule, **facts)
    if not leaf:
        return
    netscape = certificate.extensions.netscape_cert_type
    if netscape is not None and "sslServer" not in netscape:
        facts = {"reason": "netscape-type", "needs": "sslServer", "has": tuple(sorted(netscape))}
        yield objection("cert-usage-not-allowed", link, rule, **facts)
    usage = certificate.key_usage
    if usage is not None and not usage & _TLS_USAGES:
        facts = {"reason": "key-usage", "needs": "digitalSignature", "has": tuple(sorted(usage))}
        yield objection("cert-usage-not-allowed", link, rule, **facts)


def _key_usage_denies(certificate: Certificate, usage: str) -> bool:
    return certificate.key_usage is not None and usage not in certificate.key_usage


# check_auth_level, EVP_PKEY_security_bits, X509_get_signature_info

_LEVEL_BITS = (0, 80, 112, 128, 192, 256)
_RSA_BITS = ((15360, 256), (7680, 192), (3072, 128), (2048, 112), (1024, 80))
_EC_BITS = ((512, 256), (384, 192), (256, 128), (224, 112), (160, 80))


def _check_strength(rules: OpensslRules, path: Path) -> Iterator[PathObjection]:
    for depth, link in enumerate(path):
        if rules.release is Release.V3 and link.certificate.public_key.curve == "explicit":
            yield objection("cert-curve-unsupported", link, "check_curve", curve="explicit")
        yield from _weak_key(rules, link)
        if depth + 1 < len(path):  # not the anchor's own signature
            yield from _weak_digest(rules, link)


def _weak_key(rules: OpensslRules, link: Link) -> Iterator[PathObjection]:
    key = link.certificate.public_key
    needed = _needed_bits(rules)
    strength = security_bits(key, rules.release) if key_decodes(key) else 0
    if strength < needed:
        facts = {"algorithm": key.algorithm, "bits": key.bits, "curve": key.curve, "level": rules.security_level}
        facts = {name: value for name, value in facts.items() if value is not None}
        yield objection("cert-key-too-small", link, "check_key_level", **facts)


def _weak_digest(rules: OpensslRules, link: Link) -> Iterator[PathObjection]:
    signature = link.certificate.signature
    strength = 0 if signature.oid == ECDSA_SPECIFIED else _digest_bits(signature.digest, rules.release)
    if strength < _needed_bits(rules):
        facts = {"algorithm": signature.name, "digest": signature.digest, "level": rules.security_level}
        yield objection("cert-signature-disabled", link, "check_sig_level", reason="security-level", **facts)


def security_bits(key: PublicKey, release: Release = Release.V3) -> int:
    """EVP_PKEY_security_bits; a key of unknown size counts for nothing."""
    if key.algorithm in ("Ed25519", "Ed448", "X25519", "X448"):
        return 128 if key.algorithm.endswith("25519") else 224
    if key.bits is None:
        return 0
    if release is Release.V3 and key.family == "RSA":
        return _ifc_bits(key.bits)
    table = _EC_BITS if key.algorithm == "EC" else _RSA_BITS
    return next((strength for bits, strength in table if key.bits >= bits), key.bits // 2 if table is _EC_BITS else 0)


def _ifc_bits(size: int) -> int:
    """ossl_ifc_ffc_compute_security_bits (crypto/rsa/rsa_lib.c): FIPS 140-2 IG 7.5, rounded to a multiple of eight."""
    named = {2048: 112, 3072: 128, 4096: 152, 6144: 176, 7680: 192, 8192: 200}
    if size in named or size >= 687737:
        return named.get(size, 1200)
    if size < 8:
        return 0
    x = size * math.log(2)
    strength = (1.923 * (x * math.log(x) ** 2) ** (1 / 3) - 4.69) / math.log(2)
    cap = 192 if size <= 7680 else 256 if size <= 15360 else 1200
    return min(int(strength) + 4 & ~7, cap)


_DIGEST_BITS = {"MD5": 64, "SHA-1": 80, "SHA-224": 112, "SHA-256": 128, "SHA-384": 192, "SHA-512": 256}
_COLLISION_BITS = {"MD5": 39, "SHA-1": 63}
"""What 3.0 counts for the broken ones (x509_sig_info_init)."""


def _digest_bits(digest: str | None, release: Release) -> int:
    if digest is None:  # Ed25519, Ed448
        return 128
    bits = _DIGEST_BITS | _COLLISION_BITS if release is Release.V3 else _DIGEST_BITS
    return bits.get(digest, 0 if digest in ("MD2", "MD4") else 112)


def _needed_bits(rules: OpensslRules) -> int:
    return _LEVEL_BITS[min(max(rules.security_level, 0), len(_LEVEL_BITS) - 1)]


# internal_verify


def _check_signatures(rules: OpensslRules, request: PathRequest, path: Path) -> Iterator[PathObjection]:
    """From the top down: the signature (an anchor's own is not looked at), then the dates of every certificate."""
    top = path[-1].certificate
    open_end = not may_sign(top, top, rules.release) and not rules.partial_chain
    for depth in range(len(path) - 1, -1, -1):
        link = path[depth]
        if depth + 1 < len(path):
            yield from _check_signature(rules, link, path[depth + 1])
        elif open_end:
            continue  # X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, or it serves as a key alone
        yield from _check_dates(request, link)


def _check_dates(request: PathRequest, link: Link) -> Iterator[PathObjection]:
    """x509_check_cert_time: X509_V_ERR_ERROR_IN_CERT_NOT_BEFORE_FIELD comes first."""
    if not dates_compare(link.certificate):
        yield objection("cert-unreadable", link, "X509_cmp_time", reason="validity")
        return
    yield from outside_validity(link, request.moment, "x509_check_cert_time")


def _check_signature(rules: OpensslRules, link: Link, issuer: Link) -> Iterator[PathObjection]:
    key = issuer.certificate.public_key
    if rules.keys is not None and key.algorithm not in rules.keys:
        facts = {"algorithm": link.certificate.signature.name, "key": key.algorithm}
        yield objection("cert-signature-unsupported", link, "X509_get0_pubkey", **facts)
        return
    if _key_usage_denies(issuer.certificate, "keyCertSign"):  # x509_signing_allowed, 1.1.1k and later
        yield objection("ca-constraint-violation", issuer, "x509_signing_allowed", reason="may-not-sign")
    yield from wrong_signature(link, key, "internal_verify")
