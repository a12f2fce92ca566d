import pytest

from tests.pki.shaping import read_odd
from tlswhy.pki.openssl_reading import dates_compare, extension_fault, key_decodes, structure_fault


def test_a_sound_certificate():
    certificate = read_odd("leaf")
    assert structure_fault(certificate) is None
    assert extension_fault(certificate) is None
    assert dates_compare(certificate)
    assert key_decodes(certificate.public_key)


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("one time", "validity"),
        ("serial not minimal", "broken-encoding"),
        ("subject bad UTF-8", "broken-encoding"),
        ("extensions twice", "broken-encoding"),
        ("unique identifier odd", "broken-encoding"),
        ("length not minimal", None),
        ("v1 with extensions", None),
    ],
)
def test_what_cannot_be_decoded(fault, code):
    assert structure_fault(read_odd("ca", fault)) == code


@pytest.mark.parametrize(
    ("fault", "oid"),
    [
        ("BC twice", "2.5.29.19"),
        ("BC length -1", "2.5.29.19"),
        ("KU none", "2.5.29.15"),
        ("NC twice permitted", "2.5.29.30"),
        ("AKI unknown field", "2.5.29.35"),
        ("unknown twice", None),
        ("policies garbage", None),
    ],
)
def test_extensions_that_spoil_a_certificate(fault, oid):
    assert extension_fault(read_odd("ca", fault)) == oid


@pytest.mark.parametrize("fault", ["offset", "fraction", "no seconds", "second 60", "February 30"])
def test_dates_that_are_not_compared(fault):
    assert not dates_compare(read_odd("ca", fault))


def test_points_off_the_curve_are_no_keys():
    assert not key_decodes(read_odd("ca", "EC off the curve").public_key)
    assert key_decodes(read_odd("ca", "EC compressed").public_key)
