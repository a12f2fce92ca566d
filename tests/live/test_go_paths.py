"""Odd certificates, judged by this machine's own Go and by our rules for it.

A sample of them, and of random shapes; TLSWHY_ALL_CASES=1: every fault, and many more shapes.
"""

import os
import shutil
import subprocess
from base64 import b64encode
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.live.test_openssl_chains import read_any
from tests.pki.path_shapes import shapes, single_faults
from tlswhy.pki.go_paths import GoRules
from tlswhy.pki.paths import judge_path

MOMENT = datetime(2026, 10, 30, tzinfo=UTC)
ALL = os.environ.get("TLSWHY_ALL_CASES") == "1"
RULES = GoRules()


@pytest.fixture(scope="module")
def judge(tmp_path_factory) -> Path:
    go = shutil.which("go")
    if go is None:
        pytest.skip("go is not installed")
    release = subprocess.run([go, "env", "GOVERSION"], capture_output=True, text=True).stdout.strip()
    minor = int(release.removeprefix("go1.").partition(".")[0])
    if not 18 <= minor < 23:
        pytest.skip(f"rules for another Go: {release}")
    folder = tmp_path_factory.mktemp("go")
    source = Path(__file__).with_name("path_judge.go")
    program = folder / "path_judge"
    surroundings = {**os.environ, "GOCACHE": str(folder / "cache"), "GO111MODULE": "off"}
    subprocess.run([go, "build", "-o", program, source], env=surroundings, check=True, timeout=240)
    return program


@pytest.mark.timeout(300)
def test_odd_certificates_are_judged_as_by_the_machine_s_go(judge):
    every = list(single_faults(MOMENT))
    assert differing(judge, every if ALL else every[::6]) == {}


@pytest.mark.timeout(900 if ALL else 300)
def test_random_shapes_are_judged_as_by_the_machine_s_go(judge):
    cases = [case for case in shapes(9, 1500 if ALL else 100, MOMENT) if case.trust]
    assert differing(judge, cases) == {}


def differing(judge: Path, cases) -> dict[str, object]:
    moment = str(int(MOMENT.timestamp()))
    asked = "".join(f"{moment} {listed(case.chain)} {listed(case.trust)}\n" for case in cases)
    told = subprocess.run([judge], input=asked, capture_output=True, text=True, check=True, timeout=240)
    found = {}
    for number, (case, theirs) in enumerate(zip(cases, told.stdout.splitlines(), strict=True)):
        if theirs.startswith("panic"):  # CVE-2024-24783, gone in 1.21.8: no verdict to compare with
            continue
        chain, trust = (tuple(map(read_any, ders)) for ders in (case.chain, case.trust))
        trust = tuple(certificate for certificate in trust if not certificate.shapeless)
        ours = judge_path(chain, trust, moment=MOMENT, rules=RULES, version=0x0303, authentication="ECDHE_RSA")
        # tls.checkKeySize is not of x509
        objections = [o for o in ours.objections if o.rule != "tls.checkKeySize"]
        if ours.accepted is None or (not objections) != (theirs == "OK"):
            found[f"{number}: {case.what}"] = theirs, [(o.fault, dict(o.facts)) for o in objections]
    return found


def listed(ders: tuple[bytes, ...]) -> str:
    return ",".join(b64encode(der).decode() for der in ders)
