"""Hellos: recorded ones decoded elsewhere, and broken ones."""

import pytest

from tests.oracle import recorded
from tlswhy.errors import BadEvidence
from tlswhy.side import Side
from tlswhy.wire import extensions as ext
from tlswhy.wire.hello import (
    client_extension_bodies,
    read_client_hello,
    read_server_hello,
    write_client_hello,
    write_record,
)
from tlswhy.wire.messages import KeyShare, Span

SPAN = Span(Side.CLIENT, 0, 0)


@pytest.mark.parametrize("name", sorted(recorded.clients()))
def test_recorded_client_hellos_are_read_as_their_client_file_says(name):
    shown = recorded.clients()[name]["client_hello"]
    record = bytes.fromhex(shown["record_hex"])
    hello, oddities = read_client_hello(record[5:], SPAN, int.from_bytes(record[1:3], "big"))
    assert oddities == ()
    assert f"0x{hello.record_version:04x}" == shown["record_version"]
    assert f"0x{hello.legacy_version:04x}" == shown["legacy_version"]
    assert hello.server_name == shown["server_name"]
    assert hello.cipher_suites == tuple(int(suite["id"], 16) for suite in shown["suites"])
    raw = write_client_hello(
        legacy_version=hello.legacy_version,
        random=hello.random,
        session_id=hello.session_id,
        cipher_suites=hello.cipher_suites,
        compression_methods=hello.compression_methods,
        extensions=client_extension_bodies(hello),
    )
    assert write_record(22, hello.record_version, raw) == record


def client_hello(*extensions, tail=b""):
    raw = write_client_hello(
        legacy_version=0x0303, random=bytes(32), session_id=b"s", cipher_suites=(1, 2), extensions=extensions
    )
    raw += tail
    return read_client_hello(raw, SPAN, 0x0301)


def test_absent_and_empty_lists_are_told_apart():
    hello, _ = client_hello()
    assert hello.groups is None
    assert hello.alpn is None
    hello, _ = client_hello((ext.SUPPORTED_GROUPS, b"\x00\x00"), (ext.ALPN, b"\x00\x00"))
    assert hello.groups == ()
    assert hello.alpn == ()


def test_tickets_psk_and_key_shares():
    share = bytes.fromhex("0010 001d 0004 aabbccdd 0a0a 0001 00 0017 0000".replace(" ", ""))
    share = ext.vector16(share[2:])
    hello, oddities = client_hello((ext.SESSION_TICKET, b"t"), (ext.KEY_SHARE, share), (ext.PRE_SHARED_KEY, b"x"))
    assert oddities == ()
    assert hello.ticket_offered
    assert hello.psk_offered
    assert hello.key_shares == (KeyShare(29, 4), KeyShare(0x0A0A, 1), KeyShare(23, 0))
    hello, _ = client_hello((ext.SESSION_TICKET, b""))
    assert not hello.ticket_offered


@pytest.mark.parametrize(
    ("extensions", "tail", "what"),
    [
        ([(ext.SUPPORTED_GROUPS, b"\x00\x03\x00\x17\x00")], b"", "extension-malformed"),
        ([(ext.SIGNATURE_ALGORITHMS, b"\x00")], b"", "extension-malformed"),
        ([(ext.SERVER_NAME, b"\x00\x09\x00\x00\x50a")], b"", "extension-malformed"),
        ([], b"trailing", "hello-trailing-bytes"),
    ],
)
def test_broken_extensions_are_oddities_and_the_hello_stays(extensions, tail, what):
    hello, oddities = client_hello(*extensions, tail=tail)
    assert hello.cipher_suites == (1, 2)
    assert [oddity.what for oddity in oddities] == [what]
    assert hello.groups is None


