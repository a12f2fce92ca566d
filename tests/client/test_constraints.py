"""Java's disabledAlgorithms language, on the very values the recorded runtimes have."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.oracle import recorded
from tlswhy.client.constraints import CERTIFICATE_SIGNATURE, HANDSHAKE_SIGNATURE, decompose, parse_disabled
from tlswhy.errors import BadTable
from tlswhy.pki.keys import PssParameters, PublicKey, SignatureAlgorithm
from tlswhy.pki.path_policy import Concern, Use

OCTOBER = datetime(2026, 10, 30, tzinfo=UTC)
ENTERPRISE = Use(OCTOBER, anchor_ships_with_client=False)
PUBLIC = Use(OCTOBER, anchor_ships_with_client=True)


def tls(client):
    security = recorded.clients()[client]["java_security"]
    return parse_disabled(security["jdk.tls.disabledAlgorithms"], security["jdk.disabled.namedCurves"])


def certpath(client):
    security = recorded.clients()[client]["java_security"]
    return parse_disabled(security["jdk.certpath.disabledAlgorithms"], security["jdk.disabled.namedCurves"])


def signature(name, digest=None, key="RSA", pss=None):
    return SignatureAlgorithm("1.2.3", name, key, digest, pss)


def rsa(bits):
    return PublicKey("RSA", b"", bits)


def ec(curve, bits):
    return PublicKey("EC", b"", bits, curve)


SHA1 = signature("SHA1withRSA", "SHA-1")
SHA256 = signature("SHA256withRSA", "SHA-256")


def test_a_digest_s_name_rules_out_every_signature_with_it():
    policy = certpath("j8u212")
    found = policy.objection_to_signature(signature("MD5withRSA", "MD5"))
    assert (found.entry, found.concern) == ("MD5", Concern.SIGNATURE)
    assert policy.objection_to_signature(SHA256) is None
    assert certpath("j8u51").objection_to_signature(signature("MD5withRSA", "MD5")) is None


def test_sha_1_and_sha1_are_the_same():
    for text in ("SHA1", "SHA-1"):
        assert parse_disabled(text).objection_to_signature(SHA1).entry == text
    assert parse_disabled("SHA-1 usage TLSServer").objection_to_use(SHA1, rsa(2048), ENTERPRISE) is not None


def test_an_entry_with_conditions_does_not_rule_out_the_name_itself():
    policy = parse_disabled("SHA1 jdkCA & usage TLSServer")
    assert policy.objection_to_signature(SHA1) is None
    assert policy.objection_to_use(SHA1, rsa(2048), ENTERPRISE) is None
    assert policy.objection_to_use(SHA1, rsa(2048), PUBLIC).concern is Concern.SIGNATURE


def test_all_conditions_must_hold():
    policy = parse_disabled("SHA1 usage SignedJAR & denyAfter 2019-01-01")
    assert policy.objection_to_use(SHA1, rsa(2048), ENTERPRISE) is None
    assert policy.objection_to_use(SHA1, rsa(2048), Use(OCTOBER, False, "SignedJAR")) is not None
    early = Use(datetime(2018, 12, 31, tzinfo=UTC), False, "SignedJAR")
    assert policy.objection_to_use(SHA1, rsa(2048), early) is None


@pytest.mark.parametrize(
    ("operator", "refused"),
    [("<", {512, 1023}), ("<=", {512, 1023, 1024}), ("==", {1024}), ("!=", {512, 1023, 2048}), (">", {2048}),
     (">=", {1024, 2048})],
)  # fmt: skip
def test_key_size_operators(operator, refused):
    policy = parse_disabled(f"RSA keySize {operator} 1024")
    assert {bits for bits in (512, 1023, 1024, 2048) if policy.objection_to_key(rsa(bits))} == refused


def test_a_key_size_entry_is_about_keys_of_its_own_kind():
    policy = certpath("j8u212")
    assert policy.objection_to_key(rsa(512)).concern is Concern.KEY_SIZE
    assert policy.objection_to_key(ec("secp256r1", 256)) is None
    assert policy.objection_to_key(ec("secp192r1", 192)).entry == "EC keySize < 224"
    assert policy.objection_to_key(PublicKey("RSASSA-PSS", b"", 512)) is None
    assert policy.objection_to_use(SHA256, ec("secp256r1", 256), ENTERPRISE) is None
    assert policy.objection_to_use(SHA256, rsa(512), ENTERPRISE).concern is Concern.KEY_SIZE


def test_a_key_of_unknown_size_passes():
    assert certpath("j8u212").objection_to_key(PublicKey("EC", b"")) is None


def test_included_curves():
    found = certpath("j11.0.9").objection_to_key(ec("brainpoolP256r1", 256))
    assert (found.entry, found.concern) == ("brainpoolP256r1", Concern.KEY)
    assert tls("j11.0.9").disabled("secp256k1").text == "secp256k1"
    assert certpath("j11.0.9").objection_to_key(ec("X9.62 c2tnb191v1", 191)).entry == "X9.62 c2tnb191v1"
    assert certpath("j17.0.20").objection_to_key(ec("brainpoolP256r1", 256)) is None


def test_pss_parameters_count():
    pss = signature("RSASSA-PSS", "MD5", pss=PssParameters("MD5", "MGF1", "MD5", 16))
    assert certpath("j25.0.5").objection_to_use(pss, rsa(2048), ENTERPRISE).entry == "MD5"


@pytest.mark.parametrize(("client", "floor"), [("j8u51", 768), ("j8u212", 1024), ("j25.0.5", 1024)])
def test_the_floor_of_diffie_hellman(client, floor):
    assert tls(client).smallest_key("DH") == floor
    assert tls(client).key_size_entry("DH", floor - 8).text == f"DH keySize < {floor}"
    assert tls(client).key_size_entry("DiffieHellman", floor) is None


@pytest.mark.parametrize(
    ("client", "suite", "entry"),
    [
        ("j25.0.5", "TLS_RSA_WITH_AES_128_CBC_SHA", "TLS_RSA_*"),
        ("j25.0.5", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", None),
        ("j25.0.5", "TLS_ECDH_ECDSA_WITH_AES_128_GCM_SHA256", "ECDH"),
        ("j21.0.8", "TLS_RSA_WITH_AES_128_CBC_SHA", None),
        ("j8u212", "TLS_DH_anon_WITH_AES_128_CBC_SHA", "anon"),
        ("j8u212", "SSL_RSA_WITH_RC4_128_MD5", "RC4"),
        ("j8u212", "SSL_RSA_WITH_3DES_EDE_CBC_SHA", "3DES_EDE_CBC"),
        ("j8u212", "TLS_RSA_WITH_NULL_SHA256", "NULL"),
        ("j8u51", "SSL_RSA_WITH_RC4_128_MD5", None),
        ("j25.0.5", "TLS_AES_128_GCM_SHA256", None),
    ],
)
def test_suites(client, suite, entry):
    found = tls(client).disabled(suite)
    assert (found and found.text) == entry


def test_no_default_suite_of_a_recorded_client_is_one_it_has_disabled():
    for name, recording in recorded.clients().items():
        policy = tls(name)
        enabled = [suite for suite in recording["enabled_suites"] if "SCSV" not in suite]
        assert [(name, suite) for suite in enabled if policy.disabled(suite)] == []
        assert [v for v in recording["enabled_protocols"] if policy.disabled(v)] == []


def test_schemes_by_scope():
    policy = tls("j25.0.5")
    assert policy.disabled_in("rsa_pkcs1_sha1", HANDSHAKE_SIGNATURE).name == "rsa_pkcs1_sha1"
    assert policy.disabled_in("rsa_pkcs1_sha1", CERTIFICATE_SIGNATURE) is None
    assert policy.disabled_in("rsa_pkcs1_sha256", HANDSHAKE_SIGNATURE) is None


def test_decomposition():
    assert decompose("SHA1withRSA") == {"SHA1", "SHA-1", "RSA"}
    assert "RSA" not in decompose("RSASSA-PSS")
    assert {"DHE", "RSA", "AES_256_CBC", "SHA1"} <= decompose("TLS_DHE_RSA_WITH_AES_256_CBC_SHA")


@pytest.mark.parametrize("text", ["RSA keysize < 1024", "RSA keySize 1024", "MD5 & jdkCA", "SHA1 denyAfter 2019-13-01"])
def test_what_the_jdk_would_not_start_with(text):
    with pytest.raises(BadTable):
        parse_disabled(text)


@given(st.text(alphabet='MD5RSAkeySize<>=!& jdkCAusage denyAfter2019-01,*"', max_size=60))
def test_any_text_is_parsed_or_refused(text):
    try:
        policy = parse_disabled(text)
    except BadTable:
        return
    policy.objection_to_use(SHA1, rsa(1024), PUBLIC)
    policy.objection_to_key(ec("secp256r1", 256))
    policy.disabled("TLS_RSA_WITH_AES_128_CBC_SHA")
