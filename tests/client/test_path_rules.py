"""A profile's tables as rules for paths: what each key turns into, what is refused, what follows from the hello."""

from __future__ import annotations

import pytest

from tlswhy.client.path_rules import listed_names, make_path_rules
from tlswhy.errors import BadTable
from tlswhy.pki.keys import PublicKey
from tlswhy.pki.path_policy import Concern
from tlswhy.pki.path_rules import AlgorithmCheck, PathRules

RSA_SHA256, RSA_SHA1, DSA_SHA256, RSA_SHA224, PSS_SHA256, ED25519 = 0x0401, 0x0201, 0x0402, 0x0301, 0x0804, 0x0807


def test_an_empty_profile_minds_what_everybody_minds():
    rules, plain = make_path_rules({}), PathRules()
    for name in (
        "implemented",
        "listed",
        "listed_tls13",
        "curves_verified",
        "knows_ec",
        "algorithm_check",
        "longest_path",
    ):
        assert getattr(rules, name) == getattr(plain, name)


def test_properties_are_read_in_the_jdks_language():
    rules = make_path_rules(
        {
            "constraints": {
                "tls": "SSLv3, RSA keySize < 1024",
                "certpath": "MD5, include jdk.disabled.namedCurves",
                "named_curves": "secp256k1, secp224r1",
            }
        }
    )
    small = rules.tls.objection_to_key(PublicKey("RSA", b"", bits=768))
    assert small is not None
    assert (small.entry, small.concern) == ("RSA keySize < 1024", Concern.KEY_SIZE)
    curve = rules.certpath.objection_to_key(PublicKey("EC", b"", bits=256, curve="secp256k1"))
    assert curve is not None
    assert curve.entry == "secp256k1"
    assert rules.certpath.objection_to_key(PublicKey("EC", b"", bits=256, curve="secp256r1")) is None


def test_a_runtime_without_ecdsa_knows_no_elliptic_curves():
    assert not make_path_rules({"signatures": {"implemented": ["SHA256withRSA"]}}).knows_ec
    assert make_path_rules({"signatures": {"implemented": ["SHA256withRSA", "SHA256withECDSA"]}}).knows_ec


def test_curves():
    rules = make_path_rules(
        {"signatures": {"curves": ["secp256r1"], "curves_unread": ["x"], "curves_unverified": ["y"]}}
    )
    assert (rules.curves_verified, rules.curves_unread, rules.curves_unverified) == ({"secp256r1"}, {"x"}, {"y"})


@pytest.mark.parametrize("name", ["classic", "conditional", "anchor-first"])
def test_generations_of_the_algorithm_checker(name: str):
    found = make_path_rules({"paths": {"algorithm_check": name}}).algorithm_check
    assert found is AlgorithmCheck[name.upper().replace("-", "_")]


@pytest.mark.parametrize(
    "key", ["anchor_must_be_ca", "leaf_trusted_by_key", "common_name_constrained", "leading_dot_constraints"]
)
@pytest.mark.parametrize("value", [True, False])
def test_plain_switches(key: str, value: bool):
    assert getattr(make_path_rules({"paths": {key: value}}), key) is value


@pytest.mark.parametrize(
    ("paths", "code"),
    [
        ({"algorithm_check": "newest"}, "profile-value-unknown"),
        ({"longest_walk": 1}, "profile-key-unknown"),
    ],
)
def test_nonsense_is_a_bad_table(paths, code: str):
    with pytest.raises(BadTable) as told:
        make_path_rules({"paths": paths})
    assert told.value.code == code


def test_schemes_limit_certificates_and_those_for_certificates_come_first():
    assert make_path_rules({}).listed is None
    assert make_path_rules({}, schemes=[RSA_SHA256]).listed == {"SHA256withRSA"}
    both = make_path_rules({}, schemes=[RSA_SHA256], schemes_cert=[RSA_SHA256, RSA_SHA1, PSS_SHA256])
    assert both.listed == {"SHA256withRSA", "SHA1withRSA", "RSASSA-PSS"}


def test_lists_for_each_version_came_with_handshake_signature():
    """JDK-8349583: where the property knows HandshakeSignature, TLS 1.3 has a shorter list for certificates."""
    schemes = [RSA_SHA256, RSA_SHA224, DSA_SHA256, RSA_SHA1, ED25519]
    before = make_path_rules({"constraints": {"tls": "SSLv3"}}, schemes=schemes)
    assert before.listed_tls13 is None
    since = make_path_rules({"constraints": {"tls": "rsa_pkcs1_sha1 usage HandshakeSignature"}}, schemes=schemes)
    assert since.listed == {"SHA256withRSA", "SHA224withRSA", "SHA256withDSA", "SHA1withRSA", "Ed25519"}
    assert since.listed_tls13 == {"SHA256withRSA", "SHA1withRSA", "Ed25519"}
    told = make_path_rules({"paths": {"lists_per_version": True}}, schemes=schemes)
    assert told.listed_tls13 == since.listed_tls13


def test_names_behind_schemes():
    assert listed_names([0x0603, 0x0202, 0x080B, 0x0808, 0xFFFF]) == {
        "SHA512withECDSA",
        "SHA1withDSA",
        "RSASSA-PSS",
        "Ed448",
    }
    assert listed_names([0x0202, RSA_SHA256], tls13=True) == {"SHA256withRSA"}
