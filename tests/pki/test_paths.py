"""Paths in particular: what is certain without trust, what comes next, what is bounded."""

from dataclasses import replace
from datetime import UTC, datetime
from time import perf_counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.oracle import recorded
from tests.pki.java_paths import authentication_of, certificates, judged_rows, moment_of, rules_of, version_of
from tests.pki.random_chains import random_cases
from tlswhy.pki.certificate import read_certificate
from tlswhy.pki.paths import PathOutcome, PathRules, judge_path
from tlswhy.unseen import UNSEEN

OCTOBER = datetime(2026, 10, 30, tzinfo=UTC)


def judge(client: str, case: str, trust="as recorded", **changes) -> PathOutcome:
    row = recorded.row(client, case)
    asked = {
        "chain": certificates(recorded.chain(row)),
        "trust": certificates(recorded.trust(row)) if trust == "as recorded" else trust,
        "moment": moment_of(row),
        "rules": rules_of(client),
        "version": version_of(row) if "server_version" in row["wire"] else 0x0303,
        "authentication": authentication_of(row) if "server_version" in row["wire"] else "ECDHE_RSA",
    } | changes
    return judge_path(asked.pop("chain"), asked.pop("trust"), **asked)


# Trust not seen


@pytest.mark.parametrize(
    ("client", "case", "fault"),
    [
        ("j8u212", "pss-sha256-leaf", "cert-signature-unsupported"),
        ("j25.0.5", "expired-leaf", "cert-expired"),
        ("j25.0.5", "eku-client-only", "cert-usage-not-allowed"),
        ("j8u504", "critext-leaf", "cert-critical-extension-unknown"),
        ("j8u212", "rsa-512-int", "cert-key-too-small"),
    ],
)
def test_the_leaf_s_own_faults_hold_whatever_is_trusted(client, case, fault):
    outcome = judge(client, case, UNSEEN)
    assert outcome.accepted is False
    assert outcome.objections[0].fault == fault
    assert outcome.objections[0].facts["unless"] == "leaf-trusted"


@pytest.mark.parametrize(
    "case", ["base-tls12", "untrusted-root", "selfsigned-untrusted", "missing-int", "pss-sha384-int"]
)
def test_without_trust_nothing_is_said_that_trust_could_change(case):
    assert judge("j8u212", case, UNSEEN).accepted is None


def test_an_intermediate_s_fault_is_a_near_miss_without_trust():
    outcome = judge("j25.0.5", "notyet-int", UNSEEN)
    assert outcome.accepted is None
    assert [path.objection.fault for path in outcome.tried] == ["cert-not-yet-valid"]


def test_what_is_refused_without_trust_is_refused_with_the_recorded_trust():
    for row in judged_rows():
        if judge(row["client"], row["case"], UNSEEN).accepted is False and "trusted" not in row["case"]:
            assert not row["connected"], (row["client"], row["case"])


# One thing after another


def test_everything_in_the_client_s_order():
    row = recorded.row("j8u212", "expired-leaf")
    outcome = judge("j8u212", "expired-leaf", authentication="ECDH_RSA")
    assert [o.fault for o in outcome.objections] == ["cert-expired", "cert-usage-not-allowed"]
    assert outcome.path.anchor == 0
    assert len(certificates(recorded.chain(row))) == len(outcome.path.certificates)


def test_a_tls_1_0_handshake_asks_no_list():
    """8u252 has RSASSA-PSS but does not list it: facts G3."""
    over = {v: judge("j8u51", "pss-sha256-leaf", rules=rules_of("j8u252"), version=v) for v in (0x0301, 0x0303)}
    assert over[0x0301].accepted
    assert [o.fault for o in over[0x0303].objections] == ["cert-signature-disabled"]


def test_over_tls_1_3_only_its_own_schemes_count_since_handshake_signature():
    """Seen with 25.0.3 (refuses) and 17.0.15 (accepts) on an intermediate signed SHA224withRSA."""
    for client, accepted in (("j25.0.5", False), ("j17.0.9", True)):
        assert judge(client, "sig-sha224-int", version=0x0303).accepted
        assert judge(client, "sig-sha224-int", version=0x0304, authentication="UNKNOWN").accepted is accepted


