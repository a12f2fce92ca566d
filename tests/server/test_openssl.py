"""OpenSSL's model against the real ``openssl s_server``: random configurations, random and known hellos."""

from __future__ import annotations

import os
import random
import re
import shutil
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.server.hellos import SUITES, alike, ask, foretold, known_hello, random_hello, read_file
from tests.server.keys import Identity, dh_file, identity
from tlswhy.model.settings import AUTO, DhGroup, Order, ServerSettings
from tlswhy.server.answer import answer
from tlswhy.wire.numbers import group_name, scheme_name, suite_name_openssl

ALL = bool(os.environ.get("TLSWHY_ALL_CASES"))
CONFIGURATIONS, HELLOS = (400, 50) if ALL else (12, 20)
VERSIONS = {0x0301: "tls1", 0x0302: "tls1_1", 0x0303: "tls1_2", 0x0304: "tls1_3"}
KINDS = ["rsa-2048", "rsa-2048", "rsa-1024", "rsa-3072", "secp256r1", "secp256r1", "secp384r1", "secp256k1"]
KINDS += ["brainpoolP256r1", "ed25519", "ed448", "dsa-2048", "rsa-by-sha1", "rsa-by-pss-sha256", "rsa-by-pss-sha1"]
KINDS += ["rsa-encipherment", "ec-agreement"]
SIGALGS = [0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601, 0x0201, 0x0301]
WEAK = {"rsa-1024", "rsa-by-sha1", "rsa-by-pss-sha1"}
"""What a server with a security level does not even load."""


@dataclass
class Configuration:
    identities: list[Identity]
    settings: ServerSettings
    arguments: list[str]


@pytest.fixture(scope="module")
def available() -> frozenset[int]:
    """The suites that this build has."""
    if shutil.which("openssl") is None:
        pytest.skip("no openssl here")
    listed = subprocess.run(
        ["openssl", "ciphers", "-s", "-V", "ALL:COMPLEMENTOFALL:@SECLEVEL=0"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    pairs = re.findall(r"^\s*0x(..),0x(..)", listed, re.MULTILINE)
    return frozenset(int(one + other, 16) for one, other in pairs)


def test_real_servers_answer_as_foretold(available, tmp_path: Path):
    rng = random.Random(20261125)
    asked = 0
    differing = []
    for number in range(CONFIGURATIONS):
        configuration = random_configuration(rng, available, tmp_path)
        with serving(configuration, tmp_path) as (port, keys):
            for turn in range(HELLOS):
                hello = known_hello(rng) if turn % 3 == 0 else random_hello(rng)
                seen, said = ask(port, hello, keys), foretold(answer(hello.offer, configuration.settings))
                asked += 1
                if not alike(seen, said):
                    differing.append(
                        f"{number}: {configuration.arguments}\n  {hello.offer}\n  real {seen}\n  ours {said}"
                    )
    assert len(differing) <= 0.005 * asked, f"{len(differing)} of {asked}\n" + "\n".join(differing[:8])


def random_configuration(rng: random.Random, available: frozenset[int], folder: Path) -> Configuration:
    level = rng.choice([0, 0, 0, 1, 2])
    identities = [identity(kind) for kind in rng.sample(KINDS, 2 if rng.random() < 0.3 else 1)]
    if level:
        identities = [found for found in identities if found.kind not in WEAK] or [identity("rsa-3072")]
    versions = sorted(rng.sample(list(VERSIONS), rng.randint(1, 4)), reverse=True)
    old = [number for number in SUITES if number in available and number >> 8 != 0x13]
    suites = rng.sample(old, rng.randint(1, 12))
    tls13 = rng.sample([0x1301, 0x1302, 0x1303, 0x1304], rng.randint(1, 3))
    groups = rng.sample([29, 23, 24, 25, 30, 256, 257, 26, 22], rng.randint(1, 5)) if rng.random() < 0.6 else None
    schemes = rng.sample(SIGALGS, rng.randint(2, 9)) if rng.random() < 0.3 else None
    dh, dh_arguments = rng.choice(
        [(AUTO, []), (AUTO, []), (None, ["-no_dhe"]), (DhGroup(2048), ["-dhparam", str(dh_file(folder))])]
    )
    by_server = rng.random() < 0.5
    chacha = by_server and rng.random() < 0.3
    settings = ServerSettings(
        software="openssl/3.0",
        versions=tuple(versions),
        suites=(*tls13, *suites),
        order=Order.SERVER if by_server else Order.CLIENT,
        prioritise_chacha=chacha,
        chains=tuple(found.served for found in identities),
        dh=dh,
        security_level=level,
        looks_at_server_name=False,
        **({"groups": tuple(groups)} if groups else {}),
        **({"schemes": tuple(schemes)} if schemes else {}),
    )
    names = ":".join(filter(None, (suite_name_openssl(number) for number in suites)))
    arguments = ["-cipher", f"{names}:@SECLEVEL={level}"]
    arguments += ["-ciphersuites", ":".join(filter(None, (suite_name_openssl(number) for number in tls13)))]
    arguments += [f"-no_{name}" for number, name in VERSIONS.items() if number not in versions]
    arguments += ["-groups", ":".join(openssl_group(number) for number in groups)] if groups else []
    arguments += ["-sigalgs", ":".join(openssl_scheme(number) for number in schemes)] if schemes else []
    arguments += [*dh_arguments, *(["-serverpref"] if by_server else []), *(["-prioritize_chacha"] if chacha else [])]
    return Configuration(identities, settings, arguments)


@contextmanager
def serving(configuration: Configuration, folder: Path):
    """The port of a server so set up, and what reads its key log."""
    keys = folder / "keys.txt"
    keys.unlink(missing_ok=True)
    files = []
    for option, found in zip(("", "d"), configuration.identities, strict=False):
        key, chain = folder / f"{found.kind}.key", folder / f"{found.kind}.pem"
        key.write_bytes(found.key_pem)
        chain.write_bytes(found.chain_pem)
        files += [f"-{option}cert", str(chain), f"-{option}key", str(key)]
    command = ["openssl", "s_server", "-accept", "127.0.0.1:0", "-www", "-keylogfile", str(keys), *files]
    process = subprocess.Popen(
        [*command, *configuration.arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL
    )
    try:
        for line in process.stdout:
            if found := re.match(rb"ACCEPT .*:(\d+)", line):
                break
        else:
            pytest.fail(f"{configuration.arguments}: {process.stderr.read().decode(errors='replace')}")
        yield int(found[1]), read_file(keys)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        process.stderr.close()


def openssl_group(number: int) -> str:
    return {22: "secp256k1", 23: "P-256", 24: "P-384", 25: "P-521"}.get(number) or group_name(number)


def openssl_scheme(number: int) -> str:
    names = {0x0201: "RSA+SHA1", 0x0301: "RSA+SHA224"}
    return names.get(number) or scheme_name(number)
