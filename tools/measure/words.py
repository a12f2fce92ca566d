"""What a measured client's words say: the cause by its ID, where they name one."""

from __future__ import annotations

import re

SAID: tuple[tuple[str, str], ...] = (
    # OpenSSL: X509_verify_cert_error_string and reasons of ssl, with Node.js's own codes for the same
    (
        r"(dh key too small|DH_KEY_TOO_SMALL|unknown security bits|prime sent by the server is not acceptable)",
        "dh-key-too-small",
    ),
    (
        r"legacy sigalg disallowed|wrong signature type|WRONG_SIGNATURE_TYPE|LEGACY_SIGALG",
        "no-common-signature-algorithm",
    ),
    (r"certificate has expired|CERT_HAS_EXPIRED|has expired", "cert-expired"),
    (r"not yet valid|CERT_NOT_YET_VALID|is not yet activated|not yet activated", "cert-not-yet-valid"),
    (r"(CA|EE) (certificate )?key too weak|ERR_CERT_WEAK_KEY|(CA|EE)_KEY_TOO_SMALL", "cert-key-too-small"),
    (r"digest algorithm too weak|md too weak|CA_MD_TOO_WEAK|insecure algorithm", "cert-signature-disabled"),
    (r"ostname mismatch|IP address mismatch|no alternative certificate subject name", "hostname-mismatch"),
    (r"does not match|doesn't match|ERR_TLS_CERT_ALTNAME_INVALID|ERR_CERT_COMMON_NAME_INVALID", "hostname-mismatch"),
    (r"owner does not match|not owned by|match hostname", "hostname-mismatch"),
    (r"unable to get (local )?issuer|UNABLE_TO_GET_ISSUER", "trust-anchor-missing"),
    (r"UNABLE_TO_VERIFY_LEAF_SIGNATURE|unable to verify the first", "trust-anchor-missing"),
    (r"self.signed certificate in (the )?certificate chain|SELF_SIGNED_CERT_IN_CHAIN", "trust-anchor-missing"),
    (r"self.signed certificate|DEPTH_ZERO_SELF_SIGNED", "self-signed-untrusted"),
    (
        r"unsuitable certificate purpose|(un)?supported certificate purpose|INVALID_PURPOSE|KEY_USAGE_INCOMPATIBLE",
        "cert-usage-not-allowed",
    ),
    (r"invalid CA certificate|INVALID_CA|path length|PATH_LENGTH", "ca-constraint-violation"),
    (r"subtree violation|SUBTREE_VIOLATION", "name-constraints-violation"),
    (r"unhandled critical|UNHANDLED_CRITICAL", "cert-critical-extension-unknown"),
    (r"certificate signature failure|CERT_SIGNATURE_FAILURE|invalid padding", "cert-signature-invalid"),
    (r"wrong version number|WRONG_VERSION_NUMBER|unexpected TLS packet|PROTOCOL_ERROR", "not-tls"),
    (r"no certificate or crl found|error setting certificate", "trust-store-empty"),
    (r"ERR_CERT_AUTHORITY_INVALID|issuer is unknown|signer not found|is not trusted", "trust-anchor-missing"),
    (r"ERR_CERT_DATE_INVALID", "cert-expired"),
)


def cause_of(words: str) -> str | None:
    """The cause that the client's own words name, or None: they name none, or many."""
    return next((cause for pattern, cause in SAID if re.search(pattern, words)), None)
