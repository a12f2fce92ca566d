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


STRICT = "python/3.13"


def test_a_chain_by_the_book(keys, tmp_path):
    """Strict Python's own check, openssl verify -x509_strict, minds the old chain and takes the new one; the recipes of
    leaf, CA and root, as they stand."""
    authority = (x509.BasicConstraints(ca=True, path_length=None), False)
    root = mint(name("Root"), key=keys["root"], extensions=[authority])
    ca = mint(name("CA"), issuer=name("Root"), key=keys["ca"], signer=keys["root"], extensions=[authority])
    leaf = mint(name(HOST), issuer=name("CA"), key=keys["leaf"], signer=keys["ca"], dns=(HOST,))
    found = plan_of([leaf, ca], root, client=STRICT, cause="cert-profile-violation")
    (plan,) = [each for each in found.plans if each.side == "ca"]
    assert [(change.certificate, change.anchor) for change in plan.changes] == [(None, 0), (1, None), (0, None)]
    assert not strict(tmp_path, leaf, ca, root)
    old, new = [leaf, ca, root], []
    for step, number in enumerate((2, 1, 0)):
        folder = tmp_path / str(number)
        folder.mkdir()
        issuer = new[0] if new else root
        reissue(folder, plan, keys, subject=old[number], issuer=issuer, only=[plan.recipes[step]])
        made = folder / ("new-root.pem" if number == 2 else "new.pem")
        new.insert(0, x509.load_pem_x509_certificate(made.read_bytes()))
    assert strict(tmp_path, *new)
    assert plan_of(new[:2], new[2], client=STRICT).verdict.accepted is Accepted.YES


def test_a_ca_gets_another_key_and_keeps_its_name(keys, tmp_path):
    weak = rsa.generate_private_key(65537, 1024)
    authority = (x509.BasicConstraints(ca=True, path_length=None), True)
    root = mint(name("Root"), key=keys["root"], extensions=[authority])
    ca = mint(name("CA"), issuer=name("Root"), key=weak, signer=keys["root"], extensions=[authority])
    leaf = mint(name(HOST), issuer=name("CA"), key=keys["leaf"], signer=weak, dns=(HOST,))
    found = plan_of([leaf, ca], root, client="curl/8.14", cause="cert-key-too-small")
    (plan,) = [each for each in found.plans if each.side == "ca"]
    (change,) = plan.changes
    assert (change.certificate, change.wish.key) == (1, "RSA")
    (tmp_path / "ca-old.pem").write_bytes(ca.public_bytes(Encoding.PEM))
    reissue(tmp_path, plan, {**keys, "ca": weak}, subject=ca, issuer=root)
    new = x509.load_pem_x509_certificate((tmp_path / "new.pem").read_bytes())
    assert (new.subject, new.public_key().key_size) == (ca.subject, 2048)


def test_a_certificate_by_a_ca_of_ones_own(keys, tmp_path):
    alone = mint(name(HOST), key=keys["leaf"], dns=(HOST,))
    other = mint(name("Root"), key=keys["root"], extensions=[(x509.BasicConstraints(ca=True, path_length=None), True)])
    found = plan_of([alone], other, cause="self-signed-untrusted")
    (plan,) = [each for each in found.plans if each.side == "ca"]
    reissue(tmp_path, plan, keys, subject=alone, issuer=other)
    new, root = (x509.load_pem_x509_certificate((tmp_path / file).read_bytes()) for file in ("new.pem", "ca.pem"))
    assert new.issuer == root.subject
    assert plan_of([new], root).verdict.accepted is Accepted.YES


def strict(folder: Path, leaf, ca, root) -> bool:
    for file, certificate in (("leaf", leaf), ("ca", ca), ("root", root)):
        (folder / f"{file}.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    command = ["openssl", "verify", "-x509_strict", "-CAfile", "root.pem", "-untrusted", "ca.pem", "leaf.pem"]
    return subprocess.run(command, cwd=folder, check=False, capture_output=True).returncode == 0


def plan_of(chain, root, client=OLD, cause="cert-signature-unsupported"):
    pem = b"".join(each.public_bytes(Encoding.PEM) for each in chain)
    trust = [entry.certificate.der for entry in read_certificates(root.public_bytes(Encoding.PEM))]
    evidence = read_evidence(source_of_bytes("chain.pem", pem))
    # openssl x509 begins a certificate's life now
    options = {
        "clients": [client],
        "host": HOST,
        "moment": datetime.now(UTC),  # noqa: TID251
        "trust": trust,
        "platforms": ["openssl-ca"],
    }
    (diagnosis,) = diagnose(evidence, **options).diagnoses
    if diagnosis.verdict.accepted is Accepted.NO:
        assert diagnosis.verdict.refusals[0].cause == cause
    return diagnosis


def reissue(folder: Path, plan, keys, *, subject, issuer, only=None) -> None:
    """The recipe's own commands, in a folder with the files that they speak of."""
    names = {"CA": "ca", "Root": "root", HOST: "leaf"}
    own, signer = (keys[names[each.subject.rfc4514_string().removeprefix("CN=")]] for each in (subject, issuer))
    (folder / "root.pem").write_bytes(subject.public_bytes(Encoding.PEM))
    (folder / "root.key").write_bytes(own.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (folder / "ca.pem").write_bytes(issuer.public_bytes(Encoding.PEM))
    (folder / "ca.key").write_bytes(signer.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    request = x509.CertificateSigningRequestBuilder().subject_name(subject.subject).sign(own, SHA256())
    (folder / "old.csr").write_bytes(request.public_bytes(Encoding.PEM))
    is_ca = own is keys["ca"]
    kept = "basicConstraints=critical,CA:TRUE\n" if is_ca else f"subjectAltName=DNS:{HOST}\n"
    (folder / "old.ext").write_text(kept)
    for recipe in only or plan.recipes:
        for text in recipe_json(recipe, load_words())["texts"]:
            subprocess.run(["sh", "-ec", text], cwd=folder, check=True, capture_output=True)
