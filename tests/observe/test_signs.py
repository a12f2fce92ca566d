"""What a server calls itself: the weightiest sign first, each at its place, nothing that could not be printed."""

from __future__ import annotations

from tests.observe.test_opening import TALKS, C, S, observed
from tests.oracle import recorded
from tests.packets.test_against_tshark_ways import flights
from tlswhy.evidence.read import read_evidence
from tlswhy.evidence.types import Banner
from tlswhy.observe.connections import observe_all
from tlswhy.observe.signs import shown, signs_of
from tlswhy.source import source_of_bytes

URL = "https://gadgets.example.test/"
HTTP = b"HTTP/1.1 400 Bad Request\r\nDate: today\r\nServer: nginx/1.22.1\r\n\r\n<html>"


def kinds(banner: Banner | None, *handshakes) -> list[tuple[str, str]]:
    return [(sign.kind, sign.text) for sign in signs_of(banner, handshakes)]


def test_who_ends_tls_comes_before_who_stands_behind_it():
    banner = Banner("t", URL, "Microsoft-IIS/10.0", "ASP.NET", ("BIGipServerpool",))
    assert kinds(banner) == [("cookie", "BIGipServerpool"), ("server", "Microsoft-IIS/10.0")]
    assert kinds(Banner("t", URL, powered_by="Express")) == [("powered", "Express")]
    assert [sign.where[0].place for sign in signs_of(banner, ())] == [URL, URL]


def test_a_plain_answer_and_a_greeting():
    hello = next(data for sender, data in flights() if sender is C)
    plain = observed([(C, hello), (S, HTTP)])
    assert kinds(None, plain) == [("server", "nginx/1.22.1")]
    assert kinds(None, observed([(C, hello), (S, b"SSH-2.0-OpenSSH_9.2\r\n")])) == []
    mail = observed([*TALKS["smtp"][0], *flights()])
    assert kinds(None, mail) == [("greeting", "220 mail.example.test ESMTP Exim 4.96")]


def test_a_usual_connection_has_none():
    row = recorded.row("j8u212", "dhe-768-tls12-aes128cbc")
    seen = observe_all(read_evidence(source_of_bytes("c", recorded.capture(row)))).handshakes
    assert kinds(None, *seen) == []


def test_what_cannot_be_printed_is_left_out():
    assert shown("  nginx\x1b[31m\x00/1  ") == "nginx[31m/1"
    assert len(shown("a" * 1000)) == 160
