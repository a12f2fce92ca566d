"""Odd certificates and random chains, judged by this machine's own NSS and by our rules for it.

A sample of them; TLSWHY_ALL_CASES=1: every fault, and many more chains.
"""

import os
import subprocess
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import chain as joined
from pathlib import Path

import pytest

from tests.live.test_go_paths import listed
from tests.live.test_openssl_chains import read_any
from tests.pki.path_shapes import shapes, single_faults
from tests.pki.random_chains import random_cases
from tlswhy.pki.nss_paths import NssRules
from tlswhy.pki.path_outcome import PathOutcome
from tlswhy.pki.paths import judge_path

ALL = os.environ.get("TLSWHY_ALL_CASES") == "1"
NOW = datetime.now(UTC).replace(microsecond=0)  # noqa: TID251 - the judge's clock is this one
STRICTER = "RSA encryption as algorithm"
"""A signature whose algorithm is a kind of key: NSS takes the digest from the signature itself, we give up."""


@pytest.fixture(scope="module")
def nss():
    """Ask it: (sent, trusted) pairs of DER in, its answers out."""
    program = Path(__file__).with_name("nss_judge.py")

    def ask(cases: Iterable[object]) -> list[str]:
        lines = "".join(f"{listed(case.chain)} {listed(case.trust)}\n" for case in cases)
        done = subprocess.run([sys.executable, program], input=lines, capture_output=True, text=True, timeout=300)
        return done.stdout.splitlines()

    told = ask(())
    if not told:
        pytest.skip("libnss3 is not installed")
    if not told[0].startswith("3.87"):
        pytest.skip(f"rules held against NSS 3.87: {told[0]}")
    return lambda cases: ask(cases)[1:]


def test_odd_certificates_are_judged_as_by_the_machine_s_nss(nss):
    every = [case for case in single_faults(NOW) if STRICTER not in case.what]
    cases = every if ALL else every[::5]
    assert differing(cases, nss(cases)) == {}


@pytest.mark.timeout(600)
def test_random_chains_are_judged_as_by_the_machine_s_nss(nss):
    count = 1500 if ALL else 100
    every = [*joined(shapes(17, count, NOW), random_cases(17, count, NOW))]
    cases = [case for case in every if STRICTER not in getattr(case, "what", "")]
    told = nss(cases)
    assert len(cases) / 5 < told.count("OK") < len(cases) * 4 / 5
    assert differing(cases, told) == {}


def differing(cases, told) -> dict[str, object]:
    found = {}
    for number, (case, theirs) in enumerate(zip(cases, told, strict=True)):
        ours = judged(case)
        # a server's short key is refused by lib/ssl, which isn't asked; twins in a store come in no known order
        minded = [o for o in ours.objections if (o.fault, o.certificate) != ("cert-key-too-small", 0)]
        if ours.undecided is None and (not minded) != (theirs == "OK"):
            found[f"{number}: {getattr(case, 'what', '')}"] = theirs, [(o.fault, dict(o.facts)) for o in minded]
    return found


def judged(case) -> PathOutcome:
    chain, trust = (tuple(map(read_any, ders)) for ders in (case.chain, case.trust))
    trust = tuple(certificate for certificate in trust if not certificate.shapeless)
    return judge_path(chain, trust, moment=NOW, rules=NssRules(), version=0x0303, authentication="ECDHE_RSA")
