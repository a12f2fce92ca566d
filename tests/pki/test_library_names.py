"""Host names as seven libraries match them: what they agree on, and where each has its own mind."""

import ipaddress

import pytest

from tests.pki.minting import mint, name, read
from tlswhy.pki.library_names import MATCHERS
from tlswhy.pki.names import DIALECTS, PresentedName, match_host

ALL = tuple(MATCHERS)
OPENSSL = ("openssl", "openssl-s_client")


def certificate(*common_names, dns=(), ip=()):
    addresses = [ipaddress.ip_address(text) for text in ip]
    return read(mint(name(*common_names, organisation="Example"), dns=dns, ip=addresses))


def takes(host, made):
    """The libraries that take the certificate for this host."""
    return {dialect for dialect in ALL if match_host(host, made, dialect).matched}


def everybody_but(*names):
    return set(ALL) - set(names)


def test_every_library_is_a_dialect():
    assert set(ALL) <= set(DIALECTS)


@pytest.mark.parametrize(
    ("host", "presented", "expected"),
    [
        ("a.example.test", "a.example.test", set(ALL)),
        ("A.example.TEST", "a.EXAMPLE.test", set(ALL)),
        ("a.example.test", "b.example.test", set()),
        ("a.example.test", "*.example.test", set(ALL)),
        ("a.co.uk", "*.co.uk", everybody_but("chromium")),
        ("a.b.example.test", "*.example.test", set()),
        ("example.test", "*.example.test", set()),
        ("gadgets.test", "*.test", {"go"}),
        ("web1.example.test", "web*.example.test", {"node", "nss", "openssl-s_client"}),
        ("web1.example.test", "*1.example.test", {"node", "openssl-s_client"}),
        ("web1.example.test", "w*1.example.test", {"node"}),
        ("a.b.example.test", "a.*.example.test", set()),
        ("a.example.test", "**.example.test", set()),
        ("a.example.test.", "a.example.test", {"node", "curl", "go", "chromium"}),
        ("xn--e1a.example.test", "xn--*.example.test", set()),
        ("a_b.example.test", "*.example.test", everybody_but(*OPENSSL)),
    ],
)
def test_names_and_wildcards(host, presented, expected):
    assert takes(host, certificate("x", dns=[presented])) == expected


def test_the_common_name_is_for_those_without_a_dns_name():
    assert takes("a.example.test", certificate("a.example.test")) == everybody_but("go", "chromium")
    assert takes("a.example.test", certificate("a.example.test", dns=["b.example.test"])) == set()
    with_address = certificate("a.example.test", ip=["192.0.2.1"])
    assert takes("a.example.test", with_address) == {*OPENSSL, "node", "gnutls"}


def test_of_several_common_names():
    made = certificate("a.example.test", "b.example.test")
    assert takes("a.example.test", made) == {*OPENSSL, "node"}
    assert takes("b.example.test", made) == {*OPENSSL, "node", "curl", "nss"}


def test_addresses():
    assert takes("192.0.2.1", certificate("x", ip=["192.0.2.1"])) == set(ALL)
    assert takes("2001:db8::1", certificate("x", ip=["2001:db8:0::1"])) == set(ALL)
    assert takes("192.0.2.2", certificate("192.0.2.2", ip=["192.0.2.1"])) == set()
    assert takes("192.0.2.1", certificate("192.0.2.1")) == {"curl", "nss"}
    assert takes("192.0.2.1", certificate("x", dns=["192.0.2.1"])) == set()
    assert takes("192.0.2.1", certificate("x", dns=["*.0.2.1"])) == set()


@pytest.mark.parametrize("dialect", ALL)
def test_what_was_compared_and_what_passed_over_is_told(dialect):
    found = match_host(
        "a.example.test", certificate("a.example.test", dns=["b.example.test", "c.example.test"]), dialect
    )
    assert (found.matched, found.by, found.reason) == (False, None, "no-name-matches")
    assert found.tried == (PresentedName("dns", "b.example.test"), PresentedName("dns", "c.example.test"))
    assert found.ignored == (PresentedName("cn", "a.example.test"),)


@pytest.mark.parametrize("dialect", ALL)
def test_hostile_names_cost_nothing_and_break_nothing(dialect):
    names = ["*" * 5000, "." * 5000, "", "*", "*.", ".example.test", "a..b", "\x00.example.test", "é.example.test"]
    made = certificate("x", dns=[text for text in names if text.isascii()])
    for host in ("a.example.test", "", ".", "*", "[", "a" * 2000, "é.example.test"):
        assert match_host(host, made, dialect).matched in (True, False)
