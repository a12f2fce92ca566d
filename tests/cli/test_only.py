"""--only: which connections an expression selects."""

from dataclasses import replace

import pytest

from tests.render import examples
from tlswhy.cli.only import parse_selection
from tlswhy.errors import BadRequest
from tlswhy.packets.connection import Endpoint


@pytest.fixture(scope="module")
def seen():
    found = examples.handshake("j8u51", "dhe-512-tls10-aes128cbc")
    return replace(found, client=Endpoint("10.1.2.3", 55782), server=Endpoint("2001:db8::7", 8443))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("host=gadgets.example.test", True),
        ("host=GADGETS.example.test.", True),
        ("sni=other.example.test", False),
        ("host=*.example.test", True),
        ("host=*.ample.test", False),
        ("host=other.test,gadgets.example.test", True),
        ("address=10.1.2.3", True),
        ("address=10.0.0.0/8", True),
        ("address=2001:db8::/32", True),
        ("address=[2001:db8::7]", True),
        ("server=10.1.2.3", False),
        ("client=10.1.2.3", True),
        ("port=8443", True),
        ("port=443,8443", True),
        ("port=443", False),
        ("frame=1", True),
        ("frame=10-200", True),
        ("frame=20-200", False),
        ("frame=-3", True),
        ("frame=20-", False),
        ("time=2026-11-23..", True),
        ("time=..2026-11-23T18:43:24Z", False),
        ("time=2026-11-23T18:43:24Z..2026-11-23T18:43:26Z", True),
        ("time=2026-11-23T19:43:24+01:00..2026-11-23T19:43:26+01:00", True),
        ("host=gadgets.example.test port=8443 frame=1-20", True),
        ("host=gadgets.example.test port=443", False),
    ],
)
def test_selects(seen, text, expected):
    assert parse_selection(text).matches(seen) is expected


@pytest.mark.parametrize(
    "text",
    [
        *("", "  ", "gadgets", "host=", "=x", "port=x", "port=", "frame=9-3", "frame=0", "frame=1-2-3"),
        *("address=10.0.0.0/99", "time=x..y", "time=2026-11-23", "time=..", "colour=red"),
    ],
)
def test_what_is_not_understood_is_named(text):
    with pytest.raises(BadRequest) as raised:
        parse_selection(text)
    assert raised.value.code == "bad-selection"
    assert raised.value.facts["text"] == text
