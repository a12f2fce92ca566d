"""What a report keeps so that ``prove`` can ask again: how TLS was got to, as a capture shows it."""

from __future__ import annotations

import pytest

from tests.observe.test_opening import PROXIED, TALKS, transcript
from tests.oracle import recorded
from tlswhy import diagnose
from tlswhy.evidence.read import read_evidence
from tlswhy.evidence.types import Asked, Transcript
from tlswhy.render.replay import replay
from tlswhy.source import source_of_bytes

SERVER = "192.0.2.2:25"


def connection(turns):
    row = recorded.row("j8u212", "dhe-768-tls12-aes128cbc")
    transcripts = (each for each in read_evidence(source_of_bytes("c", recorded.capture(row))))
    tls = next(each.connection for each in transcripts if isinstance(each, Transcript))
    return transcript([*turns, *((piece.sender, piece.data) for piece in tls.pieces)])


def kept(turns, *more):
    (diagnosis,) = diagnose([connection(turns), *more], clients=["java/8u212"], host="gadgets.example.test").diagnoses
    found = replay(diagnosis)
    assert bytes.fromhex(found["hello_hex"])[0] == 1
    assert found["server"] == SERVER
    return found["target"], found["starttls"], found["proxy"]


@pytest.mark.parametrize("kind", TALKS)
def test_a_capture_shows_what_switches_to_tls(kind):
    assert kept(TALKS[kind][0]) == (None, kind, None)


@pytest.mark.parametrize(("kind", "scheme"), [("http-connect", "http"), ("socks5", "socks5")])
def test_a_capture_shows_the_proxy(kind, scheme):
    assert kept(PROXIED[kind]) == ("g.example.test:443", None, f"{scheme}://{SERVER}")


def test_whom_we_asked_we_know_ourselves():
    asked = Asked("talk", "2001:db8::1", 25, starttls="smtp", proxy="http://proxy.example.test:8080")
    assert kept(TALKS["smtp"][0], asked) == ("[2001:db8::1]:25", "smtp", "http://proxy.example.test:8080")


def test_tls_at_once_needs_no_way():
    assert kept([]) == (None, None, None)
