"""Paths as NSS's classic verifier sees them (CERT_VerifyCertificate and cert_VerifyCertChainOld in
lib/certhigh/certvfy.c; cert_ComputeCertType in lib/certdb/certdb.c). Firefox uses mozilla::pkix instead.

Owns that verifier's way: the leaf by itself, then step by step to the best issuer, until one of them is trusted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

from tlswhy.frozen import frozen
from tlswhy.pki import extensions as oid
from tlswhy.pki.certificate import EARLIEST, Certificate
from tlswhy.pki.extensions import BasicConstraints
from tlswhy.pki.library_paths import (
    Link,
    Path,
    PathRequest,
    no_anchor,
    objection,
    outcome,
    sent,
    trusted,
    without_trust,
    wrong_signature,
)
from tlswhy.pki.nss_names import Names, constrained_names, violation
from tlswhy.pki.nss_reading import (
    authority_key_id,
    basic_constraints,
    critical,
    decode_fault,
    is_root,
    key_extracts,
    key_usage,
    times,
)
from tlswhy.pki.path_outcome import PATH_CHOICE, PathObjection, PathOutcome
from tlswhy.unseen import Unseen

LONGEST = 20
"""CERT_MAX_CERT_CHAIN."""
MOST_ANCHORS = 16
"""Anchors of one name and the same dates that are looked at."""
PENDING_SLOP = timedelta(days=1)
"""How much earlier than its notBefore a certificate counts (PENDING_SLOP in lib/certdb/certdb.c)."""


@frozen
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
        paths = _climb(request)
        gap = [] if paths[0][-1].trusted and len(paths[0]) > 1 else [no_anchor(request, "cert_VerifyCertChainOld")]
        judged = [
            outcome(path, [*_check_leaf(self, request, leaf), *_check_steps(self, request, path), *gap])
            for path in paths
        ]
        if len({one.accepted for one in judged}) > 1:  # the order of a store is nobody's to know
            return replace(judged[0], accepted=None, objections=(), undecided=PATH_CHOICE)
        return judged[0]


def _climb(request: PathRequest) -> list[Path]:
    """Issuer by issuer (CERT_FindCertIssuer; a root's is itself), until one is trusted; the leaf's own trust as a CA
    says nothing. Several paths: they differ in their anchors, between which only the order of the store decides."""
    every_anchor = trusted(() if isinstance(request.trust, Unseen) else request.trust)
    store = [link for link in every_anchor if decode_fault(link.certificate) is None]
    held = {link.certificate.der: link for link in sent(request.chain)}
    for link in store:
        known = held.get(link.certificate.der)
        held[link.certificate.der] = Link(link.certificate, known.index if known else None, link.anchor)
    every = tuple(held.values())
    path = [Link(request.chain[0], 0)]
    while len(path) <= LONGEST:
        top = path[-1].certificate
        best = [held[top.der]] if is_root(top) else _best_issuers(top, every, request)
        if best and best[0].trusted:
            return [(*path, anchor) for anchor in best[:MOST_ANCHORS]]
        if not best:
            break
        path.append(best[0])
        if is_root(path[-1].certificate):
            break
    if len(path) > 1 and path[-1].certificate == request.chain[0]:
        path.pop()
    return [tuple(path)]


def _best_issuers(certificate: Certificate, every: Path, request: PathRequest) -> list[Link]:
    """find_cert_issuer in lib/pki/certificate.c: by the issuer's name to the octet, by key identifier, CAs before
    others; then nssCertificateArray_FindBestCertificate: of a fitting use, valid now, trusted, newest, sent last."""
    named = [link for link in every if link.certificate.subject.der == certificate.issuer.der]
    matches = [(_matches(certificate, link.certificate), link) for link in named]
    fitting = [link for match, link in matches if match] or [link for match, link in matches if match is None]
    fitting = [link for link in fitting if _is_ca(link)] or fitting
    merits = [_merit(link, request.moment) for link in fitting]
    return [link for link, merit in zip(fitting, merits, strict=True) if merit == max(merits)][::-1]


def _matches(certificate: Certificate, issuer: Certificate) -> bool | None:
    """nss3certificate_matchIdentifier; None: nothing is said of it. A pair of issuer and serial number that does not
    fit takes nothing away."""
    wanted = authority_key_id(certificate)
    if wanted is None:
        return None
    match = None
    if wanted.key_id and issuer.subject_key_id is not None:
        if wanted.key_id != issuer.subject_key_id:
            return False
        match = True
    if wanted.issuer:
        pair = wanted.issuer[0].der == issuer.issuer.der and wanted.serial == issuer.serial
        match = True if pair else None
    return match


def _is_ca(link: Link) -> bool:
    """CERT_IsCACert, trust overriding (cert_ComputeTrustOverrides)."""
    stated = basic_constraints(link.certificate)
    first = link.certificate.version < 3 and is_root(link.certificate)
    return link.trusted or first or (isinstance(stated, BasicConstraints) and stated.ca)


def _merit(link: Link, moment: datetime) -> tuple[bool, bool, bool, datetime, datetime]:
    certificate = link.certificate
    usage, dates = key_usage(certificate), times(certificate) or (EARLIEST, EARLIEST)
    usable = (usage is None or "keyCertSign" in usage) and (link.trusted or bool(_types(certificate) & _SSL_CA))
    return usable, not [*_outside_validity(link, moment, "")], link.trusted, *dates


_KEYS = frozenset(("RSA", "RSASSA-PSS", "EC", "DSA", "DH"))
_SERVER_USES = frozenset((oid.SERVER_AUTH, "2.16.840.1.113730.4.1"))


def _check_leaf(rules: NssRules, request: PathRequest, leaf: Link) -> Iterator[PathObjection]:
    """CERT_VerifyCertificate: dates, key usage, certificate type; the TLS code minds a short key."""
    certificate = leaf.certificate
    yield from _outside_validity(leaf, request.moment, "CERT_CheckCertValidTimes")
    if certificate.public_key.algorithm not in _KEYS:
        # CERT_CheckKeyUsage knows no use for it: SEC_ERROR_INADEQUATE_KEY_USAGE
        yield objection("cert-key-disabled", leaf, "CERT_CheckKeyUsage", algorithm=certificate.public_key.algorithm)
    usage = key_usage(certificate)
    needed = _needed_usage(certificate)
    if usage is not None and not usage & needed:
        facts = {"reason": "key-usage", "needs": min(needed), "has": tuple(sorted(usage))}
        yield objection("cert-usage-not-allowed", leaf, "CERT_CheckKeyUsage", **facts)
    uses, rule = certificate.extended_key_usage, "cert_ComputeCertType"
    if not _types(certificate) & _SSL_SERVER and uses is not None and not _SERVER_USES.intersection(uses):
        facts = {"reason": "extended-key-usage", "needs": "serverAuth", "has": uses}
        yield objection("cert-usage-not-allowed", leaf, rule, **facts)
    elif not _types(certificate) & _SSL_SERVER:
        # with serverAuth a CA's certificate is of type "SSL CA", and no longer "SSL server"
        yield objection("cert-usage-not-allowed", leaf, rule, reason="ca-as-server")
    key = certificate.public_key
    if key.family == "RSA" and key.bits is not None and key.bits < rules.least_rsa:
        yield objection("cert-key-too-small", leaf, "SSL_ERROR_WEAK_SERVER_CERT_KEY", algorithm="RSA", bits=key.bits)


_SSL_CLIENT, _SSL_SERVER, _SSL_CA, _EMAIL_CA, _OBJECT_CA, _IPSEC_CA, _OCSP = 0x80, 0x40, 4, 2, 1, 0x200, 0x4000
_CA_TYPES = _SSL_CA | _EMAIL_CA | _OBJECT_CA | _IPSEC_CA | _OCSP
_OF_USE = {
    oid.SERVER_AUTH: (_SSL_SERVER, _SSL_CA),
    "2.16.840.1.113730.4.1": (_SSL_SERVER, _SSL_CA),
    oid.CLIENT_AUTH: (_SSL_CLIENT, _SSL_CA),
    "1.3.6.1.5.5.7.3.4": (0, _EMAIL_CA),
    "1.3.6.1.5.5.7.3.3": (0, _OBJECT_CA),
    "1.3.6.1.5.5.7.3.9": (_OCSP, _OCSP),
    oid.ANY_EXTENDED_KEY_USAGE: (0, _IPSEC_CA),
    **{f"1.3.6.1.5.5.7.3.{arc}": (0, _IPSEC_CA) for arc in (5, 6, 7, 17)},
    **{f"1.3.6.1.5.5.8.2.{arc}": (0, _IPSEC_CA) for arc in (1, 2)},
}
"""The bits that an extended use sets, without and with CA:TRUE."""


def _types(certificate: Certificate) -> int:
    """cert_ComputeCertType: the bits of the Netscape certificate type, said there or by the extended uses."""
    stated = basic_constraints(certificate)
    ca = isinstance(stated, BasicConstraints) and stated.ca
    uses, netscape = certificate.extended_key_usage, certificate.extensions.netscape_cert_type
    if uses is None and netscape is None:
        return _SSL_CLIENT | _SSL_SERVER | (_SSL_CA | _EMAIL_CA if ca else 0)
    types = sum(bit for name, bit in _NETSCAPE.items() if name in (netscape or ()))
    types |= _EMAIL_CA if types & _SSL_CA else 0
    for use in uses or ():
        types |= _OF_USE.get(use, (0, 0))[ca]
    return types


_NETSCAPE = {
    "sslClient": _SSL_CLIENT,
    "sslServer": _SSL_SERVER,
    "sslCA": _SSL_CA,
    "smimeCA": _EMAIL_CA,
    "objectSigningCA": _OBJECT_CA,
}


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
        "1.3.6.1.5.5.7.48.1.5",  # OCSP no check
        *(
            f"2.16.840.1.113730.1.{arc}" for arc in (2, 3, 4, 7, 13, 14, 15, 17)
        ),  # Netscape's URLs, comment and the like
        *(f"2.5.29.{arc}" for arc in (20, 21, 24)),  # of CRLs
    )
)
"""SUPPORTED_CERT_EXTENSION in lib/util/secoid.c: no policies."""
_CURVES = frozenset(("secp256r1", "secp384r1", "secp521r1"))


def _check_steps(rules: NssRules, request: PathRequest, path: Path) -> Iterator[PathObjection]:
    rule = "cert_VerifyCertChainOld"
    steps = 0
    names: Names = ()
    for link, issuer in pairwise(path):
        if link.index == 0 or not link.certificate.self_issued:
            names += constrained_names(link.certificate, leaf=link.index == 0)
        yield from _unknown_critical(link, rule)
        if link.certificate.signature_mismatch:
            yield objection("cert-unreadable", link, rule, reason="signature-algorithms-differ")
        yield from _outside_validity(issuer, request.moment, rule)
        found = [*_check_algorithm(link), *_check_signing_key(rules, link, issuer)]
        yield from found
        if not found:
            yield from wrong_signature(link, issuer.certificate.public_key, "CERT_VerifySignedData")
        yield from _check_issuer(issuer)
        constraints = basic_constraints(issuer.certificate)
        limit = constraints.path_length if isinstance(constraints, BasicConstraints) else None
        if limit is not None and steps > limit:
            yield objection("ca-constraint-violation", issuer, rule, reason="path-too-long", limit=limit)
        if outside := violation(issuer.certificate, names):
            at = issuer if outside["reason"] == "constraints-broken" else path[0]
            yield objection("name-constraints-violation", at, "CERT_CompareNameSpace", **outside)
        steps += not issuer.certificate.self_issued


def _unknown_critical(link: Link, rule: str) -> Iterator[PathObjection]:
    if unknown := tuple(kind for kind in critical(link.certificate) if kind not in _KNOWN):
        yield objection("cert-critical-extension-unknown", link, rule, oids=unknown)


def _outside_validity(link: Link, moment: datetime, rule: str) -> Iterator[PathObjection]:
    """CERT_CheckCertValidTimes: a day early is early enough (pendingSlop), a date that is none is never."""
    dates = times(link.certificate)
    if dates is None:
        yield objection("cert-unreadable", link, rule, reason="validity")
        return
    facts = {"not_before": dates[0].isoformat(), "not_after": dates[1].isoformat()}
    if moment < dates[0] and dates[0] - moment > PENDING_SLOP:
        yield objection("cert-not-yet-valid", link, rule, **facts)
    elif moment > dates[1]:
        yield objection("cert-expired", link, rule, **facts)


def _check_issuer(issuer: Link) -> Iterator[PathObjection]:
    """A trusted one may lack basicConstraints (not say "no CA"); what lies between must be a CA in every way."""
    certificate, rule = issuer.certificate, "cert_VerifyCertChainOld"
    constraints = basic_constraints(certificate)
    if isinstance(constraints, str):
        blame = {"reason": "extension-broken", "oid": oid.BASIC_CONSTRAINTS}
        yield objection("cert-unreadable", issuer, "CERT_FindBasicConstraintExten", **blame)
    elif (constraints is not None and not constraints.ca) or (constraints is None and not _is_ca(issuer)):
        version = certificate.version
        yield objection("ca-constraint-violation", issuer, rule, reason="not-a-ca", version=version)
    if issuer.trusted:
        return
    types, uses = _types(certificate), certificate.extended_key_usage or ()
    if types & _CA_TYPES and not types & _SSL_CA:
        facts = {"reason": "extended-key-usage", "needs": "serverAuth", "has": uses}
        yield objection("cert-usage-not-allowed", issuer, "cert_ComputeCertType", **facts)
    usage = key_usage(certificate)
    if usage is not None and "keyCertSign" not in usage:
        yield objection("ca-constraint-violation", issuer, "CERT_CheckKeyUsage", reason="may-not-sign")


def _check_algorithm(link: Link) -> Iterator[PathObjection]:
    """sec_DecodeSigAlg and the policy of signatures in certificates: MD5 and older are off, SHA-1 is on; no EdDSA
    before 3.99, no SHA-3 at all."""
    signature = link.certificate.signature
    facts = {"algorithm": signature.name, "oid": signature.oid}
    if signature.digest in ("MD2", "MD4", "MD5"):
        yield objection("cert-signature-disabled", link, "NSS_GetAlgorithmPolicy", **facts)
    elif signature.digest not in _DIGESTS.get(signature.key or "", ()):
        yield objection("cert-signature-unsupported", link, "sec_DecodeSigAlg", **facts)
    elif signature.pss is not None and (not signature.stated or not signature.readable):
        # absent parameters are SHA-1's for sec_DecodeSigAlg, but none at all for checkKeyParams
        yield objection("cert-signature-unsupported", link, "sec_DecodeRSAPSSParams", **facts)


_WITH_DSA = ("SHA-1", "SHA-224", "SHA-256")
_DIGESTS = {"RSA": (*_WITH_DSA, "SHA-384", "SHA-512"), "EC": (*_WITH_DSA, "SHA-384", "SHA-512"), "DSA": _WITH_DSA}


def _check_signing_key(rules: NssRules, link: Link, issuer: Link) -> Iterator[PathObjection]:
    """checkKeyParams. A curve whose OID NSS doesn't know has no policy, and so is off; others it can't compute with."""
    key = issuer.certificate.public_key
    if not key_extracts(key):
        if link.certificate.signature.key not in _DIGESTS:
            return  # said already
        if key.algorithm == "EC":
            yield objection("cert-curve-unsupported", issuer, "seckey_HasCurveOID", curve=key.curve)
        else:
            yield objection("cert-unreadable", issuer, "CERT_ExtractPublicKey", reason="public-key")
    elif key.family == "RSA" and key.bits is not None and (key.bits + 7) & ~7 < rules.least_rsa:
        if link.certificate.signature.digest != "SHA-224" or link.certificate.signature.pss is not None:
            yield objection("cert-key-too-small", issuer, "checkKeyParams", algorithm="RSA", bits=key.bits)
    elif key.curve is not None and key.curve.startswith("brainpool"):
        facts = {"algorithm": "ECDSA", "curve": key.curve, "reason": "curve-without-policy"}
        yield objection("cert-signature-disabled", issuer, "checkKeyParams", **facts)
    elif key.curve is not None and key.curve not in _CURVES:
        yield objection("cert-curve-unsupported", issuer, "vfy_CreateContext", curve=key.curve)
