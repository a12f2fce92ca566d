"""Public values of a key exchange that no client can calculate with, or that some refuse.

Owns the arithmetic of it: sizes, points on their curves, numbers within their range. Sizes that a client's policy
forbids are not its business.
"""

from __future__ import annotations

from collections.abc import Iterator

from tlswhy.frozen import frozen
from tlswhy.wire.messages import DhParameters

UNCOMPRESSED, COMPRESSED = 4, (2, 3)


def point_fault(group: int, point: bytes) -> str | None:
    """What is wrong with a public value of this group, "point-compressed" or "point-malformed" (RFC 8422, 5.4 and 5.11;
    RFC 8446, 4.2.8.2); None: nothing, or a group that is not looked into."""
    if (field := _MONTGOMERY.get(group)) is not None:
        number = int.from_bytes(point, "little") & ((1 << field.bits) - 1)
        sound = len(point) == field.size and number % field.prime not in field.small_order
        return None if sound else "point-malformed"
    curve = _WEIERSTRASS.get(group)
    if curve is None:
        return None
    if point[:1] and point[0] in COMPRESSED and len(point) == 1 + curve.size:
        return "point-compressed"
    if len(point) != 1 + 2 * curve.size or point[0] != UNCOMPRESSED:
        return "point-malformed"
    x, y = (int.from_bytes(half, "big") for half in (point[1 : 1 + curve.size], point[1 + curve.size :]))
    on_curve = max(x, y) < curve.prime and (y * y - x * x * x + 3 * x - curve.b) % curve.prime == 0
    return None if on_curve else "point-malformed"


def public_value_fault(dh: DhParameters) -> Iterator[str]:
    """A prime that is none at first sight, a generator beyond it, a public value that leads nowhere (RFC 7919, 5.1;
    NIST SP 800-56A, 5.6.2.3.1)."""
    if not dh.prime & 1:
        yield "dh-prime-even"
    elif dh.generator >= dh.prime:
        yield "dh-generator-large"
    if not 1 < dh.public_value < dh.prime - 1:
        yield "dh-public-value-outside"


@frozen
class _Weierstrass:
    """y² = x³ - 3x + b over ``prime``; ``size`` bytes a coordinate."""

    size: int
    prime: int
    b: int


@frozen
class _Montgomery:
    size: int
    bits: int
    prime: int
    small_order: frozenset[int]


_P256 = 2**256 - 2**224 + 2**192 + 2**96 - 1
_P384 = 2**384 - 2**128 - 2**96 + 2**32 - 1
_P25519, _P448 = 2**255 - 19, 2**448 - 2**224 - 1
_WEIERSTRASS = {
    0x0017: _Weierstrass(32, _P256, 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B),
    0x0018: _Weierstrass(
        48,
        _P384,
        0xB3312FA7E23EE7E4988E056BE3F82D19181D9C6EFE8141120314088F5013875AC656398D8A2ED19D2A85C8EDD3EC2AEF,
    ),
    0x0019: _Weierstrass(
        66,
        2**521 - 1,
        0x0051953EB9618E1C9A1F929A21A0B68540EEA2DA725B99B315F3B8B489918EF109E156193951EC7E937B1652C0BD3BB1BF073573DF883D2C34F1EF451FD46B503F00,
    ),
}
"""FIPS 186-4, D.1.2."""
_MONTGOMERY = {
    0x001D: _Montgomery(
        32,
        255,
        _P25519,
        frozenset(
            {
                0,
                1,
                _P25519 - 1,
                325606250916557431795983626356110631294008115727848805560023387167927233504,
                39382357235489614581723060781553021112529911719440698176882885853963445705823,
            }
        ),
    ),
    0x001E: _Montgomery(56, 448, _P448, frozenset({0, 1, _P448 - 1})),
}
"""RFC 7748, 5 and 6; points of small order lead to a secret of zeros, which every client refuses."""
