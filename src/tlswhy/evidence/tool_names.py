"""What command-line tools call versions, suites, groups and signature schemes, as the wire's numbers.

Owns the spelling of OpenSSL's ``s_client``, of curl with its TLS libraries, and of browsers. Unknown names are UNSEEN.
"""

from __future__ import annotations

import re
from typing import Final

from tlswhy.unseen import UNSEEN, UnseenType
from tlswhy.wire.numbers import SSL2, SSL3, TLS10, TLS11, TLS12, TLS13, group_number, scheme_number, suite_number

_VERSION = re.compile(r"^(?P<kind>SSL|TLS|QUIC)[ v]{0,2}(?P<number>[1-3](?:\.[0-3])?)?$", re.IGNORECASE)
_NUMBERS: Final = {
    ("SSL", "2"): SSL2,
    ("SSL", "3"): SSL3,
    ("SSL", "3.0"): SSL3,
    ("TLS", "1"): TLS10,
    ("TLS", "1.0"): TLS10,
    ("TLS", "1.1"): TLS11,
    ("TLS", "1.2"): TLS12,
    ("TLS", "1.3"): TLS13,
    ("QUIC", None): TLS13,  # RFC 9001, 4.2
}
_OLD_SUITES: Final = {"EDH-RSA-DES-CBC3-SHA": "DHE-RSA-DES-CBC3-SHA", "EDH-DSS-DES-CBC3-SHA": "DHE-DSS-DES-CBC3-SHA"}
"""OpenSSL's names before 1.1.0."""
_GNUTLS_SUITE = re.compile(
    r"^(?:TLS_)?(?P<exchange>(?:EC)?DHE?_(?:RSA|ECDSA|DSS|ANON|PSK)|RSA|PSK)_(?P<cipher>[A-Z0-9_]{5,40})$"
)
_TEMP_KEY = re.compile(r"^(?P<kind>(?:EC)?DH)?(?:, ?)?(?P<name>[\w.-]{2,40})??(?:, ?)?(?P<bits>\d{2,5}) bits?$")
_SCHEMES: Final = {
    ("RSA", "SHA1"): "rsa_pkcs1_sha1",
    ("RSA", "SHA224"): "rsa_pkcs1_sha224",
    ("RSA", "SHA256"): "rsa_pkcs1_sha256",
    ("RSA", "SHA384"): "rsa_pkcs1_sha384",
    ("RSA", "SHA512"): "rsa_pkcs1_sha512",
    ("RSA-PSS", "SHA256"): "rsa_pss_rsae_sha256",
    ("RSA-PSS", "SHA384"): "rsa_pss_rsae_sha384",
    ("RSA-PSS", "SHA512"): "rsa_pss_rsae_sha512",
    ("ECDSA", "SHA1"): "ecdsa_sha1",
    ("ECDSA", "SHA256"): "ecdsa_secp256r1_sha256",
    ("ECDSA", "SHA384"): "ecdsa_secp384r1_sha384",
    ("ECDSA", "SHA512"): "ecdsa_secp521r1_sha512",
}


def version_named(name: str) -> int | UnseenType:
    """ "TLSv1.2", "TLS1.2", "TLS 1.2"; "QUIC" is TLS 1.3."""
    found = _VERSION.match(name.strip())
    if found is None:
        return UNSEEN
    return _NUMBERS.get((found["kind"].upper(), found["number"]), UNSEEN)


def suite_named(name: str) -> int | UnseenType:
    """By IANA, OpenSSL (old names too) or GnuTLS, which leaves WITH out and writes SHA1."""
    number = suite_number(_OLD_SUITES.get(name, name))
    if number is None and (found := _GNUTLS_SUITE.match(name)):
        cipher = re.sub(r"_SHA1$", "_SHA", found["cipher"])
        number = suite_number(f"TLS_{found['exchange']}_WITH_{cipher}")
    return UNSEEN if number is None else number


def group_named(name: str) -> int | UnseenType:
    """By IANA, NIST ("P-256") or X9.62 ("prime256v1")."""
    number = group_number(name.strip())
    return UNSEEN if number is None else number


def temporary_key(text: str) -> tuple[int | UnseenType | None, int | UnseenType | None]:
    """OpenSSL's "X25519, 253 bits", "ECDH, P-256, 256 bits", "DH, 2048 bits" as (group, bits of a prime).

    ssl_print_tmp_key in apps/lib/s_cb.c.
    """
    found = _TEMP_KEY.match(text.strip())
    if found is None:
        return UNSEEN, UNSEEN
    if found["kind"] == "DH":
        return None, int(found["bits"])
    return (group_named(found["name"]) if found["name"] else UNSEEN), None


def scheme_named(kind: str, digest: str) -> int | UnseenType:
    """OpenSSL's "Peer signature type" with its "Peer signing digest"; from 3.5 on the type is the scheme's own name.

    The curve of ECDSA is not told: its scheme is that of TLS 1.3, whose number TLS 1.2 shares (RFC 8446, 4.2.3).
    """
    number = scheme_number(_SCHEMES.get((kind.upper(), digest.upper()), kind.lower()))
    return UNSEEN if number is None else number
