"""OpenSSL's security levels: what each forbids a server (ssl_security_default_callback, ssl/ssl_cert.c).

Owns the counting of security bits: of groups (providers/common/capabilities.c), of schemes (sigalg_security_bits), of
suites, of Diffie-Hellman primes and RSA keys; and the group that dh_auto takes (ssl_get_auto_dh).
"""

from __future__ import annotations

from typing import Final

from tlswhy.model.settings import DhGroup, ServedChain
from tlswhy.server.schemes import HASH_BYTES, Scheme
from tlswhy.server.software import Software
from tlswhy.wire.numbers import SSL3, TLS10, TLS11, Suite, group

BITS_OF_LEVEL: Final = (0, 80, 112, 128, 192, 256)
LEAST_DH_BITS: Final = 80
"""Security bits below which no ephemeral Diffie-Hellman is done, whatever the level: a prime of less than 1024 bits."""
MD5_SHA1: Final = "MD5-SHA1"
_DH_BITS: Final = ((15360, 256), (7680, 192), (3072, 128), (2048, 112), (1024, 80))
_EDDSA_BITS: Final = {"Ed25519": 128, "Ed448": 224}


class Limits:
    """One server's level. ``release`` says how it counts."""

    def __init__(self, release: Software, level: int) -> None:
        known = level if release.behaviour["levels"] else 0
        self.level = min(max(known, 0), len(BITS_OF_LEVEL) - 1)
        self._release = release
        self._bits = BITS_OF_LEVEL[self.level]

    def version(self, version: int) -> bool:
        """Whether the level leaves this version (SSL_SECOP_VERSION)."""
        forbidden = {2: SSL3, 3: TLS10, 4: TLS11, 5: TLS11}
        return version > forbidden.get(self.level, 0)

    def suite(self, suite: Suite) -> bool:
        """SSL_SECOP_CIPHER_SHARED."""
        if self.level == 0:
            return True
        if suite.anonymous or suite.hash == "MD5" or _strength(suite) < self._bits:
            return False
        if self.level >= 2 and suite.cipher == "RC4":
            return False
        if self._bits > 160 and suite.hash == "SHA":
            return False
        return self.level < 3 or suite.forward_secret

    def group(self, number: int) -> bool:
        """SSL_SECOP_CURVE_SHARED and its siblings."""
        return self.level == 0 or _group_bits(number) >= self._bits

    def scheme(self, wanted: Scheme) -> bool:
        """SSL_SECOP_SIGALG_SHARED."""
        return self.level == 0 or self._scheme_bits(wanted.key, wanted.hash) >= self._bits

    def md5_sha1(self) -> bool:
        """What RSA keys sign with before TLS 1.2 (legacy_rsa_sigalg)."""
        return self.level == 0 or self._digest_bits(MD5_SHA1) >= self._bits

    def dh(self, chosen: DhGroup) -> bool:
        """SSL_SECOP_TMP_DH."""
        return _counted(_DH_BITS, chosen.bits) >= max(self._bits, LEAST_DH_BITS)

    def auto_dh(self, chain: ServedChain | None, suite: Suite) -> DhGroup:
        """As strong as the certificate's key, and as the level asks for."""
        strength = self._key_bits(chain) if chain is not None else (128 if suite.key_bits == 256 else 80)
        wanted = max(strength, self._bits)
        return DhGroup(next(size for least, size in self._release.behaviour["auto_dh"] if wanted >= least))

    def _key_bits(self, chain: ServedChain) -> int:
        if chain.algorithm in _EDDSA_BITS:
            return _EDDSA_BITS[chain.algorithm]
        size = chain.bits or 2048
        if chain.algorithm == "EC":
            return size // 2
        table = self._release.behaviour["rsa_bits"] if chain.algorithm.startswith("RSA") else _DH_BITS
        return _counted(table, size)

    def _scheme_bits(self, key: str, digest: str | None) -> int:
        return _EDDSA_BITS[key] if digest is None else self._digest_bits(digest)

    def _digest_bits(self, digest: str) -> int:
        apart: int | None = self._release.behaviour["digest_bits"].get(digest)
        return HASH_BYTES[digest] * 4 if apart is None else apart


def _strength(suite: Suite) -> int:
    """Three keys of DES are worth two (SSL_CIPHER.strength_bits)."""
    return 112 if suite.cipher == "3DES_EDE" else suite.key_bits


def _group_bits(number: int) -> int:
    known = group(number)
    if known is None:
        return 0
    if known.kind == "ffdhe":
        return {2048: 112, 3072: 128, 4096: 128, 6144: 128}.get(known.bits, 192)
    for least, bits in ((512, 256), (384, 192), (255, 128), (224, 112)):
        if known.bits >= least:
            return 224 if known.name == "x448" else bits
    return 80


def _counted(table: list[tuple[int, int]] | tuple[tuple[int, int], ...], size: int) -> int:
    return next((bits for least, bits in table if size >= least), 0)
