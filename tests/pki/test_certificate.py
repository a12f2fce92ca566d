import hashlib
import warnings
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509

from tests.oracle import recorded
from tests.pki.minting import NOT_AFTER, NOT_BEFORE, handmade, mint, name, read, tlv
from tlswhy.errors import BadEvidence
from tlswhy.pki.certificate import EARLIEST, LATEST, read_certificate
from tlswhy.pki.stores import read_certificates


def whats(certificate):
    return [oddity.what for oddity in certificate.oddities]


def test_the_plain_facts():
    made = mint(name("leaf"), issuer=name("ca"), serial=0x1234)
    found = read(made)
    assert found.sha256 == hashlib.sha256(found.der).hexdigest()
    assert (found.version, found.serial) == (3, 0x1234)
    assert (found.subject.text, found.issuer.text) == ("CN=leaf", "CN=ca")
    assert (found.not_before, found.not_after) == (NOT_BEFORE, NOT_AFTER)
    assert found.signature.name == "SHA256withECDSA"
    assert not found.signature_mismatch
    assert not found.self_issued
    assert found.oddities == ()


def test_self_issued_says_nothing_of_who_signed():
    assert read(mint(name("Root"), issuer=name("ROOT"))).self_issued


def test_every_recorded_certificate_reads_as_cryptography_reads_it():
    seen = set()
    for row in recorded.rows():
        for data in (recorded.chain(row), recorded.trust(row)):
            seen.update(stored.certificate for stored in read_certificates(data))
        if len(seen) > 200:
            break
    for certificate in seen:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            other = x509.load_der_x509_certificate(certificate.der)
        assert certificate.oddities == ()
        assert certificate.serial == other.serial_number
        assert certificate.tbs == other.tbs_certificate_bytes
        assert certificate.signature_value == other.signature
        assert certificate.signature.oid == other.signature_algorithm_oid.dotted_string
        assert certificate.subject.text == other.subject.rfc4514_string()
        assert certificate.issuer.der == other.issuer.public_bytes()
        assert certificate.not_before == other.not_valid_before_utc
        assert certificate.not_after == other.not_valid_after_utc
        assert list(certificate.extensions.all) == [e.oid.dotted_string for e in other.extensions]
        assert list(certificate.critical_extensions) == [e.oid.dotted_string for e in other.extensions if e.critical]


def test_the_recorded_case_says_the_same_of_its_certificates():
    row = recorded.row("j17.0.9", "pathlen-violation")
    described = {entry["sha256"]: entry for entry in recorded.certificates(row)["certs"].values()}
    for stored in read_certificates(recorded.chain(row)):
        certificate, entry = stored.certificate, described[stored.certificate.sha256]
        assert certificate.subject.most_specific_common_name == entry["cn"]
        if entry["ca"]:
            assert certificate.basic_constraints.path_length == entry["pathlen"]
            assert certificate.key_usage == set(entry["ku"])


@pytest.mark.parametrize(
    "data",
    [b"", b"\x30\x00", b"no certificate at all", tlv(0x30, tlv(0x30), tlv(0x30), tlv(0x03, b"\0")), b"\x30\x80" * 5000],
)
def test_what_has_no_shape_of_a_certificate_is_refused(data):
    with pytest.raises(BadEvidence) as caught:
        read_certificate(data)
    assert caught.value.code == "not-a-certificate"


def test_trailing_bytes_are_cut_and_told():
    plain = handmade()
    found = read_certificate(plain + b"\0\0\0")
    assert found.der == plain
    assert found != read_certificate(plain)  # some clients mind what follows: no verdict on one is kept for the other
    assert whats(found) == ["certificate-trailing-bytes"]


@pytest.mark.parametrize(("content", "serial"), [(b"\xff", -1), (b"\0", 0)])
def test_serials_that_strict_parsers_refuse(content, serial):
    found = read_certificate(handmade(serial=tlv(0x02, content)))
    assert found.serial == serial
    assert whats(found) == ["serial-not-positive"]


def test_version_one_has_no_version_field():
    assert read_certificate(handmade(version=b"")).version == 1
    assert whats(read_certificate(handmade(version=b"\xa0\x03\x02\x01\x05"))) == ["certificate-version"]


def test_two_different_signature_algorithms_are_a_mismatch():
    found = read_certificate(handmade(outer=bytes.fromhex("300a06082a8648ce3d040303")))
    assert found.signature_mismatch
    assert found.signature.name == "SHA384withECDSA"


@pytest.mark.parametrize(
    ("tag", "text", "moment"),
    [
        (0x17, b"491231235959Z", datetime(2049, 12, 31, 23, 59, 59, tzinfo=UTC)),
        (0x17, b"500101000000Z", datetime(1950, 1, 1, tzinfo=UTC)),
        (0x17, b"2001010000Z", datetime(2020, 1, 1, tzinfo=UTC)),
        (0x17, b"200101000000+0100", datetime(2019, 12, 31, 23, tzinfo=UTC)),
        (0x18, b"20500101000000Z", datetime(2050, 1, 1, tzinfo=UTC)),
        (0x18, b"20500101000000.123Z", datetime(2050, 1, 1, tzinfo=UTC)),
        (0x18, b"99991231235959Z", datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
        (0x17, b"161231235960Z", datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_dates(tag, text, moment):
    found = read_certificate(handmade(times=tlv(tag, text) + tlv(0x18, b"99991231235959Z")))
    assert found.not_before == moment
    assert found.not_before.utcoffset() == timedelta()
    assert found.oddities == ()


@pytest.mark.parametrize("text", [b"", b"20010100000Z", b"209901000000Z", b"2001010000\xff0Z", b"99991231235959-2300"])
def test_dates_that_cannot_be_read_do_not_bind(text):
    tag = 0x18 if len(text) > 15 else 0x17
    found = read_certificate(handmade(times=tlv(tag, text) + tlv(0x17, b"400101000000Z")))
    assert found.not_before == EARLIEST
    assert whats(found) == ["validity-unreadable"]
    assert read_certificate(handmade(times=tlv(0x17, b"200101000000Z"))).not_after == LATEST


def test_the_same_bytes_are_read_once():
    data = handmade(serial=b"\x02\x01\x55")
    assert read_certificate(data) is read_certificate(bytes(bytearray(data)))


def test_equality_is_that_of_the_bytes():
    assert read_certificate(handmade()) == read_certificate(handmade())
    assert read_certificate(handmade(serial=b"\x02\x01\x08")) != read_certificate(handmade())
