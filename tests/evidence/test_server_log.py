"""Servers' own logs: nginx (live), Apache httpd (samples/), HAProxy and Go by their sources."""

import shutil
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.gather.servers import make_certificates
from tlswhy.diagnose import diagnose
from tlswhy.errors import BadEvidence
from tlswhy.evidence import server_log
from tlswhy.evidence.read import read_evidence
from tlswhy.evidence.types import ClientWords
from tlswhy.side import Side
from tlswhy.source import source_of_bytes
from tlswhy.verdict import Accepted

SAMPLES = Path(__file__).parent / "samples"
NOW = datetime(2027, 1, 1, tzinfo=UTC)
NGINX = (
    "2026/11/25 19:13:07 [info] 21741#21741: *1 {what} while SSL handshaking, client: 192.0.2.9, server: 0.0.0.0:443"
)
HAPROXY = "192.0.2.9:38736 [05/Aug/2025:08:37:12.994] https/1: SSL handshake failure ({what})"
GO = "2026/11/25 19:13:07 http: TLS handshake error from 192.0.2.9:38736: {what}"


def read(text: str) -> list[ClientWords]:
    found = list(read_evidence(source_of_bytes("error.log", text.encode())))
    assert all(isinstance(item, ClientWords) for item in found)
    return found


def refusal(text: str, **asked):
    (diagnosis,) = diagnose(read(text), now=NOW, plans=False, **asked).diagnoses
    assert diagnosis.verdict.accepted is Accepted.NO
    return diagnosis.verdict.refusals[0]


SSL = "SSL_do_handshake() failed (SSL: error:{code}:SSL routines:{what})"
TOLD = [
    (NGINX, SSL.format(code="0A000102", what=":unsupported protocol"), "no-common-version", "server", None),
    (NGINX, SSL.format(code="0A0000C1", what=":no shared cipher"), "server-alert", "server", "no-common-cipher"),
    (
        NGINX,
        SSL.format(code="14094416", what="f:sslv3 alert certificate unknown:SSL alert number 46"),
        None,
        "client",
        None,
    ),
    (HAPROXY, "error:0A000418:SSL routines::tlsv1 alert unknown ca", None, "client", "trust-anchor-missing"),
    (HAPROXY, "error:0A0000C7:SSL routines::peer did not return a certificate", "client-cert-required", "server", None),
    (GO, "remote error: tls: bad certificate", None, "client", "hostname-mismatch"),
    (GO, "tls: client offered only unsupported versions: [302 301]", "no-common-version", "server", None),
    (GO, "remote error: tls: protocol version not supported", "no-common-version", "client", None),
]


@pytest.mark.parametrize(("line", "what", "cause", "by", "candidate"), TOLD)
def test_what_the_server_says(line: str, what: str, cause: str | None, by: str, candidate: str | None):
    found = refusal(line.format(what=what) + "\n", clients=["java/8u212"])
    assert (found.cause, found.by) == (cause or "client-gave-up", by)
    assert candidate is None or candidate in found.candidates


def test_whose_connection_it_was():
    (said,) = read(HAPROXY.format(what="error:0A0000C1:SSL routines::no shared cipher") + "\n")
    assert (said.client, said.client_port, said.speaker) == ("192.0.2.9", 38736, "server")
    (said,) = read(
        NGINX.format(what="peer closed connection in SSL handshake").replace("192.0.2.9", "[2001:db8::9]") + "\n"
    )
    assert (said.client, said.client_port) == ("2001:db8::9", None)


def test_httpd_names_the_client_a_line_earlier():
    said = read((SAMPLES / "httpd-error.txt").read_text())
    assert [words.client_port for words in said] == [40328, 40344, 40354, 40380, None, 40398]
    assert said[0].alert is not None
    assert (said[0].alert.sender, said[0].alert.description) == (Side.CLIENT, 48)
    assert [words.exceptions[0].message.rpartition("::")[2][:16] for words in said[1:3]] == [
        "unsupported prot",
        "no shared cipher",
    ]


def test_what_it_says_as_a_client_itself_counts_for_nobody_else():
    line = NGINX.format(what="SSL_do_handshake() failed (SSL: error:0A000086:SSL routines::certificate verify failed)")
    line = line.replace("while SSL handshaking,", "while SSL handshaking to upstream,")
    (said,) = read(line + "\n")
    assert said.speaker == "nginx"
    (diagnosis,) = diagnose([said], clients=["java/8u212"], now=NOW).diagnoses
    assert diagnosis.verdict.accepted is Accepted.CANNOT_TELL


def test_a_client_that_speaks_no_tls_is_nobodys_refusal():
    line = NGINX.format(what="SSL_do_handshake() failed (SSL: error:0A00009C:SSL routines::http request)")
    assert diagnose(read(line + "\n"), now=NOW).diagnoses == ()


def test_other_logs():
    assert server_log.likelihood(b"TLS is nice\n") == 0.0
    with pytest.raises(BadEvidence):
        list(server_log.read(source_of_bytes("x", b"[ssl:info] nothing\n")))


def test_the_nginx_of_this_machine(tmp_path: Path):
    nginx = shutil.which("nginx", path="/usr/sbin:/usr/bin")
    if nginx is None or shutil.which("openssl") is None:
        pytest.skip("no nginx or no openssl here")
    made = make_certificates(tmp_path)
    served = f"ssl_certificate {made.chain}; ssl_certificate_key {made.key}; ssl_protocols TLSv1.2; return 200;"
    (tmp_path / "n.conf").write_text(
        f"daemon off; pid n.pid; error_log {tmp_path}/e.log info; events {{}}\n"
        f"http {{ access_log off; server {{ listen unix:{tmp_path}/s.sock ssl; {served} }} }}\n"
    )
    with subprocess.Popen([nginx, "-p", tmp_path, "-c", tmp_path / "n.conf"], stderr=subprocess.DEVNULL) as running:
        for _ in range(100):
            if (tmp_path / "s.sock").exists():
                break
            time.sleep(0.05)
        ask = ["openssl", "s_client", "-unix", "s.sock"]
        for more in (
            ["-tls1_3"],
            ["-cipher", "PSK-AES128-CBC-SHA", "-tls1_2"],
            ["-verify_return_error", "-verify", "1"],
        ):
            subprocess.run(
                [*ask, *more], cwd=tmp_path, stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=20
            )
        time.sleep(0.2)
        running.terminate()
    said = read((tmp_path / "e.log").read_text())
    assert any("unsupported protocol" in words.exceptions[0].message for words in said if words.exceptions)
    assert any(words.alert is not None and words.alert.description == 48 for words in said)
