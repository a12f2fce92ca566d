"""What the short way takes, and what it leaves; that it says the same is held in tests/observe/test_line.py."""

import pytest

from tests.wire.test_stream import hello
from tlswhy.side import Side
from tlswhy.wire.hello import HELLO_RETRY_RANDOM, write_record
from tlswhy.wire.usual import read_usual

SUITE = b"\xc0\x2f"


def message(kind: int, body: bytes) -> bytes:
    return bytes([kind]) + len(body).to_bytes(3, "big") + body


def server_hello(random: bytes = bytes(32)) -> bytes:
    return message(2, b"\3\3" + random + b"\0" + SUITE + b"\0")


CLIENT = write_record(22, 0x0301, hello())
SERVER = write_record(22, 0x0303, server_hello() + message(14, b""))
CHANGE = write_record(20, 0x0303, b"\1")


def test_offer_choice_and_alerts():
    client = CLIENT + CHANGE + write_record(22, 0x0303, bytes(40)) + write_record(21, 0x0303, bytes(26))
    usual = read_usual(client, SERVER + write_record(21, 0x0303, b"\2\x28"))
    assert usual is not None
    assert usual.choice is not None
    assert (usual.choice.version, usual.choice.cipher_suite, usual.choice_end) == (0x0303, 0xC02F, len(SERVER))
    assert usual.alerts == ((Side.SERVER, len(SERVER) + 7, 2, 40),)
    assert usual.encrypted_alerts == ((Side.CLIENT, len(client)),)
    assert usual.offer_end == len(CLIENT)


def test_a_refusal_needs_no_server_hello():
    usual = read_usual(CLIENT, write_record(21, 0x0303, b"\2\x28"))
    assert usual is not None
    assert usual.choice is None
    assert usual.alerts == ((Side.SERVER, 7, 2, 40),)


def test_what_is_equal_is_shared():
    other = write_record(22, 0x0301, hello(random=b"\7" * 32))
    assert read_usual(CLIENT, b"").offer is read_usual(other, b"").offer


@pytest.mark.parametrize(
    ("client", "server"),
    [
        (b"", SERVER),
        (b"GET / HTTP/1.1\r\n\r\n", b"HTTP/1.1 400 Bad Request\r\n\r\n"),
        (CLIENT[:-1], b""),
        (CLIENT + b"\x16\x03\x03", SERVER),
        (CLIENT, b"HTTP/1.1 400 Bad Request\r\n\r\n"),
        (CLIENT, write_record(22, 0x0303, server_hello(HELLO_RETRY_RANDOM))),
        (CLIENT, SERVER + write_record(22, 0x0303, b"\x0b\0\1\0")),  # a message that does not end
        (CLIENT, SERVER + write_record(24, 0x0303, b"\1\0\0")),
        (CLIENT, SERVER[:-2]),
    ],
)
def test_what_is_unusual_is_left_to_the_careful_way(client, server):
    assert read_usual(client, server) is None
