"""Random chains judged twice: by this program and by this machine's own JDK."""

import re
import shutil
import subprocess
from base64 import b64encode
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.pki.java_paths import rules_of
from tests.pki.random_chains import random_cases
from tlswhy.pki.certificate import read_certificate
from tlswhy.pki.path_policy import NoPolicy
from tlswhy.pki.paths import PathOutcome, judge_path

STORIES = (  # the JDK's words, the faults they stand for; None: any
    ("trustAnchors parameter must be non-empty", {"trust-store-empty"}),
    ("unable to find valid", None),
    ("Path does not chain with any", {"trust-anchor-mismatch"}),
    (r"validity check failed.*Expired", {"cert-expired"}),
    (r"validity check failed.*NotYet", {"cert-not-yet-valid"}),
    ("Curve not supported", {"cert-curve-unsupported"}),
    ("signature check failed", {"cert-signature-invalid", "trust-anchor-mismatch", "cert-curve-unsupported"}),
    ("basic constraints check|CA key usage check|TrustAnchor with subject", {"ca-constraint-violation"}),
    ("name constraints check", {"name-constraints-violation"}),
    ("unrecognized critical|critical policy qualifiers", {"cert-critical-extension-unknown"}),
    ("KeyUsage does not|Extended key usage does", {"cert-usage-not-allowed"}),
    ("Algorithm constraints check", {"cert-key-too-small", "cert-signature-disabled", "cert-key-disabled"}),
)


@pytest.fixture(scope="module")
def jdk() -> tuple[str, int]:
    java, compiler = shutil.which("java"), shutil.which("javac")
    if java is None or compiler is None:
        pytest.skip("no JDK here (a JRE cannot run the judge from its source)")
    said = subprocess.run([java, "-version"], capture_output=True, text=True, check=True).stderr
    major = int(re.search(r'version "(\d+)', said)[1])
    if major not in (17, 21, 25):
        pytest.skip(f"the rules of Java {major} are not among the recorded ones")
    return java, major


@pytest.mark.timeout(300)
def test_the_machine_s_own_jdk_agrees(jdk):
    java, major = jdk
    now = datetime.now(UTC)  # noqa: TID251 - the JDK's clock can't be set
    cases = [case for case in random_cases(7, 260, now) if not case.twins]
    sides = [";".join(",".join(b64encode(d).decode() for d in side) for side in (c.chain, c.trust)) for c in cases]
    source = Path(__file__).parent / "java" / "PathJudge.java"
    judge = subprocess.run([java, str(source)], input="\n".join(sides), capture_output=True, text=True, check=True)
    stories = judge.stdout.splitlines()
    assert len(stories) == len(cases)
    recorded = rules_of({17: "j17.0.20", 21: "j21.0.8", 25: "j25.0.2"}[major])
    rules = replace(recorded, tls=NoPolicy(), listed=None, listed_tls13=None)  # no socket, so none of JSSE's limits
    differing = []
    for case, story in zip(cases, stories, strict=True):
        outcome = judge_path(
            tuple(map(read_certificate, case.chain)),
            tuple(map(read_certificate, case.trust)),
            moment=now,
            rules=rules,
            version=0x0303,
            authentication="ECDHE_RSA",
        )
        if not same(story, outcome):
            differing.append((story, outcome.accepted, [o.fault for o in outcome.objections]))
    assert 30 < sum(story == "OK" for story in stories) < 200
    assert differing == []


def same(story: str, outcome: PathOutcome) -> bool:
    if story == "OK" or outcome.accepted:
        return (story == "OK") is outcome.accepted
    faults = next((faults for words, faults in STORIES if re.search(words, story)), set())
    return faults is None or outcome.objections[0].fault in faults
