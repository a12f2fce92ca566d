"""OpenSSL's cipher strings, held against the openssl program of this machine."""

import random
import subprocess

import pytest

from tlswhy.wire.cipher_strings import MOST_RULES, read_cipher_string, usual_tls13_suites
from tlswhy.wire.numbers import suite_name_openssl

WORDS = """
    ALL HIGH MEDIUM DEFAULT COMPLEMENTOFALL COMPLEMENTOFDEFAULT RSA kRSA aRSA DH ECDH ADH AECDH aNULL eNULL NULL AES
    AES128 AES256 CAMELLIA CHACHA20 ARIA AESGCM AESCCM AESCCM8 MD5 SHA SHA1 SHA256 SHA384 TLSv1.2 SSLv3 TLSv1 kDHE
    kECDHE DHE ECDHE EDH EECDH aECDSA ECDSA EECDH+AESGCM EDH+AESGCM kRSA+AES ECDHE-RSA-AES128-GCM-SHA256 AES128-SHA
    DHE-RSA-AES256-SHA NOSUCHWORD
""".split()  # noqa: SIM905 - a list of words
BESIDE = ("PSK", "SRP")


def of_openssl(text: str) -> list[str]:
    """What OpenSSL makes of it, but for what this program leaves out."""
    command = ["openssl", "ciphers", f"{text}:@SECLEVEL=0"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    names = ran.stdout.strip().split(":") if ran.returncode == 0 else []
    return [name for name in names if name and not name.startswith("TLS_") and not any(b in name for b in BESIDE)]


def ours(text: str) -> list[str]:
    names = (suite_name_openssl(number) or "" for number in read_cipher_string(text).suites)
    return [name for name in names if "RC4" not in name and "CBC3" not in name]


@pytest.mark.parametrize(
    "text",
    [
        "HIGH:!aNULL:!MD5",
        "DEFAULT",
        "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES128-GCM-SHA256",
        "EECDH+AESGCM:EDH+AESGCM:AES256+EECDH:AES256+EDH",
        "ALL:!ADH:!EXPORT:!SSLv2:RC4+RSA:+HIGH:+MEDIUM:+LOW",
        "ALL:-aNULL:@STRENGTH",
        "AES128-SHA, AES256-SHA HIGH",
    ],
)
def test_strings_that_people_write(text: str):
    assert ours(text) == of_openssl(text) != []


def test_random_strings():
    draw = random.Random(5)
    for _ in range(40):
        rules = [draw.choice(["", "", "", "!", "-", "+"]) + draw.choice(WORDS) for _ in range(draw.randint(1, 7))]
        rules[0] = rules[0].lstrip("-")  # which openssl would take for an option
        if draw.random() < 0.2:
            rules.insert(draw.randint(0, len(rules)), "@STRENGTH")
        text = ":".join(rules)
        assert ours(text) == of_openssl(text), text


def test_what_else_a_string_says():
    read = read_cipher_string("AES128-SHA:NOSUCH:PROFILE=SYSTEM:@SECLEVEL=2")
    assert (read.suites, read.level, read.unknown) == ((0x002F,), 2, ("NOSUCH", "PROFILE=SYSTEM"))
    assert read_cipher_string("").suites == ()
    assert read_cipher_string("AES:" * (MOST_RULES + 1)).unknown == ("…",)
    assert usual_tls13_suites() == (0x1302, 0x1303, 0x1301)
