"""Messages of other libraries: which texts hold them, where they stand, which host they are about."""

import pytest

from tlswhy.errors import BadEvidence
from tlswhy.evidence import library_errors
from tlswhy.evidence.read import read_evidence
from tlswhy.evidence.types import ClientWords
from tlswhy.observe.words import meaning_of
from tlswhy.source import source_of_bytes


def words(text: str):
    found = read_evidence(source_of_bytes("error.txt", text.encode()))
    return [item for item in found if isinstance(item, ClientWords)]


@pytest.mark.parametrize(
    ("text", "causes"),
    [
        ("curl: (60) SSL certificate problem: self-signed certificate", {"self-signed-untrusted"}),
        ("* OpenSSL: error:0A00018A:SSL routines::dh key too small", {"dh-key-too-small"}),
        ("x509: certificate is valid for a.example.test, not b.example.test", {"hostname-mismatch"}),
        ("NET::ERR_CERT_DATE_INVALID", {"cert-expired", "cert-not-yet-valid"}),
        ("SSL_ERROR_RX_RECORD_TOO_LONG", {"not-tls", "no-common-version", "server-misconfigured"}),
        ("[Errno 111] Connection refused", {"tcp-refused"}),
        ("*** Fatal error: The Diffie-Hellman prime sent by the server is not acceptable", {"dh-key-too-small"}),
        ("    Verify return code: 10 (certificate has expired)", {"cert-expired"}),
        ("schannel: next InitializeSecurityContext failed: SEC_E_UNTRUSTED_ROOT (0x80090325)", None),
        ("requests.exceptions.SSLError: hostname 'x.test' doesn't match 'y.test'", {"hostname-mismatch"}),
        ("remote error: tls: protocol version not supported", {"no-common-version"}),
    ],
)
def test_what_a_message_means(text: str, causes: set[str] | None):
    (said,) = words(text + "\n")
    meaning = meaning_of(said)
    assert meaning is not None
    assert causes is None or set(meaning.causes) == causes
    assert len(meaning.causes) <= 8
    assert said.where[0].place == "line 1"
    assert meaning.said.strip() == text.strip()


def test_the_host_and_the_line_of_a_verbose_curl():
    text = "* Trying 127.0.0.1:8443...\n* Connected to a.example.test (127.0.0.1) port 8443\n"
    text += "> GET https://a.example.test:8443/\n"
    text += "curl: (60) SSL certificate problem: unable to get local issuer certificate\n"
    said = words(text)
    assert [(w.host, w.port, w.where[0].place) for w in said if "problem" in w.exceptions[0].message] == [
        ("a.example.test", 8443, "line 4")
    ]


def test_prose_is_no_message():
    prose = "The connection was refused by the certificate of time.\n" * 60
    assert library_errors.likelihood(prose.encode()) == 0.0
    with pytest.raises(BadEvidence):
        words("A shopping list\nmilk\n")


def test_java_s_exceptions_are_read_as_java_s():
    text = "x509: nothing\njavax.net.ssl.SSLHandshakeException: Received fatal alert: protocol_version\n"
    assert [said.exceptions[0].kind for said in words(text)] == ["javax.net.ssl.SSLHandshakeException"]
