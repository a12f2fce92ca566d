"""Port reuse within a file; how connections go on in the next file is tested in evidence/test_capture_files.py."""

import pytest

from tests.packets.building import ACK, RST, SYN, Talk
from tests.packets.test_tcp import read


@pytest.mark.parametrize("ended", [True, False])
def test_a_port_used_again_is_another_connection(ended):
    first = Talk().open().client_sends(b"one")
    if ended:
        first.close()
    second = Talk(client_seq=5_000_000, server_seq=77).open().client_sends(b"two")
    one, two = read(first, second)
    assert [piece.data for piece in one.pieces] == [b"one"]
    assert [piece.data for piece in two.pieces] == [b"two"]
    assert two.first_frame == one.last_frame + 1


def test_a_port_used_again_after_a_reset_without_its_syn_captured():
    first = Talk().client_sends(b"old").server_sends(flags=RST)
    second = Talk(client_seq=70, server_seq=88).open()
    assert len(read(first, second)) == 2


def test_a_syn_captured_late_belongs_to_its_connection():
    talk = Talk().open().client_sends(b"hello")
    talk.frames = [talk.frames[3], talk.frames[0], talk.frames[1], talk.frames[2]]
    (connection,) = read(talk)
    assert connection.roles_shown
    assert [(piece.frame, piece.data) for piece in connection.pieces] == [(1, b"hello")]


def test_a_syn_ack_with_another_number_is_no_new_connection():
    talk = Talk().client_sends(flags=SYN).server_sends(flags=SYN | ACK)
    talk.server_seq = 555
    talk.server_sends(flags=SYN | ACK).client_sends(b"x")
    assert len(read(talk)) == 1