def test_an_extension_twice_counts_the_first():
    raw = write_client_hello(
        legacy_version=0x0303, random=bytes(32), session_id=b"", cipher_suites=(1,),
        extensions=[(10, b"\x00\x02\x00\x17"), (11, b"\x01\x00")],
    )  # fmt: skip
    raw = raw.replace(b"\x00\x0b\x00\x02\x01\x00", b"\x00\x0a\x00\x02\x00\x00")
    hello, oddities = read_client_hello(raw, SPAN, 0x0301)
    assert hello.extensions == (10, 10)
    assert hello.groups == (23,)
    assert [oddity.what for oddity in oddities] == ["extension-twice"]


def test_every_cut_of_a_hello_is_read_or_refused_in_the_house_way():
    raw = write_client_hello(
        legacy_version=0x0303,
        random=bytes(32),
        session_id=b"abc",
        cipher_suites=(1, 2),
        extensions=[(10, b"\x00\x02\x00\x17")],
    )
    refused = 0
    for size in range(len(raw)):
        try:
            hello, _ = read_client_hello(raw[:size], SPAN, 0x0301)
        except BadEvidence:
            refused += 1
        else:
            assert hello.cipher_suites == (1, 2)
    assert refused == len(raw) - 10


@pytest.mark.parametrize(
    "changes",
    [
        {"random": bytes(31)},
        {"session_id": bytes(33)},
        {"cipher_suites": ()},
        {"cipher_suites": (70000,)},
        {"compression_methods": ()},
        {"extensions": [(5, b""), (5, b"")]},
        {"extensions": [(ext.PRE_SHARED_KEY, b""), (5, b"")]},
        {"extensions": [(5, bytes(65536))]},
        {"cipher_suites": range(40000)},
    ],
)
def test_the_writer_is_strict(changes):
    fields = {"legacy_version": 0x0303, "random": bytes(32), "session_id": b"", "cipher_suites": (1,)}
    with pytest.raises(BadEvidence):
        write_client_hello(**(fields | changes))


def test_long_payloads_take_several_records():
    data = write_record(22, 0x0301, bytes(40000))
    assert len(data) == 40000 + 3 * 5
    assert data[:5] == b"\x16\x03\x01\x40\x00"


def test_server_hello_of_tls13_and_of_old():
    body = (
        b"\x03\x03" + b"r" * 32 + b"\x00\x13\x02\x00" + ext.vector16(bytes.fromhex("002b00020304003300060018000299aa"))
    )
    hello, oddities = read_server_hello(b"\x02\x00\x00\x38" + body, SPAN, 0x0303)
    assert (hello.version, hello.legacy_version, hello.cipher_suite) == (0x0304, 0x0303, 0x1302)
    assert hello.key_share == KeyShare(24, 2)
    assert oddities == ()
    hello, _ = read_server_hello(b"\x02\x00\x00\x26" + body[:34] + b"\x00\x00\x05\x00", SPAN, 0x0300)
    assert (hello.version, hello.extensions, hello.hello_retry) == (0x0303, (), False)


@pytest.mark.parametrize(
    ("length", "tail", "suites", "methods"),
    [
        (6, b"\x00\x2f\x00\x35\x00", (), ()),  # more than there is
        (400, b"\x00\x2f\x00\x35\x01\x00", (), ()),
        (3, b"\x00\x2f\x00\x01\x00", (0x2F,), (0,)),  # half a suite
        (4, b"\x00\x2f\x00\x35\x05\x00", (0x2F, 0x35), ()),  # methods that are not there
        (4, b"\x00\x2f\x00\x35", (0x2F, 0x35), ()),
    ],
)
def test_lists_longer_than_the_hello(length, tail, suites, methods):
    """As Wireshark reads them; of a hello that the capture cuts nothing is said, since more may have stood there."""
    body = b"\3\3" + bytes(33) + length.to_bytes(2) + tail
    hello, oddities = read_client_hello(b"\1" + len(body).to_bytes(3) + body, SPAN, 0x0301)
    assert (hello.cipher_suites, hello.compression_methods, hello.extensions) == (suites, methods, ())
    assert [oddity.what for oddity in oddities] == ["hello-lists-cut"]
    with pytest.raises(BadEvidence):
        read_client_hello(b"\1" + (len(body) + 90).to_bytes(3) + body, SPAN, 0x0301)
