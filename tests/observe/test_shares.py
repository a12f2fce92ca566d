"""Public values: those of a library are sound, and what is changed about them is found."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, x448, x25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tlswhy.observe.shares import point_fault, public_value_fault
from tlswhy.wire.messages import DhParameters

CURVES = {0x17: ec.SECP256R1(), 0x18: ec.SECP384R1(), 0x19: ec.SECP521R1()}


@pytest.mark.parametrize("group", CURVES)
def test_points_of_curves(group):
    key = ec.generate_private_key(CURVES[group]).public_key()
    point = key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    assert point_fault(group, point) is None
    assert point_fault(group, key.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)) == "point-compressed"
    for wrong in (b"", b"\0", bytes(len(point)), point[:-1], point[:-1] + bytes([point[-1] ^ 1])):
        assert point_fault(group, wrong) == "point-malformed"


@pytest.mark.parametrize(("group", "kind"), [(0x1D, x25519.X25519PrivateKey), (0x1E, x448.X448PrivateKey)])
def test_points_of_montgomery_curves(group, kind):
    point = kind.generate().public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    assert point_fault(group, point) is None
    for wrong in (b"", point[:-1], bytes(len(point)), b"\1" + bytes(len(point) - 1)):
        assert point_fault(group, wrong) == "point-malformed"


def test_points_of_small_order_are_those_of_the_library():
    """Each leads to a secret of zeros, which the library refuses as clients do."""
    own = x25519.X25519PrivateKey.generate()
    prime = 2**255 - 19
    low = (0, 1, prime - 1, 325606250916557431795983626356110631294008115727848805560023387167927233504)
    for number in (*low, 39382357235489614581723060781553021112529911719440698176882885853963445705823):
        point = number.to_bytes(32, "little")
        assert point_fault(0x1D, point) == "point-malformed"
        with pytest.raises(ValueError):
            own.exchange(x25519.X25519PublicKey.from_public_bytes(point))


def test_a_group_that_is_not_looked_into():
    assert point_fault(0x11EC, b"") is None


@pytest.mark.parametrize(
    ("parameters", "faults"),
    [
        ((23, 5, 8), []),
        ((23, 5, 1), ["dh-public-value-outside"]),
        ((23, 5, 22), ["dh-public-value-outside"]),
        ((23, 5, 0), ["dh-public-value-outside"]),
        ((22, 5, 8), ["dh-prime-even"]),
        ((23, 25, 8), ["dh-generator-large"]),
    ],
)
def test_diffie_hellman(parameters, faults):
    assert list(public_value_fault(DhParameters(*parameters))) == faults
