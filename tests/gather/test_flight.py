"""The flight's steps: bytes in, what to do next out; any chunking gives the same."""

import pytest

from tlswhy.client.hello import Fresh, hello_of, record_of
from tlswhy.client.profiles import load_client
from tlswhy.gather.exchange import KeyExchange
from tlswhy.gather.flight import ServerFlight, Step
from tlswhy.wire.hello import HELLO_RETRY_RANDOM, write_record

DONE12 = bytes([14, 0, 0, 0])
(POLICY,) = load_client("java/17.0.9").members


def flight() -> ServerFlight:
    made = ServerFlight(KeyExchange(), bytes(32))
    fresh = Fresh(bytes(32), bytes(32), made.exchange.shares(POLICY.offer.key_shares))
    message = hello_of(POLICY.offer, POLICY.hello_form, fresh, "a.example")
    made.hello_sent(record_of(POLICY.offer, message), message)
    return made


def server_hello(extensions=b"", suite=0xC02F, random=bytes(32)) -> bytes:
    body = b"\x03\x03" + random + b"\x20" + bytes(32) + suite.to_bytes(2, "big") + b"\x00"
    body += len(extensions).to_bytes(2, "big") + extensions
    return b"\x02" + len(body).to_bytes(3, "big") + body


RETRY = server_hello(
    b"\x00\x2b\x00\x02\x03\x04\x00\x33\x00\x02\x00\x18\x00\x2c\x00\x05\x00\x03abc", 0x1301, HELLO_RETRY_RANDOM
)


@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_a_flight_of_tls12_ends_with_server_hello_done(size):
    data = write_record(22, 0x0303, server_hello() + DONE12)
    made = flight()
    steps = [made.take(data[start : start + size]) for start in range(0, len(data), size)]
    assert steps[-1] is Step.DONE
    assert set(steps[:-1]) <= {Step.WAIT}


def test_a_retry_asks_for_a_second_hello_and_a_second_retry_ends_it():
    made = flight()
    assert made.take(write_record(22, 0x0303, RETRY)) is Step.SECOND_HELLO
    assert made.retry is not None
    assert (made.retry.group, made.retry.cookie) == (0x18, b"abc")
    assert made.take(write_record(22, 0x0303, RETRY)) is Step.DONE


def test_what_cannot_be_opened_is_waited_for_until_silence():
    made = flight()
    hello = server_hello(b"\x00\x2b\x00\x02\x03\x04\x00\x33\x00\x06\x99\x99\x00\x02ab", 0x1301)
    assert made.take(write_record(22, 0x0303, hello)) is Step.WAIT
    assert made.take(b"\x17\x03\x03\x00\x20" + bytes(32)) is Step.LINGER
    assert made.secrets == []


@pytest.mark.parametrize("data", [b"\x15\x03\x03\x00\x02\x02\x28", b"\x15\x03\x03\x00\x02\x01\x00"])
def test_alerts_end_it(data):
    assert flight().take(data) is Step.DONE


def test_another_language_is_listened_to_until_silence():
    made = flight()
    assert [made.take(part) for part in (b"HT", b"TP/1.1 400\r\n")] == [Step.WAIT, Step.LINGER]


def test_a_warning_does_not():
    assert flight().take(b"\x15\x03\x03\x00\x02\x01\x70") is Step.WAIT
