"""Name constraints in NSS's own reading of them."""

import pytest

from tests.pki.minting import tlv
from tests.pki.paper import NC, TRUE, common_name, dns, general, key, oid, sound
from tests.pki.test_path_search import MOMENT
from tlswhy.pki.certificate import read_certificate
from tlswhy.pki.nss_names import constrained_names, violation

HOST = "gadgets.example.test"


def entry(tag, text):
    return general(0x24, tlv(0x30, tlv(0x31, tlv(0x30, oid("2.5.4.10"), tlv(tag, text.encode())))))


def reason(value, *, organisation=None):
    """Why a leaf for the host is outside of constraints that have this value, None where it is inside."""
    root = sound("root", common_name("Root"), key("p256", 1), MOMENT, None)
    root.put(NC, value, TRUE)
    leaf = sound("leaf", common_name(HOST), key("p256", 2), MOMENT, root, HOST)
    if organisation is not None:
        leaf.subject = organisation
    issuer, certificate = (read_certificate(paper.der()) for paper in (root, leaf))
    found = violation(issuer, constrained_names(certificate, leaf=True))
    return found and found["reason"]


def permitted(*bases, bound=b""):
    return tlv(0x30, tlv(0xA0, *(tlv(0x30, base, bound) for base in bases)))


def excluded(*bases):
    return tlv(0x30, tlv(0xA1, *(tlv(0x30, base) for base in bases)))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (permitted(dns("example.test")), None),
        (permitted(dns(".example.test")), None),
        (permitted(dns("ample.test")), "not-permitted"),
        (permitted(dns("")), None),
        (permitted(dns("other.test"), dns("EXAMPLE.test")), None),
        (excluded(dns("example.test")), "excluded"),
        (excluded(dns(".gadgets.example.test")), None),
        (permitted(general(7, bytes((192, 0, 2, 0, 255, 255, 255, 0)))), None),  # the leaf has no address
        (permitted(dns("example.test"), bound=general(0, b"\7")), None),
        (tlv(0x30), None),
        (tlv(0x30, tlv(0xA0), tlv(0xA1)), None),
    ],
)
def test_what_is_inside(value, expected):
    assert reason(value) == expected


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"\x30\x02\xa0",
        tlv(0x30, tlv(0xA2)),
        tlv(0x30, tlv(0xA0, tlv(0x30))),
        permitted(dns("example.test"), tlv(0xA5, tlv(0xA1, tlv(0x0C, b"party")))),
        permitted(dns("example.test")) + b"\0",
        tlv(0x30, tlv(0xA1, tlv(0x30, dns("other.test"))), tlv(0xA0, tlv(0x30, dns("example.test")))),
    ],
)
def test_what_can_t_be_decoded_forbids_every_name(value):
    assert reason(value) == "constraints-broken"


def test_names_of_entries_are_compared_with_their_case_but_for_printable_strings():
    subject = tlv(0x30, tlv(0x31, tlv(0x30, oid("2.5.4.10"), tlv(0x13, b"Org  Ltd"))))
    assert reason(permitted(entry(0x13, "org ltd")), organisation=subject) is None
    assert reason(permitted(entry(0x0C, "org ltd")), organisation=subject) == "not-permitted"
    assert reason(permitted(entry(0x0C, "Org  Ltd")), organisation=subject) is None


def test_a_name_shorter_than_the_constraint_is_inside():
    longer = tlv(0x30, *(tlv(0x31, tlv(0x30, oid(kind), tlv(0x0C, b"org"))) for kind in ("2.5.4.10", "2.5.4.11")))
    subject = tlv(0x30, tlv(0x31, tlv(0x30, oid("2.5.4.10"), tlv(0x0C, b"org"))))
    assert reason(permitted(general(0x24, longer)), organisation=subject) is None
    assert reason(excluded(general(0x24, longer)), organisation=subject) == "excluded"
