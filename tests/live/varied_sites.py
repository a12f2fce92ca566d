"""Servers that are set up at random, each by what its program can be told: versions, suites, groups, whose order
counts, the group of DHE, one certificate or two, a demand for the client's."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from random import Random

from tests.gather.servers import free_port
from tests.live.identities import Identity
from tests.live.real_servers import Site

VERSIONS = ("1.0", "1.1", "1.2", "1.3")
GROUPS = ("X25519", "P-256", "P-384", "P-521", "X448", "brainpoolP256r1", "secp256k1", "ffdhe2048", "ffdhe3072")
LONG_NAMES = {"P-256": "prime256v1", "P-384": "secp384r1", "P-521": "secp521r1"}
"""As OpenSSL's objects call them, whose names some programs take alone."""
ON_OPENSSL = ("nginx", "apache", "haproxy", "stunnel", "lighttpd", "python", "node", "openssl")
WITH_GROUP = ("nginx", "apache", "haproxy", "stunnel", "python", "node", "openssl", "gnutls")
"""That serve the group of DHE they are given; lighttpd's is OpenSSL's choice all the same."""
ONE_KEY = ("stunnel", "lighttpd", "java", "caddy")
GNUTLS_CIPHERS = (
    "AES-128-GCM AES-256-GCM AES-128-CBC AES-256-CBC CHACHA20-POLY1305 AES-128-CCM CAMELLIA-128-CBC 3DES-CBC"
)
GNUTLS_PARTS = {
    "CIPHER": GNUTLS_CIPHERS.split(),
    "KX": ["ECDHE-RSA", "ECDHE-ECDSA", "DHE-RSA", "RSA"],
    "GROUP": ["X25519", "SECP256R1", "SECP384R1", "SECP521R1", "X448", "FFDHE2048", "FFDHE3072"],
}
JAVA_SUITES = [
    "TLS_AES_128_GCM_SHA256",
    "TLS_AES_256_GCM_SHA384",
    "TLS_CHACHA20_POLY1305_SHA256",
    "TLS_RSA_WITH_NULL_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    "TLS_RSA_WITH_AES_128_CBC_SHA",
    "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384",
    "TLS_DHE_RSA_WITH_AES_128_CBC_SHA",
    "TLS_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
    "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384",
    "SSL_RSA_WITH_3DES_EDE_CBC_SHA",
]
CADDY_SUITES = [
    "TLS_RSA_WITH_AES_128_CBC_SHA",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
]


def varied(random: Random, program: str, known: Mapping[str, Identity], dh: Mapping[int, Path]) -> Site:
    """One server of that program."""
    kind = random.choice(sorted(known) if random.random() < 0.5 else ["good", "good-ec"])
    identity = known["good" if kind == "small-key" else kind]
    two = program not in ONE_KEY and identity.name in ("good", "pss") and random.random() < 0.3
    low = random.randrange(len(VERSIONS))
    site = Site(
        program,
        identity,
        free_port(),
        random.choice(["", "", "", "", "", "asked", "demanded"]),
        versions=VERSIONS[low : random.randrange(low, len(VERSIONS)) + 1],
        ciphers=_ciphers(random, program),
        groups=_groups(random, program),
        server_order=random.choice([True, False]) if program in (*ON_OPENSSL, "gnutls") else None,
        dh=random.choice([*dh.values(), None, None, None]) if program in WITH_GROUP else None,
        second=known["good-ec"] if two else None,
    )
    return site if program != "caddy" else _for_caddy(random, site)


def _for_caddy(random: Random, site: Site) -> Site:
    versions = random.choice([("1.2",), ("1.3",), ("1.2", "1.3")])
    return Site(site.program, site.identity, site.port, site.settings, versions, site.ciphers, site.groups)


def _ciphers(random: Random, program: str) -> str:
    if random.random() < 0.25:
        return ""
    if program == "gnutls":
        parts = {part: random.sample(names, random.randint(1, 3)) for part, names in GNUTLS_PARTS.items()}
        chosen = random.sample(sorted(parts), random.randint(1, 2))
        prefix = {"GROUP": "GROUP-"}
        return ":".join(
            rule
            for part in chosen
            for rule in (f"-{part}-ALL", *(f"+{prefix.get(part, '')}{name}" for name in parts[part]))
        )
    names = {"java": JAVA_SUITES, "caddy": CADDY_SUITES}.get(program) or openssl_ciphers()
    return ":".join(random.sample(names, random.choice([1, 2, 4])))


def _groups(random: Random, program: str) -> tuple[str, ...]:
    if program in ("java", "gnutls") or random.random() < 0.4:
        return ()
    if program == "caddy":
        return tuple(random.sample(["x25519", "secp256r1", "secp384r1"], random.randint(1, 2)))
    if program == "python":  # it takes one, and no group that is no curve
        return (random.choice([LONG_NAMES.get(name, name) for name in GROUPS[:6]]),)
    chosen = random.sample(GROUPS, random.randint(1, 3))
    return tuple(LONG_NAMES.get(name, name) if program in ("node", "stunnel") else name for name in chosen)


@cache
def openssl_ciphers() -> list[str]:
    """All up to TLS 1.2 that a certificate stands behind."""
    command = ["openssl", "ciphers", "ALL:!PSK:!SRP:!aNULL:!aDSS:@SECLEVEL=0"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip().split(":")
    return [name for name in listed if not name.startswith("TLS_")]
