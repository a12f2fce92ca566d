"""What is told of each message."""

from dataclasses import replace

from tests.render import examples
from tlswhy.render.rungs import rungs
from tlswhy.render.words import load_words
from tlswhy.side import Side

WORDS = load_words("en")


def told(client, case):
    return list(rungs(examples.handshake(client, case), WORDS))


def test_messages_and_tcp_in_the_order_of_frames():
    found = told("j8u51", "dhe-512-tls10-aes128cbc")
    assert [rung.kind for rung in found] == [
        "syn",
        "syn-ack",
        "client-hello",
        "server-hello",
        "certificate",
        "server-key-exchange",
        "other",
        "alert",
        "fin",
        "fin",
    ]
    assert [rung.frame for rung in found] == sorted(rung.frame for rung in found)


def test_the_suites_place_in_the_clients_list():
    (hello,) = [rung for rung in told("j8u51", "dhe-512-tls10-aes128cbc") if rung.kind == "server-hello"]
    assert hello.details == ("TLS 1.0 · TLS_DHE_RSA_WITH_AES_128_CBC_SHA", "13th of the client's 28")


def test_a_suite_that_was_not_offered():
    seen = examples.handshake("j8u51", "dhe-512-tls10-aes128cbc")
    hello = replace(seen.server_hello, message=replace(seen.server_hello.message, cipher_suite=0x1301))
    messages = tuple(hello if m.message is seen.server_hello.message else m for m in seen.messages)
    found = list(rungs(replace(seen, server_hello=hello, messages=messages), WORDS))
    (rung,) = [rung for rung in found if rung.kind == "server-hello"]
    assert "not among the client's 28" in rung.details


def test_runs_of_opaque_records_are_one_rung():
    found = [rung for rung in told("j25.0.2", "base-tls12-13") if rung.kind == "encrypted"]
    assert found[0].sender is Side.SERVER
    assert found[0].name == "4 encrypted records"
    assert found[0].details[0].endswith(" bytes")


def test_a_hello_retry_tells_the_group():
    found = [rung for rung in told("j8u504", "group13-p521") if rung.kind in ("hello-retry", "client-hello")]
    assert [rung.name for rung in found] == ["ClientHello", "HelloRetryRequest", "ClientHello again"]
    assert found[1].details == ("asks for secp521r1",)
    assert found[2].details == ("key share secp521r1",)


def test_what_a_stranger_says_is_harmless():
    (rung,) = [rung for rung in told("j8u51", "wire-http") if rung.kind == "not-tls"]
    assert rung.details == ("“HTTP/1.1 400 Bad Request”",)
