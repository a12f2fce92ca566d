"""The table of quiet connections: found by flow, never confused, gone when removed."""

import random

import numpy as np

from tlswhy.packets.quiet import Quiet
from tlswhy.packets.tcp import Conversation, Limits, reverse


def conversation(flow: bytes) -> Conversation:
    made = Conversation(flow, Limits(), 1, 1)
    for half in (made.first, made.first.peer):
        half.sent = True
        half.stream.begin(100)
        half.stream.acknowledge(500)
    made.first.stream.drop()
    return made


def words(*flows: bytes) -> np.ndarray:
    return np.frombuffer(b"".join(flows), "<u4").reshape(len(flows), -1)


def test_flows_are_found_and_strangers_are_not():
    chance = random.Random(1)
    known = [conversation(chance.randbytes(12)) for _ in range(3_000)]
    quiet = Quiet(3, 0)
    for each in known:
        quiet.put(each)
    rows = quiet.find(words(*(each.first.flow for each in known)))
    found = rows >= 0
    assert found.mean() > 0.9
    numbers = quiet.number[rows[found]].tolist()
    assert [quiet.conversations[number] for number in numbers] == [
        each for each, ok in zip(known, found, strict=True) if ok
    ]
    assert (quiet.find(words(*(chance.randbytes(12) for _ in range(5_000)))) == -1).all()


def test_what_changes_nothing():
    one = conversation(bytes(range(12)))
    quiet = Quiet(3, 0)
    quiet.put(one)
    closed, other = quiet.find(words(one.first.flow, reverse(one.first.flow))).tolist()

    def unchanged(row, payload, ack):
        return bool(quiet.unchanged(np.array([row]), np.array([payload]), np.array([ack], np.uint32))[0])

    assert unchanged(closed, 1_000, 500)
    assert unchanged(closed, 1_000, 400)
    assert not unchanged(closed, 1_000, 501)  # acknowledges more of the side that is still kept
    assert unchanged(other, 0, 999_999)
    assert not unchanged(other, 1, 500)
    one.first.peer.stream.acknowledge(700)
    assert not unchanged(closed, 1_000, 600)
    quiet.put(one)
    assert unchanged(closed, 1_000, 600)


def test_a_removed_conversation_is_gone():
    one, two = conversation(bytes(36)), conversation(bytes(35) + b"\1")
    quiet = Quiet(9, 1)
    quiet.put(one)
    quiet.put(two)
    quiet.remove(one)
    quiet.remove(one)
    rows = quiet.find(words(one.first.flow, two.first.flow)).tolist()
    assert rows[0] == -1
    assert quiet.conversations[int(quiet.number[rows[1]])] is two
    assert not one.scanned
    assert two.scanned
