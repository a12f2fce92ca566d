"""``--survey`` of real server programs, held against sslscan's list of the same server in the same run."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from functools import cache

import pytest

from tests.gather.servers import free_port
from tests.gather.test_survey import surveyed
from tests.live.identities import identities
from tests.live.real_servers import PROGRAMS, Site, one_version, started
from tlswhy.wire.numbers import TLS13, group, version_number

CIPHER = re.compile(r'<cipher [^>]*sslversion="TLSv([\d.]+)"[^>]* id="0x([0-9A-F]+)"')
GROUP = re.compile(r'<group [^>]*sslversion="TLSv([\d.]+)"[^>]* id="0x([0-9a-f]+)"')
SAMPLE = ("nginx", "java", "haproxy")


@cache
def known_to_openssl() -> frozenset[int]:
    """The suites that sslscan, which is built on OpenSSL, can ask for."""
    listed = subprocess.run(
        ["openssl", "ciphers", "-V", "ALL:COMPLEMENTOFALL:@SECLEVEL=0"], capture_output=True, text=True, check=True
    )
    pairs = re.findall(r"0x([0-9A-F]{2}),0x([0-9A-F]{2}) ", listed.stdout)
    return frozenset(int(high + low, 16) for high, low in pairs)


def scanned(port: int) -> tuple[dict[int, list[int]], set[int]]:
    """Suites by version in sslscan's order, and groups."""
    program = shutil.which("sslscan")
    if program is None:
        pytest.skip("no sslscan here")
    done = subprocess.run([program, "--xml=-", "--no-colour", f"localhost:{port}"], capture_output=True, text=True)
    suites: dict[int, list[int]] = {}
    for version, number in CIPHER.findall(done.stdout):
        suites.setdefault(version_number(f"TLS{version}") or 0, []).append(int(number, 16))
    return suites, {int(number, 16) for _, number in GROUP.findall(done.stdout)}


def comparable(suites: Sequence[int], scanned: Sequence[int]) -> list[int]:
    """Ours without those that sslscan has no means to ask for."""
    return [number for number in suites if number in known_to_openssl() or number in scanned]


@pytest.mark.parametrize("program", PROGRAMS)
def test_versions_suites_order_and_groups(program, tmp_path):
    if program not in SAMPLE and os.environ.get("TLSWHY_ALL_CASES") != "1":
        pytest.skip("TLSWHY_ALL_CASES=1 has all programs scanned")
    known, _ = identities(tmp_path)
    sites = [Site(program, known["good"], free_port()), Site(program, known["good"], free_port(), one_version(program))]
    with started(program, sites, tmp_path / program):
        for site in sites:
            found, (suites, groups) = surveyed(site.port), scanned(site.port)
            assert set(found.versions) == set(suites), site.title
            for version, listed in suites.items():
                ours = comparable(found.versions[version], listed)
                assert set(ours) == set(listed), (site.title, hex(version))
                if found.server_order and version != TLS13:
                    assert ours == listed, (site.title, hex(version))
            assert groups <= set(found.groups), site.title
            assert all((kind := group(number)) and kind.kind != "unknown" for number in found.groups)
