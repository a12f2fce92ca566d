"""Go's search and its checks."""

from dataclasses import replace

import pytest

from tests.oracle import recorded
from tests.pki.java_paths import certificates
from tests.pki.library_rows import faults, judge
from tlswhy.pki.go_paths import GoRules


def test_every_way_up_is_tried_and_told():
    outcome = judge("go1.24", "cross-signed-expired-old")
    assert outcome.accepted
    assert outcome.path.certificates == (0, 1)


def test_a_trusted_leaf_is_a_chain_of_its_own_but_not_out_of_date():
    assert judge("go1.24", "trust-only-leaf").path.certificates == (0,)
    assert faults("go1.24", "expired-leaf-trusted")[0] == "cert-expired"


def test_any_trusted_certificate_is_an_anchor():
    assert judge("go1.24", "missing-int-trusted-int").accepted


@pytest.mark.parametrize(
    ("case", "fault"),
    [
        ("sig-md5-leaf", "cert-signature-disabled"),
        ("sig-sha1-int", "cert-signature-disabled"),
        ("sig-sha224-int", "cert-signature-unsupported"),
        ("pss-sha1-leaf", "cert-signature-unsupported"),
        ("dsa-2048-root", "cert-signature-unsupported"),
        ("ed448-int", "cert-signature-unsupported"),
        ("ecdsa-root-brainpool256", "cert-curve-unsupported"),
    ],
)
def test_algorithms_that_go_refuses_or_lacks(case, fault):
    assert faults("go1.24", case)[0] == fault


def test_short_keys_verify_nothing_since_1_24():
    assert judge("go1.19", "rsa-512-root").accepted
    assert faults("go1.24", "rsa-512-root")[0] == "cert-key-too-small"
    assert judge("go1.24", "rsa-512-root", rules=GoRules(least_rsa=512)).accepted


def test_sha1_could_be_switched_on():
    assert judge("go1.19", "sig-sha1-leaf", rules=replace(GoRules(), sha1=True)).accepted


def test_uses_are_nested_and_any_counts():
    assert judge("go1.24", "eku-any").accepted
    assert judge("go1.24", "eku-int-client-only").objections[0].certificate == 1
    assert judge("go1.24", "ku-certsign-only").accepted, "key usage is asked of parents only"


def test_a_root_is_checked_like_any_parent():
    for case in ("root-ca-false-sent", "pathlen-root"):
        assert faults("go1.24", case)[0] == "ca-constraint-violation"
    assert faults("go1.24", "expired-root")[0] == "cert-expired"
    assert judge("go1.24", "v1-root").accepted
    assert faults("go1.24", "v1-int")[0] == "ca-constraint-violation"


def test_a_hostile_chain_costs_little():
    chain = certificates(recorded.chain(recorded.row("go1.24", "base-tls12")))
    assert judge("go1.24", "base-tls12", chain=(chain[0], *chain[1:] * 3000)).accepted
