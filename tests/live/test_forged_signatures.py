"""A server whose private key is not its certificate's: real clients refuse it, and so do we for them, in TLS 1.2 by the
ServerKeyExchange and in TLS 1.3, decrypted by our own probe, by the CertificateVerify."""

import shutil
import socket
import subprocess
import time
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, pkcs12
from cryptography.x509.oid import NameOID

from tests.gather.servers import free_port
from tests.live.javas import classes
from tests.live.test_live_verdicts import MANNER, java_says, judged
from tlswhy.cli.live import hellos_for
from tlswhy.client.profiles import load_client
from tlswhy.evidence.read import read_evidence
from tlswhy.gather.live import ask
from tlswhy.gather.targets import target_of
from tlswhy.source import source_of_bytes
from tlswhy.verdict import Accepted

KEYS = {"ec": lambda: ec.generate_private_key(ec.SECP256R1()), "rsa": lambda: rsa.generate_private_key(65537, 2048)}


@pytest.fixture(scope="module")
def servers(tmp_path_factory, machine_java):
    """Ports of a good and of a forging server for each kind of key, and what to trust."""
    folder = tmp_path_factory.mktemp("forged")
    lines, trusted, ports = [], [], {}
    for kind, make in KEYS.items():
        own, strange = folder / f"{kind}.p12", folder / f"{kind}-strange.p12"
        for store in (own, strange):
            key = make()
            made = key, self_signed(key), None, BestAvailableEncryption(b"changeit")
            store.write_bytes(pkcs12.serialize_key_and_certificates(b"server", *made))
            if store == own:
                trusted.append(made[1].public_bytes(Encoding.PEM))
        for name, stores in ((kind, f"{own}"), (f"{kind} forged", f"{own}+{strange}")):
            ports[name] = free_port()
            lines.append(f"{ports[name]} {stores} -")
    (folder / "sites").write_text("\n".join(lines))
    trust = folder / "trust.pem"
    trust.write_bytes(b"".join(trusted))
    with subprocess.Popen([machine_java.program, "-cp", classes(), "Serve", folder / "sites"]) as server:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and not all(map(listens, ports.values())):
            time.sleep(0.1)
        yield ports, trust
        server.terminate()


def self_signed(key) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)  # noqa: TID251 - real clients judge it
    return (
        x509.CertificateBuilder(name, name, key.public_key(), 7, now - timedelta(days=1), now + timedelta(days=2))
        .add_extension(x509.BasicConstraints(True, None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.parametrize("kind", KEYS)
@pytest.mark.parametrize("forged", [False, True])
@pytest.mark.parametrize("client", ["java/17.0.15", "java/8u212"])
def test_who_does_not_hold_the_key_is_refused(servers, kind, forged, client):
    ports, trust = servers
    target = target_of(f"https://localhost:{ports[f'{kind} forged' if forged else kind]}/")
    answers = ask(target, hellos_for([load_client(client)], target, None), MANNER)
    for evidence in (answers.evidence, list(read_evidence(source_of_bytes("a.pcapng", answers.recording.pcapng())))):
        verdict = judged(evidence, client, trust)
        assert verdict.accepted is (Accepted.NO if forged else Accepted.YES)
        assert [refusal.cause for refusal in verdict.refusals] == ["handshake-signature-invalid"] * forged


def test_real_clients_think_so_too(servers, machine_java):
    ports, trust = servers

    said = java_says(machine_java.program, [SimpleNamespace(port=port) for port in ports.values()], trust)
    assert [words.startswith("OK") for words in said] == [True, False] * len(KEYS)
    assert all("Invalid CertificateVerify signature" in words for words in said[1::2])
    if openssl := shutil.which("openssl"):
        for version in ("-tls1_2", "-tls1_3"):
            command = [openssl, "s_client", version, "-connect", f"127.0.0.1:{ports['ec forged']}"]
            told = subprocess.run(command, input=b"", capture_output=True, timeout=20).stderr
            assert b"bad signature" in told
