import ipaddress

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from tests.pki.minting import extension, handmade, mint, name, read, tlv
from tlswhy.pki.certificate import read_certificate
from tlswhy.pki.extensions import BasicConstraints, PolicyConstraints


def extended(*extensions, **more):
    return read(mint(extensions=[(value, False) for value in extensions], **more))


def test_a_certificate_without_extensions():
    plain = read(mint())
    assert plain.extensions.all == ()
    for field in ("names", "basic_constraints", "key_usage", "extended_key_usage", "name_constraints"):
        assert getattr(plain, field) is None, field


@pytest.mark.parametrize(("ca", "path_length"), [(True, 0), (True, None), (False, None)])
def test_basic_constraints(ca, path_length):
    certificate = extended(x509.BasicConstraints(ca, path_length))
    assert certificate.basic_constraints == BasicConstraints(ca, path_length)


def test_key_usage_by_its_rfc_names():
    usage = x509.KeyUsage(True, False, True, False, False, True, True, False, False)
    assert extended(usage).key_usage == {"digitalSignature", "keyEncipherment", "keyCertSign", "cRLSign"}
    decipher = x509.KeyUsage(False, False, False, False, True, False, False, False, True)
    assert extended(decipher).key_usage == {"keyAgreement", "decipherOnly"}


def test_extended_key_usage_and_criticality():
    usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, x509.ObjectIdentifier("1.2.3")])
    certificate = read(mint(extensions=[(usage, True)]))
    assert certificate.extended_key_usage == ("1.3.6.1.5.5.7.3.1", "1.2.3")
    assert certificate.critical_extensions == certificate.extensions.all == ("2.5.29.37",)


def test_alternative_names_of_every_type():
    names = x509.SubjectAlternativeName(
        [
            x509.DNSName("a.example"),
            x509.IPAddress(ipaddress.ip_address("192.0.2.1")),
            x509.IPAddress(ipaddress.ip_address("2001:db8::1")),
            x509.RFC822Name("a@example"),
            x509.UniformResourceIdentifier("https://a.example/"),
            x509.DirectoryName(name("inside")),
            x509.OtherName(x509.ObjectIdentifier("1.2.3"), b"\5\0"),
            x509.RegisteredID(x509.ObjectIdentifier("1.2.3")),
        ]
    )
    found = extended(names).names
    assert found.dns == ("a.example",)
    assert found.ip_text == ("192.0.2.1", "2001:db8::1")
    assert found.email == ("a@example",)
    assert found.uri == ("https://a.example/",)
    assert [directory.text for directory in found.directory] == ["CN=inside"]
    assert [kind for kind, _ in found.other] == [0, 8]
    assert not found.empty


def test_name_constraints():
    constraints = x509.NameConstraints(
        permitted_subtrees=[x509.DNSName("example"), x509.IPAddress(ipaddress.ip_network("10.0.0.0/8"))],
        excluded_subtrees=[x509.DirectoryName(name("no"))],
    )
    found = extended(constraints).name_constraints
    assert found.permitted.dns == ("example",)
    assert found.permitted.ip == (bytes([10, 0, 0, 0, 255, 0, 0, 0]),)
    assert [directory.text for directory in found.excluded.directory] == ["CN=no"]
    assert not found.bounded


def test_a_subtree_with_a_minimum_is_said_so():
    subtree = tlv(0x30, tlv(0x82, b"example"), b"\x80\x01\x01")
    data = handmade(extensions=extension("551d1e", tlv(0x30, tlv(0xA0, subtree))))
    assert read_certificate(data).name_constraints.bounded


def test_key_identifiers():
    authority = x509.AuthorityKeyIdentifier(b"key", [x509.DirectoryName(name("above"))], 99)
    certificate = extended(authority, x509.SubjectKeyIdentifier(b"own"))
    assert certificate.authority_key_id.key_id == b"key"
    assert [issuer.text for issuer in certificate.authority_key_id.issuer] == ["CN=above"]
    assert certificate.authority_key_id.serial == 99
    assert certificate.subject_key_id == b"own"


