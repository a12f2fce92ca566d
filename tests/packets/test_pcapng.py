"""Where reading goes on in a damaged pcapng file; whole files: test_records."""

import struct

from tests.packets.building import Packet, Talk, enhanced, ethernet, interface, pcapng, section
from tlswhy.packets.capture import read_connections
from tlswhy.packets.framing import RecordNotes
from tlswhy.packets.pcapng import PcapngWalk
from tlswhy.source import source_of_bytes

FRAMES = [ethernet(frame) for frame in Talk().open().client_sends(b"hello").close().frames]


def test_a_new_section_is_found_behind_damage_in_either_byte_order():
    for order in "<>":
        whole = pcapng(FRAMES[:2]) + b"\xff" * 41 + pcapng(FRAMES[2:], order=order)
        reading = read_connections(source_of_bytes("x", whole))
        (connection,) = reading
        assert [piece.data for piece in connection.pieces] == [b"hello"]
        assert [oddity.what for oddity in reading.oddities] == ["capture-corrupt", "capture-resumed"]


def test_the_number_of_a_block_alone_is_no_packet():
    walk = PcapngWalk(RecordNotes())
    walk.walk(section() + interface(), 0, 0)
    block = enhanced(Packet(FRAMES[0]))
    after = enhanced(Packet(FRAMES[1]))
    assert walk.resume(b"\6\0\0\0" * 9 + block + after, 0, ended=False) == 36
    assert walk.resume(block, 0, ended=False) == -1  # nothing is known of what follows
    assert walk.resume(block, 0, ended=True) == 0
    disagreeing = block[:-4] + struct.pack("<I", 44)
    assert walk.resume(disagreeing + after[:9], 0, ended=True) == -1
