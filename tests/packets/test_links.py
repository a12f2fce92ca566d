"""Headers below IP that are cut short, or carry something else; whole ones: test_layers, test_against_tshark_ways."""

import pytest

from tests.packets.building import Talk
from tests.packets.wrapping import WAYS
from tlswhy.packets.layers import Decoder
from tlswhy.packets.links import NO_LINK, behind, by_version, network

FRAME = Talk().packet(False, b"payload", 16)


@pytest.mark.parametrize("way", WAYS)
def test_every_way_cut_short_or_harmed_reads_nothing_beyond(way):
    """No byte behind the packet is read: what stands there never changes the answer."""
    link, wrap = WAYS[way]
    data = wrap(FRAME)
    for size in range(len(data)):
        found = [
            Decoder().decode(link, data[:size] + behind_it, 0, size, len(data))
            for behind_it in (bytes(99), b"\xff" * 99)
        ]
        told = [answer if isinstance(answer, str) else (*answer[:4], *answer[5:]) for answer in found]
        assert told[0] == told[1], size
    for at in range(len(data)):
        harmed = data[:at] + bytes([data[at] ^ 0x7F]) + data[at + 1 :]
        Decoder().decode(link, harmed + bytes(99), 0, len(harmed), len(harmed))


def test_what_is_no_ip():
    assert network(9999, b"", 0, 0) == (NO_LINK, 0)
    assert by_version(b"\x12", 0, 1) == (0, 0)
    assert behind(0x0806, b"", 0, 0) == (0x0806, 0)
    assert behind(0x8100, b"\x81\0\0\0" * 100, 0, 400)[0] in (0, 0x8100)
