"""Recorded bare handshake_failures, their servers set up again and surveyed: the label becomes the headline.

Left out are a proxy that cut a hello (no survey shows what was cut), and servers that refuse everybody, whatever is
asked. The rows of Java clients and of the others count alike.
"""

from __future__ import annotations

import os
import socket
import ssl
import subprocess
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.gather.servers import HOST, Certificates, free_port, make_certificates, openssl_server, running, scripted
from tests.live.identities import CA, Identity
from tests.live.real_servers import Site, jsse_server, jsse_site
from tests.oracle import recorded
from tests.pki.minting import mint, name, rsa_key
from tlswhy.cli.live import hellos_for
from tlswhy.client.profiles import load_client
from tlswhy.diagnose import diagnose
from tlswhy.gather.connection import Patience
from tlswhy.gather.live import Manner, ask
from tlswhy.gather.targets import target_of

MANNER = Manner(Patience(5, 5, 5, 10), survey=True)
NOT_SHOWN = {"suite-ecdsa-only-rsa-cert", "wire-alert-handshake-failure", "wire-cut-after-hello"}
KEYS: dict[str, Callable[[], object]] = {
    "ecdsa-p256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "ecdsa-p521": lambda: ec.generate_private_key(ec.SECP521R1()),
    "ecdsa-brainpool256": lambda: ec.generate_private_key(ec.BrainpoolP256R1()),
    "ecdsa-secp256k1": lambda: ec.generate_private_key(ec.SECP256K1()),
    "ed25519-leaf": ed25519.Ed25519PrivateKey.generate,
    "ed448-leaf": ed448.Ed448PrivateKey.generate,
    "dsa-1024-leaf": lambda: dsa.generate_private_key(1024),
    "rsa-1024-leaf-rsakex": lambda: rsa_key(1024),
}
BY_OPENSSL = {
    "sig-md5-leaf": "-md5",
    "selfsigned-md5-trusted": "-md5",
    "pss-sha1-leaf": "-sha1 -sigopt rsa_padding_mode:pss",
    "spki-rsapss-leaf-tls13": "-sha256",
}
"""Signatures that nobody else makes any more; the key of the last is for RSASSA-PSS alone."""
VERSIONS = {
    ("1.2",): ["-tls1_2"],
    ("1.3",): ["-tls1_3"],
    ("1.0",): ["-tls1"],
    ("1.2", "1.3"): [],
    ("1.0", "1.1", "1.2"): ["-no_tls1_3"],
}


def rebuilt() -> dict[str, list[recorded.Row]]:
    """The rows by case."""
    found: dict[str, list[recorded.Row]] = {}
    for row in (*recorded.rows(), *recorded.other_rows()):
        if row.get("bare_refusal") and row["case"] not in NOT_SHOWN:
            found.setdefault(row["case"], []).append(row)
    return found


@cache
def cases() -> list[str]:
    everything = sorted(rebuilt())
    return everything if os.environ.get("TLSWHY_ALL_CASES") == "1" else everything[::9]


def certificates_for(case: str, folder: Path) -> Certificates:
    """A usual chain, unless the case is about another."""
    made = make_certificates(folder)
    if case in BY_OPENSSL:
        signed_by_openssl(made, case)
    key = KEYS[case]() if case in KEYS else rsa_key(3072)
    if case in KEYS:
        made.key.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        made.chain.write_bytes(mint(name(HOST), key=key, dns=(HOST,)).public_bytes(Encoding.PEM))
    if case == "ed448-int":
        above = ed448.Ed448PrivateKey.generate()
        middle = mint(name("middle"), key=above, issuer=name("root"), signer=rsa_key(), extensions=[(CA, True)])
        leaf = mint(name(HOST), key=key, issuer=name("middle"), signer=above, dns=(HOST,))
        made.chain.write_bytes(b"".join(each.public_bytes(Encoding.PEM) for each in (leaf, middle)))
    return made


def signed_by_openssl(made: Certificates, case: str) -> None:
    kind = "rsa-pss -pkeyopt rsa_keygen_bits:2048" if case.startswith("spki") else "rsa:2048"
    issuer = "" if case.startswith("selfsigned") else "-CA ca.pem -CAkey ca.key"
    request = "openssl req -x509 -nodes -days 30"
    names = f"-subj /CN={HOST} -addext subjectAltName=DNS:{HOST} -addext basicConstraints=critical,CA:FALSE"
    for command in (
        f"{request} -newkey rsa:2048 -subj /CN=ca -keyout ca.key -out ca.pem",
        f"{request} -newkey {kind} {names} {issuer} {BY_OPENSSL[case]} -keyout {made.key} -out {made.chain}",
    ):
        subprocess.run(command.split(), cwd=made.folder, check=True, capture_output=True)


@contextmanager
def server(row: recorded.Row, folder: Path) -> Iterator[int]:
    """The row's server, as it was set up."""
    settings, made = row["server"], certificates_for(row["case"], folder)
    match settings["kind"]:
        case "openssl":
            with openssl_server(made, *openssl_options(settings, made)) as port:
                yield port
        case "gnutls":
            port = free_port()
            command = ["gnutls-serv", "-p", str(port), "--priority", settings["priority"], "--disable-client-cert"]
            command += ["--x509keyfile", str(made.key), "--x509certfile", str(made.chain)]
            with running(command, port):
                yield port
        case "java":
            site = Site(
                "java", Identity("x", made.key, made.chain, both=made.chain, trust=made.chain, above=None), free_port()
            )
            line = jsse_site(site, folder, settings["protocols"], settings["suites"])
            with running(jsse_server([line], folder), site.port, wait=30):
                yield site.port
        case "py":
            with scripted(lambda connection: wants_a_name(connection, made)) as port:
                yield port
        case other:
            raise AssertionError(other)


def openssl_options(settings: dict, made: Certificates) -> list[str]:
    given = [*VERSIONS[tuple(settings["tls"])], "-cipher", f"{settings['ciphers']}:@SECLEVEL=0"]
    if "ciphersuites" in settings:
        given += ["-ciphersuites", settings["ciphersuites"]]
    if "groups" in settings:
        given += ["-groups", settings["groups"]]
    return [*given, *settings.get("extra", [])]


def wants_a_name(connection: socket.socket, made: Certificates) -> None:
    """handshake_failure(40) for a hello without a server name."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made.chain, made.key)
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        context.minimum_version = ssl.TLSVersion.TLSv1
    context.sni_callback = lambda _s, name, _c: None if name else ssl.ALERT_DESCRIPTION_HANDSHAKE_FAILURE
    context.wrap_socket(connection, server_side=True).close()


@pytest.mark.parametrize("case", cases())
def test_the_label_becomes_the_headline(case, tmp_path):
    rows = rebuilt()[case]
    wrong = []
    with server(rows[0], tmp_path) as port:
        # an address has no name that any client would send
        target = target_of(f"{'127.0.0.1' if rows[0]['server']['kind'] == 'py' else HOST}:{port}")
        for row in rows:
            client = recorded.client_id(row["client"])
            answers = ask(target, hellos_for([load_client(client)], target, None), MANNER)
            (diagnosis,) = diagnose(answers.evidence, clients=[client], host=HOST).diagnoses
            head = diagnosis.verdict.refusals[0].cause if diagnosis.verdict.refusals else None
            if head not in {row["label"], *row["accept"]} - {"server-alert"}:
                wrong.append((row["client"], row["label"], head, diagnosis.situation.survey))
    assert wrong == []
