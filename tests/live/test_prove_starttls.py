"""``prove`` where TLS begins later: the report alone knows the way, through STARTTLS and through a proxy.

Three protocols by default, all of them with TLSWHY_ALL_CASES=1.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.command import tlswhy
from tests.gather.servers import free_port, running
from tests.live.identities import Identity, identities
from tests.live.starttls_servers import SERVERS, greeting

KINDS = list(SERVERS) if os.environ.get("TLSWHY_ALL_CASES") == "1" else ["smtp", "xmpp", "ldap"]
OPTIONS = ["--client", "java/17.0.9", "--format", "json"]


@pytest.fixture(scope="module")
def known(tmp_path_factory):
    """Identities and what trusts them."""
    return identities(tmp_path_factory.mktemp("prove-starttls"))


@pytest.mark.parametrize("kind", KINDS)
def test_the_report_knows_how_tls_begins(kind, known, tmp_path):
    made, trust = known
    report = tmp_path / "report.json"
    with greeting(kind, made["incomplete"]) as port:
        asked = ["explain", f"localhost:{port}", "--starttls", kind, "--trust", str(trust), *OPTIONS]
        ran = tlswhy(*asked, "--save", str(tmp_path / "asked.pcapng"), "--output", str(report))
        assert ran.returncode == 1, ran.stderr
        (diagnosis,) = json.loads(report.read_text())["diagnoses"]
        assert diagnosis["replay"]["starttls"] == kind
        assert diagnosis["replay"]["target"] == f"localhost:{port}"
        proof = proved(report)
        assert proof["outcome"] == "still-refused"
        assert proof["after"]["replay"]["starttls"] == kind
    with greeting(kind, made["good"]) as now:
        report.write_text(report.read_text().replace(f":{port}", f":{now}"))
        proof = proved(report)
        assert proof["outcome"] == "cured", [each["message"] for each in proof["after"]["refusals"]]
        # the capture that was kept tells as much as the server did
        again = tlswhy("explain", str(tmp_path / "asked.pcapng"), "--trust", str(trust), *OPTIONS)
        (kept,) = json.loads(again.stdout)["diagnoses"]
        assert (kept["verdict"], kept["replay"]["starttls"]) == ("refused", kind)
        assert kept["handshakes"] == [
            {**line, "capture": str(tmp_path / "asked.pcapng")} for line in diagnosis["handshakes"]
        ]


def test_the_report_knows_the_proxy(known, tmp_path):
    made, trust = known
    report = tmp_path / "report.json"
    with apache_as_proxy(tmp_path) as proxy:
        with serving(made["incomplete"]) as port:
            asked = ["explain", f"localhost:{port}", "--proxy", f"http://localhost:{proxy}", "--trust", str(trust)]
            assert tlswhy(*asked, *OPTIONS, "--output", str(report)).returncode == 1
            (diagnosis,) = json.loads(report.read_text())["diagnoses"]
            assert diagnosis["server"] == f"127.0.0.1:{proxy}"  # that is what a capture would show
            assert diagnosis["replay"]["target"] == f"localhost:{port}"
        with serving(made["good"]) as now:
            report.write_text(report.read_text().replace(f":{port}", f":{now}"))
            assert proved(report)["outcome"] == "cured"
            direct = report.read_text().replace(f"127.0.0.1:{proxy}", f"127.0.0.1:{now}")
            report.write_text(direct.replace(f"http://localhost:{proxy}", "http://localhost:9"))
            assert tlswhy("prove", str(report), "--proxy", "none").returncode == 0
            assert "localhost:9" in tlswhy("prove", str(report)).stderr


def test_a_protocol_that_is_not_spoken_here_is_no_verdict(tmp_path):
    report = tmp_path / "report.json"
    replay = {"server": "127.0.0.1:9", "host": "localhost", "client": "java/17", "hello_hex": None, "trust_pem": None}
    replay |= {"starttls": "tds"}
    report.write_text(json.dumps({"schema": "tlswhy.report/1", "diagnoses": [{"replay": replay}]}))
    ran = tlswhy("prove", str(report))
    assert (ran.returncode, "tds" in ran.stderr) == (2, True)
    assert tlswhy("prove", str(report), "--starttls", "none").returncode == 1


@contextmanager
def serving(identity: Identity) -> Iterator[int]:
    port = free_port()
    command = ["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-quiet", "-key", str(identity.key)]
    with running([*command, "-cert", str(identity.chain), "-cert_chain", str(identity.chain)], port):
        yield port


@contextmanager
def apache_as_proxy(folder: Path) -> Iterator[int]:
    port, modules = free_port(), "/usr/lib/apache2/modules"
    wanted = ("mpm_event", "authz_core", "proxy", "proxy_connect")
    loads = "".join(f"LoadModule {module}_module {modules}/mod_{module}.so\n" for module in wanted)
    config = folder / "proxy.conf"
    config.write_text(
        f"{loads}ServerRoot {folder}\nServerName localhost\nUser www-data\nGroup www-data\nPidFile {folder}/pid\n"
        f"ErrorLog {folder}/proxy.log\nListen 127.0.0.1:{port}\nProxyRequests On\nAllowCONNECT 1024-65535\n"
    )
    with running(["apache2", "-f", str(config), "-DFOREGROUND"], port, cwd=folder) as listening:
        yield listening


def proved(report) -> dict:
    ran = tlswhy("prove", str(report), "--format", "json")
    assert ran.stdout, ran.stderr
    (proof,) = json.loads(ran.stdout)["proofs"]
    return proof
