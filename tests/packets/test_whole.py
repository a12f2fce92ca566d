"""Connections that are taken at once: the same as packet by packet, whatever goes wrong beside them and in them."""

import random

import pytest

from tests.packets.building import ACK, FIN, PSH, RST, SYN, Packet, Talk, ethernet, ipv4, pcap, pcapng, tcp
from tlswhy.packets import whole
from tlswhy.packets.capture import Limits, read_connections
from tlswhy.packets.tcp import Conversations, Share
from tlswhy.source import source_of_bytes


@pytest.fixture(autouse=True)
def taken(monkeypatch):
    """How many were taken at once; even one SYN is enough to look for them."""
    count = [0]
    at_once = Conversations.whole

    def counted(self, connection):
        count[0] += 1
        at_once(self, connection)

    monkeypatch.setattr(Conversations, "whole", counted)
    monkeypatch.setattr(whole, "FEWEST", 1)
    return count


def talk(chance: random.Random, number: int, *, faults: float) -> list[bytes]:
    """One short connection, with something unusual in it now and then."""
    made = Talk(sport=20_000 + number % 40, server=chance.choice(["10.0.0.2", "10.0.0.3"]))
    made.client_seq, made.server_seq = (chance.choice([5, 1 << 31, (1 << 32) - 50]) + number for _ in range(2))
    made.open()
    for _ in range(chance.randrange(6)):
        send = chance.choice([made.client_sends, made.server_sends])
        send(chance.randbytes(chance.randrange(200)), chance.choice([ACK, ACK | PSH]))
    if chance.random() < 0.7:
        made.close()
    frames = made.frames
    while chance.random() < faults:
        at = chance.randrange(len(frames))
        match chance.randrange(10):
            case 0:
                frames.insert(at, chance.choice(frames))
            case 1:
                del frames[at]
            case 2:
                frames[at], frames[at - 1] = frames[at - 1], frames[at]
            case 3:
                made.frames = []
                made.server_sends(flags=chance.choice([RST, RST | ACK, FIN | ACK, FIN, SYN, SYN | ACK]))
                frames[at:at] = made.frames
            case 4:
                frames.append(ipv4("10.0.0.2", "10.0.0.1", tcp(443, made.sport, 1, 2), options=b"\1" * 4))
            case 5:
                frames[at] = frames[at][:-1]
            case 6:
                made.frames = []
                made.server_sends(b"the end", FIN | ACK).server_sends(b"and yet more")
                frames += made.frames
            case 7:
                made.frames = []
                made.client_sends(ack=made.server_seq - 100)
                frames += made.frames
            case 8 if len(frames) > 3:
                frames[1], frames[2] = frames[2], frames[1]  # the answer to the SYN came late
            case _:
                frames.append(ipv4("10.0.0.1", "10.0.0.2", bytes(30), protocol=1))
        if not frames:
            break
    return frames


def captured(seed: int, *, faults: float, form=pcap) -> bytes:
    chance = random.Random(seed)
    waiting = [talk(chance, number, faults=faults) for number in range(60)]
    running: list[list[bytes]] = []
    packets = []
    while waiting or running:
        if waiting and len(running) < 3:
            running.append(waiting.pop())
        one = chance.choice(running)
        if one:
            data = ethernet(one.pop(0))
            cut = 60 if chance.random() < faults / 20 else len(data)
            packets.append(Packet(data[:cut], 1_000_000_000 * len(packets), len(data)))
        else:
            running.remove(one)
    return form(packets)


def read(capture: bytes, *, scan: bool, blocks: int = 1 << 20, **options):
    reading = read_connections(source_of_bytes("x", capture, blocks), scan_from=0 if scan else 1 << 60, **options)
    return list(reading), reading.protocols, reading.links, reading.packets, reading.cut_packets


@pytest.mark.parametrize("form", [pcap, pcapng])
def test_nearly_all_of_many_orderly_connections_are_taken_at_once(form, taken):
    capture = captured(1, faults=0, form=form)
    assert read(capture, scan=True) == read(capture, scan=False)
    assert taken[0] > 40


@pytest.mark.parametrize("seed", range(40))
def test_what_goes_wrong_in_them_and_beside_them(seed, taken):
    capture = captured(seed, faults=0.1 + 0.02 * (seed % 20))
    for options in (
        {},
        {"limits": Limits(stream_bytes=300)},
        {"limits": Limits(total_bytes=60_000)},
        {"limits": Limits(enough=lambda: lambda data, missing: True, enough_after=400)},
        {"share": Share(1, 2)},
    ):
        careful = read(capture, scan=False, **options)
        assert read(capture, scan=True, **options) == careful
        assert read(capture, scan=True, blocks=3_000, **options) == careful


def test_a_connection_that_goes_on_later(taken):
    """Its first packets are taken at once, and it is open as if they had not been."""
    made = [Talk(sport=30_000 + number).open().client_sends(b"hello") for number in range(80)]
    frames = [frame for each in made for frame in each.frames]
    for each in made:
        each.frames.clear()
        each.server_sends(b"an answer").client_sends(b"more").close()
        frames += each.frames
    capture = pcap([Packet(ethernet(frame)) for frame in frames])
    assert read(capture, scan=True, blocks=len(capture) // 2) == read(capture, scan=False)
    assert taken[0] >= 40
