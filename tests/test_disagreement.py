"""Pieces of evidence that contradict each other are told; the verdict stands on what it stood on."""

from datetime import UTC, datetime

import pytest

from tests.oracle import recorded
from tlswhy.diagnose import diagnose
from tlswhy.evidence.read import read_evidence
from tlswhy.evidence.types import Role, ShownCertificates
from tlswhy.model.where import line
from tlswhy.pki.stores import read_certificates
from tlswhy.source import source_of_bytes
from tlswhy.verdict import Accepted

MOMENT = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
ROW = recorded.row("j8u212", "base-tls12")
OTHER = recorded.row("j8u212", "expired-leaf")


def read(name: str, data: bytes):
    return list(read_evidence(source_of_bytes(name, data)))


def store(name: str, row=None):
    ders = tuple(entry.certificate.der for entry in read_certificates(recorded.trust(row))) if row else ()
    return [ShownCertificates(name, Role.TRUSTED, ders, tuple(line(name, 1) for _ in ders))]


def diagnosed(*evidence, foretell=True):
    everything = [item for part in evidence for item in part]
    (found,) = diagnose(
        everything, clients=["java/8u212"], host=ROW["host"], moment=MOMENT, foretell=foretell
    ).diagnoses
    return found.verdict


def whats(verdict):
    return [facts["what"] for facts in verdict.contradictions]


def test_a_file_with_another_chain_than_the_connection():
    capture = read("c.pcap", recorded.capture(ROW))
    verdict = diagnosed(capture, read("other.pem", recorded.chain(OTHER)), store("trust", ROW))
    assert whats(verdict) == ["chains-differ"]
    assert verdict.contradictions[0]["item"] == "other.pem"
    assert verdict.accepted is Accepted.YES
    assert whats(diagnosed(capture, read("same.pem", recorded.chain(ROW)), store("trust", ROW))) == []


def test_a_configuration_without_what_the_server_chose():
    capture = read("c.pcap", recorded.capture(ROW))
    verdict = diagnosed(capture, read("nginx.conf", b"ssl_ciphers NULL-MD5;\n"), store("trust", ROW))
    (differs,) = verdict.contradictions
    assert (differs["what"], differs["place"]) == ("configuration-differs", "line 1")
    assert verdict.accepted is Accepted.YES
    chosen = b"ssl_ciphers ECDHE-RSA-AES128-SHA:ECDHE-RSA-AES256-SHA; ssl_prefer_server_ciphers on;\n"
    assert whats(diagnosed(capture, read("nginx.conf", chosen), store("trust", ROW))) == []


@pytest.mark.parametrize(
    ("name", "text", "what"),
    [
        ("nginx.conf", b"ssl_ciphers ALL;\n", "configuration-unlike-answer"),
        ("nginx.conf", b"ssl_ciphers ALL;\nssl_protocols TLSv1.2;\n", "configuration-unlike-answer"),
        (
            "suites.txt",
            b"TLS_RSA_WITH_AES_128_CBC_SHA,TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA\n",
            "configuration-unlike-answer",
        ),
        ("suites.txt", b"TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA,TLS_RSA_WITH_AES_128_CBC_SHA\n", None),
    ],
)
def test_a_configuration_by_which_the_server_would_have_chosen_otherwise(name: str, text: bytes, what: str | None):
    """ECDHE_RSA with AES_128_CBC_SHA was chosen, which each of them has."""
    verdict = diagnosed(read("c.pcap", recorded.capture(ROW)), read(name, text), store("trust", ROW))
    assert whats(verdict) == ([what] if what else [])
    assert verdict.accepted is Accepted.YES


def test_a_configuration_by_which_the_server_would_not_have_refused():
    row = recorded.row("j8u51", "dhe-512-tls12-aes256cbc")
    capture = read("c.pcap", recorded.capture(row))
    told = read("nginx.conf", b"ssl_ciphers ALL;\nssl_protocols TLSv1 TLSv1.1 TLSv1.2;\n")
    assert whats(diagnosed(capture, told)) == ["configuration-would-serve"]
    assert whats(diagnosed(capture, read("nginx.conf", b"ssl_ciphers CHACHA20;\n"))) == []


def test_stores_of_which_one_holds_the_anchor():
    capture = read("c.pcap", recorded.capture(ROW))
    verdict = diagnosed(capture, store("cacerts", ROW), store("tomcat-trust"))
    assert [(facts["what"], facts["item"], facts["other"]) for facts in verdict.contradictions] == [
        ("stores-differ", "cacerts", "tomcat-trust")
    ]
    assert whats(diagnosed(capture, store("cacerts", ROW), store("copy", ROW))) == []
