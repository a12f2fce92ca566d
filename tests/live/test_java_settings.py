"""Java runtimes started with settings: the hello that they really send, and the one that we say they send."""

import subprocess

import pytest

from tests.live.javas import JavaRuntime, classes
from tests.live.test_java_profiles import hello_in
from tlswhy.client.overrides import read_override
from tlswhy.client.profiles import merged_profile
from tlswhy.client.recognise import parts_of_hello, parts_of_profile
from tlswhy.client.system_properties import read_settings
from tlswhy.evidence.read import read_evidence
from tlswhy.model.client import ClientPolicy
from tlswhy.source import source_of_bytes

SETTINGS = (
    "-Djdk.tls.client.protocols=TLSv1.2",
    "-Djdk.tls.client.protocols=TLSv1.3",
    "-Djdk.tls.client.protocols=TLSv1.2,TLSv1.1,SSLv3",
    "-Djdk.tls.namedGroups=secp256r1,secp384r1",
    "-Djdk.tls.namedGroups=ffdhe2048,x25519,secp521r1",
    "-Djdk.tls.client.cipherSuites=TLS_DHE_RSA_WITH_AES_256_CBC_SHA,TLS_DHE_RSA_WITH_AES_256_GCM_SHA384",
    "-Djdk.tls.client.SignatureSchemes=rsa_pkcs1_sha256,ecdsa_secp256r1_sha256,rsa_pss_rsae_sha256",
    "-Djsse.enableSNIExtension=false -Djdk.tls.client.enableStatusRequestExtension=false",
    "-Djdk.tls.useExtendedMasterSecret=false -Djdk.tls.maxCertificateChainLength=3",
)
LISTS = (
    "SSLv3, TLSv1, TLSv1.1, DH keySize < 2048, AES_128_CBC",
    "SSLv3, TLSv1.3, ECDSA, secp384r1",
    "SHA1, x25519, RSA",
    "EC keySize < 384, DiffieHellman",
    "TLSv1.2, Ed25519",
)
CERTPATH_LISTS = ("SHA512, DHE_RSA, AES_256_GCM", "EdDSA, secp256r1, RSASSA-PSS", "MD5withRSA, XDH")
"""The list for certificates counts for what is offered as well."""


def hello_with(java: JavaRuntime, *options: str) -> dict[str, tuple[object, ...]]:
    ran = subprocess.run(
        [java.program, *options, "-cp", classes(), "JavaClient"], input="", capture_output=True, text=True, timeout=60
    )
    told = dict(line.split("=", 1) for line in ran.stdout.splitlines() if "=" in line)
    if "hello" not in told:
        pytest.skip("this runtime has nothing left to say with these settings")
    return dict(parts_of_hello(hello_in(told["hello"])))


def parts_of(policy: ClientPolicy) -> dict[str, tuple[object, ...]]:
    return dict(parts_of_profile(merged_profile(policy.runtime), policy.offer))


@pytest.mark.parametrize("settings", SETTINGS)
def test_a_hello_with_system_properties(java: JavaRuntime, settings: str):
    (given,) = read_evidence(source_of_bytes("start.sh", f"java {settings} -jar gadgets.jar\n".encode()))
    policy = read_settings(given).applied_to(java.policy, spoke=False)
    assert parts_of(policy) == hello_with(java, *settings.split())


@pytest.mark.parametrize("value", CERTPATH_LISTS)
def test_a_hello_with_another_list_for_certificates(java: JavaRuntime, value: str, tmp_path):
    if tuple(map(int, java.version.split(".")[:3])) < (11, 0, 13):
        pytest.skip("the same limit as below")
    lines = f"jdk.certpath.disabledAlgorithms={value}\njdk.tls.disabledAlgorithms=SSLv3\n"
    (tmp_path / "java.security").write_text(lines)
    (given,) = read_evidence(source_of_bytes("java.security", lines.encode()))
    policy = read_override(given).applied_to(java.policy)
    assert parts_of(policy) == hello_with(java, f"-Djava.security.properties={tmp_path / 'java.security'}")


@pytest.mark.parametrize("value", LISTS)
def test_a_hello_with_another_java_security(java: JavaRuntime, value: str, tmp_path):
    if value and tuple(map(int, java.version.split(".")[:3])) < (11, 0, 13):
        pytest.skip(
            "a limit of ours: before 11.0.13 kinds of keys and names of curves alone rule out no scheme, no group"
        )
    line = f"jdk.tls.disabledAlgorithms={value}\n"
    (tmp_path / "java.security").write_text(line)
    (given,) = read_evidence(source_of_bytes("java.security", line.encode()))
    policy = read_override(given).applied_to(java.policy)
    assert parts_of(policy) == hello_with(java, f"-Djava.security.properties={tmp_path / 'java.security'}")
