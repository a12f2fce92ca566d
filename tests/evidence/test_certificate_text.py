"""What keytool, openssl x509 and certutil print: roles, descriptions, PEM where it is, any language of keytool."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tlswhy.errors import BadEvidence
from tlswhy.evidence import certificate_text
from tlswhy.evidence.read import read_evidence
from tlswhy.evidence.types import ClientWords, DescribedCertificates, Role, ShownCertificates
from tlswhy.oddity import Oddity
from tlswhy.pki.certificate import read_certificate
from tlswhy.source import source_of_bytes

CERTUTIL = """\
X509 Certificate:
Version: 3
Serial Number: 610a9c
Signature Algorithm:
    Algorithm ObjectId: 1.2.840.113549.1.1.10 RSASSA-PSS
    Algorithm Parameters:
    0000  30 00
Issuer:
    CN=Example Issuing CA
    O=Example
  Name Hash(sha1): 12

 NotBefore: 11/25/2026 3:31 PM
 NotAfter: 11/25/2028 3:31 PM

Subject:
    CN=gadgets.example.test
"""
OPENSSL = """\
Certificate:
    Data:
        Version: 3 (0x2)
        Signature Algorithm: rsassaPss
        Issuer: C = BE, CN = Example Root CA
        Subject: CN = gadgets.example.test
        Subject Public Key Info:
"""
CHINESE = """\
密钥库类型: JKS
您的密钥库包含 1 个条目
别名: root
条目类型: trustedCertEntry

所有者: CN=Example Root CA, O=Example
发布者: CN=Example Root CA, O=Example
证书指纹:
签名算法名称: SHA256withRSA
"""


def read(text: str):
    return list(read_evidence(source_of_bytes("printed.txt", text.encode())))


@pytest.mark.parametrize(
    ("text", "role", "subject", "issuer", "signature"),
    [
        (CERTUTIL, Role.SERVED, "CN=gadgets.example.test", "CN=Example Issuing CA", "RSASSA-PSS"),
        (OPENSSL, Role.SERVED, "CN = gadgets.example.test", "C = BE, CN = Example Root CA", "rsassaPss"),
        (CHINESE, Role.TRUSTED, "CN=Example Root CA, O=Example", "CN=Example Root CA, O=Example", "SHA256withRSA"),
    ],
    ids=["certutil", "openssl", "keytool in Chinese"],
)
def test_what_is_only_described(text, role, subject, issuer, signature):
    listed, odd = read(text)
    assert isinstance(listed, DescribedCertificates)
    (found,) = listed.certificates
    assert (listed.role, found.subject, found.issuer, found.signature) == (role, subject, issuer, signature)
    assert isinstance(odd, Oddity)
    assert odd.what == "certificates-only-described"


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """A key store with a key entry and a trusted entry."""
    if shutil.which("keytool") is None:
        pytest.skip("no keytool here")
    folder = tmp_path_factory.mktemp("keytool")
    path = folder / "store.p12"
    keep = ["-keystore", str(path), "-storepass", "changeit"]
    keytool("-genkeypair", "-alias", "server", "-keyalg", "RSA", "-dname", "CN=gadgets.example.test", *keep)
    keytool("-exportcert", "-rfc", "-alias", "server", "-file", str(folder / "a.pem"), *keep)
    keytool("-importcert", "-noprompt", "-alias", "root", "-file", str(folder / "a.pem"), *keep)
    return path


def keytool(*arguments: str) -> str:
    done = subprocess.run(["keytool", *arguments], capture_output=True, text=True, check=True)
    return done.stdout


def test_keytool_tells_trusted_entries_from_keys(store: Path):
    found = read(keytool("-list", "-rfc", "-keystore", str(store), "-storepass", "changeit"))
    shown = {item.role: item for item in found if isinstance(item, ShownCertificates)}
    assert set(shown) == {Role.SERVED, Role.TRUSTED}
    for item in shown.values():
        assert read_certificate(item.ders[0]).subject.text == "CN=gadgets.example.test"
    described = read(keytool("-list", "-v", "-keystore", str(store), "-storepass", "changeit"))
    roles = {item.role: item.certificates for item in described if isinstance(item, DescribedCertificates)}
    assert {role: len(certificates) for role, certificates in roles.items()} == {Role.SERVED: 1, Role.TRUSTED: 1}
    assert roles[Role.TRUSTED][0].subject == "CN=gadgets.example.test"


LANGUAGES = [
    "zh-TW",
    "ja-JP",
    "fr-FR",
    *(["de-DE", "zh-CN", "es-ES", "ko-KR"] if "TLSWHY_ALL_CASES" in os.environ else []),
]


@pytest.mark.parametrize("language", LANGUAGES)
def test_keytool_in_its_languages(store: Path, language: str):
    """A JDK has only some of them, and answers in English else."""
    tongue, _, country = language.partition("-")
    utf8 = ["-J-Dfile.encoding=UTF-8", "-J-Dstdout.encoding=UTF-8", "-J-Dsun.stdout.encoding=UTF-8"]
    speak = [*utf8, f"-J-Duser.language={tongue}", f"-J-Duser.country={country}", "-J-Duser.timezone=UTC"]
    printed = keytool("-list", "-v", "-keystore", str(store), "-storepass", "changeit", *speak)
    roles = {item.role: item.certificates for item in read(printed) if isinstance(item, DescribedCertificates)}
    (found,) = roles[Role.TRUSTED]
    assert (found.subject, found.issuer) == ("CN=gadgets.example.test", "CN=gadgets.example.test")
    assert found.signature.endswith("withRSA")
    assert found.valid_from is not None
    assert found.valid_to is not None
    assert (found.valid_to - found.valid_from).days == 90
    assert certificate_text.likelihood(printed.split("PrivateKeyEntry")[-1].encode()) > 0.8


VERIFY = """\
Issuer:
    CN=Example Issuing CA
Subject:
    CN=gadgets.example.test
Cert Serial Number: 610a9c

dwFlags = CA_VERIFY_FLAGS_CONSOLE_TRACE (0x20000000)
ChainContext.dwErrorStatus = CERT_TRUST_IS_PARTIAL_CHAIN (0x10000)

CertContext[0][0]: dwInfoStatus=102 dwErrorStatus=1000000
  Issuer: CN=Example Issuing CA
    NotBefore: 11/25/2026 3:31 PM
    Subject: CN=gadgets.example.test
    Element.dwErrorStatus = CERT_TRUST_IS_PARTIAL_CHAIN (0x10000)

A certificate chain could not be built to a trusted root authority. 0x800b010a (-2146762486 CERT_E_CHAINING)
"""


def test_what_certutil_verify_finds_is_windows_own_word():
    found = read(VERIFY)
    words = [item for item in found if isinstance(item, ClientWords)]
    assert {said.speaker for said in words} == {"schannel"}
    assert [said.exceptions[0].line for said in words] == [14, 16]
    (listed,) = (item for item in found if isinstance(item, DescribedCertificates))
    assert {certificate.subject for certificate in listed.certificates} == {"CN=gadgets.example.test"}


def test_other_texts_are_none():
    assert certificate_text.likelihood(b"Owner: me\nIssuer: you\n") == 0.0
    assert certificate_text.likelihood(b"\0\1\2") == 0.0
    with pytest.raises(BadEvidence):
        list(certificate_text.read(source_of_bytes("x", b"Certificate:\n")))
