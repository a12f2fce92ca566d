"""What the libraries share: no trust seen, links and places, the gap told alike."""

import pytest

from tests.oracle import recorded
from tests.pki.java_paths import certificates
from tests.pki.library_rows import faults, judge
from tlswhy.pki.library_paths import Link, PathRequest, key_identifier_fits, no_anchor, objection, once, sent
from tlswhy.unseen import UNSEEN

EVERYBODY = tuple(recorded.clients("others"))


@pytest.mark.parametrize("client", EVERYBODY)
def test_without_trust_a_good_leaf_leaves_the_question_open(client):
    assert judge(client, "base-tls12", UNSEEN).accepted is None
    assert judge(client, "untrusted-root", UNSEEN).accepted is None


@pytest.mark.parametrize("client", EVERYBODY)
@pytest.mark.parametrize(
    ("case", "fault"), [("expired-leaf", "cert-expired"), ("eku-client-only", "cert-usage-not-allowed")]
)
def test_the_leaf_s_own_faults_hold_whatever_is_trusted(client, case, fault):
    outcome = judge(client, case, UNSEEN)
    assert outcome.accepted is False
    assert outcome.objections[0].fault == fault
    assert outcome.objections[0].certificate == 0


@pytest.mark.parametrize("client", EVERYBODY)
def test_an_empty_store_is_said_to_be_empty(client):
    assert faults(client, "base-tls12", trust=())[0] == "trust-store-empty"


@pytest.mark.parametrize("client", EVERYBODY)
def test_order_repetition_and_strangers_in_the_chain_do_not_matter(client):
    chain = certificates(recorded.chain(recorded.row(client, "extra-unrelated")))
    for order in (chain, (chain[0], *chain[:0:-1]), (*chain, *chain[1:], chain[0])):
        assert judge(client, "extra-unrelated", chain=order).accepted


@pytest.mark.parametrize("client", EVERYBODY)
def test_no_chain_is_no_question(client):
    assert judge(client, "base-tls12", chain=()).accepted is None


def test_places_are_those_of_the_chain_and_of_the_store():
    (leaf, *_rest) = certificates(recorded.chain(recorded.row("py3.11", "base-tls12")))
    assert [link.index for link in sent((leaf, leaf))] == [0]
    told = objection("cert-expired", Link(leaf, 0), "rule", reason="late")
    assert (told.certificate, told.anchor, told.facts) == (0, None, {"reason": "late"})
    assert once((told, told, objection("cert-expired", Link(leaf, anchor=3), "rule"))) == (
        told,
        objection("cert-expired", Link(leaf, anchor=3), "rule"),
    )


def test_the_gap_is_told_as_for_java():
    row = recorded.row("py3.11", "untrusted-root-samename")
    chain, trust = certificates(recorded.chain(row)), certificates(recorded.trust(row))
    gap = no_anchor(PathRequest(chain, trust, chain[0].not_before, 0x0303, "ECDHE_RSA"), "a rule")
    assert (gap.fault, gap.rule) == ("trust-anchor-mismatch", "a rule")


def test_key_identifiers_count_only_where_both_sides_state_them():
    leaf, issuer = certificates(recorded.chain(recorded.row("py3.11", "base-tls12")))[:2]
    assert key_identifier_fits(leaf, issuer)
    assert not key_identifier_fits(leaf, leaf)
    root = certificates(recorded.trust(recorded.row("py3.11", "v1-root")))[0]
    assert key_identifier_fits(leaf, root), "a v1 certificate states none"
