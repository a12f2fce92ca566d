"""The spelling of tools."""

import pytest

from tlswhy.evidence.tool_names import group_named, scheme_named, suite_named, temporary_key, version_named
from tlswhy.unseen import UNSEEN


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("TLSv1.2", 0x0303),
        ("TLS1.2", 0x0303),
        ("TLS 1.3", 0x0304),
        ("TLSv1", 0x0301),
        ("SSLv3", 0x0300),
        ("QUIC", 0x0304),
    ],
)
def test_versions(name: str, number: int):
    assert version_named(name) == number
    assert version_named(name + "x") is UNSEEN


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("ECDHE-RSA-AES256-GCM-SHA384", 0xC030),
        ("EDH-RSA-DES-CBC3-SHA", 0x0016),
        ("TLS_AES_128_GCM_SHA256", 0x1301),
        ("ECDHE_RSA_AES_128_GCM_SHA256", 0xC02F),
        ("TLS_ECDHE_RSA_AES_128_CBC_SHA1", 0xC013),
        ("RSA_AES_256_CBC_SHA1", 0x0035),
        ("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", 0xC02F),
    ],
)
def test_suites(name: str, number: int):
    assert suite_named(name) == number
    assert suite_named("(NONE)") is UNSEEN


@pytest.mark.parametrize(
    ("text", "group", "bits"),
    [
        ("X25519, 253 bits", 0x1D, None),
        ("ECDH, P-256, 256 bits", 0x17, None),
        ("ECDH, prime256v1, 256 bits", 0x17, None),
        ("ECDH, secp384r1, 384 bits", 0x18, None),
        ("DH, 1024 bits", None, 1024),
        ("ECDH, brainpoolP999r1, 256 bits", UNSEEN, None),
        ("something", UNSEEN, UNSEEN),
    ],
)
def test_temporary_keys(text: str, group: object, bits: object):
    assert temporary_key(text) == (group, bits)


def test_groups_and_schemes():
    assert (group_named("X25519MLKEM768"), group_named("nothing")) == (0x11EC, UNSEEN)
    assert (scheme_named("RSA-PSS", "SHA256"), scheme_named("ECDSA", "SHA384")) == (0x0804, 0x0503)
    assert (scheme_named("rsa_pss_rsae_sha256", ""), scheme_named("DSA", "SHA256")) == (0x0804, UNSEEN)
