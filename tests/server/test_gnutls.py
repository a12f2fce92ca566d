"""GnuTLS's model against the real ``gnutls-serv``: random priorities, random and known hellos."""

from __future__ import annotations

import os
import random
import re
import shutil
import socket
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.server.hellos import alike, ask, foretold, known_hello, random_hello, read_file
from tests.server.keys import Identity, dh_file, identity
from tlswhy.model.settings import AUTO, DhGroup, Order, ServerSettings
from tlswhy.server.answer import answer
from tlswhy.wire.numbers import suite, suite_name

ALL = bool(os.environ.get("TLSWHY_ALL_CASES"))
CONFIGURATIONS, HELLOS = (300, 50) if ALL else (8, 20)
VERSIONS = {0x0301: "1.0", 0x0302: "1.1", 0x0303: "1.2", 0x0304: "1.3"}
KINDS = ["rsa-2048", "rsa-2048", "rsa-3072", "secp256r1", "secp256r1", "secp384r1", "secp521r1", "ed25519", "ed448"]
KINDS += ["rsa-by-sha1", "rsa-by-pss-sha256", "rsa-by-pss-sha1", "rsa-by-md5", "rsa-encipherment", "rsa-signing"]
GROUPS = {23: "SECP256R1", 24: "SECP384R1", 25: "SECP521R1", 29: "X25519", 30: "X448", 256: "FFDHE2048"}
GROUPS |= {257: "FFDHE3072", 258: "FFDHE4096"}
SIGNS = {
    0x0401: "RSA-SHA256",
    0x0501: "RSA-SHA384",
    0x0601: "RSA-SHA512",
    0x0201: "RSA-SHA1",
    0x0804: "RSA-PSS-RSAE-SHA256",
    0x0805: "RSA-PSS-RSAE-SHA384",
    0x0806: "RSA-PSS-RSAE-SHA512",
    0x0403: "ECDSA-SHA256:+SIGN-ECDSA-SECP256R1-SHA256",
    0x0503: "ECDSA-SHA384:+SIGN-ECDSA-SECP384R1-SHA384",
    0x0603: "ECDSA-SHA512:+SIGN-ECDSA-SECP521R1-SHA512",
    0x0203: "ECDSA-SHA1",
    0x0807: "EDDSA-ED25519",
    0x0808: "EDDSA-ED448",
}
EXCHANGES = ["ECDHE-RSA", "ECDHE-ECDSA", "RSA", "DHE-RSA"]
CIPHERS = ["AES-256-GCM", "CHACHA20-POLY1305", "AES-256-CBC", "AES-128-GCM", "AES-128-CBC", "AES-128-CCM"]


@dataclass
class Configuration:
    identities: list[Identity]
    settings: ServerSettings
    priority: str
    arguments: list[str]


def test_real_servers_answer_as_foretold(tmp_path: Path):
    if shutil.which("gnutls-serv") is None or shutil.which("gnutls-cli") is None:
        pytest.skip("no gnutls-serv here (package gnutls-bin)")
    rng = random.Random(20261125)
    asked = 0
    differing = []
    for number in range(CONFIGURATIONS):
        configuration = random_configuration(rng, tmp_path)
        with serving(configuration, tmp_path) as (port, keys):
            for turn in range(HELLOS):
                hello = known_hello(rng) if turn % 3 == 0 else random_hello(rng)
                seen, said = ask(port, hello, keys), foretold(answer(hello.offer, configuration.settings))
                asked += 1
                if not alike(seen, said):
                    differing.append(
                        f"{number}: {configuration.priority}\n  {hello.offer}\n  real {seen}\n  ours {said}"
                    )
    assert len(differing) <= 0.005 * asked, f"{len(differing)} of {asked}\n" + "\n".join(differing[:8])


