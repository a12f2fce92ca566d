"""Random values of jdk.tls.disabledAlgorithms: what the JDK's own code makes of them, and what we do."""

import subprocess
from random import Random

import pytest

from tests.live.javas import JavaRuntime, classes
from tlswhy.client.constraints import DisabledAlgorithms, parse_disabled
from tlswhy.errors import BadTable
from tlswhy.pki.keys import PublicKey

NAMES_TEXT = """
TLS_RSA_WITH_AES_128_CBC_SHA TLS_RSA_WITH_AES_256_GCM_SHA384 SSL_RSA_WITH_3DES_EDE_CBC_SHA SSL_RSA_WITH_RC4_128_MD5
TLS_DHE_RSA_WITH_AES_256_CBC_SHA TLS_DHE_DSS_WITH_AES_128_GCM_SHA256 TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256
TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256 TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384 TLS_ECDH_ECDSA_WITH_AES_128_CBC_SHA
TLS_ECDH_RSA_WITH_AES_256_CBC_SHA384 TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256 TLS_AES_128_GCM_SHA256
TLS_AES_256_GCM_SHA384 TLS_CHACHA20_POLY1305_SHA256 TLS_RSA_WITH_NULL_SHA256 SSL_DH_anon_WITH_DES_CBC_SHA
TLS_ECDH_anon_WITH_AES_128_CBC_SHA SSL_DHE_RSA_EXPORT_WITH_DES40_CBC_SHA SSL_RSA_EXPORT_WITH_RC4_40_MD5 SSLv3 TLSv1
TLSv1.1 TLSv1.2 TLSv1.3 secp256r1 secp384r1 x25519 ffdhe2048 brainpoolP256r1 SHA1withRSA SHA224withRSA SHA256withRSA
SHA512withECDSA MD5withRSA MD2withRSA SHA1withDSA SHA256withDSA RSASSA-PSS MD5andSHA1withRSA NONEwithRSA NONEwithECDSA
SHA512/224withRSA SHA512/256withRSA SHA3-256withRSA Ed25519 Ed448 EdDSA RSA EC DSA DH DiffieHellman ECDH XDH MD5 SHA-1
SHA1 SHA-256 SHA256 AES DESede rsa_pkcs1_sha1 ecdsa_secp256r1_sha256 SHA256withRSAandMGF1 SHA1withECDSAinP1363Format
AES/CBC/PKCS5Padding PBEWithMD5AndDES HmacSHA1 1.2.840.113549.1.1.10
"""
NAMES = NAMES_TEXT.split()
KEYS = ("RSA 512", "RSA 1024", "RSA 2048", "DSA 1024", "DSA 2048", "EC secp256r1", "EC secp384r1", "RSASSA-PSS 1024")
WORDS_TEXT = """
RSA DSA EC DH DiffieHellman ECDH ECDHE DHE ECDSA XDH EdDSA Ed25519 RSASSA-PSS MD2 MD5 SHA1 SHA-1 SHA224 SHA256 SHA-256
SHA384 SHA512 SHA512/224 MD5withRSA SHA1withRSA sha1WITHrsa SHA1withDSA SHA256withECDSA MD5andSHA1withRSA anon NULL
DES DESede 3DES_EDE_CBC RC4 RC4_128 RC4_40 DES40_CBC DES_CBC AES AES_128_CBC AES_256_GCM CBC GCM NoPadding
ChaCha20-Poly1305 K_NULL C_NULL M_NULL DH_anon ECDH_anon RSA_EXPORT DHE_RSA HmacSHA1 SSLv3 TLSv1 TLSv1.1 tlsv1.2
TLSv1.3 secp256r1 SECP384R1 x25519 ffdhe2048 TLS_AES_128_GCM_SHA256 TLS_RSA_WITH_AES_128_CBC_SHA rsa_pkcs1_sha1
"""
WORDS = WORDS_TEXT.split()
CONDITIONS = (
    """
keySize < 1024|keySize <= 1024|keySize == 2048|keySize != 2048|keySize > 1024|keySize >= 256|keySize < 224|jdkCA
usage TLSServer|usage TLSClient SignedJAR|denyAfter 2019-01-01|denyAfter 2030-12-31|keysize < 5|keySize < |usage
keySize<1024|denyAfter 2019-13-01|jdkCA usage TLSServer|KEYSIZE < 1024|keySize  <  1024|Usage TLSServer
""".strip()
    .replace("\n", "|")
    .split("|")
)
PATTERNS = ("TLS_RSA_*", "TLS_*_SHA", "TLS_ECDH*", "TLS_DHE_DSS_*", "TLS_*", "*", "RSA*", "SSL_*")
VALUES = 400


