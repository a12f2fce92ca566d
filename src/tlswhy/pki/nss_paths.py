"""Paths as NSS's classic verifier sees them (CERT_VerifyCertificate and cert_VerifyCertChainOld in
lib/certhigh/certvfy.c; cert_ComputeCertType in lib/certdb/certdb.c). Firefox uses mozilla::pkix instead.

Owns that verifier's way: the leaf by itself, then step by step to the best issuer, until one of them is trusted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from tlswhy.pki import extensions as oid
from tlswhy.pki.certificate import Certificate
from tlswhy.pki.library_paths import (
    Link,
    Path,
    PathRequest,
    is_valid_at,
    key_identifier_fits,
    lone_common_names,
    no_anchor,
    objection,
    outcome,
    outside_name_constraints,
    outside_validity,
    sent,
    trusted,
    unknown_critical,
    without_trust,
    wrong_signature,
)
from tlswhy.pki.nss_reading import decode_fault
from tlswhy.pki.path_outcome import PathObjection, PathOutcome
from tlswhy.unseen import Unseen

LONGEST = 20
"""CERT_MAX_CERT_CHAIN."""


@dataclass(frozen=True, slots=True)
class NssRules:
    """The default policy in its numbers."""

    least_rsa: int = 1023
    """NSS_RSA_MIN_KEY_SIZE's default, SSL_RSA_MIN_MODULUS_BITS."""

    def judge(self, request: PathRequest) -> PathOutcome:
        """SSL_AuthCertificate."""
        for link in sent(request.chain):
            if fault := decode_fault(link.certificate):
                rule = "CERT_DecodeDERCertificate"
                return outcome((link,), (objection("cert-unreadable", link, rule, reason=fault),))
        leaf = Link(request.chain[0], 0)
        if isinstance(request.trust, Unseen):
            found = [*_check_leaf(self, request, leaf), *_check_algorithm(leaf)]
            return without_trust(request, found, healed_by_trust=False)
        path, gap = _climb(request)
        found = [*_check_leaf(self, request, leaf), *_check_steps(self, request, path), *gap]
        return outcome(path, found)


def _climb(request: PathRequest) -> tuple[Path, list[PathObjection]]:
    """Issuer by issuer (CERT_FindCertIssuer), until one is trusted; the leaf's own trust as a CA says nothing."""
    every_anchor = trusted(() if isinstance(request.trust, Unseen) else request.trust)
    store = [link for link in every_anchor if decode_fault(link.certificate) is None]
    held = {link.certificate.der: link for link in sent(request.chain)}
    for link in store:
        known = held.get(link.certificate.der)
        held[link.certificate.der] = Link(link.certificate, known.index if known else None, link.anchor)
    every = tuple(held.values())
    path = [Link(request.chain[0], 0)]
    while len(path) < LONGEST:
        issuer = _best_issuer(path[-1].certificate, every, request)
        if issuer is None:
            break
        path.append(issuer)
        if issuer.trusted:
            return tuple(path), []
        if issuer.certificate.self_issued:
            break
    if len(path) > 1 and path[-1].certificate == request.chain[0]:
        path.pop()
    return tuple(path), [no_anchor(request, "cert_VerifyCertChainOld")]


def _best_issuer(certificate: Certificate, every: Path, request: PathRequest) -> Link | None:
    """nssCertificate_BuildChain's best certificate of that name: the key identifier decides, then valid now, newest."""
    fitting = [
        link
        for link in every
        if link.certificate.subject == certificate.issuer and key_identifier_fits(certificate, link.certificate)
    ]
    if not fitting:
        return None
    wanted = certificate.authority_key_id.key_id if certificate.authority_key_id else None
    stating = [link for link in fitting if wanted is not None and link.certificate.subject_key_id == wanted]
    fitting = stating or fitting
    return max(
        fitting,
        key=lambda link: (
            is_valid_at(link.certificate, request.moment),
            link.certificate.not_before,
            link.certificate.not_after,
            link.trusted,
        ),
    )


_KEYS = frozenset(("RSA", "RSASSA-PSS", "EC", "DSA", "DH"))
_SERVER_USES = frozenset((oid.SERVER_AUTH, "2.16.840.1.113730.4.1"))


def _check_leaf(rules: NssRules, request: PathRequest, leaf: Link) -> Iterator[PathObjection]:
    """CERT_VerifyCertificate: dates, key usage, certificate type; the TLS code minds a short key."""
    certificate = leaf.certificate
    yield from outside_validity(leaf, request.moment, "CERT_CheckCertValidTimes")
    if certificate.public_key.algorithm not in _KEYS:
        # CERT_CheckKeyUsage knows no use for it: SEC_ERROR_INADEQUATE_KEY_USAGE
        yield objection("cert-key-disabled", leaf, "CERT_CheckKeyUsage", algorithm=certificate.public_key.algorithm)
    usage = certificate.key_usage
    needed = _needed_usage(certificate)
    if usage is not None and not usage & needed:
        facts = {"reason": "key-usage", "needs": min(needed), "has": tuple(sorted(usage))}
        yield objection("cert-usage-not-allowed", leaf, "CERT_CheckKeyUsage", **facts)
    uses, rule = certificate.extended_key_usage, "cert_ComputeCertType"
    if uses is not None and not _SERVER_USES.intersection(uses):
        facts = {"reason": "extended-key-usage", "needs": "serverAuth", "has": uses}
        yield objection("cert-usage-not-allowed", leaf, rule, **facts)
    elif uses is not None and certificate.basic_constraints is not None and certificate.basic_constraints.ca:
        # with serverAuth a CA's certificate is of type "SSL CA", and no longer "SSL server"
        yield objection("cert-usage-not-allowed", leaf, rule, reason="ca-as-server")
    key = certificate.public_key
    if key.family == "RSA" and key.bits is not None and key.bits < rules.least_rsa:
        yield objection("cert-key-too-small", leaf, "SSL_ERROR_WEAK_SERVER_CERT_KEY", algorithm="RSA", bits=key.bits)


