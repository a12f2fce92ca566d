"""NSS's classic verifier: the leaf by itself, then issuer by issuer."""

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ed25519

from tests.pki.library_rows import faults, judge
from tests.pki.minting import mint, name, read, rsa_key


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


def chain_of(*extensions, key=None):
    root = mint(name("Root"), key=rsa_key(), extensions=[(x509.BasicConstraints(True, None), True)])
    made = {"key": key or rsa_key(), "signer": rsa_key(), "dns": ["gadgets.example.test"]}
    leaf = mint(name("leaf"), issuer=name("Root"), extensions=extensions, **made)
    return {"chain": (read(leaf),), "trust": (read(root),)}


def test_a_critical_policy_is_unknown_to_it():
    policies = x509.CertificatePolicies([x509.PolicyInformation(x509.ObjectIdentifier("1.2.3.9"), None)])
    assert faults("nss3.87", "base-tls12", **chain_of((policies, False))) == []
    assert faults("nss3.87", "base-tls12", **chain_of((policies, True))) == ["cert-critical-extension-unknown"]
    assert faults("py3.11", "base-tls12", **chain_of((policies, True))) == []


def test_a_key_without_a_known_use():
    made = chain_of(key=ed25519.Ed25519PrivateKey.generate())
    assert faults("nss3.87", "base-tls12", **made) == ["cert-key-disabled"]
    assert faults("gnutls3.7", "base-tls12", **made) == []
