import pytest

from tests.pki.minting import tlv
from tests.pki.paper import AKI, BC, KU, NC, SAN, dns, general, oid
from tlswhy.pki import der
from tlswhy.pki.java_extensions import READERS, Era
from tlswhy.pki.java_values import Unreadable


def parses(kind, value, *, critical=True, era=Era.STRICT):
    try:
        READERS[kind](value, critical, era)
    except (Unreadable, der.NotDer, IndexError):
        return False
    return True


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (AKI, tlv(0x30)),
        (BC, tlv(0x30, b"\x04\x01\x07")),
        (BC, tlv(0x30, b"\x01\x01\xff", b"\x02\x01\x05", b"\xff")),
        (KU, tlv(0x04, b"\x03\x02\x05\xa0")),
        (SAN, tlv(0x30, dns("any thing at all"))),
        (NC, tlv(0x30, tlv(0xA0))),
        ("2.5.29.54", b"\x02\x01\xff"),
    ],
)
def test_odd_but_read(kind, value):
    assert parses(kind, value)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (AKI, tlv(0x30, general(5, b"x"))),
        (AKI, tlv(0x30, general(0, b"x"), general(0, b"x"))),
        (BC, tlv(0x30, b"\x01\x01\xff", b"\x04\x01\x05")),
        (BC, tlv(0x30) + b"\0"),
        (KU, b""),
        (KU, b"\x03\x02\x08\xa0"),
        (SAN, tlv(0x30)),
        (SAN, tlv(0x30, general(7, b"\1\2\3\4\5"))),
        (SAN, tlv(0x30, general(1, b"joe@"))),
        (SAN, tlv(0x30, general(9, b"x"))),
        (NC, tlv(0x30, tlv(0xA2))),
        (NC, tlv(0x30, tlv(0xA0, tlv(0x30, general(6, b"https://host.test"))))),
        ("2.5.29.54", b"\x02\x01\xfe"),
        ("2.5.29.32", tlv(0x30, tlv(0x30, oid("1.2.3"), tlv(0x30)))),
        ("2.5.29.31", tlv(0x30, tlv(0x30))),
    ],
)
def test_not_read(kind, value):
    assert not parses(kind, value)


def test_inhibit_any_policy_must_be_critical():
    assert not parses("2.5.29.54", b"\x02\x01\0", critical=False)


def test_a_party_must_be_there_since_21():
    value = tlv(0x30, tlv(0xA5, tlv(0xA1, tlv(0x0C, b"party"))))
    assert [era for era in Era if parses(SAN, value, era=era)] == [e for e in Era if e is not Era.STRICT]
