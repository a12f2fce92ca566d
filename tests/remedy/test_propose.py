"""What is proposed where the evidence leaves something open, and why nothing is where there is no plan."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.oracle import recorded
from tests.remedy.test_plan import diagnosed, plan
from tests.test_cases import TABLES, WAYS
from tests.test_cases import diagnosed as judged_case
from tlswhy import diagnose
from tlswhy.causes import cause_ids
from tlswhy.changes import Machine, PresentCertificate, ReissueCertificate, ServeChain, TrustRoot
from tlswhy.evidence.read import read_evidence
from tlswhy.pki.reissue import Reissue
from tlswhy.pki.stores import read_certificates
from tlswhy.remedy.platforms import load_platform
from tlswhy.remedy.propose import propose
from tlswhy.report import Condition, Diagnosis
from tlswhy.source import source_of_bytes
from tlswhy.verdict import Accepted

ELSEWHERE = frozenset(
    (
        "connection-closed",
        "connection-reset",
        "dns-failed",
        "gadget-invalid",
        "handshake-message-unexpected",
        "handshake-value-illegal",
        "host-unreachable",
        "http-error",
        "not-tls",
        "tcp-refused",
        "timeout",
    )
)
"""Causes that no setting of TLS, certificate or trust would heal; their own words say what to look at."""


@pytest.mark.parametrize("cause", [*cause_ids()])
def test_every_cause_has_a_plan_or_says_why_not(cause):
    refused = [(table, way) for case, table in TABLES.items() if case.startswith(f"{cause}/refused-") for way in WAYS]
    for table, way in refused:
        found = judged_case(table, foretell=way == "foretold") if way in table else None
        if found is None or found.verdict.accepted is not Accepted.NO:
            continue
        assert all(each.proof.after is Accepted.YES for each in found.plans)
        if not found.plans:
            assert found.without_plan == _why_none(found), table["title"]


def _why_none(found: Diagnosis) -> str:
    head = found.verdict.refusals[0].cause
    if head == "client-gave-up":
        return "cause-open"
    if not found.situation.client.known:
        return "client-unknown"
    return "cause-elsewhere" if head in ELSEWHERE else "there has to be one"


def test_the_revoked_certificate_is_taken_for_the_servers_own():
    (table,) = [table for case, table in TABLES.items() if case.startswith("cert-revoked/refused-")]
    (found,) = judged_case(table, foretell=False).plans
    (anew,) = found.changes
    assert (anew.certificate, anew.wish) == (0, Reissue(key="RSA"))
    assert "leaf-revoked" in found.proof.assumes


def test_a_certificate_that_cannot_be_read_is_left_out_where_no_path_needs_it():
    (table,) = [table for case, table in TABLES.items() if case.startswith("cert-unreadable/refused-")]
    shorter, again = judged_case(table, foretell=True).plans
    assert shorter.changes == (ServeChain((0, 1)),)
    assert again.changes[0].wish == Reissue(profile=True)


def test_trust_that_was_not_seen_is_proposed_for_the_case_that_it_is_missing():
    found = diagnosed("j17.0.9", "base-tls12", trust=None, foretell=True)
    assert found.verdict.accepted is Accepted.CANNOT_TELL
    (only,) = found.plans
    assert only.condition == Condition("not-trusted")
    assert isinstance(only.changes[0], TrustRoot)
    assert only.proof.before is Accepted.CANNOT_TELL
    assert only.proof.after is Accepted.YES


def test_a_server_that_asks_for_a_certificate_may_insist():
    found = diagnosed("j17.0.9", "clientauth-requested", foretell=True)
    assert found.verdict.accepted is Accepted.CANNOT_TELL
    assert {each.condition.code for each in found.plans} == {"certificate-demanded"}
    assert plan(found, Machine.CLIENT).changes == (PresentCertificate(),)


def test_a_product_whose_runtimes_disagree_is_proposed_for_the_one_that_refuses():
    row = recorded.row("j17.0.9", "sig-md5-leaf")
    evidence = list(read_evidence(source_of_bytes("chain.pem", recorded.chain(row))))
    trust = [entry.certificate.der for entry in read_certificates(recorded.trust(row))]
    moment = datetime(2026, 11, 24, tzinfo=UTC)
    found = diagnose(evidence, clients=["finesse/11"], host=row["host"], trust=trust, moment=moment).diagnoses[0]
    assert found.verdict.accepted is Accepted.CANNOT_TELL
    runtimes = found.client.members
    condition = found.plans[0].condition
    assert condition.code == "clients"
    assert condition.value.split(", ") == [name for name in runtimes if not name.startswith(("java/7u79", "java/8u51"))]
    for each in found.plans:  # as much for those that accept as it is
        assert (set(each.holds_for), each.not_for) == (set(runtimes), ())
    assert isinstance(plan(found, Machine.CA).changes[0], ReissueCertificate)


@pytest.mark.parametrize("case", ["wire-http", "wire-silent", "wire-cut-after-hello"])
def test_what_is_no_matter_of_settings_has_no_plan_and_says_so(case):
    found = diagnosed("j17.0.9", case)
    assert (found.plans, found.without_plan) == ((), "cause-elsewhere")


def test_what_is_no_matter_of_settings_is_none_for_an_unknown_client_either():
    row = recorded.row("j17.0.9", "wire-http")
    (found,) = diagnose(read_evidence(source_of_bytes("c.pcap", recorded.capture(row))), host=row["host"]).diagnoses
    assert found.without_plan == "cause-elsewhere"


def test_certificates_that_nobody_saw_are_the_reason_for_no_plan():
    """An exception that names the cause is sure of it; the certificate is not at hand."""
    said = b"Caused by: java.security.cert.CertificateExpiredException: NotAfter: Sat Jun 01 00:00:00 UTC 2024\n"
    words = read_evidence(source_of_bytes("trace.txt", b"javax.net.ssl.SSLHandshakeException: PKIX\n" + said))
    moment = datetime(2026, 11, 25, tzinfo=UTC)
    (found,) = diagnose(words, clients=["java/17.0.9"], host="gadgets.example.test", moment=moment).diagnoses
    assert (found.verdict.refusals[0].cause, found.plans) == ("cert-expired", ())
    assert found.without_plan == "certificates-unseen"


def test_an_accepted_connection_needs_none():
    found = diagnosed("j17.0.9", "base-tls12")
    assert propose(found.situation, found.verdict) == ((), None)
    assert found.without_plan is None


def test_software_that_cannot_do_it_is_named_and_another_proposed():
    """Windows Server 2008 R2 has no TLS 1.3, and nothing else is wanted by a client that speaks nothing older."""
    row = next(r for r in recorded.rows() if r["label"] == "no-common-version" and r["client"] == "j17.0.9")
    found = diagnosed(row["client"], row["case"], platforms=["windows-2008r2"])
    assert found.plans
    assert found.without_plan is None  # TLS 1.2 will do
    only = replace(found.situation.client.offer, versions=(0x0304,))
    newer = replace(found.situation, client=replace(found.situation.client, offer=only))
    plans, why = propose(newer, found.verdict, [load_platform("windows-2008r2")])
    assert why == "platform-cannot"
    assert plans
    assert not any(each.chosen for each in plans if each.side is Machine.SERVER)
