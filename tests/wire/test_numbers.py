"""Names of numbers, against OpenSSL's and Java's own lists."""

import json
import shutil
import subprocess

import pytest

from tests.oracle import recorded
from tlswhy.wire import numbers

OPENSSL_VERSIONS = {"SSLv3": 0x0300, "TLSv1": 0x0301, "TLSv1.2": 0x0303, "TLSv1.3": 0x0304}


def test_every_registered_suite_has_a_readable_name():
    known = [numbers.suite(number) for number in numbers.suite_numbers()]
    assert sum(suite is None for suite in known) == 2  # the two signalling values
    assert [suite.name for suite in known if suite and "unknown" in {suite.cipher, suite.key_exchange}] == []
    assert len(known) > 340


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("TLS_DHE_RSA_WITH_AES_256_CBC_SHA", ("DHE", "RSA", "AES", 256, "CBC", "SHA", False, 0x0300, 0x0303)),
        ("TLS_RSA_WITH_3DES_EDE_CBC_SHA", ("RSA", "RSA", "3DES_EDE", 168, "CBC", "SHA", False, 0x0300, 0x0303)),
        ("TLS_RSA_EXPORT_WITH_RC4_40_MD5", ("RSA_EXPORT", "RSA", "RC4", 40, "STREAM", "MD5", True, 0x0300, 0x0301)),
        ("TLS_DH_anon_WITH_RC4_128_MD5", ("DH_anon", "anon", "RC4", 128, "STREAM", "MD5", False, 0x0300, 0x0303)),
        ("TLS_PSK_WITH_AES_128_CCM_8", ("PSK", "PSK", "AES", 128, "CCM_8", "SHA256", False, 0x0303, 0x0303)),
        ("TLS_PSK_WITH_CHACHA20_POLY1305_SHA256",
         ("PSK", "PSK", "CHACHA20", 256, "POLY1305", "SHA256", False, 0x0303, 0x0303)),
        ("TLS_AES_256_GCM_SHA384", ("any", "any", "AES", 256, "GCM", "SHA384", False, 0x0304, 0x0304)),
        ("TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384", ("ECDHE", "RSA", "AES", 256, "CBC", "SHA384", False, 0x0303, 0x0303)),
        ("TLS_RSA_WITH_NULL_SHA", ("RSA", "RSA", "NULL", 0, "NULL", "SHA", False, 0x0300, 0x0303)),
    ],
)  # fmt: skip
def test_what_a_name_says(name, expected):
    suite = numbers.suite(numbers.suite_number(name))
    assert suite.name == name
    assert (
        suite.key_exchange, suite.authentication, suite.cipher, suite.key_bits, suite.mode, suite.hash, suite.export,
        suite.minimum_version, suite.maximum_version,
    ) == expected  # fmt: skip


def test_openssl_agrees_on_names_versions_and_ciphers():
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    command = ["openssl", "ciphers", "-V", "-stdname", "ALL:COMPLEMENTOFALL@SECLEVEL=0"]
    listing = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    checked = 0
    for line in listing.splitlines():
        number, _, standard, _, short, version, _, authentication, cipher, _ = line.split()[:10]
        code = int(number.replace("0x", "").replace(",", ""), 16)
        suite = numbers.suite(code)
        assert suite.name == standard
        assert numbers.suite_number(standard) == numbers.suite_number(short) == code
        assert numbers.suite_name_openssl(code) == short
        assert suite.minimum_version == OPENSSL_VERSIONS[version], line
        assert suite.anonymous == (authentication == "Au=None"), line
        if "(" in cipher:
            assert f"({suite.key_bits})" in cipher, line
        checked += 1
    assert checked > 30


def test_java_prints_the_names_we_print():
    checked = 0
    for client in recorded.clients().values():
        for suite in client["client_hello"]["suites"]:
            if suite["name"].startswith(("TLS_", "SSL_")):
                number = int(suite["id"], 16)
                assert suite["name"] in {numbers.suite_name(number), numbers.suite_name_jsse(number)}
                assert numbers.suite_number(suite["name"]) == number
                checked += 1
    assert checked > 300
    assert numbers.suite_name_jsse(0x000A) == "SSL_RSA_WITH_3DES_EDE_CBC_SHA"
    assert numbers.suite_name_jsse(0x002F) == "TLS_RSA_WITH_AES_128_CBC_SHA"


def test_facts_tables_of_java_suites_are_all_known(repository):
    path = repository.parent / "shared" / "facts" / "java_cipher_suites.json"
    if not path.is_file():
        pytest.skip("no ../shared/facts beside this checkout")
    names = set()
    stack = [json.loads(path.read_text())]
    while stack:
        node = stack.pop()
        if isinstance(node, dict):
            stack += node.values()
        elif isinstance(node, list):
            stack += node
        elif isinstance(node, str) and node.startswith(("TLS_", "SSL_")) and node.isascii() and " " not in node:
            names.add(node)
    assert len(names) > 80
    assert [name for name in sorted(names) if numbers.suite_number(name) is None] == []


def test_versions():
    for number in (0x0002, 0x0300, 0x0301, 0x0302, 0x0303, 0x0304, 0x7F1C):
        assert numbers.version_number(numbers.version_name(number)) == number
    assert numbers.version_name(0x7F1C) == "TLS1.3-draft28"
    assert numbers.version_name(0x0305) == "0x0305"
    assert numbers.version_number("TLS1.9") is None


def test_grease_is_exactly_sixteen_values():
    assert [n for n in range(0x10000) if numbers.is_grease(n)] == [0x0A0A + 0x1010 * i for i in range(16)]
    assert numbers.suite_name(0x2A2A) == numbers.group_name(0x2A2A) == "GREASE"


def test_groups_schemes_alerts_extensions():
    assert (numbers.group(23).name, numbers.group(23).bits, numbers.group(23).kind) == ("secp256r1", 256, "ec")
    assert (numbers.group(0x11EC).name, numbers.group(0x11EC).kind) == ("X25519MLKEM768", "hybrid")
    assert numbers.group(0x0104).bits == 8192
    assert numbers.group_number("prime256v1") == numbers.group_number("p-256") == 23
    assert numbers.scheme_name(0x0804) == "rsa_pss_rsae_sha256"
    assert numbers.scheme_number("ecdsa_sha1") == 0x0203
    assert (numbers.alert_name(40), numbers.alert_number("unknown_ca")) == ("handshake_failure", 48)
    assert (numbers.alert_name(200), numbers.suite_name(0xFAFB)) == ("200", "0xfafb")
    assert (numbers.extension_name(43), numbers.extension_number("renegotiation_info")) == (
        "supported_versions",
        0xFF01,
    )
    assert numbers.handshake_name(14) == "server_hello_done"
