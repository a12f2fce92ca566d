"""One function: what is one story, which client, which moment, which trust."""

from datetime import UTC, datetime

import pytest

from tests.oracle import recorded
from tlswhy.diagnose import diagnose
from tlswhy.errors import BadRequest
from tlswhy.evidence.read import read_evidence, read_trust
from tlswhy.evidence.types import ShownCertificates
from tlswhy.source import source_of_bytes
from tlswhy.verdict import Accepted

NOW = datetime(2026, 12, 1, tzinfo=UTC)


def captured(client: str, case: str):
    return list(read_evidence(source_of_bytes(f"{case}.pcap", recorded.capture(recorded.row(client, case)))))


def trust_of(client: str, case: str) -> list[bytes]:
    shown = read_trust(source_of_bytes("trust.pem", recorded.trust(recorded.row(client, case))))
    return [der for item in shown if isinstance(item, ShownCertificates) for der in item.ders]


def only(report):
    (diagnosis,) = report.diagnoses
    return diagnosis


def test_the_client_is_recognised_when_none_is_named():
    diagnosis = only(diagnose(captured("j8u212", "dhe-768-tls12-aes256cbc")))
    assert (diagnosis.client.how, diagnosis.verdict.accepted) == ("recognised", Accepted.NO)
    assert "java/8u212" in {diagnosis.client.id, *diagnosis.client.also}


def test_a_named_client_is_judged_and_two_are_two_diagnoses():
    named, trust = ["java/8u212", "java/8u504"], trust_of("j8u212", "pss-sha384-int")
    report = diagnose(captured("j8u212", "pss-sha384-int"), clients=named, trust=trust)
    assert [(d.client.id, d.client.how) for d in report.diagnoses] == [("java/8u212", "named"), ("java/8u504", "named")]
    assert report.diagnoses[0].verdict.refusals[0].cause == "cert-signature-unsupported"
    assert report.diagnoses[1].verdict.accepted is not Accepted.NO


def test_an_unknown_client_is_the_callers_mistake():
    with pytest.raises(BadRequest):
        diagnose(captured("j8u212", "base-tls12"), clients=["java/8u9999x"])


def test_connections_that_tell_the_same_story_are_one():
    report = diagnose(captured("j8u212", "dhe-768-tls12-aes256cbc") * 3)
    assert len(only(report).handshakes) == 3
    assert only(report).others == ()


def test_certificates_alone_are_judged_as_foretold():
    row = recorded.row("j8u212", "untrusted-root")
    chain = list(read_evidence(source_of_bytes("chain.pem", recorded.chain(row))))
    asked = {"clients": ["java/8u212"], "host": row["host"], "now": NOW, "trust": trust_of("j8u212", "untrusted-root")}
    refusal = only(diagnose(chain, **asked)).verdict.refusals[0]
    assert (refusal.cause, refusal.certainty) == ("trust-anchor-missing", "foretold")
    healthy = list(read_evidence(source_of_bytes("chain.pem", recorded.chain(recorded.row("j8u212", "base-tls12")))))
    asked["trust"] = trust_of("j8u212", "base-tls12")
    assert only(diagnose(healthy, **asked)).verdict.accepted is Accepted.YES


def test_trust_that_nobody_told_is_a_gap_and_an_empty_store_is_not():
    evidence = captured("j8u212", "base-tls12")
    unseen = only(diagnose(evidence, clients=["java/8u212"], foretell=True)).verdict
    empty = only(diagnose(evidence, clients=["java/8u212"], foretell=True, trust=[])).verdict
    assert (unseen.accepted, empty.accepted) == (Accepted.CANNOT_TELL, Accepted.NO)
    assert empty.refusals[0].cause == "trust-store-empty"


def test_the_moment_is_an_argument():
    evidence, trust = captured("j8u212", "base-tls12"), trust_of("j8u212", "base-tls12")
    asked = {"clients": ["java/8u212"], "foretell": True, "trust": trust}
    assert only(diagnose(evidence, **asked)).verdict.accepted is Accepted.YES
    late = only(diagnose(evidence, moment=datetime(2077, 1, 1, tzinfo=UTC), **asked))
    assert (late.moment.year, late.verdict.refusals[0].cause) == (2077, "cert-expired")


def test_certificates_without_any_moment_are_a_mistake_of_the_caller():
    chain = list(read_evidence(source_of_bytes("chain.pem", recorded.chain(recorded.row("j8u212", "base-tls12")))))
    with pytest.raises(BadRequest):
        diagnose(chain, clients=["java/8u212"])


def test_the_name_asked_for_can_be_another():
    evidence, trust = captured("j8u212", "base-tls12"), trust_of("j8u212", "base-tls12")
    other = only(diagnose(evidence, clients=["java/8u212"], host="other.example.test", trust=trust, foretell=True))
    assert (other.host, other.verdict.refusals[0].cause) == ("other.example.test", "hostname-mismatch")


def test_a_connection_that_never_reached_tls_counts_when_it_is_all_there_is():
    refused, healthy = captured("j8u212", "wire-closed-port"), captured("j8u212", "base-tls12")
    assert only(diagnose(refused)).verdict.refusals[0].cause == "tcp-refused"
    assert len(diagnose(refused + healthy).diagnoses) == 1


def test_evidence_in_another_order_gives_the_same_report():
    row = recorded.row("j17.0.9", "base-tls12-13")
    capture = captured("j17.0.9", "base-tls12-13")
    keys = list(read_evidence(source_of_bytes("keys.txt", recorded.keylog(row) or b"")))
    one, other = diagnose(capture + keys), diagnose(keys + capture)
    assert only(one).verdict == only(other).verdict
    assert only(one).handshakes == only(other).handshakes


def test_a_good_and_a_bad_connection_to_one_server_are_compared():
    """Two clients before the same case, which listens on the same port in both recordings."""
    bad, good = captured("j8u212", "pss-sha384-int"), captured("j8u504", "pss-sha384-int")
    report = diagnose(bad + good)
    refused = next(d for d in report.diagnoses if d.verdict.accepted is Accepted.NO)
    assert refused.comparison is not None
    assert "offered-schemes" in {name for name, _, _ in refused.comparison.differences}
