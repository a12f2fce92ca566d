import pytest

from tlswhy.pki.java_uris import check_host, check_uri, constraint_host
from tlswhy.pki.java_values import Unreadable


@pytest.mark.parametrize(
    "text",
    [
        "https://host.test/x?y#z",
        "urn:uuid:1234",
        "http://a_b.test/",
        "http://[::1]:80/",
        "ldap:///cn=x",
        "http://192.0.2.1/",
        "file:/x",
        "http://ü.test/",
    ],
)
def test_uris(text):
    check_uri(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/path",
        "host.test",
        "http://a b/",
        "http://[::1/",
        "http://[zz]/",
        "http://host.test./",
        "http:",
        "http://x/%zz",
        "http://x/\n",
    ],
)
def test_no_uris(text):
    with pytest.raises(Unreadable):
        check_uri(text)


def test_a_constraint_is_a_host_or_a_domain():
    assert constraint_host(".example.test") == "example.test"
    with pytest.raises(Unreadable):
        constraint_host("https://example.test")
    for text in ("", "a..b", "-a.test", "a_b.test", "x" * 64):
        with pytest.raises(Unreadable):
            check_host(text)


def test_long_texts_take_no_long_time():
    for text in ("http://" + "a." * 100_000, "http://" + "@" * 100_000, "http://" + "[" * 100_000, "a" * 200_000):
        with pytest.raises(Unreadable):
            check_uri(text + " ")
