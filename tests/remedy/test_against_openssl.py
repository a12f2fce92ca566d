"""Chains reissued by the plan's own recipe, with real openssl: real Java takes them, and they are judged accepted for
the old Java that refused the old ones.
"""

from __future__ import annotations

import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.live.javas import java_programs
from tests.live.machine_java import OK, Question, judge_of
from tests.pki.minting import mint, name
from tlswhy import diagnose, read_evidence, source_of_bytes
from tlswhy.pki.stores import read_certificates
from tlswhy.render.recipes import recipe_json
from tlswhy.render.words import load_words
from tlswhy.verdict import Accepted

HOST = "gadgets.example.test"
OLD = "java/8u212"
PSS = padding.PSS(mgf=padding.MGF1(SHA256()), salt_length=32)

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl here")


@pytest.fixture(scope="module")
def keys() -> dict[str, rsa.RSAPrivateKey]:
    return {who: rsa.generate_private_key(65537, 2048) for who in ("root", "ca", "leaf")}


@pytest.mark.parametrize("where", ["leaf", "intermediate"])
def test_a_pss_signature_reissued_by_the_recipe(where, keys, tmp_path):
    authority = (x509.BasicConstraints(ca=True, path_length=None), True)
    root = mint(name("Root"), key=keys["root"], extensions=[authority])
    plain = {"leaf": None, "intermediate": None} | {where: PSS}
    ca = mint(
        name("CA"),
        issuer=name("Root"),
        key=keys["ca"],
        signer=keys["root"],
        extensions=[authority],
        padding=plain["intermediate"],
    )
    leaf = mint(name(HOST), issuer=name("CA"), key=keys["leaf"], signer=keys["ca"], dns=(HOST,), padding=plain["leaf"])
    before = plan_of([leaf, ca], root)
    (plan,) = [each for each in before.plans if each.side == "ca"]
    (change,) = plan.changes
    assert change.certificate == (0 if where == "leaf" else 1)

    reissue(tmp_path, plan, keys, subject=[leaf, ca][change.certificate], issuer=ca if where == "leaf" else root)
    new = x509.load_pem_x509_certificate((tmp_path / "new.pem").read_bytes())
    assert new.signature_hash_algorithm.name == "sha256"
    assert isinstance(new.signature_algorithm_parameters, padding.PKCS1v15)
    chain = [new, ca] if where == "leaf" else [leaf, new]
    assert plan_of(chain, root).verdict.accepted is Accepted.YES
    if programs := java_programs():
        ders = tuple(each.public_bytes(Encoding.DER) for each in chain)
        question = Question("reissued", ders, (root.public_bytes(Encoding.DER),), HOST)
        assert judge_of(programs[0]).stories([question]) == [OK]


def plan_of(chain, root):
    pem = b"".join(each.public_bytes(Encoding.PEM) for each in chain)
    trust = [entry.certificate.der for entry in read_certificates(root.public_bytes(Encoding.PEM))]
    evidence = read_evidence(source_of_bytes("chain.pem", pem))
    # openssl x509 begins a certificate's life now
    options = {"clients": [OLD], "host": HOST, "moment": datetime.now(UTC), "trust": trust, "platforms": ["openssl-ca"]}  # noqa: TID251
    (diagnosis,) = diagnose(evidence, **options).diagnoses
    if diagnosis.verdict.accepted is Accepted.NO:
        assert diagnosis.verdict.refusals[0].cause == "cert-signature-unsupported"
    return diagnosis


def reissue(folder: Path, plan, keys, *, subject, issuer) -> None:
    """The recipe's own commands, in a folder with the files that they speak of."""
    names = {"CA": "ca", "Root": "root", HOST: "leaf"}
    own, signer = (keys[names[each.subject.rfc4514_string().removeprefix("CN=")]] for each in (subject, issuer))
    (folder / "ca.pem").write_bytes(issuer.public_bytes(Encoding.PEM))
    (folder / "ca.key").write_bytes(signer.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    request = x509.CertificateSigningRequestBuilder().subject_name(subject.subject).sign(own, SHA256())
    (folder / "old.csr").write_bytes(request.public_bytes(Encoding.PEM))
    is_ca = own is keys["ca"]
    kept = "basicConstraints=critical,CA:TRUE\n" if is_ca else f"subjectAltName=DNS:{HOST}\n"
    (folder / "old.ext").write_text(kept)
    for recipe in plan.recipes:
        for text in recipe_json(recipe, load_words())["texts"]:
            subprocess.run(["sh", "-ec", text], cwd=folder, check=True, capture_output=True)
