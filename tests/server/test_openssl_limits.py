"""OpenSSL's security levels, as its releases count."""

from __future__ import annotations

import pytest

from tests.server.keys import identity
from tlswhy.model.settings import DhGroup
from tlswhy.server.openssl_limits import Limits
from tlswhy.server.schemes import scheme
from tlswhy.server.software import load_software
from tlswhy.wire.numbers import suite


def limits(level: int, release: str = "3.0") -> Limits:
    return Limits(load_software(f"openssl/{release}"), level)


@pytest.mark.parametrize(("level", "versions"), [(0, [0x0300, 0x0301]), (2, [0x0301]), (3, [0x0302]), (4, [0x0303])])
def test_versions(level, versions):
    assert [version for version in (0x0300, 0x0301, 0x0302, 0x0303) if limits(level).version(version)][
        : len(versions)
    ] == versions


@pytest.mark.parametrize(
    ("number", "most"),
    [(0xC02F, 3), (0x002F, 2), (0x0005, 1), (0x000A, 2), (0x0034, 0), (0x0004, 0), (0xC030, 5)],
)
def test_suites_by_the_highest_level_that_leaves_them(number, most):
    allowed = [level for level in range(6) if limits(level).suite(suite(number))]
    assert max(allowed) == most


def test_sha1_counts_less_from_3_0_on():
    assert limits(1, "1.1.1").scheme(scheme(0x0201))
    assert not limits(1).scheme(scheme(0x0201))
    assert limits(1, "1.1.1").md5_sha1()
    assert not limits(1).md5_sha1()
    assert limits(0).md5_sha1()


@pytest.mark.parametrize(("bits", "levels"), [(512, []), (1024, [0, 1]), (2048, [0, 1, 2]), (3072, [0, 1, 2, 3])])
def test_primes(bits, levels):
    assert [level for level in range(4) if limits(level).dh(DhGroup(bits))] == levels


@pytest.mark.parametrize(
    ("kind", "level", "release", "bits"),
    [
        ("rsa-2048", 0, "3.0", 2048),
        ("rsa-1024", 0, "3.0", 1024),
        ("rsa-1024", 2, "3.0", 2048),
        ("rsa-3072", 0, "3.0", 3072),
        ("secp384r1", 0, "3.0", 8192),
        ("rsa-3072", 0, "1.1.1", 3072),
    ],
)
def test_dh_auto_is_as_strong_as_the_key(kind, level, release, bits):
    assert limits(level, release).auto_dh(identity(kind).served, suite(0x0033)).bits == bits


def test_groups():
    assert limits(2).group(23)
    assert not limits(2).group(19)
    assert not limits(3).group(0x0100)
    assert limits(0).group(1)
