"""Random chains, judged by this machine's own OpenSSL 3 and by our rules for it."""

import os
import re
import shutil
import subprocess
from base64 import encodebytes
from datetime import UTC, datetime

import pytest

from tests.pki.path_shapes import single_faults
from tests.pki.random_chains import random_cases
from tlswhy.errors import BadEvidence
from tlswhy.pki.certificate import read_certificate, unreadable_certificate
from tlswhy.pki.openssl_checks import Release
from tlswhy.pki.openssl_paths import OpensslRules
from tlswhy.pki.paths import judge_path

MOMENT = datetime(2026, 10, 30, tzinfo=UTC)
COUNT = 150


@pytest.fixture(scope="module")
def openssl() -> str:
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("openssl is not installed")
    shown = subprocess.run([program, "version"], capture_output=True, check=True, text=True).stdout
    if re.match(r"OpenSSL 3\.", shown) is None:
        pytest.skip(f"not OpenSSL 3: {shown}")
    return program


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    ("seed", "rules"),
    [
        (1, OpensslRules(Release.V3, security_level=1)),
        (2, OpensslRules(Release.V3, security_level=2)),
        (3, OpensslRules(Release.V3, security_level=1, partial_chain=True)),
        (4, OpensslRules(Release.V3, security_level=1, partial_chain=True, strict=True)),
    ],
    ids=["level 1", "level 2", "partial chain", "strict as Python 3.13"],
)
def test_random_chains_are_judged_as_by_the_machine_s_openssl(openssl, tmp_path, seed, rules):
    differing, accepted = {}, 0
    for number, case in enumerate(case for case in random_cases(seed, COUNT, MOMENT) if case.trust):
        theirs = verified(openssl, tmp_path, case, rules)
        chain, trust = (tuple(map(read_certificate, ders)) for ders in (case.chain, case.trust))
        ours = judge_path(chain, trust, moment=MOMENT, rules=rules, version=0x0303, authentication="ECDHE_RSA")
        accepted += theirs == "OK"
        if ours.accepted != (theirs == "OK"):
            differing[number] = theirs, [objection.fault for objection in ours.objections]
    assert differing == {}
    assert 5 < accepted < COUNT / 2


NOT_MODELLED = ("year 0", "EC infinity", "RSA-PSS key NULL")
"""A year that datetime lacks; a key of no point at all, which OpenSSL decodes; one with parameters of no type."""


@pytest.mark.timeout(300)
@pytest.mark.parametrize("strict", [False, True])
def test_odd_certificates_are_judged_as_by_the_machine_s_openssl(openssl, tmp_path, strict):
    rules = OpensslRules(Release.V3, security_level=1, strict=strict, partial_chain=strict)
    every = [case for case in single_faults(MOMENT) if not case.what.endswith(NOT_MODELLED)]
    differing = {}
    for case in every if os.environ.get("TLSWHY_ALL_CASES") == "1" else every[::9]:
        chain, trust = ([*map(read_any, ders)] for ders in (case.chain, case.trust))
        trust = [certificate for certificate in trust if not certificate.shapeless]
        if not trust:
            continue
        ours = judge_path(
            tuple(chain), tuple(trust), moment=MOMENT, rules=rules, version=0x0303, authentication="ECDHE_RSA"
        )
        if ours.accepted != ((theirs := verified(openssl, tmp_path, case, rules)) == "OK"):
            differing[case.what] = theirs, [objection.fault for objection in ours.objections]
    assert differing == {}


def read_any(der):
    try:
        return read_certificate(der)
    except BadEvidence:
        return unreadable_certificate(der)


def verified(openssl, folder, case, rules) -> str:
    """What ``openssl verify`` says: "OK", or its first error."""
    for name, ders in (("leaf", case.chain[:1]), ("sent", case.chain), ("trusted", case.trust)):
        (folder / name).write_text("".join(map(pem, ders)))
    options = ["-no-CApath", "-no-CAstore", "-purpose", "sslserver", "-auth_level", str(rules.security_level)]
    options += ["-attime", str(int(MOMENT.timestamp())), *(["-partial_chain"] if rules.partial_chain else [])]
    options += ["-x509_strict"] if rules.strict else []
    files = ["-CAfile", folder / "trusted", "-untrusted", folder / "sent", folder / "leaf"]
    done = subprocess.run([openssl, "verify", *options, *files], capture_output=True, text=True, timeout=20)
    return "OK" if done.returncode == 0 else next(iter(re.findall(r"error .*", done.stderr)), "refused")


def pem(der: bytes) -> str:
    return f"-----BEGIN CERTIFICATE-----\n{encodebytes(der).decode()}-----END CERTIFICATE-----\n"
