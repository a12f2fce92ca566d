"""The probe's half of a TLS 1.3 key exchange: fresh keys for a hello's shares, and the secret that both ends get.

Owns the groups that can be done: X25519, X448, the NIST curves, secp256k1, brainpool, FFDHE and the hybrids with
ML-KEM. Keys live as long as the object; nothing is written down but what the recording needs.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from functools import cache
from typing import Final

from tlswhy.frozen import frozen

_CURVES: Final = {
    0x0016: "SECP256K1",
    0x0017: "SECP256R1",
    0x0018: "SECP384R1",
    0x0019: "SECP521R1",
    0x001F: "BrainpoolP256R1",
    0x0020: "BrainpoolP384R1",
    0x0021: "BrainpoolP512R1",
}
"""Supported groups to curves by their names in ``cryptography``, which is loaded when a key is made: a hello of TLS 1.2
needs none. The brainpool ones are TLS 1.3's (RFC 8734)."""
_MONTGOMERY: Final = frozenset({0x001D, 0x001E})
_FFDHE: Final = {
    0x0100: (2048, 560316),
    0x0101: (3072, 2625351),
    0x0102: (4096, 5736041),
    0x0103: (6144, 15705020),
    0x0104: (8192, 10965728),
}
"""RFC 7919, A: bits and the X in 2^b - 2^(b-64) + ([2^(b-130) e] + X) 2^64 - 1; the generator is 2."""
_EXPONENT_BITS: Final = 512
_HYBRIDS: Final = {0x11EC: (0x001D, "kem-first", 1184, 1088), 0x11EB: (0x0017, "curve-first", 1184, 1088)}
"""draft-ietf-tls-ecdhe-mlkem: X25519MLKEM768 and SecP256r1MLKEM768: curve, order of the parts, sizes of both shares."""


@frozen
class _Half:
    """One key pair: what is sent, and what the peer's answer makes of it (raises ValueError for a wrong answer)."""

    public: bytes
    agree: Callable[[bytes], bytes]


class KeyExchange:
    """Fresh keys of one connection, made when a group is asked for."""

    def __init__(self) -> None:
        self._halves: dict[int, _Half] = {}

    def shares(self, groups: Iterable[int]) -> dict[int, bytes]:
        """Public values by group. A group that cannot be done gets bytes that no secret stands behind."""
        return {group: self._half(group).public for group in groups}

    def secret(self, group: int, answer: bytes) -> bytes | None:
        """The shared secret with the server's public value; None where it is not to be had."""
        half = self._halves.get(group)
        try:
            return half.agree(answer) if half is not None else None
        except ValueError:
            return None

    def _half(self, group: int) -> _Half:
        if group not in self._halves:
            self._halves[group] = _made(group)
        return self._halves[group]


def can_do(group: int) -> bool:
    """Whether a secret can be had for this group."""
    return group in _CURVES or group in _MONTGOMERY or group in _FFDHE or (group in _HYBRIDS and _has_kem())


def _made(group: int) -> _Half:
    if group in _MONTGOMERY:
        return _montgomery(group)
    if group in _CURVES:
        return _curve(_CURVES[group])
    if group in _FFDHE:
        return _finite_field(*_FFDHE[group])
    if group in _HYBRIDS and _has_kem():
        return _hybrid(*_HYBRIDS[group])
    return _Half(os.urandom(32), _impossible)


def _montgomery(group: int) -> _Half:
    if group == 0x001D:
        from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

        short = X25519PrivateKey.generate()
        public = short.public_key().public_bytes_raw()
        return _Half(public, lambda answer: short.exchange(X25519PublicKey.from_public_bytes(answer)))
    from cryptography.hazmat.primitives.asymmetric.x448 import X448PrivateKey, X448PublicKey

    long = X448PrivateKey.generate()
    public = long.public_key().public_bytes_raw()
    return _Half(public, lambda answer: long.exchange(X448PublicKey.from_public_bytes(answer)))


def _curve(name: str) -> _Half:
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    curve: ec.EllipticCurve = getattr(ec, name)()
    key = ec.generate_private_key(curve)
    public = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def agree(answer: bytes) -> bytes:
        return key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(curve, answer))

    return _Half(public, agree)


def _finite_field(bits: int, addend: int) -> _Half:
    prime, size = _ffdhe_prime(bits, addend), bits // 8
    exponent = int.from_bytes(os.urandom(_EXPONENT_BITS // 8), "big") | 1 << (_EXPONENT_BITS - 1)

    def agree(answer: bytes) -> bytes:
        public = int.from_bytes(answer, "big")
        if not 1 < public < prime - 1:  # RFC 8446, 4.2.8.1
            raise ValueError("public value out of range")
        return pow(public, exponent, prime).to_bytes(size, "big")

    return _Half(pow(2, exponent, prime).to_bytes(size, "big"), agree)


def _hybrid(curve: int, order: str, _share: int, ciphertext: int) -> _Half:
    from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey

    classical, kem = _made(curve), MLKEM768PrivateKey.generate()
    encapsulation = kem.public_key().public_bytes_raw()
    kem_first = order == "kem-first"

    def agree(answer: bytes) -> bytes:
        cut = ciphertext if kem_first else len(answer) - ciphertext
        one, other = answer[:cut], answer[cut:]
        sealed, point = (one, other) if kem_first else (other, one)
        secret, agreed = kem.decapsulate(sealed), classical.agree(point)
        return secret + agreed if kem_first else agreed + secret

    public = encapsulation + classical.public if kem_first else classical.public + encapsulation
    return _Half(public, agree)


def _impossible(_answer: bytes) -> bytes:
    raise ValueError("a group that cannot be done here")


@cache
def _has_kem() -> bool:
    """ML-KEM came to ``cryptography`` late, and depends on its OpenSSL."""
    try:
        from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey

        MLKEM768PrivateKey.generate()
    except Exception:  # UnsupportedAlgorithm, or no such module
        return False
    return True


@cache
def _ffdhe_prime(bits: int, addend: int) -> int:
    guard = bits + 64
    term, total, count = 1 << guard, 0, 0
    while term:  # e = sum of 1/n!
        total += term
        count += 1
        term //= count
    e = total >> (guard - (bits - 130))
    return (1 << bits) - (1 << (bits - 64)) + ((e + addend) << 64) - 1


__all__ = ["KeyExchange", "can_do"]
