"""Connections out of javax.net.debug: real logs of 11, 17 and 25; Java 8's grammar, written from captures."""

import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.evidence import java8_log
from tests.oracle import recorded
from tlswhy.diagnose import diagnose
from tlswhy.errors import BadEvidence
from tlswhy.evidence.read import read_evidence
from tlswhy.evidence.types import Transcript
from tlswhy.model.handshake import Outcome, Told
from tlswhy.observe.flight import flight_of
from tlswhy.observe.handshake import observe
from tlswhy.pki.certificate import Certificate
from tlswhy.pki.stores import read_certificates
from tlswhy.source import source_of_bytes
from tlswhy.unseen import UNSEEN
from tlswhy.wire.messages import Alert, CertificateMessage, CertificateVerify, ClientHello, ServerHello

SAMPLES = Path(__file__).parent / "samples"
CLASSIC_CLIENTS = ("j8u51", "j8u51-unl", "j8u51-tls10", "j8u212")
NO_TLS = {"wire-closed-port", "wire-cut-after-hello"}
"""What TCP did stands in no record."""
ALL = bool(os.environ.get("TLSWHY_ALL_CASES"))


def handshakes(text: str | bytes, name: str = "debug.log"):
    data = text.encode() if isinstance(text, str) else text
    try:
        evidence = list(read_evidence(source_of_bytes(name, data)))
    except BadEvidence:
        return []
    return [observe(item) for item in evidence if isinstance(item, Transcript)]


def sample(name: str):
    (found,) = handshakes((SAMPLES / f"debug-{name}.txt").read_bytes())
    return found


def kinds(handshake):
    return [type(told.message).__name__ for told in handshake.messages]


def line_of(name: str, mark: str) -> int:
    lines = (SAMPLES / f"debug-{name}.txt").read_text().splitlines()
    return next(number for number, line in enumerate(lines, 1) if mark in line)


def test_printed_messages_of_tls13_with_a_retry():
    found = sample("17-retry")
    assert (found.counted, found.outcome) == ("line", Outcome.COMPLETED)
    assert found.hello_retry is not None
    assert found.second_client_hello is not None
    assert found.server_hello is not None
    assert found.server_hello.message.key_share is not None
    assert (found.server_hello.message.version, found.server_hello.message.key_share.group) == (0x0304, 24)
    assert found.server_hello.frame == line_of("17-retry", '"ServerHello": {') - 1
    assert CertificateVerify.__name__ in kinds(found)
    assert [(told.message.description, told.frame) for told in found.alerts] == [
        (116, line_of("17-retry", "Received alert message"))
    ]
    flight = flight_of(found)
    assert (flight.scheme, flight.chain, flight.asks_client_certificate) == (0x0804, UNSEEN, True)


def test_the_prime_that_is_printed():
    found = sample("25-dh")
    flight = flight_of(found)
    assert found.outcome is Outcome.BROKEN
    assert flight.dh is not None
    assert flight.dh is not UNSEEN
    assert (flight.version, flight.suite, flight.dh.prime_bits) == (0x0303, 0x0033, 2048)
    place = f"line {line_of('25-dh', 'Consuming DH ServerKeyExchange')}"
    assert [where.place for where in flight.where["key_exchange"]] == [place]


def test_records_that_are_dumped_are_the_bytes_of_the_wire():
    found = sample("11-records")
    flight = flight_of(found)
    assert isinstance(found.certificates, Told)
    assert [c.subject.text for c in flight.chain] == ["CN=gadgets.example.test", "CN=Example Root CA,O=Example"]
    assert flight.group == 24
    assert flight.asks_client_certificate
    assert [(told.message.description, told.message.span.sender.value) for told in found.alerts] == [(40, "server")]


def test_plaintexts_stand_for_what_tls13_encrypts():
    found = sample("17-tls13-records")
    flight = flight_of(found)
    assert all(isinstance(certificate, Certificate) for certificate in flight.chain)
    assert len(flight.chain) == 2
    (alert,) = found.alerts
    assert (alert.message.description, alert.message.span.sender.value) == (46, "client")
    assert kinds(found).count("EncryptedRecord") == 0


def classic_rows():
    rows = [row for row in recorded.rows() if row["client"] in CLASSIC_CLIENTS and row["case"] not in NO_TLS]
    return rows if ALL else rows[::19]


def captured(row):
    evidence = read_evidence(source_of_bytes("capture.pcap", recorded.capture(row)))
    return next(item for item in evidence if isinstance(item, Transcript) and len(item.connection.pieces))


@pytest.mark.parametrize("row", classic_rows(), ids=lambda row: f"{row['client']}-{row['case']}")
def test_java_8_prints_what_the_capture_shows(row):
    transcript = captured(row)
    seen = observe(transcript)
    if seen.hello is None:
        pytest.skip("no ClientHello was captured")
    (told,) = handshakes("\n".join(java8_log.printed(seen)))
    assert told.hello is not None
    assert told.hello.random == seen.hello.random
    assert (told.hello.cipher_suites, told.hello.groups) == (seen.hello.cipher_suites, seen.hello.groups)
    assert told.hello.signature_schemes == seen.hello.signature_schemes
    assert told.ja3 == seen.ja3
    ours, theirs = flight_of(told), flight_of(seen)
    for fact in ("version", "suite", "group", "dh", "scheme"):
        assert getattr(ours, fact) == getattr(theirs, fact), fact
    if theirs.chain is not None and seen.server_hello is not None:
        assert ours.chain is UNSEEN
    readable = [told for told in seen.alerts if told.message.level == 2]
    assert [(a.message.description, a.message.span.sender) for a in told.alerts if a.message.level == 2] == [
        (a.message.description, a.message.span.sender) for a in readable
    ]
    if seen.outcome is Outcome.COMPLETED:
        assert told.outcome is Outcome.COMPLETED


