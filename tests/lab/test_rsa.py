import os

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from tlswhy.lab.rsa import EXPONENT, RsaKey, digest_info, generate

MESSAGE = b"every server is unhappy in its own way"


@pytest.fixture(scope="module")
def key():
    numbers = rsa.generate_private_key(EXPONENT, 1024).private_numbers()
    return RsaKey(numbers.public_numbers.n, numbers.d, numbers.p, numbers.q)


@pytest.fixture(scope="module")
def public(key):
    return rsa.RSAPublicNumbers(EXPONENT, key.modulus).public_key()


@pytest.mark.parametrize("bits", [512, 768, 1000])
def test_a_generated_key_has_its_size_and_undoes_itself(bits):
    key = generate(bits, os.urandom)
    assert key.modulus.bit_length() == bits
    assert pow(pow(4711, EXPONENT, key.modulus), key.private, key.modulus) == 4711


@pytest.mark.parametrize(("digest", "library"), [("SHA-256", hashes.SHA256()), ("SHA-1", hashes.SHA1())])
def test_signatures_are_right_to_a_library(key, public, digest, library):
    public.verify(key.sign_pkcs1(digest_info(digest, MESSAGE)), MESSAGE, padding.PKCS1v15(), library)
    salt = os.urandom(library.digest_size)
    pss = padding.PSS(padding.MGF1(library), library.digest_size)
    public.verify(key.sign_pss(MESSAGE, digest, salt), MESSAGE, pss, library)


def test_md5_is_signed_as_anything_else(key, public):
    public.verify(key.sign_pkcs1(digest_info("MD5", MESSAGE)), MESSAGE, padding.PKCS1v15(), hashes.MD5())


def test_a_digest_that_the_key_has_no_room_for_is_refused():
    key = generate(512, os.urandom)
    with pytest.raises(ValueError, match="too small"):
        key.sign_pkcs1(digest_info("SHA-512", MESSAGE))


def test_the_same_draw_makes_the_same_key():
    def draw_from(seed: int):
        import random

        source = random.Random(seed)
        return source.randbytes

    assert generate(512, draw_from(1)) == generate(512, draw_from(1))
    assert generate(512, draw_from(1)) != generate(512, draw_from(2))
