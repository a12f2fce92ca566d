"""Servers that ask for a client certificate, insisting or not: the verdict on a bare URL and on ``host:port`` is what
the machine's own Java finds out by going in."""

from __future__ import annotations

import json
import shutil
import subprocess

import pytest

from tests.cli.command import tlswhy
from tests.gather.servers import free_port
from tests.live.identities import identities
from tests.live.javas import classes
from tests.live.machine_java import MachineJava
from tests.live.real_servers import Site, all_started, started
from tests.live.test_live_verdicts import MANNER, java_says, judged
from tlswhy.cli.live import hellos_for
from tlswhy.client.profiles import load_client
from tlswhy.evidence.read import read_evidence
from tlswhy.gather.live import ask
from tlswhy.gather.targets import target_of
from tlswhy.source import source_of_bytes
from tlswhy.verdict import Accepted

SAID_BY_HTTP = {("nginx", "demanded")}
"""It lets TLS finish, and answers the request with its status 400."""
HOWS = ("asked-tls12", "asked-tls13", "demanded-tls12", "demanded-tls13")


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    """All sites up; (sites, trust file)."""
    folder = tmp_path_factory.mktemp("live")
    known, trust = identities(folder)
    with all_started(folder, lambda program: [Site(program, known["good"], free_port(), how) for how in HOWS]) as sites:
        yield sites, trust


def verdicts(site: Site, client: str, trust) -> list[tuple[Accepted, str | None]]:
    """Of the URL, of ``host:port``, and of what was kept of the first."""
    found, kept = [], []
    for text in (f"https://localhost:{site.port}", f"localhost:{site.port}"):
        target = target_of(text)
        answers = ask(target, hellos_for([load_client(client)], target, None), MANNER)
        kept.append(list(read_evidence(source_of_bytes("saved.pcapng", answers.recording.pcapng()))))
        found.append(judged(answers.evidence, client, trust))
    found.append(judged(kept[0], client, trust))
    return [(verdict.accepted, next((r.cause for r in verdict.refusals), None)) for verdict in found]


def test_who_insists_is_who_turns_java_away(live, machine_java: MachineJava):
    sites, trust = live
    said = java_says(machine_java.program, sites, trust, wait=True)
    wrong = []
    for site, words in zip(sites, said, strict=True):
        expected = (Accepted.YES, None) if words.startswith("OK") else (Accepted.NO, "client-cert-required")
        found = verdicts(site, machine_java.policy.id, trust)
        by_http = words.startswith("OK 400")
        if set(found) != {expected} or by_http is not ((site.program, site.asked) in SAID_BY_HTTP):
            wrong.append((site.title, words, found))
    assert wrong == [], "\n".join(map(str, wrong))
    assert {site.program for site in sites} >= {"python", "java", "openssl"}


@pytest.mark.parametrize(("version", "cause"), [("tls12", "client-cert-required"), ("tls13", "http-error")])
def test_a_path_that_demands_one_is_found_by_who_asks_for_its_document(tmp_path, machine_java, version, cause):
    """Apache shakes hands once more for that path; TLS 1.3 has no such thing without the client's leave: status 403."""
    if shutil.which("apache2", path="/usr/sbin") is None:
        pytest.skip("no apache2 here")
    known, trust = identities(tmp_path)
    site = Site("apache", known["good"], free_port(), f"path-{version}")
    with started("apache", [site], tmp_path / "apache"):
        told = {}
        for path in ("/", "/secure/x.html"):
            url = f"https://localhost:{site.port}{path}"
            done = tlswhy("explain", url, "--client", machine_java.policy.id, "--trust", trust, "--format", "json")
            (found,) = json.loads(done.stdout)["diagnoses"]
            told[path] = (found["verdict"], [refusal["cause"] for refusal in found["refusals"]])
        asked = f"https://localhost:{site.port}/secure/x.html {trust} wait\n"
        command = [machine_java.program, "-cp", classes(), "Connect"]
        words = subprocess.run(command, input=asked, capture_output=True, text=True, check=True).stdout
    assert told == {"/": ("accepted", []), "/secure/x.html": ("refused", [cause])}
    assert words.startswith("OK 403" if cause == "http-error" else "NO")
