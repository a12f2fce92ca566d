"""What is told of a connection in the end."""

import pytest

from tlswhy.packets.connection import Piece
from tlswhy.packets.handing_out import handed_out
from tlswhy.packets.tcp import Conversation, Limits
from tlswhy.side import Side


def conversation(flow: bytes, frame: int = 12) -> Conversation:
    made = Conversation(flow, Limits(), frame, 1_000)
    for half, text in ((made.first, b"one"), (made.first.peer, b"other")):
        half.sent = True
        half.stream.begin(100)
        half.stream.segment(100, text, len(text), frame + len(text), 2_000)
    made.last_frame, made.last_time_ns = frame + 9, 3_000
    return made


def test_without_a_syn_the_higher_port_is_the_client():
    flow = bytes([10, 0, 0, 2, 10, 0, 0, 1]) + (443).to_bytes(2) + (40_000).to_bytes(2)
    found = handed_out(conversation(flow), [0], cut_short=False)
    assert (str(found.client), str(found.server), found.roles_shown) == ("10.0.0.1:40000", "10.0.0.2:443", False)
    assert found.pieces == (Piece(Side.SERVER, 15, 2_000, b"one"), Piece(Side.CLIENT, 17, 2_000, b"other"))


def test_addresses_of_ipv6():
    flow = bytes(15) + b"\1" + bytes(15) + b"\2" + (50_000).to_bytes(2) + (443).to_bytes(2)
    found = handed_out(conversation(flow), [0], cut_short=False)
    assert (str(found.client), str(found.server)) == ("[::1]:50000", "[::2]:443")


@pytest.mark.parametrize("cut_short", [False, True])
def test_frames_are_counted_in_the_file_that_it_begins_in(cut_short):
    found = handed_out(conversation(bytes(12)), [0, 10, 18], cut_short=cut_short)
    assert (found.file, found.first_frame, found.last_frame, found.turns) == (1, 2, 11, (8,))
    assert [piece.frame for piece in found.pieces] == [5, 7]
    assert [oddity.what for oddity in found.oddities] == ["connection-cut-short"] * cut_short
