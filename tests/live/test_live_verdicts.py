"""``explain URL`` against real servers: the answer of the machine's own Java connecting, and of the saved capture."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.gather.servers import free_port
from tests.live.javas import classes
from tests.live.machine_java import MachineJava, same
from tests.live.real_servers import COMMANDS, PROGRAMS, Identity, Site, identities, one_version, started
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

FAULTS = ("expired", "wrong-name", "incomplete", "self-signed", "small-key")
UNSERVABLE = {("haproxy", "small-key")}
"""HAProxy loads certificates before it knows the security level of its own configuration."""
MANNER = Manner(Patience(5, 5, 5, 10))


def sites_of(program: str, number: int, known: dict[str, Identity]) -> list[Site]:
    """A good one and the faults; by default two of them, other ones for each program."""
    everything = os.environ.get("TLSWHY_ALL_CASES") == "1"
    faults = FAULTS if everything else (FAULTS[number % len(FAULTS)], FAULTS[(number + 2) % len(FAULTS)])
    kinds = ["good", "good-ec", *(fault for fault in faults if (program, fault) not in UNSERVABLE)]
    sites = [Site(program, known[kind], free_port()) for kind in kinds]
    return [*sites, Site(program, known["good"], free_port(), one_version(program))]


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    """All sites up; (sites, trust file)."""
    folder = tmp_path_factory.mktemp("live")
    known, trust = identities(folder)
    sites: list[Site] = []
    with ExitStack() as stack:
        for number, program in enumerate(PROGRAMS):
            command = COMMANDS.get(program, program)
            if not (shutil.which(command) or shutil.which(command, path="/usr/sbin")):
                continue
            own = sites_of(program, number, known)
            stack.enter_context(started(program, own, folder / program))
            sites += own
        yield sites, trust


def judged(evidence: list, client: str, trust: Path) -> Verdict:
    shown = read_trust(source_of_bytes("trust", trust.read_bytes()))
    ders = [der for item in shown if isinstance(item, ShownCertificates) for der in item.ders]
    (diagnosis,) = diagnose(evidence, clients=[client], trust=ders, host="localhost").diagnoses
    return diagnosis.verdict


def java_says(program: str, sites: list[Site], trust: Path) -> list[str]:
    asked = "".join(f"https://localhost:{site.port}/ {trust}\n" for site in sites)
    done = subprocess.run(
        [program, "-cp", classes(), "Connect"], input=asked, capture_output=True, text=True, timeout=120, check=True
    )
    return done.stdout.splitlines()


def explains(words: str, cause: str) -> bool:
    """The cause is what Java says: an alert of the server, else the first fault that its exceptions name."""
    alert = re.search(r"Received fatal alert: (\w+)", words)
    if alert is None:
        return same(words, cause)
    return cause == {"protocol_version": "no-common-version"}.get(alert[1], "server-alert")


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
