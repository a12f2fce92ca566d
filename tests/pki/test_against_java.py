"""Our name rules and our canonical names held against the JDK that is installed here, on generated certificates."""

import base64
import ipaddress
import random
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.x509.oid import NameOID

from tests.pki.minting import mint, read
from tlswhy.pki.names import match_host

LABELS = "a b www * w* *w *w* f*o foo fxxo com x_y -a xn--bcher-kva bücher 1 127 0 *a*b* aab ** EXAMPLE co uk straße"
WHOLE = "127.0.0.1 2130706433 127.1 1 2001:db8::1 2001:DB8:0::1 ::ffff:127.0.0.1 fe80::1%a 256.1.1.1 1.2.3.4. * *. *com"
ADDRESSES = ["127.0.0.1", "2001:db8::1", "::ffff:127.0.0.1"]
VALUES = ["a", "B b", "  x  y ", "Straße", "ﬁ", "#1", "a,b+c", 'q"r\\', "é", "e\u0301", "İ"]
COUNT = 1500


@pytest.fixture(scope="module")
def java():
    program = shutil.which("java")
    if program is None:
        pytest.skip("java is not installed")
    shown = subprocess.run([program, "-version"], capture_output=True, check=True).stderr.decode()
    return program, int(re.search(r'version "(?:1\.)?(\d+)', shown)[1])


@pytest.fixture(scope="module")
def asked_java(java):
    """(host, certificate, whether Java matches, Java's canonical subject) for certificates of a fixed seed."""
    program, _ = java
    chance = random.Random(20260301)
    key = ed25519.Ed25519PrivateKey.generate()
    cases = [case(chance, key) for _ in range(COUNT)]
    lines = "".join(f"{host}\t{base64.b64encode(made.der).decode()}\n" for host, made in cases)
    source = Path(__file__).with_name("AgainstJava.java")
    done = subprocess.run(
        [program, "--add-exports", "java.base/sun.security.util=ALL-UNNAMED", str(source)],
        input=lines.encode(),
        capture_output=True,
        timeout=120,
    )
    if done.returncode:
        pytest.skip(f"this java runs no source: {done.stderr.decode(errors='replace')[-200:]}")
    answers = [line.split("\t") for line in done.stdout.decode().splitlines()]
    return [
        (host, made, matched == "1", base64.b64decode(canonical).decode())
        for (host, made), (matched, canonical) in zip(cases, answers, strict=True)
    ]


def case(chance, key):
    common_names = [presented(chance) or "z" for _ in range(chance.choice([0, 1, 1, 2]))]
    dns = [presented(chance) for _ in range(chance.choice([0, 0, 1, 2]))]
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, chance.choice(VALUES)),
            *(x509.NameAttribute(NameOID.COMMON_NAME, text[:64]) for text in common_names),
            x509.NameAttribute(chance.choice([NameOID.STREET_ADDRESS, NameOID.TITLE]), chance.choice(VALUES)),
        ]
    )
    addresses = [ipaddress.ip_address(chance.choice(ADDRESSES)) for _ in range(chance.choice([0, 0, 1]))]
    # dNSName is an IA5String: what is not ASCII goes there in its encoded form
    ascii_dns = [text if text.isascii() else text.encode("punycode").decode() for text in dns]
    made = read(mint(subject, key=key, dns=ascii_dns, ip=addresses))
    names = [*common_names, *dns, presented(chance)]
    return chance.choice(names).replace("*", chance.choice(["", "x", "foo"])).removesuffix("."), made


def presented(chance):
    if chance.random() < 0.15:
        return chance.choice(WHOLE.split())
    return ".".join(chance.choice(["", *LABELS.split()]) for _ in range(chance.choice([1, 2, 2, 3, 3, 4])))


def test_the_name_rule(java, asked_java):
    version = java[1]
    dialect = "jsse-8" if version == 8 else "jsse" if version < 20 else "jsse-leftmost"
    assert sum(matched for _, _, matched, _ in asked_java) > COUNT // 10
    for host, made, matched, _ in asked_java:
        assert match_host(host, made, dialect).matched is matched, (host, made.subject.text, made.names)


def test_canonical_names(asked_java):
    for _, made, _, canonical in asked_java:
        assert made.subject.canonical == canonical
