"""Ways through a proxy: what is said to it, and what it may answer."""

from __future__ import annotations

import base64

import pytest

from tests.gather.test_starttls import Script
from tlswhy.errors import BadEvidence, BadRequest
from tlswhy.gather.proxy import proxy_of, tunnel
from tlswhy.gather.starttls import Plain
from tlswhy.gather.targets import target_of

TARGET = target_of("https://gadgets.example.test:8443/")


def through(url, turns, target=TARGET) -> Script:
    script = Script(turns)
    tunnel(proxy_of(url), Plain(script.receive, script.send), target)
    return script


def test_http_connect_with_a_password():
    script = through("http://user:p%40ss@proxy.example:3128", [(b"CONNECT", b"HTTP/1.1 200 ok\r\nX: y\r\n\r\n\x16")])
    assert script.said.startswith(b"CONNECT gadgets.example.test:8443 HTTP/1.1\r\n")
    assert base64.b64encode(b"user:p@ss") in script.said
    assert script.out == b"\x16"


def test_socks5_with_a_password():
    url = "socks5://user:pass@proxy.example"
    turns = [
        (b"\x05\x02", b"\x05\x02"),
        (b"\x01\x04user", b"\x01\x00"),
        (b"\x05\x01\x00\x03", b"\x05\x00\x00\x01" + bytes(6) + b"\x16"),
    ]
    script = through(url, turns)
    assert script.said.endswith(b"gadgets.example.test\x20\xfb")
    assert script.out == b"\x16"


@pytest.mark.parametrize(
    ("host", "address"),
    [("192.0.2.7", b"\x01\xc0\x00\x02\x07"), ("[2001:db8::1]", b"\x04\x20\x01\x0d\xb8" + bytes(11) + b"\x01")],
)
def test_socks5_takes_an_address_as_one(host, address):
    turns = [(b"\x05\x01\x00", b"\x05\x00"), (b"\x05\x01\x00" + address, b"\x05\x00\x00\x01" + bytes(6))]
    assert through("socks5://p:1", turns, target_of(f"https://{host}/")).said.endswith(address + b"\x01\xbb")


@pytest.mark.parametrize(
    ("url", "turns", "said"),
    [
        ("http://p:1", [(b"CONNECT", b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")], "407 Proxy"),
        ("http://p:1", [(b"CONNECT", b"SSH-2.0-x\r\n\r\n")], "SSH"),
        ("http://p:1", [(b"CONNECT", b"")], None),
        ("socks5://p:1", [(b"\x05\x01", b"\x05\xff")], "no acceptable"),
        ("socks5://u:p@p:1", [(b"\x05", b"\x05\x02"), (b"\x01", b"\x01\x01")], "authentication"),
        ("socks5://p:1", [(b"\x05\x01\x00", b"\x05\x00"), (b"\x05\x01\x00\x03", b"\x05\x05\x00\x01")], "refused"),
        ("socks5://p:1", [(b"\x05\x01", b"")], None),
    ],
)
def test_a_proxy_that_refuses_is_told_without_the_password(url, turns, said):
    with pytest.raises(BadEvidence) as failure:
        through(url, turns)
    assert failure.value.code == "proxy-refused"
    assert (said or "") in str(failure.value.facts["said"] or "")
    assert "u:p@" not in str(failure.value)


@pytest.mark.parametrize("url", ["ftp://p:1", "http://", "http://p:999999", "socks4://p:1", "u:secret@p:999999"])
def test_what_is_no_proxy(url):
    with pytest.raises(BadRequest, match="bad-proxy") as failure:
        proxy_of(url)
    assert "secret" not in str(failure.value)


def test_a_password_is_never_shown():
    proxy = proxy_of("http://user:secret@p:1")
    assert "secret" not in f"{proxy} {proxy!r}"