def _needed_usage(certificate: Certificate) -> frozenset[str]:
    """KU_KEY_AGREEMENT_OR_ENCIPHERMENT by kind of key: any of these will do."""
    match certificate.public_key.algorithm:
        case "RSA":
            return frozenset(("keyEncipherment",))
        case "EC":
            return frozenset(("digitalSignature", "keyAgreement"))
        case "DH":
            return frozenset(("keyAgreement",))
        case _:
            return frozenset(("digitalSignature",))


# cert_VerifyCertChainOld, CERT_VerifySignedData

_KNOWN = frozenset(
    (
        oid.SUBJECT_KEY_ID,
        oid.KEY_USAGE,
        oid.SUBJECT_ALTERNATIVE_NAME,
        oid.BASIC_CONSTRAINTS,
        oid.NAME_CONSTRAINTS,
        oid.AUTHORITY_KEY_ID,
        oid.EXTENDED_KEY_USAGE,
        oid.AUTHORITY_INFORMATION_ACCESS,
        oid.NETSCAPE_CERT_TYPE,
    )
)
"""SUPPORTED_CERT_EXTENSION in lib/util/secoid.c: no policies."""
_CURVES = frozenset(("secp256r1", "secp384r1", "secp521r1"))
_CA_USES = frozenset((oid.SERVER_AUTH, oid.CLIENT_AUTH, "2.16.840.1.113730.4.1"))


def _check_steps(rules: NssRules, request: PathRequest, path: Path) -> Iterator[PathObjection]:
    rule = "cert_VerifyCertChainOld"
    steps = 0
    for link, issuer in pairwise(path):
        yield from unknown_critical(link, _KNOWN, rule)
        yield from outside_validity(issuer, request.moment, rule)
        found = [*_check_algorithm(link), *_check_signing_key(rules, issuer)]
        yield from found
        if not found:
            yield from wrong_signature(link, issuer.certificate.public_key, "CERT_VerifySignedData")
        yield from _check_issuer(issuer)
        constraints = issuer.certificate.basic_constraints
        limit = constraints.path_length if constraints and constraints.ca else None
        if limit is not None and steps > limit:
            yield objection("ca-constraint-violation", issuer, rule, reason="path-too-long", limit=limit)
        steps += not issuer.certificate.self_issued
    yield from outside_name_constraints(path, "CERT_CompareNameSpace", common_names=lone_common_names)


def _check_issuer(issuer: Link) -> Iterator[PathObjection]:
    """A trusted one may lack basicConstraints (not say "no CA"); what lies between must be a CA in every way."""
    certificate, rule = issuer.certificate, "cert_VerifyCertChainOld"
    constraints = certificate.basic_constraints
    if (constraints is not None and not constraints.ca) or (constraints is None and not issuer.trusted):
        facts = {"reason": "not-a-ca", "version": certificate.version}
        yield objection("ca-constraint-violation", issuer, rule, **facts)
    if issuer.trusted:
        return
    uses = certificate.extended_key_usage
    if uses is not None and not _CA_USES.intersection(uses):
        facts = {"reason": "extended-key-usage", "needs": "serverAuth", "has": uses}
        yield objection("cert-usage-not-allowed", issuer, "cert_ComputeCertType", **facts)
    if certificate.key_usage is not None and "keyCertSign" not in certificate.key_usage:
        yield objection("ca-constraint-violation", issuer, "CERT_CheckKeyUsage", reason="may-not-sign")


def _check_algorithm(link: Link) -> Iterator[PathObjection]:
    """The policy of signatures in certificates: MD5 and older are off, SHA-1 is on; no EdDSA before 3.99."""
    signature = link.certificate.signature
    facts = {"algorithm": signature.name, "oid": signature.oid}
    if signature.digest in ("MD2", "MD4", "MD5"):
        yield objection("cert-signature-disabled", link, "NSS_GetAlgorithmPolicy", **facts)
    elif signature.key in ("Ed25519", "Ed448", None):
        yield objection("cert-signature-unsupported", link, "vfy_CreateContext", **facts)


def _check_signing_key(rules: NssRules, issuer: Link) -> Iterator[PathObjection]:
    """checkKeyParams. A curve whose OID NSS doesn't know has no policy, and so is off; others it can't compute with."""
    key = issuer.certificate.public_key
    if key.family == "RSA" and key.bits is not None and key.bits < rules.least_rsa:
        yield objection("cert-key-too-small", issuer, "checkKeyParams", algorithm="RSA", bits=key.bits)
    elif key.curve is not None and key.curve.startswith("brainpool"):
        facts = {"algorithm": "ECDSA", "curve": key.curve, "reason": "curve-without-policy"}
        yield objection("cert-signature-disabled", issuer, "checkKeyParams", **facts)
    elif key.curve is not None and key.curve not in _CURVES:
        yield objection("cert-curve-unsupported", issuer, "vfy_CreateContext", curve=key.curve)
