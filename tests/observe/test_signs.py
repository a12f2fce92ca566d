"""What a server calls itself: the weightiest sign first, each at its place, nothing that could not be printed."""

from __future__ import annotations

import ssl
from contextlib import suppress

import pytest

from tests.gather.servers import make_certificates
from tests.observe.test_opening import TALKS, C, S, observed, transcript
from tests.oracle import recorded
from tests.packets.test_against_tshark_ways import flights
from tlswhy.evidence.read import read_evidence
from tlswhy.evidence.types import Banner
from tlswhy.observe.connections import observe_all
from tlswhy.observe.handshake import observe
from tlswhy.observe.signs import shown, signs_of
from tlswhy.side import Side
from tlswhy.source import source_of_bytes
from tlswhy.wire.keylog import KeyLog

URL = "https://gadgets.example.test/"
HTTP = b"HTTP/1.1 400 Bad Request\r\nDate: today\r\nServer: nginx/1.22.1\r\n\r\n<html>"


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    return make_certificates(tmp_path_factory.mktemp("certificates"))


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


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_an_answer_that_keys_open(certificates, tmp_path, version):
    """Of what was said under encryption the one header is taken, and nothing else kept for anybody to see."""
    secret = b"HTTP/1.1 200 OK\r\nSet-Cookie: session=secret\r\nServer: Microsoft-IIS/10.0\r\n\r\n"
    turns = spoken(
        certificates, tmp_path / "keys", version, [b"GET / HTTP/1.1\r\nServer: mine\r\n\r\n", secret, secret]
    )
    keys = KeyLog()
    keys.add((tmp_path / "keys").read_text())
    opened = observe(transcript(turns), keys)
    assert kinds(None, opened) == [("server", "Microsoft-IIS/10.0")]
    assert "secret" not in repr(opened)
    assert kinds(None, observe(transcript(turns))) == []


def spoken(certificates, keys, version, said) -> list[tuple[Side, bytes]]:
    """A connection of OpenSSL with itself: the client says the first of it, the server the rest."""
    contexts = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    contexts[0].check_hostname, contexts[0].verify_mode = False, ssl.CERT_NONE
    contexts[0].keylog_filename = str(keys)
    contexts[0].minimum_version = contexts[0].maximum_version = version
    contexts[1].load_cert_chain(certificates.chain, certificates.key)
    bios = {side: (ssl.MemoryBIO(), ssl.MemoryBIO()) for side in (C, S)}  # what it reads, what it writes
    ends = {C: contexts[0].wrap_bio(*bios[C]), S: contexts[1].wrap_bio(*bios[S], server_side=True)}
    turns: list[tuple[Side, bytes]] = []

    def carry(sender: Side) -> None:
        if data := bios[sender][1].read():
            turns.append((sender, data))
            bios[sender.other][0].write(data)

    for sender in (C, S) * 3:
        with suppress(ssl.SSLWantReadError):
            ends[sender].do_handshake()
        carry(sender)
    for sender, part in zip((C, S, S), said, strict=True):
        ends[sender].write(part)
        carry(sender)
    return turns


def test_a_usual_connection_has_none():
    row = recorded.row("j8u212", "dhe-768-tls12-aes128cbc")
    seen = observe_all(read_evidence(source_of_bytes("c", recorded.capture(row)))).handshakes
    assert kinds(None, *seen) == []


def test_what_cannot_be_printed_is_left_out():
    assert shown("  nginx\x1b[31m\x00/1  ") == "nginx[31m/1"
    assert len(shown("a" * 1000)) == 160
