import pytest

from tests.pki.shaping import odd
from tlswhy.pki import der
from tlswhy.pki.java_extensions import Era
from tlswhy.pki.java_keys import check_curve, check_key
from tlswhy.pki.java_values import Unreadable


def fits(fault, era=Era.STRICT):
    spki = odd("ca", fault).public_key
    try:
        check_key(der.read_element(spki), era)
        check_curve(spki)
    except (Unreadable, der.NotDer, IndexError):
        return False
    return True


@pytest.mark.parametrize(
    "fault",
    [
        "RSA of 1023",
        "RSA exponent even",
        "RSA even",
        "RSA negative",
        "RSA-PSS key limited",
        "EC off the curve",
        "X25519",
        "unknown key",
    ],
)
def test_keys_with_a_factory_or_none_at_all(fault):
    assert fits(fault)


@pytest.mark.parametrize(
    "fault",
    [
        "RSA of 16385",
        "RSA exponent 2",
        "RSA exponent too large",
        "RSA exponent of 65 bits, 4096",
        "RSA garbage",
        "EC no curve",
        "EC infinity",
        "EC short point",
        "EC explicit",
        "key garbage",
    ],
)
def test_keys_that_no_factory_takes(fault):
    assert not fits(fault)


@pytest.mark.parametrize(
    ("fault", "eras"),
    [
        ("Ed25519 short", [Era.CLASSIC, Era.LENIENT, Era.MINIMAL]),
        ("RSA trailing", [Era.CLASSIC, Era.LENIENT, Era.MINIMAL]),
        ("RSA-PSS key limited", [Era.CLASSIC, Era.MINIMAL, Era.REWRITTEN, Era.STRICT]),
    ],
)
def test_what_hangs_on_the_era(fault, eras):
    assert [era for era in Era if fits(fault, era)] == eras
