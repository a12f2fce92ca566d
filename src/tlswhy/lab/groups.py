"""Diffie-Hellman primes of any size, computed: those of RFC 2409 and RFC 3526, and others in their likeness.

Owns the formula. Above ``PROVEN`` bits a size that no RFC has gets a number that nobody proved prime: no client looks,
and the exchange works with it all the same; it is good for a lab and for nothing else.
"""

from __future__ import annotations

from functools import cache
from itertools import count

OFFSETS = {
    768: 149686,
    1024: 129093,
    1536: 741804,
    2048: 124476,
    3072: 1690314,
    4096: 240904,
    6144: 929484,
    8192: 4743158,
}
"""What makes the number a safe prime, by size (RFC 2409, 6.1 and 6.2; RFC 3526, 2 to 7)."""
PROVEN = 1280
GENERATOR = 2
_SIEVE = (3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97)


@cache
def modp_prime(bits: int) -> int:
    """2^n - 2^(n-64) - 1 + 2^64 (⌊2^(n-130) π⌋ + k): exactly ``bits`` bits, the highest and lowest 64 of them set."""
    if bits < 256:
        raise ValueError(bits)
    bare = (1 << bits) - (1 << (bits - 64)) - 1 + (_pi(bits - 130) << 64)
    if bits in OFFSETS:
        return bare + (OFFSETS[bits] << 64)
    if bits > PROVEN:
        return bare
    return next(number for offset in count() if _looks_prime(number := bare + (offset << 64)))


def _pi(bits: int) -> int:
    """⌊2^bits π⌋, by Machin's formula with bits to spare."""
    spare = bits + 64
    return (4 * (4 * _arctan_inverse(5, spare) - _arctan_inverse(239, spare))) >> 64


def _arctan_inverse(number: int, bits: int) -> int:
    term = (1 << bits) // number
    total, divisor, sign = term, 1, 1
    while term:
        term //= number * number
        divisor += 2
        sign = -sign
        total += sign * (term // divisor)
    return total


def _looks_prime(number: int) -> bool:
    return all(number % small for small in _SIEVE) and pow(2, number - 1, number) == 1
