"""What is left of an offer when versions, groups or algorithms go; real runtimes: tests/live/test_java_settings.py."""

from tlswhy.client.constraints import parse_disabled
from tlswhy.client.offers import of_groups, of_suites, of_versions, permitted
from tlswhy.client.profiles import load_client

JAVA_17 = load_client("java/17.0.9").members[0].offer
JAVA_11 = load_client("java/11.0.13").members[0].offer
TLS12, TLS13 = 0x0303, 0x0304


def test_without_tls13_its_suites_and_shares_go():
    left = of_versions(JAVA_17, {TLS12}, per_version=False)
    assert (left.versions, left.key_shares) == ((TLS12,), ())
    assert not [suite for suite in left.suites if suite >> 8 == 0x13]
    assert set(JAVA_17.extensions) - set(left.extensions) == {45, 51}
    assert of_versions(JAVA_17, set(), per_version=False) == JAVA_17


def test_tls13_alone():
    left = of_versions(JAVA_17, {TLS13}, per_version=True)
    assert left.suites == (0x1302, 0x1301, 0x1303)
    assert 0x0401 not in left.schemes
    assert 0x0401 in left.schemes_cert


def test_suites_take_their_versions_and_curves_with_them():
    left = of_suites(JAVA_17, (0x0039, 0x009F), per_version=False)
    assert left.versions == (TLS12,)
    assert {group >> 8 for group in left.groups} == {1}
    assert 11 not in left.extensions


def test_shares_by_release():
    assert of_groups(JAVA_17, (0x0100, 29, 23)).key_shares == (0x0100, 29)
    assert of_groups(JAVA_11, (0x0100, 29, 23)).key_shares == (0x0100,)


def test_a_scheme_goes_with_its_key():
    left = permitted(JAVA_17, parse_disabled("RSA, x25519"), parse_disabled(""))
    assert 0x0804 not in left.schemes
    assert 0x0809 in left.schemes
    assert left.key_shares[0] == 23


def test_the_list_for_certificates_takes_key_exchanges_and_schemes_but_no_ciphers():
    left = permitted(JAVA_17, parse_disabled(""), parse_disabled("DHE_RSA, AES_256_GCM, SHA512, secp384r1"))
    assert {0x9E, 0x9F} & set(JAVA_17.suites) == {0x9E, 0x9F}
    assert not {0x9E, 0x9F} & set(left.suites)
    assert 0xC030 in left.suites
    assert not {0x0601, 0x0603, 0x0503} & set(left.schemes)
    assert 24 not in left.groups


def test_without_curves_their_suites_go():
    left = permitted(JAVA_17, parse_disabled("EC keySize < 1024, XDH"), parse_disabled(""))
    assert {group >> 8 for group in left.groups} == {1}
    assert not {0xC02F, 0xC02B} & set(left.suites)
