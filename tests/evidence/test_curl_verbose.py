"""curl -v, as curl 7.88 with OpenSSL prints it (samples/, and live), and the shapes of the other libraries."""

import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.gather.servers import make_certificates
from tlswhy.diagnose import diagnose
from tlswhy.errors import BadEvidence
from tlswhy.evidence import curl_verbose
from tlswhy.evidence.read import read_evidence
from tlswhy.evidence.types import ClientWords, DescribedCertificates, ToldConnection
from tlswhy.side import Side
from tlswhy.source import source_of_bytes
from tlswhy.unseen import UNSEEN
from tlswhy.verdict import Accepted

SAMPLES = Path(__file__).parent / "samples"
NOW = datetime(2027, 1, 1, tzinfo=UTC)
GNUTLS = """*   Trying 192.0.2.7...
* Connected to gadgets.example.test (192.0.2.7) port 443 (#0)
* found 140 certificates in /etc/ssl/certs/ca-certificates.crt
* ALPN, offering http/1.1
* SSL connection using TLS1.2 / ECDHE_RSA_AES_128_GCM_SHA256
* \t server certificate verification failed. CAfile: /etc/ssl/certs/ca-certificates.crt CRLfile: none
* Closing connection 0
curl: (60) server certificate verification failed. CAfile: /etc/ssl/certs/ca-certificates.crt CRLfile: none
"""
NSS = """* About to connect() to gadgets.example.test port 443 (#0)
*   Trying 192.0.2.7...
* Connected to gadgets.example.test (192.0.2.7) port 443 (#0)
* Initializing NSS with certpath: sql:/etc/pki/nssdb
*   CAfile: /etc/pki/tls/certs/ca-bundle.crt
* NSS error -12190 (SSL_ERROR_PROTOCOL_VERSION_ALERT)
* Peer reports incompatible or unsupported protocol version.
* Closing connection 0
curl: (35) Peer reports incompatible or unsupported protocol version.
"""
SCHANNEL = """* Host gadgets.example.test:443 was resolved.
* IPv6: (none)
* IPv4: 192.0.2.7
*   Trying 192.0.2.7:443...
* schannel: disabled automatic use of client certificate
* ALPN: curl offers http/1.1
* schannel: next InitializeSecurityContext failed: SEC_E_CERT_EXPIRED (0x80090328) - It has expired.
* closing connection #0
"""
NEWER = """* Connected to gadgets.example.test (192.0.2.7) port 443
* SSL connection using TLSv1.3 / TLS_AES_256_GCM_SHA384 / X25519MLKEM768 / RSASSA-PSS
* Server certificate:
*  SSL certificate verify ok.
"""


def read(text: str | bytes):
    data = text.encode() if isinstance(text, str) else text
    return list(read_evidence(source_of_bytes("curl.txt", data)))


def test_a_connection_that_it_accepted():
    told, described = read((SAMPLES / "curl-verified.txt").read_bytes())
    assert isinstance(told, ToldConnection)
    assert (told.program, told.client, told.version, told.suite) == ("curl", "curl/7.88.1", 0x0303, 0xC030)
    assert (told.host, told.address, told.verified) == ("gadgets.example.test", "127.0.0.1", True)
    assert isinstance(described, DescribedCertificates)
    (leaf,) = described.certificates
    assert leaf.subject == "CN=gadgets.example.test"
    assert leaf.valid_from is not None


def test_what_a_user_sees_of_it():
    evidence = read((SAMPLES / "curl-verified.txt").read_bytes())
    (own,) = diagnose(evidence, now=NOW).diagnoses
    assert (own.client.id, own.verdict.accepted) == ("curl/7.88.1", Accepted.YES)
    (other,) = diagnose(evidence, clients=["java/8u212"], now=NOW).diagnoses
    assert other.verdict.accepted is Accepted.CANNOT_TELL


def test_one_that_it_refused_with_its_alert_and_its_reason_once():
    alert, said = read((SAMPLES / "curl-untrusted.txt").read_bytes())
    assert (alert.alert.sender, alert.alert.description) == (Side.CLIENT, 48)
    assert said.exceptions[0].message == "SSL certificate problem: unable to get local issuer certificate"
    assert (said.speaker, said.port) == ("curl", 5412)
    (diagnosis,) = diagnose([alert, said], now=NOW).diagnoses
    assert "trust-anchor-missing" in diagnosis.verdict.refusals[0].candidates


def test_gnutls():
    told, said = read(GNUTLS)
    assert (told.version, told.suite, told.verified) == (0x0303, 0xC02F, None)
    assert "verification failed" in said.exceptions[0].message


def test_nss_and_schannel():
    (said, *_) = read(NSS)
    assert diagnose([said], now=NOW).diagnoses[0].verdict.refusals[0].cause == "no-common-version"
    (said,) = read(SCHANNEL)
    assert (said.host, said.address, said.port) == ("gadgets.example.test", "192.0.2.7", 443)
    assert diagnose([said], now=NOW).diagnoses[0].verdict.refusals[0].candidates[0] == "cert-expired"


def test_newer_ones_tell_the_group():
    (told,) = read(NEWER)
    assert (told.version, told.group, told.client) == (0x0304, 0x11EC, None)
    (told,) = read(NEWER.replace("X25519MLKEM768 / RSASSA-PSS", "[blank] / UNDEF"))
    assert told.group is UNSEEN


def test_several_connections_and_none():
    both = read((SAMPLES / "curl-verified.txt").read_text() + SCHANNEL)
    assert [type(item).__name__ for item in both] == ["ToldConnection", "DescribedCertificates", "ClientWords"]
    with pytest.raises(BadEvidence) as raised:
        read("*   Trying 192.0.2.7:443...\n* Closing connection 0\n")
    assert raised.value.code == "log-without-tls"
    assert curl_verbose.likelihood(b"* a list\n* of things\n") == 0.0


def test_the_curl_of_this_machine(tmp_path: Path):
    if shutil.which("openssl") is None or shutil.which("curl") is None:
        pytest.skip("no openssl or no curl here")
    made = make_certificates(tmp_path)
    serve = [
        "openssl",
        "s_server",
        "-accept",
        "127.0.0.1:0",
        "-cert",
        made.chain,
        "-key",
        made.key,
        "-naccept",
        "2",
        "-www",
    ]
    with subprocess.Popen(serve, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as running:
        assert running.stdout is not None
        port = next(line.split(b":")[-1].strip() for line in running.stdout if line.startswith(b"ACCEPT")).decode()
        url = f"https://localhost:{port}/"
        ask = ["curl", "-v", "--noproxy", "*", "--max-time", "10", "-o", "/dev/null", url]
        texts = [
            subprocess.run([*ask, *more], cwd=tmp_path, capture_output=True, check=False).stderr
            for more in (["--cacert", made.trust], [])
        ]
        running.terminate()
    told = next(item for item in read(texts[0]) if isinstance(item, ToldConnection))
    assert (told.version, told.verified, told.host) == (0x0304, True, "localhost")
    assert any(isinstance(item, ClientWords) and item.exceptions for item in read(texts[1]))
