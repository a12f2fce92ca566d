import pytest

from tests.pki.shaping import read_odd
from tlswhy.pki.extensions import BasicConstraints
from tlswhy.pki.nss_reading import (
    BROKEN,
    authority_key_id,
    basic_constraints,
    critical,
    decode_fault,
    is_root,
    key_extracts,
    key_usage,
    times,
)


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("one time", "validity"),
        ("time as text", "validity"),
        ("extensions twice", "broken-encoding"),
        ("extension of two", "broken-encoding"),
        ("more after extensions", "broken-encoding"),
        ("unique identifier odd", "broken-encoding"),
        ("length not minimal", "length-not-minimal"),
        ("trailing bytes", "broken-encoding"),
        ("indefinite length", "broken-encoding"),
        ("unique identifiers", None),
        ("v1 with extensions", None),
        ("serial not minimal", None),
    ],
)
def test_what_is_refused(fault, code):
    assert decode_fault(read_odd("leaf", fault)) == code
    assert decode_fault(read_odd("leaf")) is None


@pytest.mark.parametrize(
    ("fault", "until"),
    [
        ("no zone", None),
        ("fraction", None),
        ("second 60", None),
        ("month 13", None),
        ("no seconds", "2020-01-01"),
        ("offset", "2019-12-31"),
        ("February 30", "2020-03-01"),
    ],
)
def test_dates(fault, until):
    found = times(read_odd("leaf", fault))
    assert (found and found[0].date().isoformat()) == until


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("BC more", BROKEN),
        ("BC trailing", BROKEN),
        ("BC empty", BROKEN),
        ("BC false length", BROKEN),
        ("BC length -1", BROKEN),
        ("BC length huge", BROKEN),
        ("BC length 2^31", BasicConstraints(True, None)),
        ("BC true as 1", BasicConstraints(True, None)),
        ("no BC", None),
    ],
)
def test_basic_constraints(fault, expected):
    assert basic_constraints(read_odd("ca", fault)) == expected


def test_usages_are_those_of_the_first_octet():
    assert "keyCertSign" in (key_usage(read_odd("ca", "KU unused bits")) or ())
    assert key_usage(read_odd("ca", "no KU")) is None


def test_critical_is_all_ones():
    assert "1.2.3.4.5" in critical(read_odd("leaf", "unknown critical"))
    assert "1.2.3.4.5" not in critical(read_odd("leaf", "unknown critical as 1"))


def test_a_root_names_itself_as_its_issuer():
    assert is_root(read_odd("root"))
    assert not is_root(read_odd("root", "AKI of another key"))


def test_keys_that_are_extracted():
    assert key_extracts(read_odd("leaf").public_key)
    assert not key_extracts(read_odd("leaf", "EC implicit curve").public_key)
    assert not key_extracts(read_odd("leaf", "RSA garbage").public_key)
    assert not key_extracts(read_odd("leaf", "key ed25519").public_key)


def test_an_authority_key_identifier_with_an_unknown_field_is_none():
    assert authority_key_id(read_odd("root", "AKI of another key")) is not None
    assert authority_key_id(read_odd("root", "AKI unknown field")) is None
