"""Chromium's net log: two of Chromium 156, the events of one socket each (samples/)."""

from pathlib import Path

import pytest

from tlswhy.diagnose import diagnose
from tlswhy.errors import BadEvidence
from tlswhy.evidence import chromium_net_log
from tlswhy.evidence.read import read_evidence
from tlswhy.evidence.types import ClientWords, Transcript
from tlswhy.source import source_of_bytes
from tlswhy.verdict import Accepted

SAMPLES = Path(__file__).parent / "samples"
UNTRUSTED = (SAMPLES / "netlog-untrusted.json").read_bytes()
ALERT = (SAMPLES / "netlog-alert.json").read_bytes()


def read(data: bytes):
    return list(read_evidence(source_of_bytes("netlog.json", data)))


def test_a_connection_with_its_ends_its_lines_and_what_tls_1_3_encrypts():
    connection, said = read(UNTRUSTED)
    assert isinstance(connection, Transcript)
    assert str(connection.connection.server) == "127.0.0.1:5421"
    assert isinstance(said, ClientWords)
    assert (said.exceptions[0].message, said.speaker) == ("net::ERR_CERT_AUTHORITY_INVALID", "chromium")
    (diagnosis,) = diagnose([connection, said]).diagnoses
    assert (diagnosis.client.id, diagnosis.host) == ("chromium/156", "gadgets.example.test")
    assert diagnosis.moment.year == 2026
    (handshake,) = diagnosis.handshakes
    assert handshake.server_hello is not None
    assert handshake.server_hello.message.version == 0x0304
    assert diagnosis.situation.flight.chain
    refusal = diagnosis.verdict.refusals[0]
    assert "trust-anchor-missing" in refusal.candidates
    lines = UNTRUSTED.decode().splitlines()
    assert all(lines[int(where.place.split()[1]) - 1].startswith('{"params"') for where in refusal.where)


def test_judged_with_what_it_trusts():
    (diagnosis,) = diagnose(read(UNTRUSTED), trust=[]).diagnoses
    assert (diagnosis.verdict.accepted, diagnosis.verdict.refusals[0].cause) == (Accepted.NO, "trust-store-empty")
    connection, _ = read(UNTRUSTED)
    (other,) = diagnose([connection], clients=["java/8u212"]).diagnoses
    assert other.verdict.accepted is Accepted.CANNOT_TELL


def test_an_alert_of_the_server():
    (diagnosis,) = diagnose(read(ALERT)).diagnoses
    assert diagnosis.verdict.refusals[0].cause == "server-alert"
    assert diagnosis.handshakes[0].alerts[0].message.description == 40


def test_tls_1_2_is_seen_to_finish_without_the_change_that_the_log_leaves_out():
    from tlswhy.evidence.debug_talk import Talk
    from tlswhy.side import Side

    talk = Talk(version=0x0303)
    chromium_net_log._Log._said(talk, Side.SERVER, 7, 0, b"\x14\x00\x00\x0c" + bytes(12), alert=False)
    assert [piece.data[0] for piece in talk._printed] == [20, 22]


def test_one_that_is_cut_or_of_another_shape():
    assert len(read(UNTRUSTED[: UNTRUSTED.rindex(b"SSL_")] if b"SSL_" in UNTRUSTED[5000:] else UNTRUSTED[:-400])) >= 1
    with pytest.raises(BadEvidence) as raised:
        read(UNTRUSTED[: UNTRUSTED.index(b"\n")])
    assert raised.value.code == "log-without-tls"
    with pytest.raises(BadEvidence):
        list(chromium_net_log.read(source_of_bytes("x", b'{"constants":{"logEventTypes":3},\n')))
