"""What deviates in a server's hello, told of recorded connections whose ServerHello is another."""

from dataclasses import replace

import pytest

from tests.cases.retold import handshake
from tlswhy.observe.deviations import UNSOLICITED, deviations_of, lacks_renegotiation_info
from tlswhy.wire.answers import write_server_hello
from tlswhy.wire.hello import read_server_hello

TLS12 = ("j17.0.9", "base-tls12")
ANSWER = {
    "version": 0x0303,
    "random": bytes(32),
    "session_id": b"",
    "cipher_suite": 0xC02F,
    "extensions": [(0xFF01, b"\0")],
}


def answered(*row, then=b"", **changes):
    """The connection with another ServerHello, ``then`` behind it."""
    whole = handshake(*row)
    told = whole.server_hello
    raw = write_server_hello(**ANSWER | changes) + then
    message, _ = read_server_hello(raw, told.message.span, 0x0303)
    changed = replace(told, message=message)
    messages = tuple(changed if each == told else each for each in whole.messages)
    return replace(whole, server_hello=changed, messages=messages)


def kinds(*row, **changes):
    return [
        f"{found.kind} {found.number}" if found.kind == UNSOLICITED else found.kind
        for found in deviations_of(answered(*row, **changes))
    ]


def renegotiation(body, *more):
    return [(0xFF01, body), *more]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"random": bytes(24) + b"DOWNGRD\x01"}, ["downgraded"]),
        ({"random": bytes(24) + b"DOWNGRD\x00"}, ["downgraded-oddly"]),
        ({"version": 0x0302, "random": bytes(24) + b"DOWNGRD\x00"}, ["downgraded"]),
        ({"compression_method": 1}, ["compression-chosen"]),
        ({"cipher_suite": 0x1301}, ["suite-of-another-version"]),
        ({"extensions": ()}, ["renegotiation-info-missing"]),
        ({"extensions": renegotiation(b"\1x")}, ["renegotiation-info-not-empty"]),
        ({"extensions": renegotiation(b"")}, ["renegotiation-info-malformed"]),
        ({"extensions": renegotiation(b"\0\0")}, ["renegotiation-info-trailing"]),
        ({"extensions": renegotiation(b"\0", (0, b""), (23, b""), (11, b"\1\0"), (5, b""))}, []),
        ({"extensions": renegotiation(b"\0", (0, b"x"))}, ["server-name-not-empty"]),
        ({"extensions": renegotiation(b"\0", (23, b"x"))}, ["extended-master-secret-not-empty"]),
        ({"extensions": renegotiation(b"\0", (11, b"\1\1"))}, ["point-formats-all-compressed"]),
        ({"extensions": renegotiation(b"\0", (11, b"\0"))}, ["point-formats-empty"]),
        ({"extensions": renegotiation(b"\0", (11, b""))}, ["point-formats-malformed"]),
        ({"extensions": renegotiation(b"\0", (13, b"\0\2\4\1"))}, ["extension 13"]),
        ({"extensions": renegotiation(b"\0", (0x1234, b""))}, ["extension 4660"]),
        ({"extensions": renegotiation(b"\0", (0, b""), (0, b""))}, ["extension-repeated"]),
        ({"extensions": renegotiation(b"\0", (43, b"\3"))}, ["supported-versions-malformed", "extension 43"]),
        ({"then": b"\0"}, ["hello-trailing"]),
    ],
)
def test_a_hello_of_tls12(changes, expected):
    assert kinds(*TLS12, **changes) == expected


def test_the_mark_of_a_downgrade_means_nothing_to_who_knows_no_newer_version():
    assert kinds("j8u212", "base-tls12", random=bytes(24) + b"DOWNGRD\x01") == []


SHARE = b"\0\x1d\0\x20" + bytes(31) + b"\x40"


@pytest.mark.parametrize(
    ("extensions", "expected"),
    [
        ([(51, SHARE)], []),
        ([], ["key-share-missing"]),
        ([(51, b"\0\x18\0\1x")], ["key-share-not-asked-for"]),
        ([(51, b"\0\x1d\0\x20" + bytes(32))], ["point-malformed"]),
        ([(51, SHARE), (0, b"")], ["extension 0"]),
        ([(51, SHARE), (41, b"\0\0")], ["extension 41"]),
    ],
)
def test_a_hello_of_tls13(extensions, expected):
    session = handshake("j17.0.9", "base-tls12-13").hello.session_id
    choice = {"cipher_suite": 0x1301, "session_id": session, "extensions": [(43, b"\3\4"), *extensions]}
    assert kinds("j17.0.9", "base-tls12-13", **choice) == expected
    assert kinds("j17.0.9", "base-tls12-13", **choice | {"session_id": b"other"})[0] == "session-id-not-echoed"
    assert kinds("j17.0.9", "base-tls12-13", **choice | {"version": 0x0302})[0] == "legacy-version-odd"


@pytest.mark.parametrize("case", ["base-tls12", "base-tls12-13", "suite-rsa-aes128-cbc", "dhe-1536-tls12-aes128cbc"])
@pytest.mark.parametrize("client", ["j8u212", "j8u504", "j17.0.9"])
def test_real_servers_do_not_deviate(client, case):
    assert list(deviations_of(handshake(client, case))) == []


def test_who_asked_for_secure_renegotiation():
    whole = answered(*TLS12, extensions=())
    assert lacks_renegotiation_info(whole.hello, whole.server_hello.message)
    silent = replace(whole.hello, extensions=(), cipher_suites=(0xC02F,))
    assert not lacks_renegotiation_info(silent, whole.server_hello.message)
