"""Resets that come from elsewhere, by both ways through the packets room."""

import pytest

from tests.packets.building import ACK, RST, Talk, ethernet, pcap, timed
from tlswhy.evidence.types import Transcript
from tlswhy.observe.handshake import observe
from tlswhy.observe.resets import foreign_resets
from tlswhy.packets.capture import read_connections
from tlswhy.source import source_of_bytes


def connection(ttl: int, scan_from: int, six: bool = False, flags: int = RST | ACK):
    """A server whose packets have a TTL of 52, and a reset that names it."""
    client, server = ("2001:db8::1", "2001:db8::2") if six else ("10.0.0.1", "10.0.0.2")
    talk = Talk(client, server).open().client_sends(b"hello").server_sends(flags=flags)
    frames = [bytearray(ethernet(frame)) for frame in talk.frames]
    for number, at in ((1, 52), (len(frames) - 1, ttl)):
        frames[number][14 + (7 if six else 8)] = at
    filler = [ethernet(frame) for frame in Talk(sport=9).open().frames * 40]
    reading = read_connections(source_of_bytes("x", pcap(timed([*map(bytes, frames), *filler]))), scan_from=scan_from)
    return next(iter(reading))


@pytest.mark.parametrize("scan_from", [0, 1 << 30])
@pytest.mark.parametrize("six", [False, True])
def test_a_reset_that_has_travelled_another_way(scan_from, six):
    (oddity,) = foreign_resets(connection(61, scan_from, six))
    assert (oddity.what, oddity.place) == ("reset-from-elsewhere", "frame 5")
    assert oddity.facts == {"sender": "server", "ttl": 61, "usual": 52}
    handshake = observe(Transcript("a.pcap", connection(61, scan_from, six)))
    assert [oddity.item for oddity in handshake.oddities if oddity.what == "reset-from-elsewhere"] == ["a.pcap"]


@pytest.mark.parametrize("ttl", [51, 52, 53])
def test_a_reset_of_the_server_itself(ttl):
    assert foreign_resets(connection(ttl, 0)) == []


def test_a_fin_tells_nothing():
    assert foreign_resets(connection(61, 0, flags=ACK | 1)) == []
