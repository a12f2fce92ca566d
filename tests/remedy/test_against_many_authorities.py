"""A server that names 600 CAs in its CertificateRequest: real Java 17 reads no message above 32 KiB; the recipe's own
text is applied, and it is in.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from tests.cli.command import tlswhy
from tests.live.javas import asking, java_programs, runtime
from tests.pki.minting import mint, name
from tests.remedy.sites import HOST, Apache, Haproxy, Nginx, Pki, Site, Tomcat, installed, make_pki

pytestmark = [pytest.mark.timeout(300), pytest.mark.skipif(shutil.which("java") is None, reason="no Java here")]
CAS = 600
ASKING = {
    "nginx": ["ssl_certificate {folder}/both.pem;", "ssl_verify_client optional;", "ssl_client_certificate {every};"],
    "apache": ["SSLCertificateFile {folder}/both.pem", "SSLVerifyClient optional", "SSLCACertificateFile {every}"],
    "haproxy": ["verify optional", "ca-file {every}"],
    "tomcat": [
        'certificateVerification="optional"',
        'truststoreFile="{folder}/every.p12"',
        'truststoreType="PKCS12"',
        'truststorePassword="changeit"',
    ],
}
KINDS: dict[str, type[Site]] = {"nginx": Nginx, "apache": Apache, "haproxy": Haproxy, "tomcat": Tomcat}
PROGRAMS = {"apache": "apache2"}
PAIRS = [("nginx", True), ("apache", True), ("haproxy", False), ("nginx", False), ("tomcat", True)]
"""With TLS 1.2 alone, or with 1.3, where the CertificateRequest comes first and is encrypted."""
OLD_TLS = {
    "nginx": "ssl_protocols TLSv1.2;",
    "apache": "SSLProtocol TLSv1.2",
    "haproxy": "no-tlsv13",
    "tomcat": 'protocols="TLSv1.2"',
}


@pytest.fixture(scope="module")
def pki(tmp_path_factory) -> Pki:
    """trusted.pem holds all that are trusted, client-ca.pem the one that issues to clients."""
    made = make_pki(tmp_path_factory.mktemp("authorities"))
    every = [mint(name(f"Certification Authority {n} of Somebody", organisation="Org")) for n in range(CAS)]
    pem = b"".join(each.public_bytes(Encoding.PEM) for each in every)
    (made.folder / "trusted.pem").write_bytes(pem)
    (made.folder / "client-ca.pem").write_bytes(every[0].public_bytes(Encoding.PEM))
    return made


def site_of(platform: str, pki: Pki, folder: Path, *, old: bool) -> Site:
    shutil.copytree(pki.folder, folder, dirs_exist_ok=True)
    site = KINDS[platform](folder, {})
    if platform == "tomcat":
        _trust_store(folder)
    for line in ASKING[platform] + ([OLD_TLS[platform]] if old else []):
        site.take(line.format(folder=folder, every=folder / "trusted.pem"))
    return site


def _trust_store(folder: Path) -> None:
    """Every CA as a trusted entry; openssl and keytool would be asked 600 times."""
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import BestAvailableEncryption
    from cryptography.hazmat.primitives.serialization.pkcs12 import PKCS12Certificate, serialize_java_truststore

    every = x509.load_pem_x509_certificates((folder / "trusted.pem").read_bytes())
    entries = [PKCS12Certificate(each, str(number).encode()) for number, each in enumerate(every)]
    (folder / "every.p12").write_bytes(serialize_java_truststore(entries, BestAvailableEncryption(b"changeit")))


@pytest.mark.parametrize(("platform", "old"), PAIRS if os.environ.get("TLSWHY_ALL_CASES") else PAIRS[:3])
def test_fewer_names_let_java_in(platform, old, pki, tmp_path):
    if not installed(PROGRAMS.get(platform, platform)):
        pytest.skip(f"no {platform} here")
    program = java_programs()[0]
    site, report = site_of(platform, pki, tmp_path, old=old), tmp_path / "report.json"
    (tmp_path / "root.der").write_bytes(pki.root)
    with asking(runtime(program), HOST) as connect:
        with site.up() as port:
            assert "exceeds the maximum allowed size (32768)" in connect(port, pki.trust)
            told = _explained(port, runtime(program).id, platform, tmp_path, report)
        head = told["refusals"][0]
        assert (head["cause"], head["facts"]["authorities"]) == ("handshake-message-too-large", CAS)
        first, *_ = [each for each in told["plans"] if each["side"] == "server"]
        assert [change["change"] for change in first["changes"]] == ["name-fewer-authorities"]
        assert all(recipe["tried"] for recipe in first["recipes"])
        site.apply([text for recipe in first["recipes"] for text in recipe["texts"]])
        with site.up() as port:
            assert connect(port, pki.trust).startswith("OK")
            again = _explained(port, runtime(program).id, platform, tmp_path, tmp_path / "again.json")
            assert again["verdict"] != "refused"  # whether it insists on a certificate is another question


def _explained(port: int, client: str, platform: str, folder: Path, report: Path) -> dict:
    words = ["explain", f"https://{HOST}:{port}/", "--client", client, "--trust", str(folder / "root.der")]
    tlswhy(*words, "--platform", platform, "--format", "json", "--output", str(report))
    return json.loads(report.read_text())["diagnoses"][0]
