"""openssl s_client, as OpenSSL 3 prints it (samples/)."""

from pathlib import Path

import pytest

from tlswhy.diagnose import diagnose
from tlswhy.errors import BadEvidence
from tlswhy.evidence import openssl_text
from tlswhy.evidence.read import read_evidence
from tlswhy.evidence.types import Role, ShownCertificates
from tlswhy.oddity import Oddity
from tlswhy.pki.certificate import read_certificate
from tlswhy.source import source_of_bytes

SAMPLES = Path(__file__).parent / "samples"


def read(data: bytes):
    return list(read_evidence(source_of_bytes("s_client.txt", data)))


def test_the_chain_in_its_order_with_lines():
    data = (SAMPLES / "s_client-showcerts.txt").read_bytes()
    (shown,) = read(data)
    assert isinstance(shown, ShownCertificates)
    assert shown.role is Role.SERVED
    assert [read_certificate(der).subject.text for der in shown.ders] == [
        "CN=gadgets.example.test",
        "CN=Example Issuing CA,O=Example",
    ]
    lines = data.decode().splitlines()
    assert {lines[int(where.place.split()[1]) - 1] for where in shown.where} == {"-----BEGIN CERTIFICATE-----"}


def test_without_showcerts_there_is_only_the_leaf_and_that_is_said():
    shown, oddity = read((SAMPLES / "s_client.txt").read_bytes())
    assert isinstance(shown, ShownCertificates)
    assert len(shown.ders) == 1
    assert isinstance(oddity, Oddity)
    assert (oddity.what, oddity.facts) == ("chain-listed-not-shown", {"shown": 1, "listed": 2})


def test_it_is_judged_like_a_chain_of_files():
    from datetime import UTC, datetime

    evidence = read((SAMPLES / "s_client-showcerts.txt").read_bytes())
    asked = {
        "clients": ["java/17.0.9"],
        "host": "other.example.test",
        "trust": [],
        "now": datetime(2027, 1, 1, tzinfo=UTC),
    }
    (diagnosis,) = diagnose(evidence, **asked).diagnoses
    assert {refusal.cause for refusal in diagnosis.verdict.refusals} >= {"trust-store-empty", "hostname-mismatch"}


def test_output_without_certificates():
    text = b"CONNECTED(00000003)\n---\nno peer certificate available\n---\nSSL handshake has read 7 bytes\n"
    with pytest.raises(BadEvidence) as raised:
        read(text)
    assert raised.value.code == "no-certificate-inside"
    assert openssl_text.likelihood(b"Certificate chain of custody") == 0
