import ipaddress
import re

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from tests.oracle import recorded
from tests.pki.minting import mint, name, read
from tlswhy.client.profiles import load_client
from tlswhy.errors import BadRequest
from tlswhy.pki.names import DIALECTS, PresentedName, match_host
from tlswhy.pki.stores import read_certificates

JSSE = ("jsse-8", "jsse", "jsse-leftmost")


def certificate(*common_names, dns=(), ip=(), **more):
    addresses = [ipaddress.ip_address(text) for text in ip]
    return read(mint(name(*common_names, organisation="Example", **more), dns=dns, ip=addresses))


def matches(host, made, dialect):
    return match_host(host, made, dialect).matched


@pytest.mark.parametrize("dialect", JSSE)
def test_jsse_takes_the_common_name_only_without_a_dns_name(dialect):
    assert matches("a.example", certificate("a.example"), dialect)
    hidden = match_host("a.example", certificate("a.example", dns=["b.example"]), dialect)
    assert (hidden.matched, hidden.reason) == (False, "no-name-matches")
    assert hidden.tried == (PresentedName("dns", "b.example"),)
    assert hidden.ignored == (PresentedName("cn", "a.example"),)
    assert matches("a.example", certificate("a.example", ip=["192.0.2.1"]), dialect)


@pytest.mark.parametrize("dialect", JSSE)
def test_jsse_takes_the_last_of_several_common_names(dialect):
    assert matches("b.example", certificate("a.example", "b.example"), dialect)
    assert not matches("a.example", certificate("a.example", "b.example"), dialect)


@pytest.mark.parametrize("dialect", JSSE)
def test_jsse_wants_an_address_entry_for_an_address(dialect):
    assert matches("192.0.2.1", certificate("x", ip=["192.0.2.1"]), dialect)
    assert matches("[2001:DB8:0::1]", certificate("x", ip=["2001:db8::1"]), dialect)
    in_dns = match_host("192.0.2.1", certificate("192.0.2.1", dns=["192.0.2.1"]), dialect)
    assert (in_dns.matched, in_dns.reason) == (False, "no-name-matches")
    assert match_host("192.0.2.1", certificate("192.0.2.1"), dialect).reason == "no-alternative-names"


@pytest.mark.parametrize("dialect", JSSE)
@pytest.mark.parametrize(
    ("host", "presented", "expected"),
    [
        ("A.EXAMPLE", "a.example", True),
        ("a.example.", "a.example", True),
        ("a.example", "*.example", True),
        ("a.b.example", "*.example", False),
        ("example", "*.example", False),
        ("gadgets.test", "*.test", True),
        ("foo1.example", "foo*.example", True),
        ("xfoo1.example", "foo*.example", False),
        ("barfoo.example", "b*r*o.example", True),
        ("a.example", "a.example.com", False),
    ],
)
def test_what_every_jsse_agrees_on(dialect, host, presented, expected):
    assert matches(host, certificate("x", dns=[presented]), dialect) is expected


@pytest.mark.parametrize(
    ("host", "presented", "expected"),
    [
        ("a.b.example", "a.*.example", (True, True, False)),  # RFC 6125: only the leftmost label
        ("localhost", "*", (True, False, False)),
        ("mycom", "*com", (True, False, False)),
        ("my_host.example", "my_host.example", (True, False, False)),  # no domain name by STD3
        ("a.example", "a.example.", (True, False, False)),
        ("bücher.example", "xn--bcher-kva.example", (False, True, True)),
    ],
)
def test_where_jsse_changed(host, presented, expected):
    made = certificate("x", dns=[presented])
    assert tuple(matches(host, made, dialect) for dialect in JSSE) == expected


def test_a_host_that_is_no_domain_name_is_told_apart():
    made = certificate("x", dns=["my_host.example"])
    assert match_host("my_host.example", made, "jsse").reason == "host-not-a-domain-name"
    assert match_host("a" * 100_000, made, "jsse").reason == "host-not-a-domain-name"


@pytest.mark.parametrize(
    ("client", "matched"),
    [
        ("java/8u212", True), ("java/11.0.13", False), ("java/11.0.21", True), ("java/11.0.31", True),
        ("java/17.0.3", False), ("java/17.0.7", True), ("java/17.0.21", True), ("java/25.0.2", True),
    ],
)  # fmt: skip
def test_a_final_dot_is_taken_off_since_jdk_8065422(client, matched):
    """As seen with 11.0.13, 17.0.2, 17.0.3, 17.0.7, 17.0.9, 21.0.2 and 25.0.2."""
    dialect = load_client(client).members[0].name_dialect
    assert match_host("a.example.", certificate("x", dns=["a.example"]), dialect).matched is matched


def test_a_certificate_without_any_name():
    nameless = read(mint(x509.Name([])))
    for dialect in set(DIALECTS) - {"none"}:
        assert match_host("a.example", nameless, dialect).reason == "no-names"


def test_apache_4_takes_common_name_and_dns_names_alike():
    made = certificate("cn.example", dns=["dns.example"])
    assert matches("cn.example", made, "apache-4")
    assert matches("dns.example", made, "apache-4")
    other = match_host("other.example", made, "apache-4")
    assert other.tried == (PresentedName("cn", "cn.example"), PresentedName("dns", "dns.example"))


