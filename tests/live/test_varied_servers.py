"""Real servers set up at random: the verdict is that of the machine's Java and of the saved capture, the survey what
the configuration says and sslscan finds. ``TLSWHY_SEED`` begins elsewhere, TLSWHY_ALL_CASES=1 takes every program."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Sequence
from contextlib import ExitStack
from hashlib import sha256
from random import Random

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tests.gather.test_survey import surveyed
from tests.live.identities import dh_group, identities
from tests.live.machine_java import MachineJava
from tests.live.real_servers import COMMANDS, PROGRAMS, Site, started
from tests.live.test_live_surveys import known_to_openssl, scanned
from tests.live.test_live_verdicts import MANNER, explains, java_says, judged
from tests.live.varied_sites import ON_OPENSSL, varied
from tlswhy.cli.live import hellos_for
from tlswhy.client.profiles import load_client
from tlswhy.evidence.read import read_evidence
from tlswhy.gather.live import ask
from tlswhy.gather.targets import target_of
from tlswhy.source import source_of_bytes
from tlswhy.verdict import Accepted
from tlswhy.wire.numbers import TLS12, TLS13, version_number

SEED = int(os.environ.get("TLSWHY_SEED", "7"))
EVERYTHING = os.environ.get("TLSWHY_ALL_CASES") == "1"
SAMPLE = ("apache", "gnutls")
SITES = 4 if EVERYTHING else 3
EVERY_GROUP = "X25519:P-256:P-384:P-521:X448:brainpoolP256r1:secp256k1:ffdhe2048:ffdhe3072"
FLAGS = {0x0301: "-tls1", 0x0302: "-tls1_1", 0x0303: "-tls1_2", 0x0304: "-tls1_3"}


@pytest.fixture(scope="module")
def sites(tmp_path_factory):
    """Those that came up; (sites, trust file). What a program refuses to be told at random is left out with it."""
    folder = tmp_path_factory.mktemp("varied")
    known, trust = identities(folder)
    dh = {bits: dh_group(folder, bits) for bits in (1024, 2048, 3072)}
    up: list[Site] = []
    with ExitStack() as stack:
        for program in PROGRAMS if EVERYTHING else SAMPLE:
            command = COMMANDS.get(program, program)
            if not (shutil.which(command) or shutil.which(command, path="/usr/sbin")):
                continue
            for attempt in range(5):
                random = Random(f"{SEED} {program} {attempt}")
                own = [varied(random, program, known, dh) for _ in range(SITES)]
                try:
                    stack.enter_context(started(program, own, folder / f"{program}{attempt}"))
                except RuntimeError:
                    continue
                up += own
                break
        yield up, trust


def test_verdicts(sites, machine_java: MachineJava):
    asked, trust = sites
    client = machine_java.policy.id
    wrong = []
    for site, words in zip(asked, java_says(machine_java.program, asked, trust, wait=True), strict=True):
        target = target_of(f"https://localhost:{site.port}/")
        answers = ask(target, hellos_for([load_client(client)], target, None), MANNER)
        saved = list(read_evidence(source_of_bytes("saved.pcapng", answers.recording.pcapng())))
        found, again = (judged(evidence, client, trust) for evidence in (answers.evidence, saved))
        causes = [refusal.cause for refusal in found.refusals]
        if causes[:1] == ["tcp-refused"]:
            continue  # gnutls-serv ends where it has no suite for a version that it has
        expected = Accepted.YES if words.startswith("OK") else Accepted.NO
        if found.accepted is not expected or not (causes == [] or _tells(words, causes[0])):
            wrong.append((site, words, found.accepted, causes))
        if (again.accepted, [refusal.cause for refusal in again.refusals]) != (found.accepted, causes):
            wrong.append((site, "the capture says", again.accepted, again.refusals))
    assert wrong == [], "\n".join(map(str, wrong))


def _tells(words: str, cause: str) -> bool:
    """Java names the cause; of who hangs up it says EOF, of who wants a certificate what its alert is."""
    if cause == "connection-closed":
        return "EOFException" in words
    return cause == "client-cert-required" or explains(words, cause)


def test_surveys(sites):
    asked, _ = sites
    up = [site for site in asked if site.asked != "demanded" and _is_up(site)]
    wrong = [found for site in up for found in _misjudged(site)]
    assert wrong == [], "\n".join(map(str, wrong))


def _is_up(site: Site) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", site.port)) == 0


def _misjudged(site: Site) -> list[tuple[object, ...]]:
    found, (listed, groups) = surveyed(site.port), scanned(site.port)
    wrong: list[tuple[object, ...]] = []
    allowed = {version_number(f"TLS{version}") for version in site.spoken}
    if not set(found.versions) <= allowed or not set(listed) <= set(found.versions):
        wrong.append((site, "versions", found.versions.keys(), listed.keys()))
    for version, ours in found.versions.items():
        theirs = listed.get(version, [])
        unseen = [suite for suite in ours if suite not in theirs and suite in known_to_openssl()]
        if not set(theirs) <= set(ours) or not all(_connects(site.port, version, suite) for suite in unseen):
            wrong.append((site, "suites", version, ours, theirs))
        alike = [suite for suite in ours if suite in theirs and suite in known_to_openssl()]
        if found.server_order and version != TLS13 and alike != [suite for suite in theirs if suite in alike]:
            wrong.append((site, "order", version, ours, theirs))
    if not groups <= set(found.groups):
        wrong.append((site, "groups", found.groups, groups))
    choosing = any(len(own) > 1 for version, own in found.versions.items() if version <= TLS12)
    if site.program in ON_OPENSSL and choosing and found.server_order is not site.server_order:
        wrong.append((site, "whose order", found.server_order))
    if site.dh is not None and found.dh_bits not in (None, int(site.dh.stem.removeprefix("dh"))):
        wrong.append((site, "DHE", found.dh_bits))
    if not {chain.certificates for chain in found.chains} <= {
        _hashes(each.chain.read_bytes()) for each in site.identities
    }:
        wrong.append((site, "chains", found.chains))
    return wrong


def _connects(port: int, version: int, suite: int) -> bool:
    """OpenSSL's client with that suite alone: sslscan asks some suites with too few groups."""
    listed = subprocess.run(
        ["openssl", "ciphers", "-V", "ALL:COMPLEMENTOFALL:@SECLEVEL=0"], capture_output=True, text=True, check=True
    )
    wanted = f"0x{suite >> 8:02X},0x{suite & 255:02X} "
    name = next(line.split()[2] for line in listed.stdout.splitlines() if wanted in line)
    offer = ["-ciphersuites", name] if version == TLS13 else ["-cipher", f"{name}:@SECLEVEL=0"]
    command = ["openssl", "s_client", "-connect", f"localhost:{port}", FLAGS[version], *offer, "-groups", EVERY_GROUP]
    done = subprocess.run(command, input="", capture_output=True, text=True, check=False)
    return f"Cipher is {name}" in done.stdout


def _hashes(pem: bytes) -> Sequence[str]:
    chain = x509.load_pem_x509_certificates(pem)
    return tuple(sha256(certificate.public_bytes(Encoding.DER)).hexdigest() for certificate in chain)
