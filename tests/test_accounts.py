"""Without a connection: what s_client and curl tell counts for themselves; for others only what the server showed."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tlswhy.diagnose import diagnose
from tlswhy.evidence.read import read_evidence
from tlswhy.evidence.types import ToldConnection
from tlswhy.model.where import line
from tlswhy.source import source_of_bytes
from tlswhy.unseen import Unseen
from tlswhy.verdict import Accepted

SAMPLES = Path(__file__).parent / "evidence" / "samples"
NOW = datetime(2027, 1, 1, tzinfo=UTC)
SHOWN = (SAMPLES / "s_client-showcerts.txt").read_text()
CURL = "curl: (60) SSL certificate problem: unable to get local issuer certificate\n"
JAVA = (
    "javax.net.ssl.SSLHandshakeException: sun.security.validator.ValidatorException: PKIX path building failed: "
    "sun.security.provider.certpath.SunCertPathBuilderException: unable to find valid certification path to "
    "requested target\n"
)


def explained(*texts: str, **asked):
    evidence = [
        item for n, text in enumerate(texts) for item in read_evidence(source_of_bytes(f"{n}.txt", text.encode()))
    ]
    return diagnose(evidence, now=NOW, plans=False, **asked)


def whats(report) -> list[str]:
    return [oddity.what for oddity in report.oddities]


def test_s_client_alone_is_its_own_story():
    (diagnosis,) = explained(SHOWN).diagnoses
    assert (diagnosis.client.id, diagnosis.client.how) == ("openssl/3.0", "assumed")
    assert diagnosis.verdict.accepted is Accepted.NO
    assert "trust-anchor-missing" in diagnosis.verdict.refusals[0].candidates


def test_its_words_count_for_no_client_that_is_named():
    report = explained(SHOWN, clients=["java/8u212"])
    (diagnosis,) = report.diagnoses
    assert diagnosis.verdict.accepted is Accepted.CANNOT_TELL
    assert {gap.needs for gap in diagnosis.verdict.gaps} >= {"trust"}
    assert "words-of-another-client" in whats(report)


def test_its_verdict_on_certificates_is_not_one_with_the_trust_that_is_given():
    report = explained(SHOWN, trust=[])
    assert all(refusal.cause == "trust-store-empty" for refusal in report.diagnoses[0].verdict.refusals[:1])
    assert not report.diagnoses[0].verdict.contradictions


def test_words_of_another_client_alone_leave_a_named_one_open():
    report = explained(CURL, clients=["java/8u212"])
    (diagnosis,) = report.diagnoses
    assert (diagnosis.client.id, diagnosis.verdict.accepted) == ("java/8u212", Accepted.CANNOT_TELL)
    assert diagnosis.verdict.gaps
    assert whats(report) == ["words-of-another-client"]


def test_the_clients_own_words_count_beside_those_of_a_probe():
    report = explained(SHOWN, JAVA, clients=["java/17.0.9"])
    (diagnosis,) = report.diagnoses
    assert diagnosis.verdict.accepted is Accepted.NO
    assert diagnosis.verdict.refusals[0].where[0].item == "1.txt"
    assert "words-of-another-client" in whats(report)
    (unnamed,) = explained(JAVA, CURL).diagnoses
    assert unnamed.verdict.accepted is Accepted.NO


@pytest.mark.parametrize("client", ["curl/7.88", "git/2.39"])
def test_a_librarys_words_count_for_those_that_may_have_said_them(client: str):
    said = "error:0A000410:SSL routines:ssl3_read_bytes:sslv3 alert handshake failure"
    (diagnosis,) = explained(f"x:{said}\n", clients=[client]).diagnoses
    assert (diagnosis.verdict.accepted, diagnosis.verdict.refusals[0].cause) == (Accepted.NO, "server-alert")


def test_a_leaf_alone_of_several_decides_only_what_is_its_own():
    """The intermediate was sent, but s_client was not asked to show it."""
    text = (SAMPLES / "s_client.txt").read_text()
    (diagnosis,) = explained(text, clients=["java/17.0.9"], trust=[], host="gadgets.example.test").diagnoses
    assert diagnosis.verdict.refusals[0].cause == "trust-store-empty"
    trust = [item.ders[1] for item in read_evidence(source_of_bytes("x", SHOWN.encode())) if hasattr(item, "ders")]
    (diagnosis,) = explained(text, clients=["java/17.0.9"], trust=trust, host="gadgets.example.test").diagnoses
    assert diagnosis.verdict.accepted is Accepted.CANNOT_TELL
    assert diagnosis.verdict.gaps[0].needs == "server-certificates"
    (diagnosis,) = explained(text, clients=["java/17.0.9"], trust=trust, host="other.example.test").diagnoses
    assert diagnosis.verdict.refusals[0].cause == "hostname-mismatch"


def test_a_connection_that_is_told_is_the_programs_own():
    told = ToldConnection("curl.txt", "curl", (line("curl.txt", 3),), version=0x0303, verified=True, host="h.example")
    (own,) = diagnose([told], now=NOW).diagnoses
    assert (own.verdict.accepted, own.host) == (Accepted.YES, "h.example")
    (other,) = diagnose([told], clients=["java/8u212"], now=NOW).diagnoses
    assert other.verdict.accepted is Accepted.CANNOT_TELL
    assert {gap.needs for gap in other.verdict.gaps} == {"server-certificates", "trust", "refused-capture"}
    named = replace(told, client="curl/7.88.1")
    same, newer = diagnose([named], clients=["curl/7.88.1", "curl/8.14"], now=NOW).diagnoses
    assert (same.verdict.accepted, newer.verdict.accepted) == (Accepted.YES, Accepted.CANNOT_TELL)


def test_what_was_negotiated_is_what_is_assumed():
    (diagnosis,) = explained(SHOWN, clients=["java/17.0.9"]).diagnoses
    assert (diagnosis.situation.flight.version, diagnosis.situation.flight.suite) == (0x0304, 0x1302)
    (older,) = explained(SHOWN, clients=["java/8u212"]).diagnoses
    assert isinstance(older.situation.flight.suite, Unseen)


NGINX = "[info] 1#1: *1 SSL_do_handshake() failed (SSL: error:{code}) while SSL handshaking, client: {client}"
VERSION, SUITE = "0A000102:SSL routines::unsupported protocol", "0A0000C1:SSL routines::no shared cipher"


def test_a_servers_log_of_one_client_and_one_reason_is_about_the_client_in_question():
    text = NGINX.format(code=VERSION, client="192.0.2.9, server: x")
    (diagnosis,) = explained(f"{text}\n{text}\n", clients=["java/8u212"]).diagnoses
    assert (diagnosis.verdict.accepted, diagnosis.verdict.refusals[0].cause) == (Accepted.NO, "no-common-version")


def test_one_of_several_is_about_nobody_knows_whom():
    text = (
        NGINX.format(code=VERSION, client="192.0.2.9, server: x")
        + "\n"
        + NGINX.format(code=SUITE, client="192.0.2.10, x")
    )
    report = explained(f"{text}\n", clients=["java/8u212"])
    (diagnosis,) = report.diagnoses
    assert diagnosis.verdict.accepted is Accepted.CANNOT_TELL
    assert diagnosis.verdict.gaps[0].needs == "which-client"
    assert [oddity.facts["clients"] for oddity in report.oddities] == ["192.0.2.9", "192.0.2.10"]


def test_beside_a_capture_the_lines_of_its_client_count():
    from tests.oracle import recorded
    from tlswhy.observe.connections import observe_all

    row = recorded.row("j8u212", "dhe-768-tls12-aes128cbc")
    capture = list(read_evidence(source_of_bytes("capture.pcap", recorded.capture(row))))
    (handshake,) = observe_all(capture).handshakes
    alert = "0A000410:SSL routines::sslv3 alert handshake failure:SSL alert number 40"
    mine = NGINX.format(code=alert, client=f"{handshake.client.address}, server: x")
    other = NGINX.format(code=VERSION, client="192.0.2.77, server: x")
    log = list(read_evidence(source_of_bytes("error.log", f"{other}\n{mine}\n".encode())))
    report = diagnose([*capture, *log], clients=["java/8u212"], now=NOW, plans=False)
    (diagnosis,) = report.diagnoses
    assert diagnosis.verdict.refusals[0].cause == "dh-key-too-small"
    assert {where.item for where in diagnosis.verdict.refusals[0].where} == {"capture.pcap", "error.log"}
    assert not diagnosis.verdict.contradictions
    assert [oddity.facts["clients"] for oddity in report.oddities if oddity.what == "server-log-tells"] == [
        "192.0.2.77"
    ]
