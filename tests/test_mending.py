"""What would cure a refusal, as changes: in the chain that the situation shows, the least invasive first."""

from __future__ import annotations

from tests.remedy.test_plan import diagnosed
from tlswhy.changes import IssueByAuthority, OrderSuites, ReissueCertificate, ReissueUnder, ServeChain, TrustRoot
from tlswhy.mending import (
    issued_by_authority,
    issued_nearer_the_root,
    named_alone,
    reissue,
    reissue_all,
    reissue_without,
    rekeyed,
    renewed,
    served_short,
    served_whole,
    signed_soundly,
    suites_enabled,
    suites_first,
    trusting,
    trusting_the_namesake,
)
from tlswhy.pki.reissue import Reissue
from tlswhy.verdict import Refusal, Stage
from tlswhy.wire.numbers import suite


def refusal(**facts: object) -> Refusal:
    return Refusal("cert-expired", Stage.CHAIN, facts, ())


def test_the_certificate_that_the_refusal_names():
    (again,) = reissue(refusal(certificate=1, subject="CN=CA"), Reissue(key="RSA"))
    assert again == ReissueCertificate(1, Reissue(key="RSA"), None, "CN=CA")
    (root,) = reissue(refusal(anchor=2, anchor_subject="CN=Root"), Reissue())
    assert root == ReissueCertificate(None, Reissue(), 2, "CN=Root")
    assert not list(reissue(refusal(), Reissue()))


def test_chain_and_trust_of_a_situation(situation_of):
    situation = situation_of("j17.0.9", "missing-int")
    (whole,) = served_whole(situation)
    assert whole == ServeChain((0,), ("CN=Oracle Issuing CA,O=tlswhy oracle",))
    (trusted,) = trusting(situation, refusal(anchor=0))
    assert trusted == TrustRoot("CN=Oracle Issuing CA,O=tlswhy oracle", None, 0)
    assert not list(served_short(situation))
    sent = situation_of("j8u212", "pss-sha1-root-sent")
    assert list(served_short(sent)) == [ServeChain((0, 1))]
    (root,) = trusting(sent, refusal())
    assert root.certificate == 2


def test_signatures_keys_and_time(situation_of):
    situation = situation_of("j8u212", "pss-sha384-int")
    first, second = list(signed_soundly(situation, refusal(certificate=1)))[:2]
    assert (first.wish, second.wish) == (Reissue(signature="RSA"), Reissue(signature="EC"))
    of_leaf = list(signed_soundly(situation, refusal(certificate=0)))
    assert of_leaf[-1].certificate == 1  # its issuer with another key comes last
    assert [change.wish.key for change in rekeyed(situation, refusal(certificate=0, algorithm="RSA"))] == ["RSA", "EC"]
    (again,) = renewed(situation, refusal(certificate=0))
    first_day, last_day = again.wish.validity
    assert first_day < situation.moment < last_day
    assert [change.certificate for change in reissue_all(situation, Reissue(authority=True), lambda ca: True)] == [1]
    assert not list(reissue_without(situation, "2.5.29.30"))


def test_suites_go_with_the_version_and_the_leafs_key(situation_of):
    (ordered,) = suites_first(situation_of("j17.0.9", "dhe-512-tls12-aes256cbc"))
    assert isinstance(ordered, OrderSuites)
    assert {suite(number).authentication for number in ordered.suites} == {"RSA"}
    assert not list(suites_first(situation_of("j11.0.5-noec", "dhe-768-tls12-aes256cbc")))


def test_fewer_certificates_between_leaf_and_root(situation_of):
    situation = situation_of("j17.0.9", "chain-over-32k")
    nearer = list(issued_nearer_the_root(situation))
    assert all(isinstance(change, ReissueUnder) and change.by >= 2 for change in nearer)
    assert [change.by for change in nearer] == sorted(change.by for change in nearer)
    assert not list(named_alone(situation))  # a leaf of one name has none to lose
    assert not list(issued_nearer_the_root(situation_of("j17.0.9", "base-tls12")))


def test_suites_that_go_with_the_key(situation_of):
    (ordered,) = suites_enabled(situation_of("j17.0.9", "base-tls12"))
    assert {suite(number).authentication for number in ordered.suites} == {"RSA", "any"}


def test_a_leaf_that_signs_itself_and_a_root_with_a_namesake():
    (issued,) = issued_by_authority(diagnosed("j8u212", "selfsigned-untrusted").situation)
    assert isinstance(issued, IssueByAuthority)
    healthy = diagnosed("j8u212", "base-tls12").situation
    assert not list(issued_by_authority(healthy))
    (root,) = trusting_the_namesake(diagnosed("j8u212", "untrusted-root-samename").situation)
    assert (root.certificate, root.instead_of) == (2, 0)
    assert not list(trusting_the_namesake(healthy))
