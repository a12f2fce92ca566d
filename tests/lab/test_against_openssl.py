"""OpenSSL's own client at security level 2 before the lab's servers: it does what the cases say of Python's."""

import ipaddress
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest

CLIENT = "python/3.11"


@pytest.fixture(scope="module")
def openssl():
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("no openssl here")
    version = subprocess.run([program, "version"], capture_output=True, text=True, check=True).stdout
    if not version.startswith("OpenSSL 3."):
        pytest.skip(f"{version.strip()} is not what python/3.11 stands on")
    return program


def gets_in(program, running):
    """Whether it was given the page, and the end of what it said."""
    host = running.case.host
    try:
        ipaddress.ip_address(host)
        name = ["-verify_ip", host, "-noservername"]
    except ValueError:
        name = ["-verify_hostname", host, "-servername", host]
    command = [program, "s_client", "-connect", f"127.0.0.1:{running.port}", "-CAfile", str(running.trust)]
    command += ["-no-CApath", "-no-CAstore", "-verify_return_error", "-cipher", "DEFAULT@SECLEVEL=2", "-ign_eof", *name]
    ran = subprocess.run(command, input=b"GET / HTTP/1.0\r\n\r\n", capture_output=True, timeout=30, check=False)
    said = (ran.stdout + ran.stderr).decode(errors="replace")
    return "you are in." in said, said[-300:]


def test_openssl_does_what_the_cases_say(openssl, zoo):
    claims = [
        (running, CLIENT in running.case.accepts)
        for running in zoo.values()
        if CLIENT in (*running.case.accepts, *running.case.refuses)
    ]
    assert len(claims) > 40
    with ThreadPoolExecutor(4) as workers:
        found = list(workers.map(lambda claim: gets_in(openssl, claim[0]), claims))
    different = {
        running.case.id: said for (running, claim), (got, said) in zip(claims, found, strict=True) if got != claim
    }
    assert different == {}