@pytest.mark.parametrize("row", classic_rows()[::2], ids=lambda row: f"{row['client']}-{row['case']}")
def test_a_log_with_its_records_is_judged_like_the_capture(row):
    transcript = captured(row)
    seen = observe(transcript)
    if seen.not_tls is not None or (seen.server_hello is None and not seen.alerts):
        pytest.skip("the server said nothing: what TCP did stands in no record")
    trust = [entry.certificate.der for entry in read_certificates(recorded.trust(row))]
    client = recorded.client_id(row["client"])
    log = "\n".join(java8_log.dumped(transcript.connection))

    def verdict(evidence):
        report = diagnose(evidence, clients=(client,), host=row["host"], trust=trust, moment=MOMENT, foretell=True)
        (diagnosis,) = report.diagnoses
        facts = [(r.cause, {**r.facts, "server": ""}) for r in diagnosis.verdict.refusals]
        return diagnosis.verdict.accepted, facts

    from_log = verdict(read_evidence(source_of_bytes("debug.log", log.encode())))
    assert from_log == verdict([replace(transcript, item="debug.log")])


MOMENT = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)


def test_a_weak_prime_in_a_log_alone():
    seen = observe(captured(recorded.row("j8u212", "dhe-768-tls12-aes128cbc")))
    text = list(java8_log.printed(seen))
    report = diagnose(read_evidence(source_of_bytes("debug.log", "\n".join(text).encode())), now=MOMENT)
    (diagnosis,) = report.diagnoses
    head = diagnosis.verdict.refusals[0]
    line = text.index("*** Diffie-Hellman ServerKeyExchange") + 1
    assert (head.cause, head.facts["bits"], head.where[0].place) == ("dh-key-too-small", 768, f"line {line}")
    assert diagnosis.client.id == "java/8u212"
    assert diagnosis.server is None


def interleaved(*logs: list[str]) -> str:
    """Messages of several threads in turns; the lines of one message stay together, as println writes them."""
    blocks: list[list[list[str]]] = []
    for log in logs:
        parts: list[list[str]] = [[]]
        for line in log:
            if ", READ: " in line or line.startswith("*** ClientHello"):
                parts.append([])
            parts[-1].append(line)
        blocks.append(parts)
    longest = max(map(len, blocks))
    return "\n".join(line for turn in range(longest) for parts in blocks for line in (parts + [[]] * longest)[turn])


def test_threads_that_take_turns_are_kept_apart():
    weak = observe(captured(recorded.row("j8u212", "dhe-768-tls12-aes128cbc")))
    large = observe(captured(recorded.row("j8u51", "dhe-3072-tls12-aes128cbc")))
    text = interleaved(list(java8_log.printed(weak, "exec-1")), list(java8_log.printed(large, "exec-2")))
    first, second = handshakes(text)
    assert [flight_of(h).dh for h in (first, second)] == [flight_of(weak).dh, flight_of(large).dh]
    assert [[told.message.description for told in h.alerts] for h in (first, second)] == [
        [told.message.description for told in h.alerts] for h in (weak, large)
    ]


@pytest.mark.parametrize(
    "prefix",
    [
        "10:11:{:02},345 INFO  [stdout] (http-10.0.0.1:8443-{}) ",
        "INFO   | jvm 1    | 2026/11/23 10:11:{:02} | ",
        "2026-11-23 10:11:{:02}.120 DEBUG --- [exec-{}] ",
    ],
)
def test_what_a_logger_writes_before_each_line_is_taken_off(prefix: str):
    seen = observe(captured(recorded.row("j8u212", "dhe-768-tls12-aes128cbc")))
    text = "\n".join(prefix.format(n % 60, n) + line for n, line in enumerate(java8_log.printed(seen)))
    (told,) = handshakes(text)
    assert flight_of(told).dh == flight_of(seen).dh


@pytest.mark.parametrize("name", ["17-retry", "25-dh", "11-records", "17-tls13-records"])
def test_a_log_cut_anywhere_tells_what_is_left(name: str):
    lines = (SAMPLES / f"debug-{name}.txt").read_text().splitlines()
    for cut in range(40, len(lines), max(1, len(lines) // 25)):
        found = handshakes("\n".join(lines[:cut])) if any("javax.net.ssl" in line for line in lines[:cut]) else []
        assert len(found) <= 1
        for handshake in found:
            assert kinds(handshake)[0] in {ClientHello.__name__, "OtherHandshake"}
            assert all(0 < told.frame <= cut for told in handshake.messages)


def test_a_server_s_log_is_not_taken_for_a_client_s():
    seen = observe(captured(recorded.row("j8u212", "dhe-768-tls12-aes128cbc")))
    lines = list(java8_log.printed(seen))
    start = lines.index("***") + 1
    text = [f"{java8_log.THREAD}, READ: TLSv1.2 Handshake, length = 193", *lines[:start]]
    text += [line for line in lines[start:] if ", READ: " not in line and ", WRITE: " not in line]
    assert handshakes("\n".join(text)) == []


def test_messages_named_in_the_sample_are_all_read():
    assert {Alert.__name__, CertificateMessage.__name__, ServerHello.__name__} <= set(kinds(sample("11-records")))
