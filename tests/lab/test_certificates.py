import os
from datetime import UTC, datetime
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from tlswhy.errors import BadTable
from tlswhy.lab.certificates import UNHEARD_OF, Wanted, issue
from tlswhy.lab.keys import KeyPool
from tlswhy.pki.certificate import read_certificate
from tlswhy.pki.signatures import is_signed_by

START, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2056, 1, 1, tzinfo=UTC)
KEYS = KeyPool(os.urandom)


def wanted(**more):
    return Wanted("localhost", 4711, START, END, **more)


def made(wanted, *, key="ec-secp256r1", issuer="rsa-1024"):
    return issue(wanted, KEYS.key(key, "leaf"), "An authority", KEYS.key(issuer, "authority"))


def test_everything_that_was_wanted_stands_in_the_certificate_to_a_library():
    der = made(
        wanted(
            names=("localhost", "*.example.test", "127.0.0.1", "::1"),
            ca=True,
            path_length=3,
            usages=("digitalSignature", "keyCertSign"),
            purposes=("serverAuth", "clientAuth"),
            permits=("example.test",),
            excludes=("bad.example.test",),
        )
    )
    read = x509.load_der_x509_certificate(der)
    assert (read.serial_number, read.not_valid_before_utc, read.not_valid_after_utc) == (4711, START, END)
    assert read.subject.rfc4514_string() == "CN=localhost,O=tlswhy lab"
    assert read.issuer.rfc4514_string() == "CN=An authority,O=tlswhy lab"
    extensions = {each.oid.dotted_string: each for each in read.extensions}
    names = extensions["2.5.29.17"].value
    assert names.get_values_for_type(x509.DNSName) == ["localhost", "*.example.test"]
    assert names.get_values_for_type(x509.IPAddress) == [ip_address("127.0.0.1"), ip_address("::1")]
    assert extensions["2.5.29.19"].value == x509.BasicConstraints(ca=True, path_length=3)
    usage = extensions["2.5.29.15"].value
    assert (usage.digital_signature, usage.key_cert_sign, usage.crl_sign) == (True, True, False)
    purposes = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
    assert list(extensions["2.5.29.37"].value) == purposes
    assert extensions["2.5.29.30"].value.permitted_subtrees == [x509.DNSName("example.test")]
    assert extensions["2.5.29.30"].value.excluded_subtrees == [x509.DNSName("bad.example.test")]
    assert extensions["2.5.29.19"].critical
    assert not extensions["2.5.29.37"].critical


@pytest.mark.parametrize(
    ("issuer", "digest", "pss", "name"),
    [
        ("rsa-1024", "SHA-256", False, "SHA256withRSA"),
        ("rsa-1024", "MD5", False, "MD5withRSA"),
        ("rsa-1024", "SHA-1", False, "SHA1withRSA"),
        ("rsa-1024", "SHA-256", True, "RSASSA-PSS"),
        ("rsa-pss-1024", "SHA-384", False, "RSASSA-PSS"),
        ("rsa-512", "SHA-256", False, "SHA256withRSA"),
        ("ec-brainpoolP256r1", "SHA-256", False, "SHA256withECDSA"),
        ("ed25519", "", False, "Ed25519"),
    ],
)
def test_each_kind_of_signature_is_right(issuer, digest, pss, name):
    read = read_certificate(made(wanted(digest=digest, pss=pss or issuer.startswith("rsa-pss")), issuer=issuer))
    above = read_certificate(issue(wanted(), KEYS.key(issuer, "authority"), "x", KEYS.key("rsa-1024", "authority")))
    assert read.signature.name == name
    assert is_signed_by(read, above.public_key).outcome.value == "valid"


def test_a_broken_signature_is_broken_and_nothing_else():
    above = read_certificate(issue(wanted(), KEYS.key("rsa-1024", "authority"), "x", KEYS.key("rsa-1024", "authority")))
    broken = read_certificate(made(wanted(broken=True)))
    assert is_signed_by(broken, above.public_key).invalid
    assert broken.tbs == read_certificate(made(wanted())).tbs


def test_what_libraries_would_not_issue():
    read = x509.load_der_x509_certificate(made(wanted(unheard_of=True, ballast=4000)))
    assert [each.critical for each in read.extensions if each.oid.dotted_string == UNHEARD_OF] == [True]
    assert len(made(wanted(ballast=4000))) > 4000
    old = x509.load_der_x509_certificate(made(wanted(version=1)))
    assert old.version is x509.Version.v1
    assert len(old.extensions) == 0


def test_a_signature_that_the_key_cannot_make_is_refused():
    with pytest.raises(BadTable):
        made(wanted(digest="MD5"), issuer="ec-secp256r1")
