import os

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, x25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tlswhy.errors import BadEvidence, BadTable
from tlswhy.lab.exchange import dh_share, ec_share, rsa_share
from tlswhy.lab.groups import modp_prime
from tlswhy.lab.keys import KeyPool
from tlswhy.wire.codec import Reader
from tlswhy.wire.numbers import group_number


def test_both_ends_of_diffie_hellman_come_to_the_same():
    share = dh_share(1024, os.urandom)
    reader = Reader(share.parameters)
    prime, generator, public = (int.from_bytes(reader.pull_vector16(), "big") for _ in range(3))
    assert (prime, generator) == (modp_prime(1024), 2)
    mine = pow(generator, 4711, prime).to_bytes(128, "big")
    agreed = int.from_bytes(share.agree(len(mine).to_bytes(2, "big") + mine), "big")
    assert agreed == pow(public, 4711, prime)


def test_both_ends_of_a_curve_come_to_the_same():
    share = ec_share(group_number("secp384r1"))
    theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP384R1(), share.parameters[4:])
    mine = ec.generate_private_key(ec.SECP384R1())
    point = mine.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    assert share.agree(bytes([len(point)]) + point) == mine.exchange(ec.ECDH(), theirs)
    share = ec_share(group_number("x25519"))
    private = x25519.X25519PrivateKey.generate()
    public = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    theirs = x25519.X25519PublicKey.from_public_bytes(share.parameters[4:])
    assert share.agree(b"\x20" + public) == private.exchange(theirs)


def test_what_was_encrypted_to_the_certificates_key_is_read():
    key = KeyPool(os.urandom).key("rsa-1024", "leaf")
    public = rsa.RSAPublicNumbers(0x10001, key.private.modulus).public_key()
    sealed = public.encrypt(b"\3\3" + bytes(46), padding.PKCS1v15())
    share = rsa_share(key)
    assert share.parameters == b""
    assert share.agree(len(sealed).to_bytes(2, "big") + sealed) == b"\3\3" + bytes(46)


@pytest.mark.parametrize("group", ["secp256r1", "x25519"])
@pytest.mark.parametrize("body", [b"", b"\x41\4", b"\x20" + bytes(32), b"\x41\4" + bytes(64)])
def test_a_point_that_is_none_is_bad_evidence(group, body):
    with pytest.raises(BadEvidence):
        ec_share(group_number(group)).agree(body)


def test_a_curve_that_the_library_lacks_is_refused():
    with pytest.raises(BadTable):
        ec_share(group_number("sect163k1"))
