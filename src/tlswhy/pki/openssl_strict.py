"""What OpenSSL minds with X509_V_FLAG_X509_STRICT alone (check_extensions in crypto/x509/x509_vfy.c, 3.0 to 3.5): RFC
5280 to the letter. Python sets it in ssl.create_default_context from 3.13 on.

Owns these checks of one certificate; where in a path they come is for ``openssl_checks``.
"""

from __future__ import annotations

from collections.abc import Iterator

from tlswhy.pki import extensions as oid
from tlswhy.pki.library_paths import Link, objection
from tlswhy.pki.path_outcome import PathObjection

RULE = "check_extensions"
LARGEST_LENGTH = 1 << 63
"""ASN1_INTEGER_get knows no larger one, and makes "none" of it."""
_CRL_SIGN, _CERT_SIGN = "cRLSign", "keyCertSign"


def strict_objections(link: Link, *, topmost: bool) -> Iterator[PathObjection]:
    """In OpenSSL's order; ``topmost``: nothing of the path lies above."""
    yield from _constraints(link)
    yield from _names(link)
    yield from _identifiers(link, topmost=topmost)


def _constraints(link: Link) -> Iterator[PathObjection]:
    """RFC 5280, 4.2.1.9 and 4.2.1.3."""
    certificate = link.certificate
    basic, usage = certificate.basic_constraints, certificate.key_usage
    ca = basic is not None and basic.ca
    if basic is not None and basic.path_length is not None and basic.path_length < LARGEST_LENGTH:
        if not ca:
            yield _minded(link, "path-length-of-no-ca")
        elif usage is not None and _CERT_SIGN not in usage:
            yield objection("ca-constraint-violation", link, RULE, reason="may-not-sign")
    if ca and oid.BASIC_CONSTRAINTS not in certificate.critical_extensions:
        yield _minded(link, "constraints-not-critical")
    if ca and usage is None:
        yield _minded(link, "ca-without-key-usage")
    if not ca and usage is not None and _CERT_SIGN in usage:
        yield _minded(link, "signs-but-no-ca")


def _names(link: Link) -> Iterator[PathObjection]:
    """4.1.2.4, 4.1.2.6, 4.2.1.6 and 4.1.1.2."""
    certificate = link.certificate
    basic, usage, names = certificate.basic_constraints, certificate.key_usage, certificate.names
    signs = (basic is not None and basic.ca) or (usage is not None and _CRL_SIGN in usage)
    if not any(certificate.issuer.rdns):
        yield objection("cert-unreadable", link, RULE, reason="issuer-empty")
    if not any(certificate.subject.rdns):
        critical = oid.SUBJECT_ALTERNATIVE_NAME in certificate.critical_extensions
        if signs or names is None or not critical:
            yield objection("cert-unreadable", link, RULE, reason="subject-empty")
    if names is not None and names.empty:
        blame = {"reason": "extension-broken", "oid": oid.SUBJECT_ALTERNATIVE_NAME}
        yield objection("cert-unreadable", link, RULE, **blame)
    if certificate.signature_mismatch:
        yield objection("cert-unreadable", link, RULE, reason="signature-algorithms-differ")


def _identifiers(link: Link, *, topmost: bool) -> Iterator[PathObjection]:
    """4.2.1.1 and 4.2.1.2."""
    certificate = link.certificate
    basic, authority = certificate.basic_constraints, certificate.authority_key_id
    for kind in (oid.AUTHORITY_KEY_ID, oid.SUBJECT_KEY_ID):
        if kind in certificate.critical_extensions:
            yield _minded(link, "identifier-critical", oid=kind)
    if certificate.version < 3:
        if certificate.extensions.all:
            yield objection("cert-unreadable", link, RULE, reason="extensions-before-version-3")
        return
    if not topmost and (authority is None or authority.key_id is None):
        yield _minded(link, "identifier-missing", oid=oid.AUTHORITY_KEY_ID)
    if basic is not None and basic.ca and certificate.subject_key_id is None:
        yield _minded(link, "identifier-missing", oid=oid.SUBJECT_KEY_ID)


def _minded(link: Link, reason: str, **facts: object) -> PathObjection:
    return objection("cert-profile-violation", link, RULE, reason=reason, **facts)
