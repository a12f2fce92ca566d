"""JSSE's model against the server of this machine's JDK: random configurations, random and known hellos."""

from __future__ import annotations

import base64
import os
import random
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, load_pem_private_key, pkcs12

from tests.server.hellos import SUITES, Asked, alike, answered, foretold, known_hello, random_hello
from tests.server.keys import identity
from tlswhy.model.settings import AUTO, DhGroup, Order, ServerSettings
from tlswhy.server.answer import answer
from tlswhy.wire.numbers import suite, suite_name_jsse

ALL = bool(os.environ.get("TLSWHY_ALL_CASES"))
CONFIGURATIONS, HELLOS = (150, 40) if ALL else (20, 12)
PROTOCOLS = {0x0301: "TLSv1", 0x0302: "TLSv1.1", 0x0303: "TLSv1.2", 0x0304: "TLSv1.3"}
KINDS = [
    "rsa-2048",
    "rsa-2048",
    "rsa-1024",
    "secp256r1",
    "secp384r1",
    "secp521r1",
    "ed25519",
    "dsa-2048",
    "rsa-by-sha1",
]
KINDS += ["rsa-encipherment", "secp256k1"]
NAMED = {
    23: "secp256r1",
    24: "secp384r1",
    25: "secp521r1",
    29: "x25519",
    30: "x448",
    256: "ffdhe2048",
    257: "ffdhe3072",
}
RUNTIMES: list[tuple[tuple[int, ...] | None, object, list[str]]] = [
    # what the whole runtime is set to: its groups, its Diffie-Hellman, and the properties that say so
    (None, DhGroup(2048), []),
    ((24, 23, 257), DhGroup(3072), ["-Djdk.tls.ephemeralDHKeySize=3072"]),
    ((29, 25, 30, 256), AUTO, ["-Djdk.tls.ephemeralDHKeySize=matched"]),
]


@pytest.mark.parametrize("runtime", RUNTIMES if ALL else RUNTIMES[:1])
def test_the_jdk_answers_as_foretold(runtime, tmp_path: Path):
    groups, dh, properties = runtime
    if groups is not None:
        properties = [*properties, f"-Djdk.tls.namedGroups={','.join(NAMED[number] for number in groups)}"]
    rng = random.Random(20261125)
    asked: list[tuple[ServerSettings, Asked]] = []
    lines = []
    for _ in range(CONFIGURATIONS):
        settings, configured = random_configuration(rng, groups, dh)
        for turn in range(HELLOS):
            hello = known_hello(rng) if turn % 3 == 0 else random_hello(rng)
            asked.append((settings, hello))
            lines.append(f"{configured};{hello.record.hex()}")
    differing = []
    for (settings, hello), heard in zip(asked, heard_from_jdk(lines, properties, tmp_path), strict=True):
        seen, said = answered(hello, heard), foretold(answer(hello.offer, settings))
        if not alike(seen, said):
            differing.append(f"{told(settings)}\n  {hello.offer}\n  real {seen}\n  ours {said}")
    assert len(differing) <= 0.005 * len(asked), f"{len(differing)} of {len(asked)}\n" + "\n".join(differing[:8])


def told(settings: ServerSettings) -> str:
    keys = [(chain.algorithm, chain.curve or chain.bits) for chain in settings.chains]
    return f"{settings.versions} {settings.suites} {settings.order} {settings.groups} {keys}"


def random_configuration(rng: random.Random, groups: tuple[int, ...] | None, dh) -> tuple[ServerSettings, str]:
    kinds = rng.sample(KINDS, 2 if rng.random() < 0.3 else 1)
    identities = list({identity(kind).served.algorithm: identity(kind) for kind in kinds}.values())
    versions = sorted(rng.sample(list(PROTOCOLS), rng.randint(1, 4)), reverse=True)
    suites = rng.sample([number for number in SUITES if known_to_jsse(number)], rng.randint(1, 14))
    by_server = rng.random() < 0.6
    settings = ServerSettings(
        software="jsse/17",
        versions=tuple(versions),
        suites=tuple(suites),
        order=Order.SERVER if by_server else Order.CLIENT,
        chains=tuple(found.served for found in identities),
        dh=dh,
        **({"groups": groups} if groups else {}),
    )
    names = ",".join(suite_name_jsse(number) for number in suites)
    configured = f"{','.join(PROTOCOLS[number] for number in versions)};{names};{int(by_server)}"
    return settings, f"{configured};{','.join(store_of(found.kind) for found in identities)}"


@cache
def store_of(kind: str) -> str:
    """The key and its chain as PKCS#12."""
    found = identity(kind)
    leaf, *rest = x509.load_pem_x509_certificates(found.chain_pem)
    key = load_pem_private_key(found.key_pem, None)
    made = pkcs12.serialize_key_and_certificates(kind.encode(), key, leaf, rest, BestAvailableEncryption(b"changeit"))
    return base64.b64encode(made).decode()


def known_to_jsse(number: int) -> bool:
    """SunJSSE has no CCM, CAMELLIA or ARIA."""
    found = suite(number)
    return found is not None and found.cipher in ("AES", "CHACHA20", "3DES_EDE", "RC4") and "CCM" not in found.mode


def heard_from_jdk(lines: list[str], properties: list[str], folder: Path) -> list[bytes]:
    java = shutil.which("java")
    if java is None or shutil.which("javac") is None:
        pytest.skip("no JDK here (a JRE can't run the judge from its source)")
    version = subprocess.run([java, "-version"], capture_output=True, text=True, check=True).stderr
    if re.search(r'version "(\d+)', version)[1] != "17":
        pytest.skip("this machine's JDK is not 17")
    unlocked = folder / "java.security"
    unlocked.write_text("jdk.tls.disabledAlgorithms=\njdk.certpath.disabledAlgorithms=\n")
    ran = subprocess.run(
        [
            java,
            f"-Djava.security.properties={unlocked}",
            *properties,
            str(Path(__file__).with_name("JsseAnswers.java")),
        ],
        input="\n".join(lines).encode(),
        capture_output=True,
        check=False,
        timeout=500,
    )
    assert ran.returncode == 0, ran.stderr.decode(errors="replace")[-2000:]
    return [bytes.fromhex(line) for line in ran.stdout.decode().splitlines()]
