"""Whole handshakes are in test_responder.py; here what a client does wrong."""

import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tlswhy.lab.actions import Leave, Send
from tlswhy.lab.exchange import dh_share
from tlswhy.lab.finish import Finisher, Secrets
from tlswhy.wire.numbers import TLS12, suite, suite_number

SHARE = dh_share(512, os.urandom)


def finisher():
    known = suite(suite_number("TLS_DHE_RSA_WITH_AES_128_CBC_SHA"))
    return Finisher(Secrets(TLS12, known, bytes(32), bytes(32), SHARE), b"")


def alert(description):
    return [Send(bytes.fromhex("1503030002") + bytes([2, description])), Leave()]


KEY_EXCHANGE = bytes.fromhex("160303 0007 10000003 0001 05")
CHANGE = bytes.fromhex("140303 0001 01")


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        (bytes.fromhex("160303 0004 0e000000"), alert(10)),
        (CHANGE, alert(10)),
        (bytes.fromhex("160303 0006 10000002 0009"), alert(50)),
        (KEY_EXCHANGE + KEY_EXCHANGE, alert(10)),
        (KEY_EXCHANGE + CHANGE + bytes.fromhex("160303 0040") + bytes(64), alert(51)),
        (bytes.fromhex("150303 0002 022e"), [Leave()]),
        (KEY_EXCHANGE, []),
    ],
)
def test_what_does_not_fit_ends_with_an_alert(said, answer):
    assert list(finisher().received(said)) == answer


def test_bytes_may_come_one_by_one():
    one = finisher()
    assert [action for byte in KEY_EXCHANGE + CHANGE for action in one.received(bytes([byte]))] == []


@settings(max_examples=60, deadline=None)
@given(st.lists(st.binary(max_size=80), max_size=6))
def test_no_bytes_break_it(pieces):
    one = finisher()
    for piece in pieces:
        list(one.received(piece))


def test_endless_records_are_not_kept():
    assert Leave() in list(finisher().received(b"\x16\x03\x03\xff\xff" + bytes(60000) + b"\x16" + bytes(1 << 18)))
