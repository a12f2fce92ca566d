import pytest

from tests.pki.shaping import read_odd
from tlswhy.pki.go_reading import go_reading, names_nothing


def test_a_sound_certificate():
    certificate = read_odd("leaf")
    reading = go_reading(certificate)
    assert (reading.certificate, reading.fault) == (certificate, None)
    assert not names_nothing(certificate)


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("one time", "validity"),
        ("serial not minimal", "broken-encoding"),
        ("subject bad UTF-8", "broken-encoding"),
        ("length not minimal", "length-not-minimal"),
        ("v4", "broken-encoding"),
        ("KU twice", "extension-twice"),
        ("AKI garbage", "extension-broken"),
        ("RSA no parameters", "public-key"),
        ("RSA exponent 0", "rsa-numbers"),
        ("EC compressed", "curve-point"),
        ("v1 with extensions", None),
    ],
)
def test_what_is_refused(fault, code):
    assert go_reading(read_odd("leaf", fault)).fault == code


def test_extensions_below_version_3_are_not_looked_at():
    assert go_reading(read_odd("ca", "v1 with extensions")).certificate.basic_constraints is None


def test_negative_serial_numbers_since_go_1_23():
    certificate = read_odd("leaf", "serial negative")
    assert go_reading(certificate).fault is None
    assert go_reading(certificate, negative_serial=False).fault == "broken-encoding"


def test_a_critical_subject_alternative_name_without_names():
    assert names_nothing(read_odd("leaf", "SAN empty critical"))
