"""What is sound to recommend: suites, groups, schemes and versions that a client offers and nobody need be ashamed of.

Owns that judgement alone, by RFC 9325 (BCP 195): forward secrecy, no static RSA, no SHA-1 signatures, no export, NULL,
anonymous, RC4, DES or 3DES suites, nothing below TLS 1.2 where TLS 1.2 is to be had. Knows no client and no server.
"""

from __future__ import annotations

from tlswhy.model.client import ClientPolicy, DhLimits, Offer
from tlswhy.wire.numbers import TLS12, group_name, is_tls13, scheme_name, suite

SOUND_DH_BITS = 2048
DH_SIZES = (2048, 3072, 1024)
"""Bits of the groups worth setting up, the best compromise first; 1024 is within reach of a state (Logjam)."""
_CIPHERS = frozenset({"AES", "CHACHA20"})
_GROUPS = ("x25519", "secp256r1", "secp384r1", "secp521r1")
_SCHEMES = (
    "rsa_pkcs1_sha256",
    "rsa_pss_rsae_sha256",
    "ecdsa_secp256r1_sha256",
    "rsa_pkcs1_sha384",
    "rsa_pss_rsae_sha384",
    "ecdsa_secp384r1_sha384",
    "rsa_pkcs1_sha512",
    "rsa_pss_rsae_sha512",
    "ecdsa_secp521r1_sha512",
    "ed25519",
)


def sound_suites(offer: Offer, *, without_dhe: bool = False) -> tuple[int, ...]:
    """The sound suites of an offer, best first: TLS 1.3, ECDHE before DHE, AEAD before CBC, then the client's order."""
    found = [suite(number) for number in offer.suites]
    kinds = {"any", "ECDHE"} if without_dhe else {"any", "ECDHE", "DHE"}
    sound = [s for s in found if s and s.key_exchange in kinds and s.cipher in _CIPHERS and s.authentication != "DSS"]
    sound.sort(key=lambda s: (s.key_exchange != "any", s.key_exchange == "DHE", not s.aead))
    return tuple(s.number for s in sound)


def sound_groups(client: ClientPolicy) -> tuple[int, ...]:
    """The elliptic curves to enable for this client, best first."""
    ranks = {name: rank for rank, name in enumerate(_GROUPS)}
    taken = [number for number in client.offer.groups if number in client.curves and group_name(number) in ranks]
    return tuple(sorted(taken, key=lambda number: ranks[group_name(number)]))


def sound_schemes(client: ClientPolicy) -> tuple[int, ...]:
    """The schemes for the server's own signature that this client accepts, most widely known first."""
    ranks = {name: rank for rank, name in enumerate(_SCHEMES)}
    taken = [number for number in client.handshake_schemes if scheme_name(number) in ranks]
    return tuple(sorted(taken, key=lambda number: ranks[scheme_name(number)]))


def sound_versions(offer: Offer) -> tuple[int, ...]:
    """The versions to enable for this client, the one that asks least of the server first."""
    return tuple(sorted(v for v in offer.versions if v >= TLS12 or is_tls13(v)))


def dh_sizes(limits: DhLimits) -> tuple[int, ...]:
    """The sizes of a Diffie-Hellman group that this client accepts, best first."""
    least = max(limits.policy_min, limits.least)
    return tuple(bits for bits in DH_SIZES if least <= bits <= limits.most and bits % limits.multiple_of == 0)
