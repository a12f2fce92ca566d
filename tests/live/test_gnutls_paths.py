"""Odd certificates, judged by this machine's own GnuTLS (certtool --verify) and by our rules for it.

A sample of them; TLSWHY_ALL_CASES=1: every fault.
"""

import os
import re
import shutil
import subprocess
from datetime import UTC, datetime

import pytest

from tests.live.test_openssl_chains import pem, read_any
from tests.pki.path_shapes import shapes, single_faults
from tests.pki.random_chains import random_cases
from tlswhy.pki.gnutls_paths import GnutlsRules
from tlswhy.pki.paths import judge_path

ALL = os.environ.get("TLSWHY_ALL_CASES") == "1"
RULES = GnutlsRules(key_usage=False)  # certtool uses no key
STRICTER = re.compile(
    r"(?:AKI empty id|SKI empty|serial empty|BC length -1|KU unused bits|NC bound|NC maximum"
    r"|NC directory empty excluded|NC DNS 'example.test.')"
)
"""Where we refuse and GnuTLS, it turns out, does not."""
NO_VERDICT = re.compile(r"^gnutls_x509_\w+: |non-CA certificate in the trusted list", re.MULTILINE)
"""certtool's own: it can't load what is trusted, won't, or can't print a name; the library has no say, or no voice."""


@pytest.fixture(scope="module")
def certtool() -> str:
    program = shutil.which("certtool")
    if program is None:
        pytest.skip("certtool is not installed")
    shown = subprocess.run([program, "--version"], capture_output=True, text=True).stdout.partition("\n")[0]
    if " 3.7." not in shown:
        pytest.skip(f"rules held against GnuTLS 3.7: {shown}")
    return program


@pytest.mark.timeout(300)
def test_odd_certificates_are_judged_as_by_the_machine_s_gnutls(certtool, tmp_path):
    moment = datetime.now(UTC).replace(microsecond=0)  # noqa: TID251 - certtool's clock can't be set
    every = list(single_faults(moment))
    assert differing(certtool, tmp_path, every if ALL else every[::9], moment) == {}


@pytest.mark.timeout(600)
def test_random_chains_are_judged_as_by_the_machine_s_gnutls(certtool, tmp_path):
    moment = datetime.now(UTC).replace(microsecond=0)  # noqa: TID251 - as above
    count = 800 if ALL else 60
    cases = [case for case in (*shapes(25, count, moment), *random_cases(25, count, moment)) if case.trust]
    found = differing(certtool, tmp_path, cases, moment)
    assert {what: theirs for what, (theirs, ours) in found.items() if not ours} == {}, "wrongly accepted"
    assert len(found) <= len(cases) / 50, "too strict where an intermediate is trusted, and sent with more above it"


def differing(certtool: str, folder, cases, moment: datetime) -> dict[str, tuple[str, list]]:
    found = {}
    for number, case in enumerate(cases):
        chain, trust = (tuple(map(read_any, ders)) for ders in (case.chain, case.trust))
        trust = tuple(certificate for certificate in trust if not certificate.shapeless)
        ours = judge_path(chain, trust, moment=moment, rules=RULES, version=0x0303, authentication="ECDHE_RSA")
        theirs, what = verified(certtool, folder, case), getattr(case, "what", "random")
        too_strict = ours.accepted is False and theirs == "OK" and STRICTER.search(what)
        if NO_VERDICT.search(theirs) is None and ours.accepted != (theirs == "OK") and not too_strict:
            found[f"{number}: {what}"] = theirs, [(o.fault, dict(o.facts)) for o in ours.objections]
    return found


def verified(certtool: str, folder, case) -> str:
    """ "OK", or the end of what it says."""
    for name, ders in (("sent", case.chain), ("trusted", case.trust)):
        (folder / name).write_text("".join(map(pem, ders)))
    options = ["--verify", "--verify-profile", "low", "--verify-purpose", "1.3.6.1.5.5.7.3.1"]
    files = ["--infile", folder / "sent", "--load-ca-certificate", folder / "trusted"]
    done = subprocess.run([certtool, *options, *files], capture_output=True, timeout=20)
    return "OK" if done.returncode == 0 else (done.stdout + done.stderr).decode(errors="replace")[-300:]
