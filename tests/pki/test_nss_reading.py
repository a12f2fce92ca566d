import pytest

from tests.pki.shaping import read_odd
from tlswhy.pki.nss_reading import decode_fault


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
