import pytest

from tests.pki.shaping import read_odd
from tlswhy.pki import extensions as oid
from tlswhy.pki.gnutls_reading import import_fault, is_broken, key_imports


def test_a_sound_certificate():
    certificate = read_odd("leaf")
    assert import_fault(certificate) is None
    assert not any(is_broken(certificate, kind) for kind in (oid.BASIC_CONSTRAINTS, oid.KEY_USAGE))
    assert key_imports(certificate.public_key)


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("one time", "validity"),
        ("month 13", "validity"),
        ("offset", "validity"),
        ("extensions twice", "broken-encoding"),
        ("trailing bytes", "broken-encoding"),
        ("indefinite length", "broken-encoding"),
        ("KU twice", "extension-twice"),
        ("SAN EDI", "extension-broken"),
        ("SAN empty DNS", "extension-broken"),
        ("v1 with extensions", "extensions-before-version-3"),
        ("unique identifiers v1", "fields-after-version-1"),
        ("length not minimal", None),
        ("second 60", None),
        ("KU garbage", None),
    ],
)
def test_what_is_refused(fault, code):
    found = import_fault(read_odd("leaf", fault))
    assert (found[0] if found else None) == code


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("BC trailing", oid.BASIC_CONSTRAINTS),
        ("BC length 2^31", oid.BASIC_CONSTRAINTS),
        ("KU long", oid.KEY_USAGE),
        ("EKU huge OID", oid.EXTENDED_KEY_USAGE),
        ("NC address mask with holes", oid.NAME_CONSTRAINTS),
        ("NC EDI", oid.NAME_CONSTRAINTS),
    ],
)
def test_what_fails_when_it_is_asked_for(fault, kind):
    assert is_broken(read_odd("ca", fault), kind)
    assert not is_broken(read_odd("ca"), kind)


@pytest.mark.parametrize(
    ("fault", "imported"),
    [("EC compressed", False), ("EC no curve", False), ("RSA garbage", False), ("EC off the curve", True)],
)
def test_keys(fault, imported):
    assert key_imports(read_odd("leaf", fault).public_key) is imported
