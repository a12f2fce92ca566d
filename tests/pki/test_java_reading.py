import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.pki.faults import faults_for
from tests.pki.shaping import odd, read_odd
from tlswhy.errors import BadEvidence
from tlswhy.pki.certificate import read_certificate
from tlswhy.pki.java_reading import Era, java_reading


@pytest.mark.parametrize("role", ["leaf", "ca", "root"])
@pytest.mark.parametrize("era", Era)
def test_a_sound_certificate_is_read_as_it_is(role, era):
    certificate = read_odd(role)
    reading = java_reading(certificate, era)
    assert reading.fault is None
    assert reading.certificate.extensions == certificate.extensions


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("BC twice", "extension-twice"),
        ("NC garbage critical", "critical-extension-broken"),
        ("v1 with extensions", "fields-after-version-1"),
        ("v2 with extensions", "extensions-before-version-3"),
        ("issuer empty", "issuer-empty"),
        ("outer algorithm RSA", "signature-algorithms-differ"),
        ("month 13", "validity"),
        ("second 60", "validity"),
        ("one time", "validity"),
        ("RSA exponent 1", "rsa-numbers"),
        ("EC compressed", "curve-point"),
        ("EC unknown curve", "curve-unknown"),
        ("extension of two", "broken-encoding"),
    ],
)
def test_what_java_cannot_read_at_all(fault, code):
    assert java_reading(read_odd("ca", fault), Era.STRICT).fault == code


def test_an_extension_that_is_to_blame_is_named():
    assert java_reading(read_odd("ca", "NC garbage critical"), Era.STRICT).oid == "2.5.29.30"


@pytest.mark.parametrize(
    "fault", ["fraction", "offset", "February 30", "serial of 300", "v2", "unknown empty", "KU long"]
)
def test_what_java_passes_over(fault):
    assert java_reading(read_odd("ca", fault), Era.STRICT).fault is None


def test_names_of_which_one_cannot_be_parsed_count_as_none():
    certificate = read_odd("leaf", "SAN URI with spaces")
    assert certificate.names is not None
    assert java_reading(certificate, Era.REWRITTEN).certificate.names is None


def test_a_path_length_of_minus_one_is_no_ca():
    basic = java_reading(read_odd("ca", "BC length -1"), Era.STRICT).certificate.basic_constraints
    assert basic is not None
    assert not basic.ca


def test_lengths_longer_than_need_be_count_in_the_old_eras_only():
    certificate = read_odd("ca", "length not minimal")
    assert [era for era in Era if java_reading(certificate, era).fault] == [Era.LENIENT, Era.MINIMAL]


def test_letters_in_a_time_were_let_pass_once():
    certificate = read_odd("ca", "letters")
    assert [era for era in Era if java_reading(certificate, era).fault is None] == [Era.CLASSIC, Era.LENIENT]


def test_without_an_ec_key_factory_any_point_will_do():
    certificate = read_odd("ca", "EC compressed")
    assert java_reading(certificate, Era.MINIMAL, knows_ec=False).fault is None


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(["leaf", "ca"]), st.data())
def test_nothing_raises_whatever_octets_change(role, data):
    names = sorted(faults_for(role))
    der = bytearray(odd(role, *data.draw(st.lists(st.sampled_from(names), max_size=2))).der())
    change = st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255))
    for place, octet in data.draw(st.lists(change, max_size=6)):
        if der:
            der[int(place * len(der))] = octet
    try:
        certificate = read_certificate(bytes(der))
    except BadEvidence:
        return
    for era in Era:
        java_reading(certificate, era)
