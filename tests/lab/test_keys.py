import os

import pytest
from cryptography.hazmat.primitives.serialization import load_der_public_key, load_pem_private_key

from tlswhy.errors import BadTable
from tlswhy.lab.keys import KeyPool
from tlswhy.pki import der
from tlswhy.pki.keys import read_public_key


@pytest.fixture(scope="module")
def pool():
    return KeyPool(os.urandom)


@pytest.mark.parametrize(
    ("kind", "algorithm", "bits", "curve"),
    [
        ("rsa-512", "RSA", 512, None),
        ("rsa-1024", "RSA", 1024, None),
        ("rsa-pss-1024", "RSASSA-PSS", 1024, None),
        ("ec-secp256r1", "EC", 256, "secp256r1"),
        ("ec-brainpoolP256r1", "EC", 256, "brainpoolP256r1"),
        ("ec-secp256k1", "EC", 256, "secp256k1"),
        ("ed25519", "Ed25519", 255, None),
        ("ed448", "Ed448", 448, None),
    ],
)
def test_the_public_key_reads_as_what_was_wanted(pool, kind, algorithm, bits, curve):
    read = read_public_key(der.read_element(pool.key(kind, "leaf").spki))
    assert (read.algorithm, read.curve) == (algorithm, curve)
    if algorithm != "Ed25519":
        assert read.bits in (bits, None) or algorithm.startswith("Ed")


@pytest.mark.parametrize("kind", ["rsa-1024", "rsa-pss-1024", "ec-secp384r1", "ed25519"])
def test_private_and_public_halves_belong_together_to_a_library(pool, kind):
    key = pool.key(kind, "leaf")
    private = load_pem_private_key(key.pem().encode(), None)
    assert private.public_key() == load_der_public_key(key.spki)


def test_a_key_is_made_once_for_a_purpose(pool):
    assert pool.key("rsa-512", "leaf") is pool.key("rsa-512", "leaf")
    assert pool.key("rsa-512", "leaf") is not pool.key("rsa-512", "root")


@pytest.mark.parametrize("kind", ["rsa", "rsa-x", "ec-nowhere", "gost"])
def test_unknown_kinds_are_refused(pool, kind):
    with pytest.raises(BadTable):
        pool.key(kind, "leaf")
