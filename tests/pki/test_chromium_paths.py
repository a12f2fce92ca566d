"""Chromium's search and its checks, on the recorded chains; what it did with them: tests/oracle/test_measured.py."""

from datetime import timedelta

import pytest

from tests.oracle import recorded
from tests.pki.java_paths import certificates, moment_of
from tests.pki.library_rows import judge as judge_row
from tlswhy.pki.chromium_paths import ChromiumRules
from tlswhy.unseen import UNSEEN

RULES = ChromiumRules()


def judge(case, **changes):
    """The chain of a case that was recorded with Go, judged as Chromium does over TLS 1.2 with ECDHE."""
    asked = {"rules": RULES, "version": 0x0303, "authentication": "ECDHE_RSA"} | changes
    return judge_row("go1.24", case, **asked)


def faults(case, **changes):
    return [objection.fault for objection in judge(case, **changes).objections]


def test_every_way_up_is_tried():
    assert judge("cross-signed-expired-old").accepted
    assert len(judge("missing-int-trusted-both").path.certificates) == 1
    assert judge("unordered-root-first").accepted


def test_any_trusted_certificate_is_an_anchor_but_a_leaf_alone_is_none():
    assert judge("missing-int-trusted-int").accepted
    assert faults("trust-only-leaf") == ["trust-anchor-missing"]


def test_an_anchor_s_dates_and_constraints_count():
    assert faults("expired-root") == ["cert-expired"]
    assert faults("nc-violation-root") == ["name-constraints-violation"]
    assert faults("pathlen-root") == ["ca-constraint-violation"]
    assert faults("root-ca-false-sent") == ["ca-constraint-violation"]
    assert judge("v1-root").accepted
    assert faults("v1-int") == ["ca-constraint-violation"]


@pytest.mark.parametrize(
    ("case", "fault"),
    [
        ("sig-md5-leaf", "cert-signature-disabled"),
        ("sig-sha1-int", "cert-signature-disabled"),
        ("sig-sha224-int", "cert-signature-unsupported"),
        ("pss-sha1-leaf", "cert-signature-unsupported"),
        ("ed448-int", "cert-signature-unsupported"),
        ("ecdsa-root-brainpool256", "cert-curve-unsupported"),
        ("rsa-512-int", "cert-key-too-small"),
        ("rsa-768-root", "cert-key-too-small"),
        ("critext-int", "cert-critical-extension-unknown"),
        ("eku-int-client-only", "cert-usage-not-allowed"),
        ("bad-signature-int", "cert-signature-invalid"),
        ("untrusted-root-samename", "trust-anchor-mismatch"),
    ],
)
def test_what_it_refuses(case, fault):
    assert faults(case)[0] == fault


def test_an_anchor_s_own_signature_does_not_matter():
    for case in ("sig-md5-root-sent", "sig-sha1-root", "pss-sha1-root-sent", "rsa-1024-root-sent"):
        assert judge(case).accepted, case


def test_the_leaf_s_key_usage_must_fit_the_key_exchange():
    assert faults("ku-keyenc-only-ecdhe") == ["cert-usage-not-allowed"]
    assert judge("ku-keyenc-only-ecdhe", authentication="RSA").accepted
    assert faults("ku-keyenc-only-ecdhe", version=0x0304, authentication="UNKNOWN") == ["cert-usage-not-allowed"]


def test_of_several_faults_the_one_that_is_named_comes_first():
    """MapCertStatusToNetError: an unknown issuer before dates, dates before ERR_CERT_INVALID."""
    later = moment_of(recorded.row("go1.24", "untrusted-root")) + timedelta(days=40_000)
    assert faults("untrusted-root", moment=later) == ["trust-anchor-missing", "cert-expired"]
    assert faults("int-no-bc", moment=later)[:2] == ["cert-expired", "cert-expired"]
    assert faults("int-no-bc", moment=later)[-1] == "ca-constraint-violation"


def test_without_trust_the_leaf_alone_can_decide():
    assert judge("base-tls12", trust=UNSEEN).accepted is None
    refused = judge("expired-leaf", trust=UNSEEN)
    assert refused.accepted is False
    assert [objection.fault for objection in refused.objections] == ["cert-expired"]


def test_an_empty_store_is_said_to_be_empty():
    assert faults("base-tls12", trust=()) == ["trust-store-empty"]


def test_an_endless_supply_of_issuers_comes_to_an_end():
    leaf = certificates(recorded.chain(recorded.row("go1.24", "base-tls12")))
    chain = (*leaf[:1], *(leaf[1:] * 200))
    assert judge("base-tls12", chain=chain).accepted
