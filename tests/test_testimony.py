"""What clients say, weighed: alone, confirming, contradicting, about another connection."""

from datetime import UTC, datetime

import pytest

from tests.oracle import recorded
from tests.oracle.test_words import as_log
from tlswhy.diagnose import diagnose
from tlswhy.evidence.read import read_evidence
from tlswhy.source import source_of_bytes
from tlswhy.verdict import Accepted, Certainty

NOW = datetime(2026, 12, 1, tzinfo=UTC)
PLAIN = "javax.net.ssl.SSLHandshakeException: "
NO_PATH = (
    f"{PLAIN}PKIX path building failed: sun.security.provider.certpath.SunCertPathBuilderException: "
    "unable to find valid certification path to requested target"
)
WEAK_GROUP = f"{PLAIN}DHPublicKey does not comply to algorithm constraints"
EXPIRED = "java.security.cert.CertificateExpiredException: NotAfter: Thu Oct 22 00:00:00 UTC 2026"
MASK = "javax.net.ssl.SSLPeerUnverifiedException: peer not authenticated"


def log(text: str, name: str = "app.log"):
    return list(read_evidence(source_of_bytes(name, text.encode())))


def capture(client: str, case: str):
    return list(read_evidence(source_of_bytes("case.pcap", recorded.capture(recorded.row(client, case)))))


def told(*evidence, **asked):
    (diagnosis,) = diagnose([item for items in evidence for item in items], now=NOW, **asked).diagnoses
    return diagnosis


def needs(diagnosis) -> set[str]:
    return {gap.needs for gap in diagnosis.verdict.gaps}


def test_an_exception_that_names_the_cause_is_shown():
    diagnosis = told(log("GET https://gadgets.example.test:9443/x\n" + WEAK_GROUP))
    (refusal,) = diagnosis.verdict.refusals
    assert (refusal.cause, refusal.certainty, refusal.candidates) == ("dh-key-too-small", Certainty.SHOWN, ())
    assert [(where.item, where.place) for where in refusal.where] == [("app.log", "line 2")]
    assert (diagnosis.host, diagnosis.client.how, diagnosis.verdict.accepted) == (
        "gadgets.example.test",
        "assumed",
        Accepted.NO,
    )


def test_one_with_several_causes_has_candidates_and_says_what_decides():
    diagnosis = told(log(NO_PATH), clients=["java/8u212"])
    (refusal,) = diagnosis.verdict.refusals
    assert (refusal.cause, refusal.candidates[:2]) == ("client-gave-up", ("trust-anchor-missing", "chain-incomplete"))
    assert {"server-certificates", "trust", "refused-capture"} <= needs(diagnosis)


def test_what_the_server_refused_is_its_alert():
    diagnosis = told(log(f"{PLAIN}Received fatal alert: handshake_failure"))
    (refusal,) = diagnosis.verdict.refusals
    assert (refusal.cause, refusal.by, len(refusal.candidates)) == ("server-alert", "server", 7)
    assert {"server-reason", "client"} <= needs(diagnosis)


@pytest.mark.parametrize(
    "text", [MASK, f"There were issues rendering this gadget. {MASK}", "這個小玩意兒在投產上存在問題。"]
)
def test_a_pasted_message_is_a_mask_and_the_evidence_that_settles_it_is_named(text: str):
    diagnosis = told(log(text), clients=["finesse/11"])
    (refusal,) = diagnosis.verdict.refusals
    assert (refusal.cause, len(refusal.candidates)) == ("client-gave-up", 8)
    assert needs(diagnosis) == {"masked-exception", "refused-capture"}


def test_a_mask_beside_the_true_exception_says_nothing():
    (refusal,) = told(log(f"{MASK}\n\tat a.B.c(B.java:1)\n{WEAK_GROUP}\n")).verdict.refusals
    assert refusal.cause == "dh-key-too-small"


def test_words_confirm_what_a_capture_lets_only_guess():
    """The capture alone cannot tell what the client trusts; its exception can."""
    evidence = capture("j8u212", "untrusted-root")
    alone = told(evidence, clients=["java/8u212"])
    assert alone.verdict.refusals[0].cause == "client-gave-up"
    both = told(evidence, log(NO_PATH), clients=["java/8u212"])
    head = both.verdict.refusals[0]
    assert set(head.candidates) < set(alone.verdict.refusals[0].candidates)
    assert "trust-anchor-missing" in head.candidates
    assert {where.place for where in head.where} >= {"line 1"}
    named = told(evidence, log(EXPIRED), clients=["java/8u212"])
    assert (named.verdict.refusals[0].cause, named.verdict.refusals[0].certainty) == ("cert-expired", Certainty.SHOWN)


