"""NSS's classic verifier: the leaf by itself, then issuer by issuer."""

import pytest

from tests.pki.library_rows import faults, judge


def test_it_climbs_until_an_issuer_is_trusted():
    assert judge("nss3.87", "base-tls12").path.certificates == (0, 1)
    assert judge("nss3.87", "missing-int-trusted-int").accepted
    assert judge("nss3.87", "cross-signed-expired-old").accepted


def test_the_leaf_s_own_trust_as_a_ca_says_nothing():
    assert faults("nss3.87", "trust-only-leaf") == ["trust-anchor-missing"]
    assert faults("nss3.87", "selfsigned-pss-trusted") == ["ca-constraint-violation"]


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        ("sig-md5-leaf", ["cert-signature-disabled"]),
        ("sig-md5-root-sent", []),
        ("sig-sha1-int", []),
        ("pss-sha1-leaf", []),
        ("ed25519-root", ["cert-signature-unsupported"]),
        ("ecdsa-root-brainpool256", ["cert-signature-disabled"]),
        ("ecdsa-root-secp192r1", ["cert-curve-unsupported"]),
        ("rsa-768-root", ["cert-key-too-small"]),
        ("rsa-1024-leaf", []),
    ],
)
def test_algorithms_and_keys(case, expected):
    assert faults("nss3.87", case) == expected


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        ("leaf-ca-true", ["cert-usage-not-allowed"]),
        ("eku-any", ["cert-usage-not-allowed"]),
        ("ku-keyagreement-only", ["cert-usage-not-allowed"]),
        ("ku-keyenc-only-ecdhe", []),
        ("eku-int-client-only", []),
        ("v1-leaf", []),
        ("v1-root", []),
        ("root-ca-false-sent", ["ca-constraint-violation"]),
        ("pathlen-root", ["ca-constraint-violation"]),
        ("critext-int", ["cert-critical-extension-unknown"]),
        ("nc-violation-root", ["name-constraints-violation"]),
        ("expired-root", ["cert-expired"]),
    ],
)
def test_uses_and_constraints(case, expected):
    assert faults("nss3.87", case) == expected
