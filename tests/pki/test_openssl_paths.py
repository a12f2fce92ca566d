"""Which path OpenSSL settles on: by release, by flag, and where it ends."""

import pytest

from tests.oracle import recorded
from tests.pki.java_paths import certificates
from tests.pki.library_rows import faults, judge


def test_only_since_1_1_0_is_the_store_asked_first():
    """The old, expired root is only met by the release that takes what was sent first."""
    assert faults("node8.17.0", "cross-signed-expired-old") == ["cert-expired"]
    assert judge("node16.20.2", "cross-signed-expired-old").accepted
    assert judge("node8.17.0", "cross-signed-both").path.certificates == (0, 1, 2)
    assert judge("py3.11", "cross-signed-both").path.certificates == (0, 1)


def test_1_0_2_looks_for_another_chain_from_further_down():
    """The root is sent as issued by an old one that is not trusted; its twin is."""
    row = recorded.row("node8.17.0", "cross-signed-both")
    found = judge("node8.17.0", "cross-signed-both", trust=certificates(recorded.trust(row))[1:])
    assert found.accepted
    assert found.path.certificates == (0, 1)


@pytest.mark.parametrize("case", ["missing-int-trusted-int", "trust-only-leaf", "pss-leaf-trusted-directly"])
def test_an_anchor_that_is_not_self_signed_needs_partial_chain(case):
    assert faults("py3.11", case)[0] == "trust-anchor-missing"
    assert judge("curl8.14", case).accepted


def test_the_store_may_lend_intermediates():
    assert judge("py3.11", "missing-int-trusted-both").accepted


def test_a_self_signed_leaf_must_be_the_very_one_that_is_trusted():
    assert judge("py3.11", "selfsigned-pss-trusted").accepted
    assert faults("py3.11", "selfsigned-untrusted") == ["self-signed-untrusted"]
    assert faults("node8.17.0", "selfsigned-pss-trusted") == ["trust-anchor-missing"], "1.0.2 wants keyCertSign"


def test_a_callback_that_goes_on_leaves_the_last_error():
    first = faults("py3.11", "expired-leaf", trust=())
    assert first == ["trust-store-empty", "cert-expired"]
    assert faults("node18.20.8", "expired-leaf", trust=()) == first[::-1]
