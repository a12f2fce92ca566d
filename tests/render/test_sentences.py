"""Headlines, reasons, gaps, oddities, errors."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.render import examples
from tlswhy.diagnose import diagnose
from tlswhy.errors import BadEvidence, BadRequest
from tlswhy.evidence.read import read_evidence
from tlswhy.evidence.types import Asked
from tlswhy.oddity import Oddity
from tlswhy.render import missing, sentences
from tlswhy.render.words import load_words
from tlswhy.source import source_of_bytes
from tlswhy.verdict import Accepted, Gap, Refusal, Stage

WORDS = load_words("en")
NOW = datetime(2026, 11, 25, tzinfo=UTC)


def diagnosis(case="dhe-512-tls10-aes128cbc", **options):
    return examples.diagnosis(examples.handshake("j8u51", case), **options)


def test_foretold_is_said_so():
    assert sentences.headline(diagnosis(), WORDS).startswith("java/8u51 refuses gadgets.example.test: ")
    foretold = sentences.headline(diagnosis(foretell=True), WORDS)
    assert foretold.startswith("java/8u51 would refuse gadgets.example.test: ")


def test_who_says_no_is_the_subject():
    bare = sentences.headline(diagnosis("dhe-512-tls12-aes256cbc"), WORDS)
    assert bare.startswith("gadgets.example.test refuses java/8u51: the server answered with handshake_failure(40)")
    assert "does not get through to" in sentences.headline(diagnosis("wire-http"), WORDS)


def test_accepted_says_with_what():
    assert sentences.headline(diagnosis("base-tls12"), WORDS) == (
        "java/8u51 accepts gadgets.example.test: the handshake finished with TLS 1.2 and"
        " TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"
    )


def test_cannot_tell_names_what_is_missing():
    found = diagnosis("base-tls12", foretell=True)
    assert found.verdict.accepted is Accepted.CANNOT_TELL
    assert sentences.headline(found, WORDS) == (
        "Cannot tell whether java/8u51 accepts gadgets.example.test: what the client trusts would decide it"
    )


def test_a_client_that_nobody_knows_has_no_id():
    unknown = diagnosis(known=False, id="unknown")
    assert sentences.headline(unknown, WORDS).startswith("an unknown client refuses gadgets.example.test: ")


def test_a_reason_of_its_own_for_a_code():
    facts = {"certificate": 1, "subject": "CN=x", "reason": "may-not-sign"}
    refusal = Refusal("ca-constraint-violation", Stage.CHAIN, facts, ())
    assert "keyUsage lacks keyCertSign" in sentences.reason(refusal, WORDS)
    refusal = replace(refusal, facts={**facts, "reason": "something-new"})
    assert sentences.reason(refusal, WORDS) == "certificate 1 (CN=x) acts as a CA without being allowed to"


def test_a_gap_after_an_early_end_asks_for_no_new_capture():
    gap = Gap("cert-expired", "server-flight")
    assert sentences.ended_early(diagnosis("wire-http"))
    assert not sentences.ended_early(diagnosis())
    nowhere = diagnose([Asked("https://nowhere.test", "nowhere.test", 443, "dns")], clients=["java/17"], now=NOW)
    assert sentences.ended_early(nowhere.diagnoses[0])
    assert "Capture again" in missing.how(gap, WORDS)
    assert "Capture again" not in missing.how(gap, WORDS, ended=True)


def test_codes_without_a_sentence_show_themselves():
    assert sentences.gap_needs(Gap(None, "a-new-code"), WORDS) == "a-new-code"
    assert sentences.oddity(Oddity("a-new-code"), WORDS) == "a-new-code"
    assert sentences.contradiction({"what": "a-new-code", "cause": "cert-expired"}, WORDS) == "a-new-code: cert-expired"
    assert sentences.cause_title("a-new-cause", WORDS) == "a-new-cause"
    assert sentences.error(BadRequest("a-new-code", x=1), WORDS) == ("a-new-code(x=1)", None)


def test_errors_name_the_item_and_hint():
    line, hint = sentences.error(BadEvidence("a.pcap", "byte 0", "evidence-unknown"), WORDS)
    assert line == "a.pcap: no capture and nothing else that tlswhy reads"
    assert hint.startswith("captures (pcap, pcapng), certificates")
    near = BadRequest("unknown-client", id="x", nearest="java/8u51")
    assert sentences.error(near, WORDS)[1] == "nearest: java/8u51"
    assert sentences.error(BadRequest("unknown-client", id="x", nearest=None), WORDS)[1] == (
        "tlswhy clients lists all of them"
    )


@pytest.mark.parametrize(
    ("text", "who"),
    [
        (b"java.security.cert.CertificateExpiredException: NotAfter: Sat Jun 01 00:00:00 UTC 2024\n", "a Java client"),
        (b"curl: (60) SSL certificate problem: certificate has expired\n", "a curl client"),
    ],
)
def test_a_message_tells_what_kind_of_client_speaks(text, who):
    (diagnosis,) = diagnose(read_evidence(source_of_bytes("m.txt", text)), now=NOW).diagnoses
    assert sentences.headline(diagnosis, WORDS).startswith(f"{who} refuses the server: ")
    assert diagnosis.client.id == "unknown"