def test_an_anchor_s_fault_names_the_anchor():
    objection = judge("j21.0.8", "rsa-512-root").objections[0]
    assert (objection.certificate, objection.anchor) == (None, 0)
    assert objection.facts["entry"] == "RSA keySize < 1024"


def test_an_anchor_the_runtime_cannot_read_leaves_the_store_empty():
    objection = judge("j8u51", "ecdsa-root-brainpool256").objections[0]
    assert (objection.fault, objection.anchor) == ("cert-curve-unsupported", 0)


def test_no_certificates_no_judgement():
    assert judge_path((), (), moment=OCTOBER, rules=PathRules(), version=0x0303, authentication="RSA").accepted is None


# Bounds


def test_ten_thousand_certificates_cost_little():
    row = recorded.row("j25.0.5", "chain-10-ints")
    chain = certificates(recorded.chain(row))
    crowd = chain[:1] + chain[:0:-1] * 1000
    start = perf_counter()
    judge("j25.0.5", "chain-10-ints", (), chain=crowd)
    judge("j25.0.5", "chain-10-ints", UNSEEN, chain=crowd)
    assert judge("j25.0.5", "chain-10-ints", crowd[5:], chain=crowd[:1]).accepted
    assert perf_counter() - start < 3


def test_a_knot_of_cross_certificates_ends():
    cases = [c for c in random_cases(3, 120, OCTOBER) if len(c.chain) > 2]
    crowd = tuple(read_certificate(der) for case in cases for der in case.chain)
    start = perf_counter()
    for case in cases[:10]:
        leaf = read_certificate(case.chain[0])
        trust = tuple(map(read_certificate, case.trust))
        judge_path((leaf, *crowd), trust, moment=OCTOBER, rules=PathRules(), version=0x0303, authentication="RSA")
    assert perf_counter() - start < 20


# Properties

ROWS = [row for row in judged_rows() if row["client"] in ("j8u51", "j8u212", "j17.0.20", "j25.0.5")]


@given(st.sampled_from(ROWS), st.randoms(use_true_random=False))
@settings(max_examples=150)
def test_the_order_of_the_rest_does_not_change_acceptance(row, dice):
    chain = certificates(recorded.chain(row))
    rest = [*chain[1:], *dice.sample(chain, dice.randint(0, len(chain)))]
    dice.shuffle(rest)
    usual = judge(row["client"], row["case"])
    shuffled = judge(row["client"], row["case"], chain=(chain[0], *rest))
    if (
        "expired-root" not in row["case"] and len(chain) <= 6
    ):  # ForwardBuilder looks at an anchor's dates, and stops at 5
        assert shuffled.accepted == usual.accepted


@given(st.sampled_from(ROWS), st.sampled_from(ROWS))
@settings(max_examples=150)
def test_less_trust_never_helps(row, other):
    trust = certificates(recorded.trust(row))
    more = trust + certificates(recorded.trust(other))
    if judge(row["client"], row["case"], trust).accepted and more[-1].subject not in [t.subject for t in trust]:
        assert judge(row["client"], row["case"], more).accepted
    assert not judge(row["client"], row["case"], ()).accepted


@given(st.lists(st.sampled_from([der for case in random_cases(5, 40, OCTOBER) for der in case.chain]), max_size=12))
@settings(max_examples=150)
def test_any_certificates_in_any_order_are_judged(ders):
    chain = tuple(map(read_certificate, ders))
    for client in ("j8u51", "j11.0.5-noec", "j25.0.5"):
        for trust in (UNSEEN, chain[1:], chain):
            outcome = judge_path(
                chain, trust, moment=OCTOBER, rules=rules_of(client), version=0x0304, authentication="UNKNOWN"
            )
            assert (outcome.accepted is False) <= bool(outcome.objections)
            assert not (outcome.accepted and outcome.objections)


def test_rules_can_be_compared_and_carried():
    import pickle

    rules = rules_of("j25.0.5")
    assert pickle.loads(pickle.dumps(rules)) == rules
    assert replace(rules, anchor_must_be_ca=False) != rules
