"""What schemes need of keys, and which of them stands for a certificate's own signature."""

from __future__ import annotations

import pytest

from tests.oracle import recorded
from tests.server.keys import identity
from tlswhy.pki.stores import read_certificates
from tlswhy.server.schemes import Scheme, leaf_of, long_enough_for_pss, may_sign, scheme, signs


@pytest.mark.parametrize(
    ("number", "key", "digest", "curve", "pss"),
    [
        (0x0401, "RSA", "SHA-256", None, False),
        (0x0805, "RSA", "SHA-384", None, True),
        (0x080B, "RSASSA-PSS", "SHA-512", None, True),
        (0x0403, "EC", "SHA-256", "secp256r1", False),
        (0x0203, "EC", "SHA-1", None, False),
        (0x0202, "DSA", "SHA-1", None, False),
        (0x0807, "Ed25519", None, None, False),
        (0x0808, "Ed448", None, None, False),
        (0x0101, "RSA", "MD5", None, False),
    ],
)
def test_a_scheme_names_its_key(number, key, digest, curve, pss):
    assert scheme(number) == Scheme(number, key, digest, curve, pss)


@pytest.mark.parametrize("number", [0x0708, 0x0709, 0x0904, 0x081A, 0x1A1A, 0x0420])
def test_what_no_server_here_has_is_none(number):
    assert scheme(number) is None


@pytest.mark.parametrize(
    ("case", "number"),
    [("base-tls12", 0x0401), ("sig-sha1-leaf", 0x0201), ("pss-sha256-leaf", 0x0804), ("ecdsa-root-p256", 0x0403)],
)
def test_a_certificate_is_signed_by_one_of_them(case, number):
    leaf = read_certificates(recorded.chain(recorded.row("j17.0.9", case)))[0].certificate
    digests = {0x0201, 0x0401, 0x0501, 0x0804, 0x0805, 0x0403, 0x0503, 0x0807}
    fitting = {other for other in digests if (found := scheme(other)) and signs(found, leaf)}
    assert number in fitting or leaf.signature.key == "RSA"
    assert len(fitting) == 1


def test_key_usage_says_what_a_leaf_is_for():
    assert may_sign(identity("rsa-2048").served)
    assert may_sign(identity("rsa-signing").served)
    assert not may_sign(identity("rsa-encipherment").served)
    assert may_sign(identity("rsa-encipherment").served, "keyEncipherment")
    assert leaf_of(identity("rsa-2048").served).public_key.bits == 2048


def test_padding_needs_a_key_that_is_long_enough():
    assert not long_enough_for_pss(identity("rsa-1024").served, scheme(0x0806), 1040)
    assert long_enough_for_pss(identity("rsa-1024").served, scheme(0x0401), 1040)
