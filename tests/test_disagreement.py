"""Pieces of evidence that contradict each other are told; the verdict stands on what it stood on."""

from datetime import UTC, datetime

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
    assert whats(diagnosed(capture, read("nginx.conf", b"ssl_ciphers ALL;\n"), store("trust", ROW))) == []


def test_stores_of_which_one_holds_the_anchor():
    capture = read("c.pcap", recorded.capture(ROW))
    verdict = diagnosed(capture, store("cacerts", ROW), store("tomcat-trust"))
    assert [(facts["what"], facts["item"], facts["other"]) for facts in verdict.contradictions] == [
        ("stores-differ", "cacerts", "tomcat-trust")
    ]
    assert whats(diagnosed(capture, store("cacerts", ROW), store("copy", ROW))) == []
