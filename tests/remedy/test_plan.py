"""Plans of the recorded refusals: what they change, and that the judge accepts what comes out of it."""

from __future__ import annotations

import os
from collections import Counter

import pytest

from tests.oracle import recorded
from tests.oracle.test_other_client import evidence_of
from tlswhy import diagnose
from tlswhy.changes import (
    EnableVersion,
    Machine,
    OrderSuites,
    ReissueCertificate,
    ServeChain,
    TrustRoot,
    UpgradeClient,
    UseDhGroup,
    UseName,
)
from tlswhy.evidence.read import read_evidence
from tlswhy.pki.reissue import Reissue
from tlswhy.pki.stores import read_certificates
from tlswhy.report import Diagnosis, Plan
from tlswhy.source import source_of_bytes
from tlswhy.verdict import Accepted
from tlswhy.wire.numbers import TLS12, suite

NOBODY_CAN_SAY = frozenset({"not-tls", "connection-closed", "connection-reset", "timeout", "tcp-refused"})
"""Labels of connections in which nobody spoke TLS to the end: there is nothing to change that we could judge."""
FLOOR = 1.0


def diagnosed(client: str, case: str, **options) -> Diagnosis:
    row = recorded.row(client, case)
    trust = [entry.certificate.der for entry in read_certificates(recorded.trust(row))]
    named = recorded.client_id(client)
    options = {"clients": [named], "host": row["host"], "trust": trust, **options}
    return diagnose(evidence_of(row), **options).diagnoses[0]


def plan(diagnosis: Diagnosis, side: Machine, number: int = 0) -> Plan:
    return [plan for plan in diagnosis.plans if plan.side is side][number]


def _asked(module, trial, refusal):
    """The cause's cures, without the net that keeps a report alive when one of them crashes."""
    return module.cures(trial.situation(), refusal) if hasattr(module, "cures") else ()


@pytest.mark.timeout(300)
def test_every_curable_refusal_has_a_plan_that_ends_in_an_accepting_client(monkeypatch):
    every = (*recorded.rows(), *recorded.other_rows())
    rows = [row for row in every if not row["connected"] and row["label"] not in NOBODY_CAN_SAY]
    monkeypatch.setattr(
        "tlswhy.remedy.plan._cures", lambda module, trial, refusal: list(_asked(module, trial, refusal))
    )
    step = 1 if os.environ.get("TLSWHY_ALL_CASES") else 7
    without, counted = Counter(), 0
    for row in rows[::step]:
        found = diagnosed(row["client"], row["case"])
        counted += 1
        if not found.plans:
            without[row["label"], row["client"], row["case"]] += 1
        for each in found.plans:
            assert each.proof.after is Accepted.YES
            assert any(change.side is each.side for change in each.changes)
    assert 1 - without.total() / counted >= FLOOR, without


def test_every_other_refusal_says_why_it_has_none():
    every = (*recorded.rows(), *recorded.other_rows())
    rows = [row for row in every if not row["connected"] and row["label"] in NOBODY_CAN_SAY]
    for row in rows[::5]:
        found = diagnosed(row["client"], row["case"])
        assert found.plans == ()
        assert found.without_plan == "cause-elsewhere"


def test_a_weak_group_is_cured_by_suites_without_it_or_by_a_stronger_group():
    found = diagnosed("j8u212", "dhe-768-tls12-aes256cbc")
    first, second = plan(found, Machine.SERVER), plan(found, Machine.SERVER, 1)
    (ordered,) = first.changes
    assert isinstance(ordered, OrderSuites)
    assert {suite(number).key_exchange for number in ordered.suites} == {"ECDHE"}
    assert {suite(number).authentication for number in ordered.suites} == {"RSA"}
    assert first.proof.negotiated_before.dh_bits == 768
    assert suite(first.proof.negotiated_after.suite).key_exchange == "ECDHE"
    assert first.proof.assumes == ("suites-available",)
    assert second.changes == (UseDhGroup(2048),)
    assert second.proof.negotiated_after.dh_bits == 2048
    assert not [each for each in found.plans if each.side is Machine.CLIENT]  # a lower floor would be a weakening


