"""What comes before TLS: every protocol that switches to it, what a proxy was asked for, and what is none of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.observe.before_tls import BEFORE, tds
from tests.oracle import recorded
from tests.packets.test_against_tshark_ways import flights
from tlswhy.evidence.read import read_evidence
from tlswhy.evidence.types import Transcript
from tlswhy.gather.starttls import DIALOGUES
from tlswhy.model.handshake import Handshake, Opening
from tlswhy.observe.handshake import observe
from tlswhy.packets.connection import Connection, Endpoint, Piece
from tlswhy.side import Side
from tlswhy.source import source_of_bytes

C, S = Side.CLIENT, Side.SERVER
SMTP = [(S, b"220 mail.example.test ESMTP Exim 4.96\r\n"), (C, b"EHLO gadget\r\n"), (S, b"250-x\r\n250 STARTTLS\r\n")]
SMTP += [(C, b"STARTTLS\r\n"), (S, b"220 go ahead\r\n")]
MYSQL = (b"\x4a\0\0\0\x0a" + b"5.5.5-10.11.6-MariaDB\0" + bytes(40), b"\x20\0\0\1" + bytes(32))
LDAP = b"\x30\x1d\x02\x01\x01\x77\x18\x80\x161.3.6.1.4.1.1466.20037"
TALKS = {
    "smtp": (SMTP, "220 mail.example.test ESMTP Exim 4.96"),
    "imap": ([(S, b"* OK Dovecot ready.\r\n"), (C, b"A7 starttls\r\n"), (S, b"A7 OK\r\n")], "* OK Dovecot ready."),
    "pop3": ([(S, b"+OK ready\r\n"), (C, b"CAPA\r\nSTLS\r\n"), (S, b"+OK\r\n")], "+OK ready"),
    "ftp": ([(S, b"220 (vsFTPd 3.0.3)\r\n"), (C, b"AUTH TLS\r\n"), (S, b"234\r\n")], "220 (vsFTPd 3.0.3)"),
    "ldap": ([(C, LDAP), (S, b"\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\0\x04\0\x04\0")], ""),
    "xmpp": (
        [(C, b"<stream:stream xmlns='jabber:client'>"), (S, b"<f/>"), (C, b"<starttls/>"), (S, b"<proceed/>")],
        "",
    ),
    "postgresql": ([(C, b"\0\0\0\x08\x04\xd2\x16\x2f"), (S, b"S")], ""),
    "mysql": ([(S, MYSQL[0]), (C, MYSQL[1])], "5.5.5-10.11.6-MariaDB"),
}
PROXIED = {
    "http-connect": ([(C, b"CONNECT g.example.test:443 HTTP/1.1\r\nHost: g\r\n\r\n"), (S, b"HTTP/1.1 200 OK\r\n\r\n")]),
    "socks5": ([(C, b"\5\1\0"), (S, b"\5\0"), (C, b"\5\1\0\3\x0eg.example.test\x01\xbb"), (S, b"\5\0\0\1" + bytes(6))]),
}
OTHERS = {"rdp", "tds", "socks 4"}
"""What is known, but not spoken by us."""
NONE_OF_THEM = [
    [(S, b"220 mail LMTP\r\n"), (C, b"LHLO x\r\nSTARTTLS\r\n"), (S, b"220 go\r\n")],
    [(S, b"200 news.example.test\r\n"), (C, b"STARTTLS\r\n"), (S, b"382 go\r\n")],
    [(C, b"hello?"), (S, b"hello!")],
]


@pytest.fixture(scope="module")
def tls() -> list[tuple[Side, bytes]]:
    """A recorded connection, in turns."""
    row = recorded.row("j8u212", "dhe-768-tls12-aes128cbc")
    transcripts = (each for each in read_evidence(source_of_bytes("c", recorded.capture(row))))
    connection = next(each.connection for each in transcripts if isinstance(each, Transcript))
    return [(piece.sender, piece.data) for piece in connection.pieces]


def opening(turns: list[tuple[Side, bytes]]) -> Opening | None:
    return observed(turns).opening


def observed(turns: list[tuple[Side, bytes]]) -> Handshake:
    return observe(transcript(turns))


def transcript(turns: list[tuple[Side, bytes]]) -> Transcript:
    pieces = tuple(Piece(sender, number, number, data, 0) for number, (sender, data) in enumerate(turns, 1))
    ends = (Endpoint("192.0.2.1", 5000), Endpoint("192.0.2.2", 25))
    last = len(pieces)
    connection = Connection(*ends, 1, last, 1, last, pieces, (), roles_shown=True, answered=True)
    return Transcript("talk", connection)


def test_every_protocol_that_can_be_asked_is_known():
    assert set(TALKS) == set(DIALOGUES)


@pytest.mark.parametrize("kind", TALKS)
def test_a_protocol_that_switches_to_tls(kind, tls):
    turns, banner = TALKS[kind]
    found = opening([*turns, *tls])
    assert found is not None
    assert (found.kind, found.banner, found.target) == (kind, banner, None)
    assert found.frame == next(number for number, (sender, _) in enumerate(turns, 1) if sender is S)


@pytest.mark.parametrize("kind", PROXIED)
def test_what_a_proxy_was_asked_for(kind, tls):
    found = opening([*PROXIED[kind], *tls])
    assert found is not None
    assert (found.kind, found.target) == (kind, "g.example.test:443")


@pytest.mark.parametrize("turns", NONE_OF_THEM)
def test_another_protocol_is_not_guessed(turns, tls):
    found = opening([*turns, *tls])
    assert found is not None
    assert found.kind == "unknown"


@pytest.mark.parametrize("name", BEFORE)
def test_what_comes_before_tls_is_no_answer_that_is_not_tls(name):
    """The whole connection, as captured: who speaks it, and that the handshake is judged for itself."""
    turns = [(sender, tds(0x12, data) if name == "tds" else data) for sender, data in flights()]
    found = observed([*BEFORE[name][1], *turns])
    assert found.opening is not None
    kind = {"http connect": "http-connect", "socks 5": "socks5", "socks 4": "socks4"}.get(name, name)
    assert found.opening.kind == kind
    assert (kind in {*DIALOGUES, *PROXIED}) is (name not in OTHERS)
    assert found.not_tls is None
    assert found.alerts


def test_a_greeting_that_no_tls_follows_is_the_wrong_port(tls):
    """The server speaks first, the client has no word for it but its hello."""
    hello = next(turn for turn in tls if turn[0] is C)
    found = observed([(S, b"220 mail.example.test ESMTP\r\n"), hello, (S, b"500 unrecognized command\r\n")])
    assert found.opening is None
    assert found.not_tls is not None
    assert found.not_tls.message.head.startswith(b"220 mail")


def test_tls_at_once_has_no_opening(tls):
    assert opening(tls) is None


@given(st.lists(st.tuples(st.sampled_from([C, S]), st.binary(max_size=60)), max_size=5))
def test_anything_may_come_before(tls, turns):
    found = opening([*turns, *tls])
    assert found is None or len(found.banner) <= 200
