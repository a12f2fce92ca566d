"""What OpenSSL minds along a path, by release and security level."""

from dataclasses import replace

import pytest

from tests.pki.library_rows import faults, judge
from tests.pki.minting import ec_key, spki
from tlswhy.client.profiles import load_client
from tlswhy.pki.keys import PublicKey
from tlswhy.pki.openssl_checks import Release, security_bits

LEVEL_2 = load_client("python/3.11").members[0].path_rules


@pytest.mark.parametrize(
    ("algorithm", "bits", "expected"),
    [
        ("RSA", 512, 56),
        ("RSA", 1023, 80),
        ("RSA", 1024, 80),
        ("RSA", 2047, 112),
        ("RSA", 2048, 112),
        ("RSA", 3072, 128),
        ("RSASSA-PSS", 2048, 112),
        ("DSA", 2048, 112),
        ("EC", 192, 80),
        ("EC", 256, 128),
        ("EC", 521, 256),
        ("EC", 112, 56),
        ("Ed25519", 255, 128),
        ("RSA", None, 0),
    ],
)
def test_strength_of_keys(algorithm, bits, expected):
    assert security_bits(PublicKey(algorithm, spki(ec_key()), bits)) == expected


@pytest.mark.parametrize(("bits", "expected"), [(512, 0), (1023, 0), (1024, 80), (2047, 80), (2048, 112)])
def test_rsa_before_3_goes_by_steps(bits, expected):
    assert security_bits(PublicKey("RSA", spki(ec_key()), bits), Release.V1_1_1) == expected


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        (0, []),
        (1, []),
        (2, ["cert-key-too-small"]),
        (3, ["cert-key-too-small"] * 3),  # 2048 bits are 112 then
    ],
)
def test_the_level_decides_about_short_keys(level, expected):
    assert faults("py3.11", "rsa-1024-leaf", rules=replace(LEVEL_2, security_level=level)) == expected


def test_sha1_is_80_bits_in_1_1_1_and_63_in_3():
    assert judge("node16.20.2", "sig-sha1-leaf").accepted
    assert faults("node18.20.8", "sig-sha1-leaf") == ["cert-signature-disabled"]
    assert faults("node16.20.2", "sig-md5-leaf") == ["cert-signature-disabled"]
    assert judge("node8.17.0", "sig-md5-leaf").accepted, "1.0.2 has no levels"
    assert judge("py3.11", "sig-md5-root-sent").accepted, "an anchor's own signature is nobody's business"


def test_1_0_2_spares_the_anchor():
    for case in ("root-ca-false-sent", "pathlen-root", "int-no-bc"):
        assert judge("node8.17.0", case).accepted
        assert faults("node16.20.2", case)[0] == "ca-constraint-violation"
    assert faults("node8.17.0", "v1-int") == ["ca-constraint-violation"]
    assert judge("py3.11", "v1-root-sent").accepted


def test_extended_key_usage_counts_for_cas_and_any_does_not_count():
    assert faults("py3.11", "eku-int-client-only") == ["cert-usage-not-allowed"]
    assert judge("py3.11", "eku-int-client-only").objections[0].certificate == 1
    assert faults("py3.11", "eku-any") == ["cert-usage-not-allowed"]
    assert faults("py3.11", "ku-certsign-only") == ["cert-usage-not-allowed"]
    assert judge("py3.11", "ku-keyagreement-only").accepted


def test_the_anchors_constraints_and_dates_hold():
    assert faults("py3.11", "nc-violation-root") == ["name-constraints-violation"]
    assert faults("py3.11", "expired-root") == ["cert-expired"]
    assert judge("py3.11", "expired-root").objections[0].anchor == 0


def test_keys_that_a_release_does_not_know():
    assert faults("node8.17.0", "ed25519-root") == ["cert-signature-unsupported"]
    assert judge("node16.20.2", "ed25519-root").accepted