def test_apache_4_lets_a_wildcard_span_labels_unless_strict():
    made = certificate("x", dns=["*.b.example"])
    assert matches("a.b.example", made, "apache-4")
    assert matches("y.a.b.example", made, "apache-4")
    assert matches("a.b.example", made, "apache-4-strict")
    assert not matches("y.a.b.example", made, "apache-4-strict")


@pytest.mark.parametrize("presented", ["*.example", "*.co.uk", "*.com.tw"])
def test_apache_4_wants_a_wildcard_deep_enough(presented):
    assert not matches("www" + presented[1:], certificate("x", dns=[presented]), "apache-4")
    assert matches("www.x" + presented[1:], certificate("x", dns=["*.x" + presented[1:]]), "apache-4")


def test_apache_4_takes_an_address_from_the_common_name():
    assert matches("192.0.2.1", certificate("192.0.2.1", dns=["x"]), "apache-4")
    assert matches("192.0.2.1", certificate("x", ip=["192.0.2.1"]), "apache-4")
    assert not matches("192.0.2.1", certificate("x", dns=["192.0.2.1"]), "apache-4")
    assert not matches("192.0.2.1", certificate("*.0.2.1"), "apache-4")


def test_apache_4_cuts_the_prefix_of_a_wildcard_wrongly():
    """HTTPCLIENT-1255: as many characters as labels minus two, until 4.2.3."""
    assert matches("web.b.example", certificate("www*.b.example"), "apache-4")
    assert match_host("ab.example", certificate("*.a.b.c.d.e"), "apache-4").reason == "no-name-matches"
    assert match_host("ab.example", certificate("a*.b.c.d.e.f"), "apache-4").reason == "verifier-breaks"


def test_apache_4_cuts_the_common_name_out_of_text():
    quoted = x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, "a.example"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Doe, CN=evil.example"),
        ]
    )
    made = read(mint(quoted))
    assert match_host("a.example", made, "apache-4").tried == (PresentedName("cn", 'evil.example"'),)
    assert matches("a.example", made, "apache-4.5")


def test_apache_45_wildcards_do_not_cross_a_dot():
    made = certificate("a.example", dns=["*.b.example"])
    assert matches("x.b.example", made, "apache-4.5")
    assert not matches("y.x.b.example", made, "apache-4.5")
    assert not matches("a.example", made, "apache-4.5")


def test_no_check_and_no_such_check():
    assert matches("anything", certificate("x"), "none")
    with pytest.raises(BadRequest) as caught:
        match_host("a", certificate("x"), "netscape-1")
    assert caught.value.facts["dialect"] == "netscape-1"


def leaf(row):
    stored = read_certificates(recorded.chain(row))
    return stored[0].certificate if stored else None


def recorded_dialect(client):
    version = re.match(r"j(\d+)", client)[1]
    return {"8": "jsse-8", "11": "jsse", "17": "jsse"}.get(version, "jsse-leftmost")


def test_recorded_outcomes_of_jsse():
    judged = 0
    for row in recorded.rows():
        if row["label"] in ("ok", "hostname-mismatch") and (made := leaf(row)) is not None:
            expected = row["label"] == "ok"
            assert matches(row["host"], made, recorded_dialect(row["client"])) is expected, (row["client"], row["case"])
            judged += 1
    assert judged > 1000


def test_recorded_outcomes_of_apache_4_down_to_the_names_it_lists():
    refused = accepted = 0
    for row in recorded.rows():
        outcome = row["finesse"] or {}
        error = outcome.get("error")
        if (made := leaf(row)) is None or not (outcome.get("peer_certs") or error):
            continue
        if error is None:
            assert matches(row["host"], made, "apache-4"), (row["client"], row["case"])
            accepted += 1
        elif "didn't match" in error:
            found = match_host(row["host"], made, "apache-4")
            assert not found.matched, (row["client"], row["case"])
            assert [tried.text.lower() for tried in found.tried] == re.findall("<([^>]*)>", error)[1:]
            refused += 1
    assert accepted > 1000
    assert refused > 30


def test_names_that_no_rule_can_use():
    assert not matches("a.example", certificate("x", dns=["a" * 5000]), "jsse-8")
    assert not matches("a.example", certificate("x", dns=["xn--\u0080.example".encode("punycode").decode()]), "jsse")
    assert not matches("a.example", certificate("ａ.example"), "jsse")  # "Not a formal name": not NFKC
    assert match_host("\ufffd.example", certificate("a.example"), "jsse").reason == "host-not-a-domain-name"
    assert match_host("a" * 64 + ".example", certificate("a.example"), "jsse").reason == "host-not-a-domain-name"
    assert not matches("bücher.example", certificate("bücher.example", dns=["x"]), "jsse")
    assert matches("bücher.example", certificate("bücher.example"), "jsse")
    assert not matches("fe80::zz", certificate("x", ip=["2001:db8::1"]), "jsse-8")
    assert matches("2001:db8:0:0:0:0:0:1", certificate("x", ip=["2001:db8::1"]), "apache-4")
    assert not matches("2001:db8::1", certificate("x", ip=["2001:db8::1"]), "apache-4")  # compared as text
    assert matches("[2001:db8::1]", certificate("x", ip=["2001:db8::1"]), "apache-4.5")