def random_value(dice: Random) -> str:
    """Some entries, most of them as java.security has them, a few with conditions that may be nonsense."""
    entries = []
    for _ in range(dice.choice([1, 1, 2, 4, 8])):
        kind = dice.random()
        if kind < 0.12:
            entries.append(dice.choice(PATTERNS))
        elif kind < 0.4:
            joined = dice.choice([" & ", "&", " &"]).join(dice.sample(CONDITIONS, dice.choice([1, 1, 1, 2])))
            entries.append(f"{dice.choice(WORDS)} {joined}")
        else:
            entries.append(dice.choice(WORDS))
    value = dice.choice([", ", ",", " ,  "]).join(entries)
    return f'"{value}"' if dice.random() < 0.1 else value


def test_random_values_mean_to_us_what_they_mean_to_the_jdk(java: JavaRuntime):
    dice = Random(5)
    values = [random_value(dice) for _ in range(VALUES)]
    opened = [f"--add-opens=java.base/sun.security.{package}=ALL-UNNAMED" for package in ("util", "ssl")]
    ran = subprocess.run(
        [java.program, *opened, "-cp", classes(), "ConstraintsJudge"],
        input="\n".join([";".join(NAMES), ";".join(keys_of(java)), *values]) + "\n",
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    answers = ran.stdout.splitlines()
    assert len(answers) == VALUES
    refused = sum(answer.startswith("refused") for answer in answers)
    assert VALUES * 0.05 < refused < VALUES * 0.6
    differing = [
        found for value, answer in zip(values, answers, strict=True) for found in compared(value, answer, java)
    ]
    assert differing == []


def keys_of(java: JavaRuntime) -> list[str]:
    """Without the EC provider there are no EC keys to ask about."""
    return [key for key in KEYS if not (key.startswith("EC") and java.id.partition("+")[0].endswith("-noec"))]


def compared(value: str, answer: str, java: JavaRuntime) -> list[str]:
    """Where we and the JDK differ."""
    try:
        ours = parse_disabled(value, wildcards="TLS_RSA_*" in java.told["jdk.tls.disabledAlgorithms"])
    except BadTable:
        return [] if answer.startswith("refused") else [f"{value!r}: refused by us alone"]
    if answer.startswith("refused"):
        return [f"{value!r}: {answer}"]
    tls, plain, keys = answer.split(" ")
    found = [
        f"{value!r}: {name} {'permitted' if bit == '1' else 'ruled out'} by Java, to {asked}"
        for asked, bits, scope in (("TLS", tls, True), ("certificates", plain, False))
        for name, bit in zip(NAMES, bits, strict=True)
        if (ours.disabled(name) is None) != (bit == "1") and not (not scope and name.startswith(("TLS_", "SSL_")))
    ]
    return found + [
        f"{value!r}: key {key} {bit}"
        for key, bit in zip(keys_of(java), keys, strict=True)
        if permitted(ours, key) != (bit == "1") and not unlike(value, key, java)
    ]


def unlike(value: str, key: str, java: JavaRuntime) -> bool:
    """Limits of ours, both in what nobody ships: a date for keys (the JDK takes today's), and sizes of RSASSA-PSS keys,
    which the JDK never minds before 21 (AlgorithmDecomposer.hashName makes RSASSAPSS of the entry's name)."""
    return "denyAfter" in value or (key.startswith("RSASSA-PSS") and "RSASSA-PSS keySize" in value.replace("  ", " "))


def permitted(ours: DisabledAlgorithms, key: str) -> bool:
    algorithm, size = key.split()
    if algorithm == "EC":
        return ours.objection_to_key(PublicKey("EC", b"", int(size[4:7]), size)) is None
    return ours.objection_to_key(PublicKey(algorithm, b"", int(size))) is None


@pytest.mark.parametrize("value", ["", " ", ",", '""', "MD5,,RSA", "MD5, ", "RSA keySize < 1024 & usage TLSServer"])
def test_odd_but_sound_values_are_read(value: str):
    assert isinstance(parse_disabled(value), DisabledAlgorithms)