def test_a_configuration_shows_what_else_would_be_taken_for_granted():
    row = recorded.row("j8u212", "dhe-768-tls12-aes256cbc")
    shown = b"ssl_ciphers DHE-RSA-AES256-SHA256:DHE-RSA-AES256-SHA:ECDHE-RSA-AES256-GCM-SHA384:AES256-SHA;"
    evidence = [
        *read_evidence(source_of_bytes("c.pcap", recorded.capture(row))),
        *read_evidence(source_of_bytes("nginx.conf", shown)),
    ]
    (found,) = diagnose(evidence, clients=["java/8u212"], host=row["host"]).diagnoses
    ordered = plan(found, Machine.SERVER)
    assert isinstance(ordered.changes[0], OrderSuites)
    assert "suites-available" not in ordered.proof.assumes
    assert ordered.chosen
    assert [recipe.platform for recipe in ordered.recipes] == ["nginx"]


def test_a_group_too_large_for_an_old_java_needs_a_smaller_one_or_a_newer_java():
    found = diagnosed("j8u51", "dhe-3072-tls12-aes128cbc")
    assert plan(found, Machine.SERVER, 1).changes == (UseDhGroup(2048),)
    (upgrade,) = plan(found, Machine.CLIENT).changes
    assert isinstance(upgrade, UpgradeClient)
    assert upgrade.to.id == "java/8u161"


def test_without_elliptic_curves_only_the_group_is_left():
    found = diagnosed("j11.0.5-noec", "dhe-768-tls12-aes256cbc")
    assert [each.changes for each in found.plans] == [(UseDhGroup(2048),)]


def test_pss_on_the_intermediate_is_reissued_there_alone():
    found = diagnosed("j8u212", "pss-sha384-int")
    (again,) = plan(found, Machine.CA).changes
    assert isinstance(again, ReissueCertificate)
    assert again.certificate == 1
    assert again.wish == Reissue(signature="RSA")
    (upgrade,) = plan(found, Machine.CLIENT).changes
    assert isinstance(upgrade, UpgradeClient)


def test_a_missing_intermediate_is_sent_or_trusted():
    found = diagnosed("j17.0.9", "missing-int")
    (sent,) = plan(found, Machine.SERVER).changes
    assert isinstance(sent, ServeChain)
    assert sent.missing == ("CN=Oracle Issuing CA,O=tlswhy oracle",)
    assert "missing-intermediates" in plan(found, Machine.SERVER).proof.assumes
    (trusted,) = plan(found, Machine.CLIENT).changes
    assert isinstance(trusted, TrustRoot)


def test_a_wrong_name_is_issued_or_not_asked_for():
    row = next(r for r in recorded.rows() if r["label"] == "hostname-mismatch" and r["client"] == "j17.0.9")
    found = diagnosed(row["client"], row["case"])
    (again,) = plan(found, Machine.CA).changes
    assert again.wish.add_name == row["host"]
    used = [plan.changes for plan in found.plans if plan.side is Machine.CLIENT]
    assert all(isinstance(change, UseName) for changes in used for change in changes)


def test_a_chain_outside_the_profile_is_issued_by_the_book():
    found = diagnosed("py3.11", "v1-root", clients=["python/3.13"])
    root, ca = plan(found, Machine.CA).changes  # from the root downwards, as one issues them
    assert (root.anchor, root.wish) == (0, Reissue(authority=True, profile=True))
    assert (ca.certificate, ca.wish) == (1, Reissue(profile=True))


def test_a_needless_change_is_left_out():
    """Without the later changes of the search, which made the first one needless."""
    found = diagnosed("j17.0.9", "missing-int")
    for each in found.plans:
        assert len(each.changes) == 1, each.changes


def test_old_versions_are_never_switched_on_for_an_old_client():
    found = diagnosed("j8u51-tls10", "dhe-1536-tls12-aes128gcm")
    assert all(
        not isinstance(change, EnableVersion) or change.version >= TLS12
        for each in found.plans
        for change in each.changes
    )
    assert [each.side for each in found.plans] == [Machine.CLIENT]


def test_what_was_not_seen_is_taken_for_granted_and_named():
    found = diagnosed("j8u212", "dhe-768-tls12-aes256cbc", trust=None, host=None)
    assert "trust" in plan(found, Machine.SERVER).proof.assumes
    bare = next(r for r in recorded.rows() if r["bare_refusal"] and r["client"] == "j17.0.9")
    found = diagnosed(bare["client"], bare["case"])
    assert {"certificates", "server-settings"} <= set(plan(found, Machine.SERVER).proof.assumes)


def test_an_accepted_connection_and_an_unknown_client_have_no_plan():
    assert diagnosed("j17.0.9", "base-tls12").plans == ()
    assert diagnosed("j8u212", "dhe-768-tls12-aes256cbc", plans=False).plans == ()
