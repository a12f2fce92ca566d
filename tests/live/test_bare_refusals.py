"""Recorded bare handshake_failures, their OpenSSL servers set up again and surveyed: the label becomes the headline.

Left out are servers that are no OpenSSL, and those that refused for a signature inside their chain, which no survey
shows.
"""

from __future__ import annotations

import os
from functools import cache

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.gather.servers import HOST, Certificates, make_certificates, openssl_server
from tests.oracle import recorded
from tests.pki.minting import mint, name
from tlswhy.cli.live import hellos_for
from tlswhy.client.profiles import load_client
from tlswhy.diagnose import diagnose
from tlswhy.gather.connection import Patience
from tlswhy.gather.live import Manner, ask
from tlswhy.gather.targets import target_of

MANNER = Manner(Patience(5, 5, 5, 10), survey=True)
KINDS = (
    "dhe-",
    "suite-",
    "suite13-",
    "group12-",
    "group13-",
    "ske-",
    "ecdsa-",
    "ed25519-leaf",
    "ed448-leaf",
    "base-tls12",
)
KEYS = {
    "ecdsa-p256": ec.SECP256R1,
    "ecdsa-p521": ec.SECP521R1,
    "ecdsa-brainpool256": ec.BrainpoolP256R1,
    "ecdsa-secp256k1": ec.SECP256K1,
}
VERSIONS = {("1.2",): ["-tls1_2"], ("1.3",): ["-tls1_3"], ("1.0",): ["-tls1"], ("1.2", "1.3"): []}
NOT_SHOWN = {"suite-ecdsa-only-rsa-cert"}
"""It refuses everybody, whatever is asked."""


def rebuilt() -> dict[str, list[recorded.Row]]:
    """The rows by case."""
    found: dict[str, list[recorded.Row]] = {}
    for row in recorded.rows():
        case = row["case"]
        openssl = row.get("bare_refusal") and row["server"]["kind"] == "openssl"
        if openssl and case.startswith(KINDS) and case not in NOT_SHOWN:
            found.setdefault(case, []).append(row)
    return found


@cache
def cases() -> list[str]:
    everything = sorted(rebuilt())
    return everything if os.environ.get("TLSWHY_ALL_CASES") == "1" else everything[::9]


def certificates_for(case: str, folder) -> Certificates:
    made = make_certificates(folder)
    key = {"ed25519-leaf": ed25519.Ed25519PrivateKey, "ed448-leaf": ed448.Ed448PrivateKey}.get(case)
    if case in KEYS or key:
        private = ec.generate_private_key(KEYS[case]()) if case in KEYS else key.generate()
        made.key.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        made.chain.write_bytes(mint(name(HOST), key=private, dns=(HOST,)).public_bytes(Encoding.PEM))
    return made


def options(server: dict) -> list[str]:
    given = [*VERSIONS[tuple(server["tls"])], "-cipher", f"{server['ciphers']}:@SECLEVEL=0"]
    if "ciphersuites" in server:
        given += ["-ciphersuites", server["ciphersuites"]]
    if "groups" in server:
        given += ["-groups", server["groups"]]
    return [*given, *server.get("extra", [])]


@pytest.mark.parametrize("case", cases())
def test_the_label_becomes_the_headline(case, tmp_path):
    rows = rebuilt()[case]
    wrong = []
    with openssl_server(certificates_for(case, tmp_path), *options(rows[0]["server"])) as port:
        target = target_of(f"{HOST}:{port}")
        for row in rows:
            client = recorded.client_id(row["client"])
            answers = ask(target, hellos_for([load_client(client)], target, None), MANNER)
            (diagnosis,) = diagnose(answers.evidence, clients=[client], host=HOST).diagnoses
            head = diagnosis.verdict.refusals[0].cause if diagnosis.verdict.refusals else None
            if head not in {row["label"], *row["accept"]} - {"server-alert"}:
                wrong.append((row["client"], row["label"], head, diagnosis.situation.survey))
    assert wrong == []
