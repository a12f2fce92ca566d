"""RSA with nothing forbidden: keys of 512 bits, MD5, any padding. For servers with a fault, never for anything else.

Owns key generation below what libraries allow, and signing with PKCS #1 v1.5 and PSS. Randomness is handed in.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from tlswhy.frozen import frozen
from tlswhy.pki import der
from tlswhy.pki.keys import DIGESTS

EXPONENT = 0x10001
Draw = Callable[[int], bytes]
"""So many random bytes."""
HASHLIB = {name: name.lower().replace("sha-", "sha") for name in ("MD5", "SHA-1", "SHA-224", "SHA-256")} | {
    "SHA-384": "sha384",
    "SHA-512": "sha512",
}
DIGEST_OIDS = {name: oid for oid, name in DIGESTS.items()}
_ROUNDS = 12


@frozen
class RsaKey:
    """A private key by its numbers."""

    modulus: int
    private: int
    first: int
    second: int

    @property
    def size(self) -> int:
        """Bytes of a signature."""
        return (self.modulus.bit_length() + 7) // 8

    def public(self) -> bytes:
        """RSAPublicKey of RFC 8017, A.1.1."""
        return der.encode(der.SEQUENCE, der.encode_integer(self.modulus) + der.encode_integer(EXPONENT))

    def pkcs1(self) -> bytes:
        """RSAPrivateKey of RFC 8017, A.1.2."""
        p, q = self.first, self.second
        numbers = (0, self.modulus, EXPONENT, self.private, p, q, self.private % (p - 1), self.private % (q - 1))
        return der.encode(der.SEQUENCE, b"".join(map(der.encode_integer, (*numbers, pow(q, -1, p)))))

    def sign_pkcs1(self, digest_info: bytes) -> bytes:
        """RSASSA-PKCS1-v1_5 over a DigestInfo, or over the two hashes of TLS 1.0 as they stand."""
        padding = b"\xff" * (self.size - len(digest_info) - 3)
        if len(padding) < 8:
            raise ValueError("this key is too small for that digest")
        return self._power(b"\0\1" + padding + b"\0" + digest_info)

    def sign_pss(self, message: bytes, digest: str, salt: bytes) -> bytes:
        """RSASSA-PSS with MGF1 over the same digest (RFC 8017, 9.1.1)."""
        bits = self.modulus.bit_length() - 1
        size = (bits + 7) // 8
        name = HASHLIB[digest]
        mark = hashlib.new(name, bytes(8) + hashlib.new(name, message).digest() + salt).digest()
        block = bytes(size - len(salt) - len(mark) - 2) + b"\1" + salt
        mask = _mgf1(name, mark, len(block))
        masked = bytearray(a ^ b for a, b in zip(block, mask, strict=True))
        masked[0] &= 0xFF >> (8 * size - bits)
        return self._power(bytes(masked) + mark + b"\xbc")

    def _power(self, encoded: bytes) -> bytes:
        message = int.from_bytes(encoded, "big")
        p, q = self.first, self.second
        of_p, of_q = pow(message, self.private % (p - 1), p), pow(message, self.private % (q - 1), q)
        return (of_q + q * ((of_p - of_q) * pow(q, -1, p) % p)).to_bytes(self.size, "big")


def generate(bits: int, draw: Draw) -> RsaKey:
    """A key of exactly so many bits; meant for the small ones."""
    half = bits // 2
    while True:
        p, q = _prime(half, draw), _prime(bits - half, draw)
        order = (p - 1) * (q - 1)
        if p != q and (p * q).bit_length() == bits and order % EXPONENT:
            return RsaKey(p * q, pow(EXPONENT, -1, order), p, q)


def digest_info(digest: str, message: bytes) -> bytes:
    """DigestInfo of RFC 8017, 9.2, with NULL parameters."""
    algorithm = der.encode(der.SEQUENCE, der.encode_object_identifier(DIGEST_OIDS[digest]) + b"\5\0")
    hashed = hashlib.new(HASHLIB[digest], message).digest()
    return der.encode(der.SEQUENCE, algorithm + der.encode(der.OCTET_STRING, hashed))


def _prime(bits: int, draw: Draw) -> int:
    while True:
        number = int.from_bytes(draw((bits + 7) // 8), "big") & ((1 << bits) - 1)
        number |= 3 << (bits - 2) | 1
        if all(number % small for small in (3, 5, 7, 11, 13, 17, 19, 23)) and _is_prime(number, draw):
            return number


def _is_prime(number: int, draw: Draw) -> bool:
    """Miller and Rabin."""
    odd, twos = number - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    for _ in range(_ROUNDS):
        base = int.from_bytes(draw(16), "big") % (number - 3) + 2
        value = pow(base, odd, number)
        if value in (1, number - 1):
            continue
        for _ in range(twos - 1):
            value = value * value % number
            if value == number - 1:
                break
        else:
            return False
    return True


def _mgf1(name: str, seed: bytes, size: int) -> bytes:
    blocks = (hashlib.new(name, seed + n.to_bytes(4, "big")).digest() for n in range(size // 16 + 1))
    return b"".join(blocks)[:size]