def test_words_that_agree_make_it_shown_and_are_cited_beside_the_frame():
    diagnosis = told(capture("j8u212", "dhe-768-tls12-aes256cbc"), log(WEAK_GROUP), clients=["java/8u212"])
    head = diagnosis.verdict.refusals[0]
    assert (head.cause, head.certainty, head.facts["bits"]) == ("dh-key-too-small", Certainty.SHOWN, 768)
    assert [where.place.partition(" ")[0] for where in head.where][-1] == "line"
    assert diagnosis.verdict.contradictions == ()


def test_words_against_a_handshake_that_finished_are_a_contradiction():
    diagnosis = told(capture("j8u212", "base-tls12"), log(WEAK_GROUP), clients=["java/8u212"])
    assert diagnosis.verdict.accepted is Accepted.YES
    (contradiction,) = diagnosis.verdict.contradictions
    assert (contradiction["what"], contradiction["named"]) == ("words-refuse-what-was-accepted", "dh-key-too-small")


def test_words_against_a_cause_that_the_capture_shows_are_a_contradiction():
    diagnosis = told(capture("j8u212", "wire-alert-unrecognized-name-fatal"), log(EXPIRED), clients=["java/8u212"])
    assert diagnosis.verdict.refusals[0].cause == "sni-unrecognized"
    assert [c["named"] for c in diagnosis.verdict.contradictions] == ["cert-expired"]


def test_words_about_another_server_are_a_diagnosis_of_their_own():
    about = "2026-11-23 10:00:00 UTC GET https://other.example.test/\n"
    report = diagnose([*capture("j8u212", "base-tls12"), *log(about + WEAK_GROUP)], now=NOW)
    assert {(d.host, d.verdict.accepted) for d in report.diagnoses} == {
        ("gadgets.example.test", Accepted.YES),
        ("other.example.test", Accepted.NO),
    }


def test_words_of_another_day_are_not_about_this_connection():
    report = diagnose([*capture("j8u212", "base-tls12"), *log("2019-01-01 10:00:00 UTC " + WEAK_GROUP)], now=NOW)
    assert [d.verdict.contradictions for d in report.diagnoses] == [(), ()]


def test_foretelling_leaves_the_words_out():
    evidence = capture("j8u212", "untrusted-root")
    asked = {"clients": ["java/8u212"], "foretell": True}
    assert told(evidence, log(EXPIRED), **asked).verdict == told(evidence, **asked).verdict


def test_java_version_names_the_client_and_narrows_a_product():
    version = log('java version "1.7.0_79"\nJava(TM) SE Runtime Environment (build 1.7.0_79-b15)\n', "version.txt")
    assert told(version, log(WEAK_GROUP)).client.policy.runtime == "java/7u79"
    finesse = told(version, log(WEAK_GROUP), clients=["finesse/11"])
    assert (finesse.client.id, finesse.client.members) == ("finesse/11", ())
    assert finesse.client.policy.runtime == "java/7u79"


def test_every_recorded_refusal_told_as_a_log_has_its_cause():
    """The same through the one function, for one client of each era."""
    wrong = []
    for row in recorded.rows():
        if row["connected"] or row["client"] not in {"j8u51", "j8u504", "j25.0.5"}:
            continue
        (head, *rest) = told(
            log(as_log(row), "gadget.log"), clients=[recorded.client_id(row["client"])]
        ).verdict.refusals
        if row["label"] not in {head.cause, *head.candidates} or rest or len(head.candidates) > 8:
            wrong.append((row["client"], row["case"], head.cause, [other.cause for other in rest]))
    assert wrong == []


def test_a_java_security_file_beside_the_capture_changes_the_client():
    """1024 bits are enough for this runtime as shipped; the file at hand asks for 2048."""
    evidence = capture("j8u212", "dhe-1024-tls12-aes256cbc")
    asked = {"clients": ["java/8u212"], "foretell": True}
    shipped = told(evidence, **asked)
    assert "dh-key-too-small" not in {refusal.cause for refusal in shipped.verdict.refusals}
    strict = told(evidence, log("jdk.tls.disabledAlgorithms=SSLv3, DH keySize < 2048\n", "java.security"), **asked)
    assert strict.verdict.refusals[0].cause == "dh-key-too-small"
    assert strict.verdict.refusals[0].facts["least"] == 2048
    assert strict.client.policy.sources[0].text.startswith("java.security: ")


def test_a_log_beside_the_chain_of_the_server():
    row = recorded.row("j8u212", "untrusted-root")
    chain = list(read_evidence(source_of_bytes("chain.pem", recorded.chain(row))))
    diagnosis = told(chain, log(NO_PATH), clients=["java/8u212"], host=row["host"])
    head = diagnosis.verdict.refusals[0]
    assert diagnosis.verdict.accepted is Accepted.NO
    assert "trust-anchor-missing" in {head.cause, *head.candidates}
