"""GnuTLS: the chain put in order, cut, checked from the top."""

from random import Random

import pytest
from cryptography import x509

from tests.pki.faults import faults_for
from tests.pki.library_rows import faults, judge
from tests.pki.minting import mint, name, read
from tests.pki.paper import AKI, common_name, key, sound
from tests.pki.shaping import HOST, MOMENT, odd, read_odd
from tlswhy.pki.certificate import read_certificate
from tlswhy.pki.gnutls_paths import GnutlsRules


def test_the_chain_is_cut_where_it_meets_what_is_trusted():
    assert judge("gnutls3.7", "pss-int-trusted-directly").path.certificates == (0, 1)
    assert judge("gnutls3.7", "cross-signed-both").accepted


def test_an_old_anchor_is_worth_a_second_attempt():
    """The cross-signed root leads to an expired one; by its own name it is trusted."""
    assert judge("gnutls3.7", "cross-signed-expired-old").accepted


def test_an_excluded_entry_is_more_than_it_can_judge():
    constraints = x509.NameConstraints(None, [x509.DirectoryName(name("nobody"))])
    root = mint(name("Root"), extensions=[(x509.BasicConstraints(True, None), True), (constraints, True)])
    leaf = mint(name("leaf"), issuer=name("Root"), dns=["gadgets.example.test"])
    found = judge("gnutls3.7", "base-tls12", chain=(read(leaf),), trust=(read(root),))
    assert [objection.fault for objection in found.objections] == ["name-constraints-violation"]
    assert judge("py3.11", "base-tls12", chain=(read(leaf),), trust=(read(root),)).accepted


def test_a_trusted_leaf_counts_only_where_it_is_all_that_was_sent():
    assert faults("gnutls3.7", "trust-only-leaf") == ["trust-anchor-missing"]
    assert judge("gnutls3.7", "selfsigned-md5-trusted").accepted
    assert faults("gnutls3.7", "expired-selfsigned-trusted") == ["cert-expired"]


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        ("sig-sha1-leaf", ["cert-signature-disabled"]),
        ("sig-sha224-int", []),
        ("rsa-1024-leaf", []),
        ("rsa-768-root", ["cert-key-too-small"]),
        ("ecdsa-root-secp192r1", []),
        ("ecdsa-root-brainpool256", ["cert-curve-unsupported"]),
        ("dsa-2048-root", []),
    ],
)
def test_the_profile_low(case, expected):
    assert faults("gnutls3.7", case) == expected


def test_a_higher_profile_refuses_more():
    assert faults("gnutls3.7", "rsa-1024-leaf", rules=GnutlsRules(least_rsa=2048)) == ["cert-key-too-small"]
    assert judge("gnutls3.7", "sig-sha1-leaf", rules=GnutlsRules(sha1=True)).accepted


def test_key_usage_is_that_of_the_key_exchange():
    assert faults("gnutls3.7", "ku-keyenc-only-ecdhe") == ["cert-usage-not-allowed"]
    assert judge("gnutls3.7", "ku-keyenc-only-ecdhe", authentication="RSA").accepted
    assert faults("gnutls3.7", "base-tls12", authentication="RSA") == []


def test_any_purpose_counts_for_the_leaf_alone():
    assert judge("gnutls3.7", "eku-any").accepted
    assert judge("gnutls3.7", "eku-int-client-only").objections[0].certificate == 1


def test_constraints_of_the_anchor_hold():
    for case, fault in (
        ("pathlen-root", "ca-constraint-violation"),
        ("root-ca-false-sent", "ca-constraint-violation"),
        ("nc-violation-root", "name-constraints-violation"),
        ("expired-root", "cert-expired"),
    ):
        assert faults("gnutls3.7", case) == [fault]
    assert judge("gnutls3.7", "v1-root-sent").accepted
    assert faults("gnutls3.7", "v1-int") == ["ca-constraint-violation"]


@pytest.mark.parametrize(
    ("fault", "expected"),
    [("PSS", []), ("PSS 384", []), ("PSS salt 20", ["cert-signature-unsupported"])],
)
def test_a_salt_must_be_of_the_digest_s_size(fault, expected):
    root, leaf = odd("root", kind="rsa2048"), odd("leaf", kind="rsa2048")
    leaf.issuer, leaf.signer = root.subject, root.key
    leaf.drop(AKI)
    faults_for("leaf")[fault](leaf, Random(1))
    chain, trust = ((read_certificate(paper.der()),) for paper in (leaf, root))
    assert faults("gnutls3.7", "base-tls12", chain=chain, trust=trust, moment=MOMENT) == expected


def test_a_root_without_a_signature_is_no_ca():
    (plain, empty) = (read_odd("root", *fault) for fault in ((), ("signature empty",)))
    leaf = odd("leaf")
    leaf.issuer, leaf.signer = odd("root").subject, odd("root").key
    leaf.drop(AKI)
    chain = (read_certificate(leaf.der()),)
    assert faults("gnutls3.7", "base-tls12", chain=chain, trust=(plain,), moment=MOMENT) == []
    found = faults("gnutls3.7", "base-tls12", chain=chain, trust=(empty,), moment=MOMENT)
    assert found == ["ca-constraint-violation"]


def test_what_is_left_over_decides_where_nothing_else_is_trusted():
    """An intermediate whose key is trusted under another certificate ends the chain, unless something that belongs
    nowhere was sent as well: then that is the last, and its issuer is unknown."""
    root = odd("root")
    middle = sound("ca", common_name("middle"), key("p256", 3), MOMENT, root, serial=2)
    renewed = sound("root", common_name("middle"), key("p256", 3), MOMENT, serial=3)
    stray = sound("ca", common_name("stray"), key("p256", 4), MOMENT, odd("root", kind="rsa2048"), serial=4)
    stray.issuer = common_name("nobody")
    leaf = sound("leaf", common_name(HOST), key("p256", 5), MOMENT, middle, HOST, 5)
    trust = (read_certificate(renewed.der()),)
    chain = tuple(read_certificate(paper.der()) for paper in (leaf, middle, stray))
    assert faults("gnutls3.7", "base-tls12", chain=chain[:2], trust=trust, moment=MOMENT) == []
    assert faults("gnutls3.7", "base-tls12", chain=chain, trust=trust, moment=MOMENT) != []