def test_where_to_fetch_things():
    url = x509.UniformResourceIdentifier
    access = x509.AuthorityInformationAccess(
        [
            x509.AccessDescription(x509.AuthorityInformationAccessOID.OCSP, url("http://ocsp.example")),
            x509.AccessDescription(x509.AuthorityInformationAccessOID.CA_ISSUERS, url("http://ca.example/ca.der")),
        ]
    )
    points = x509.CRLDistributionPoints([x509.DistributionPoint([url("http://crl.example/c")], None, None, None)])
    found = extended(access, points).extensions
    assert found.ocsp == ("http://ocsp.example",)
    assert found.ca_issuers == ("http://ca.example/ca.der",)
    assert found.crl == ("http://crl.example/c",)


def test_policies_and_netscape_type():
    policies = x509.CertificatePolicies([x509.PolicyInformation(x509.ObjectIdentifier("2.23.140.1.2.1"), None)])
    assert extended(policies).extensions.certificate_policies == ("2.23.140.1.2.1",)
    netscape = handmade(extensions=extension("6086480186f8420101", b"\x03\x02\x06\x40"))
    assert read_certificate(netscape).extensions.netscape_cert_type == {"sslServer"}


def test_policies_with_qualifiers_and_limits():
    policies = [
        x509.PolicyInformation(x509.ObjectIdentifier("1.2.3.1"), ["https://policy.test/"]),
        x509.PolicyInformation(x509.ObjectIdentifier("1.2.3.2"), None),
    ]
    pair = tlv(0x30, tlv(0x06, b"\x2a\x03\x01"), tlv(0x06, b"\x2a\x03\x02"))
    mapping = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.33"), tlv(0x30, pair))
    limits = x509.PolicyConstraints(None, 3)
    found = extended(x509.CertificatePolicies(policies), mapping, limits, x509.InhibitAnyPolicy(2)).extensions
    assert found.certificate_policies == ("1.2.3.1", "1.2.3.2")
    assert found.qualified_policies == {"1.2.3.1"}
    assert found.policy_mappings == (("1.2.3.1", "1.2.3.2"),)
    assert found.policy_constraints == PolicyConstraints(None, 3)
    assert found.inhibit_any_policy == 2


@pytest.mark.parametrize(("oid", "value"), [("551d20", "30023000"), ("551d21", "30023000"), ("551d36", "3000")])
def test_broken_policy_extensions_are_said_so(oid, value):
    found = read_certificate(handmade(extensions=extension(oid, bytes.fromhex(value)))).extensions
    assert found.unreadable == found.all
    assert (found.certificate_policies, found.policy_mappings, found.inhibit_any_policy) == (None, (), None)


def test_an_extension_that_cannot_be_read_counts_as_absent_and_is_said_so():
    data = handmade(extensions=extension("551d11", b"\x30\x03\x02\x01", critical=True) + extension("551d0e", b"\x04\0"))
    certificate = read_certificate(data)
    assert certificate.names is None
    assert certificate.subject_key_id == b""
    assert certificate.extensions.unreadable == ("2.5.29.17",)
    assert certificate.critical_extensions == ("2.5.29.17",)
    assert [(oddity.what, oddity.facts["oid"]) for oddity in certificate.oddities] == [
        ("extension-unreadable", "2.5.29.17")
    ]


def test_of_duplicates_the_first_counts():
    twice = extension("551d13", b"\x30\x03\x01\x01\xff") + extension("551d13", b"\x30\x00")
    certificate = read_certificate(handmade(extensions=twice))
    assert certificate.basic_constraints.ca
    assert [oddity.what for oddity in certificate.oddities] == ["extension-duplicate"]


def test_unknown_extensions_are_kept_raw():
    certificate = read_certificate(handmade(extensions=extension("2a0304", b"anything", critical=True)))
    assert certificate.critical_extensions == ("1.2.3.4",)
    assert certificate.extensions.raw == {"1.2.3.4": b"anything"}
    assert certificate.extensions.has("1.2.3.4")
    assert not certificate.extensions.has("1.2.3.5")