def random_configuration(rng: random.Random, folder: Path) -> Configuration:
    identities = [identity(kind) for kind in rng.sample(KINDS, 2 if rng.random() < 0.3 else 1)]
    versions = sorted(rng.sample(list(VERSIONS), rng.randint(1, 4)), reverse=True)
    groups = rng.sample(list(GROUPS), rng.randint(1, 6))
    schemes = rng.sample(list(SIGNS), rng.randint(3, len(SIGNS)))
    by_server, fixed = rng.random() < 0.4, rng.random() < 0.4
    words = ["NONE", "+COMP-NULL", "+CTYPE-X509", "+SHA1", "+SHA256", "+SHA384", "+AEAD"]
    words += [f"+VERS-TLS{VERSIONS[number]}" for number in versions]
    words += [f"+{name}" for name in rng.sample(EXCHANGES, rng.randint(1, 4))]
    words += [f"+{name}" for name in rng.sample(CIPHERS, rng.randint(1, 5))]
    words += [f"+GROUP-{GROUPS[number]}" for number in groups]
    words += [f"+SIGN-{SIGNS[number]}" for number in schemes]
    words += ["%SERVER_PRECEDENCE"] if by_server else []
    priority = ":".join(words)
    versions, suites = meaning_of(priority)
    if not suites:
        return random_configuration(rng, folder)
    settings = ServerSettings(
        software="gnutls/3.7",
        versions=versions,
        suites=suites,
        order=Order.SERVER if by_server else Order.CLIENT,
        groups=effective(groups, suites, versions),
        schemes=tuple(schemes),
        chains=tuple(found.served for found in identities),
        dh=DhGroup(2048) if fixed else AUTO,
    )
    return Configuration(identities, settings, priority, ["--dhparams", str(dh_file(folder))] if fixed else [])


def meaning_of(priority: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Versions and suites that the string leaves, by gnutls itself: it drops a TLS 1.3 that stands apart."""
    listed = subprocess.run(["gnutls-cli", "-l", "--priority", priority], capture_output=True, text=True, check=False)
    pairs = re.findall(r"0x(..), 0x(..)", listed.stdout)
    found = tuple(int(one + other, 16) for one, other in pairs)
    assert all(suite(number) for number in found), [suite_name(number) for number in found]
    named = re.findall(r"VERS-TLS(1\.\d)", listed.stdout.partition("Protocols:")[2])
    return tuple(number for number, name in sorted(VERSIONS.items(), reverse=True) if name in named), found


def effective(groups: list[int], suites: tuple[int, ...], versions: tuple[int, ...]) -> tuple[int, ...]:
    """The order that set_ciphersuite_list gives them: all curves together, all of RFC 7919's, those first of which a
    suite comes first; without suites that need them only TLS 1.3 has them."""
    kinds = [
        found.key_exchange == "DHE" for number in suites if (found := suite(number)).key_exchange in ("DHE", "ECDHE")
    ]
    if 0x0304 in versions:
        kinds += [number >= 256 for number in groups]
    return tuple(number for kind in dict.fromkeys(kinds) for number in groups if (number >= 256) is kind)


@contextmanager
def serving(configuration: Configuration, folder: Path):
    """The port of a server so set up, and what reads its key log."""
    keys = folder / "keys.txt"
    keys.unlink(missing_ok=True)
    command = ["gnutls-serv", "--http", "--disable-client-cert", "--priority", configuration.priority]
    command += configuration.arguments
    for found in configuration.identities:
        key, chain = folder / f"{found.kind}.key", folder / f"{found.kind}.pem"
        key.write_bytes(found.key_pem)
        chain.write_bytes(found.chain_pem)
        command += ["--x509certfile", str(chain), "--x509keyfile", str(key)]
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [*command, "--port", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "SSLKEYLOGFILE": str(keys)},
    )
    try:
        await_port(process, port)
        yield port, read_file(keys)
    finally:
        process.kill()
        process.wait()
        process.stderr.close()


def await_port(process: subprocess.Popen[bytes], port: int) -> None:
    for _ in range(400):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            if process.poll() is not None:
                pytest.fail(process.stderr.read().decode(errors="replace"))
            time.sleep(0.02)
    pytest.fail("it never listened")
