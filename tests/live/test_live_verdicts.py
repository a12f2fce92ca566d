"""``explain URL`` against real servers: the answer of the machine's own Java connecting, and of the saved capture."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from tests.gather.servers import free_port
from tests.live.identities import Identity, dh_group, identities
from tests.live.javas import classes
from tests.live.machine_java import MachineJava, same
from tests.live.real_servers import PROGRAMS, Site, all_started, one_version
from tlswhy.cli.live import hellos_for
from tlswhy.client.profiles import load_client
from tlswhy.diagnose import diagnose
from tlswhy.evidence.read import read_evidence, read_trust
from tlswhy.evidence.types import ShownCertificates
from tlswhy.gather.connection import Patience
from tlswhy.gather.live import Manner, ask
from tlswhy.gather.targets import target_of
from tlswhy.source import source_of_bytes
from tlswhy.verdict import Accepted, Verdict

FAULTS = ("expired", "wrong-name", "incomplete", "self-signed", "small-key", "untrusted", "pss", "ec-only")
SETTINGS = ("no-suite", "dhe-512", "dhe-1024", "sni")
ON_OPENSSL = ("nginx", "apache", "haproxy", "stunnel", "lighttpd", "python", "node", "openssl")
UNSERVABLE = {
    ("haproxy", "small-key"),  # it loads certificates before it knows the security level of its own configuration
    # OpenSSL takes no smaller group than 1024 bits even at security level 0 (ssl_security_default_callback)
    *((program, "dhe-512") for program in ON_OPENSSL),
    *((program, "sni") for program in ("apache", "stunnel", "lighttpd", "python", "node", "openssl", "java")),
    *((program, dhe) for program in ("java", "caddy") for dhe in ("dhe-512", "dhe-1024")),
}
CAMELLIA = "ECDHE-RSA-CAMELLIA128-SHA256"
NAMED_BY_ALERT = {"protocol_version": "no-common-version", "unrecognized_name": "sni-unrecognized"}
MANNER = Manner(Patience(5, 5, 5, 10))


def sites_of(program: str, number: int, known: dict[str, Identity], folder: Path) -> list[Site]:
    """Good ones and faults; by default two faults of the certificates and one of the settings, other ones for each
    program."""
    everything = os.environ.get("TLSWHY_ALL_CASES") == "1"
    faults = FAULTS if everything else (FAULTS[number % len(FAULTS)], FAULTS[(number + 3) % len(FAULTS)])
    kinds = ["good", "good-ec", *(fault for fault in faults if (program, fault) not in UNSERVABLE)]
    sites = [Site(program, known[kind], free_port()) for kind in kinds]
    settings = [setting for setting in SETTINGS if (program, setting) not in UNSERVABLE]
    chosen = settings if everything else settings[number % len(settings) :][:1]
    sites += [_set_up(program, setting, known, folder) for setting in chosen]
    return [*sites, Site(program, known["good"], free_port(), one_version(program))]


def _set_up(program: str, setting: str, known: dict[str, Identity], folder: Path) -> Site:
    """A server that is set up so that something is amiss, whatever its certificate."""
    site = Site(program, known["good"], free_port(), setting, versions=("1.2",))
    if setting == "sni":
        return replace(site, versions=())
    if setting == "no-suite":
        foreign = {"gnutls": "-CIPHER-ALL:+CAMELLIA-128-CBC", "java": "TLS_RSA_WITH_NULL_SHA256"}
        foreign |= {"caddy": "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"} | dict.fromkeys(ON_OPENSSL, CAMELLIA)
        identity = known["good-ec"] if program == "caddy" else site.identity
        return replace(site, identity=identity, ciphers=foreign[program])
    suites = "-KX-ALL:+DHE-RSA" if program == "gnutls" else "DHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES256-SHA"
    return replace(site, ciphers=suites, dh=dh_group(folder, int(setting.removeprefix("dhe-"))))


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    """All sites up; (sites, trust file)."""
    folder = tmp_path_factory.mktemp("live")
    known, trust = identities(folder)
    numbers = {program: number for number, program in enumerate(PROGRAMS)}
    with all_started(folder, lambda program: sites_of(program, numbers[program], known, folder)) as sites:
        yield sites, trust


def judged(evidence: list, client: str, trust: Path) -> Verdict:
    shown = read_trust(source_of_bytes("trust", trust.read_bytes()))
    ders = [der for item in shown if isinstance(item, ShownCertificates) for der in item.ders]
    (diagnosis,) = diagnose(evidence, clients=[client], trust=ders, host="localhost").diagnoses
    return diagnosis.verdict


def java_says(program: str, sites: list[Site], trust: Path, *, wait: bool = False) -> list[str]:
    """``wait``: for what comes behind the handshake, too."""
    asked = "".join(f"https://localhost:{site.port}/ {trust}{' wait' if wait else ''}\n" for site in sites)
    done = subprocess.run(
        [program, "-cp", classes(), "Connect"], input=asked, capture_output=True, text=True, timeout=120, check=True
    )
    return done.stdout.splitlines()


def explains(words: str, cause: str) -> bool:
    """The cause is what Java says: an alert of the server, else the first fault that its exceptions name."""
    alert = re.search(r"Received fatal alert: (\w+)", words)
    if alert is None:
        return same(words, cause)
    return cause == NAMED_BY_ALERT.get(alert[1], "server-alert")


def test_every_verdict_is_that_of_the_machines_java(live, machine_java: MachineJava):
    sites, trust = live
    client = machine_java.policy.id
    said = java_says(machine_java.program, sites, trust)
    assert len(said) == len(sites)
    wrong = []
    for site, words in zip(sites, said, strict=True):
        target = target_of(f"https://localhost:{site.port}/")
        answers = ask(target, hellos_for([load_client(client)], target, None), MANNER)
        verdict = judged(answers.evidence, client, trust)
        saved = list(read_evidence(source_of_bytes("saved.pcapng", answers.recording.pcapng())))
        again = judged(saved, client, trust)
        if (again.accepted, [r.cause for r in again.refusals]) != (
            verdict.accepted,
            [r.cause for r in verdict.refusals],
        ):
            wrong.append((site.title, "capture", again))
        expected = Accepted.YES if words.startswith("OK") else Accepted.NO
        head = verdict.refusals[0].cause if verdict.refusals else None
        if verdict.accepted is not expected or (head is not None and not explains(words, head)):
            wrong.append((site.title, words, verdict.accepted, head, [gap.needs for gap in verdict.gaps]))
    assert wrong == [], "\n".join(map(str, wrong))
    assert {site.program for site in sites} >= {"python", "java"}
