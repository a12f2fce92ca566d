"""Our name rule for Apache HttpClient 4.5 held against the library as installed here, on generated certificates."""

import base64
import random
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519

from tests.pki.minting import mint, name, read
from tests.pki.test_against_java import case
from tlswhy.pki.names import match_host

JARS = [Path("/usr/share/java", f"{jar}.jar") for jar in ("httpclient", "httpcore", "commons-logging")]
COUNT = 1500
SOLD = (
    ("a.com", "*.com"),
    ("a.co.uk", "*.co.uk"),
    ("a.b.co.uk", "*.b.co.uk"),
    ("co.uk", "co.uk"),
    ("a.github.io", "*.github.io"),
    ("a.b.kawasaki.jp", "*.b.kawasaki.jp"),
    ("x.city.kawasaki.jp", "*.city.kawasaki.jp"),
    ("city.kawasaki.jp", "city.kawasaki.jp"),
    ("finesse.corp.local", "*.corp.local"),
    ("corp.local", "*.local"),
    ("finesse", "finesse"),
    ("a.example.com", "a.*.com"),
    ("a.example.com", "a.example.*"),
    ("ax.example.com", "a*.example.com"),
)


@pytest.fixture(scope="module")
def ask(tmp_path_factory):
    compiler, java = shutil.which("javac"), shutil.which("java")
    if compiler is None or java is None or not all(jar.is_file() for jar in JARS):
        pytest.skip("no JDK here, or no Apache HttpClient")
    folder = tmp_path_factory.mktemp("classes")
    path = ":".join(map(str, [*JARS, folder]))
    source = Path(__file__).with_name("AgainstHttpClient.java")
    subprocess.run([compiler, "-nowarn", "-cp", path, "-d", folder, source], check=True, timeout=60)

    def answers(cases):
        lines = "".join(f"{host}\t{base64.b64encode(made.der).decode()}\n" for host, made in cases)
        command = [java, "-cp", path, "AgainstHttpClient"]
        done = subprocess.run(command, input=lines.encode(), capture_output=True, timeout=120, check=True)
        return [answer == "1" for answer in done.stdout.decode().split()]

    return answers


def test_random_names(ask):
    chance = random.Random(20261125)
    key = ed25519.Ed25519PrivateKey.generate()
    cases = [case(chance, key) for _ in range(COUNT)]
    told = ask(cases)
    assert told.count(True) > COUNT // 10
    for (host, made), theirs in zip(cases, told, strict=True):
        assert match_host(host, made, "apache-4.5").matched is theirs, (host, made.subject.text, made.names)


def test_names_that_are_sold(ask):
    key = ed25519.Ed25519PrivateKey.generate()
    cases = [(host, read(mint(name("CN"), key=key, dns=[presented]))) for host, presented in SOLD]
    cases += [(host, read(mint(name(presented), key=key))) for host, presented in SOLD]
    told = ask(cases)
    assert set(told) == {True, False}
    assert [match_host(host, made, "apache-4.5").matched for host, made in cases] == told
