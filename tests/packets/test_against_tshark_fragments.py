"""A recorded connection in IP fragments of every order, and in snoop files: each field of the contract as in tshark."""

import json
import random
import shutil
import struct
import subprocess

import pytest

from tests.oracle import recorded
from tests.packets.building import Talk, ethernet, ipv4, pcap, timed
from tests.packets.test_against_tshark_ways import flights, of_line, say, summary, theirs
from tlswhy.evidence.capture import read
from tlswhy.evidence.types import Transcript
from tlswhy.observe.handshake import observe
from tlswhy.observe.line import line_of
from tlswhy.packets.capture import read_connections
from tlswhy.render.json import handshake_line
from tlswhy.render.line import line_text
from tlswhy.source import source_of_bytes

pytestmark = pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
SIZE = 256
MORE = 0x2000


def fragments(packet: bytes, number: int) -> list[bytes]:
    """The packet in fragments of so many bytes; ``number`` tells its datagram from others."""
    six = packet[0] >> 4 == 6
    head, body = packet[: 40 if six else 20], packet[40 if six else 20 :]
    if len(body) <= SIZE:
        return [packet]
    found = []
    for start in range(0, len(body), SIZE):
        part, more = body[start : start + SIZE], start + SIZE < len(body)
        if six:
            extension = struct.pack("!BBHI", head[6], 0, start | more, number)
            length = struct.pack("!H", 8 + len(part))
            found.append(head[:4] + length + b"\x2c" + head[7:] + extension + part)
        else:
            fixed = struct.pack("!HHH", 20 + len(part), number, (MORE if more else 0) | start >> 3)
            found.append(head[:2] + fixed + head[8:] + part)
    return found


def in_order(parts: list[bytes], chance: random.Random) -> list[bytes]:
    return parts


def backwards(parts: list[bytes], chance: random.Random) -> list[bytes]:
    return parts[::-1]


def shuffled(parts: list[bytes], chance: random.Random) -> list[bytes]:
    return chance.sample(parts, len(parts))


def twice(parts: list[bytes], chance: random.Random) -> list[bytes]:
    """Each but the last to come is sent once more before it, as a network may do."""
    return [each for part in parts[:-1] for each in (part, part)] + parts[-1:]


def in_a_tunnel(parts: list[bytes], chance: random.Random) -> list[bytes]:
    """Fragments within IP in IP."""
    inner = 41 if parts[0][0] >> 4 == 6 else 4
    return [ipv4("192.0.2.1", "192.0.2.2", part, protocol=inner) for part in parts]


ORDERS = (in_order, backwards, shuffled, twice, in_a_tunnel)


def fragmented(six: bool) -> tuple[bytes, list[str]]:
    """A connection of its own for each order, and their clients."""
    chance = random.Random(6)
    frames: list[bytes] = []
    clients = []
    for number, order in enumerate(ORDERS):
        client, server = (f"2001:db8::{number + 1:x}", "2001:db8:1::1") if six else (f"10.9.0.{number + 1}", "10.8.0.1")
        clients.append(client)
        talk = Talk(client, server).open()
        for side, data in flights():
            say(talk, side, data)
        for at, packet in enumerate(talk.close().frames):
            frames += [ethernet(part) for part in order(fragments(packet, number << 8 | at), chance)]
    return pcap(timed(frames)), clients


def ours(data: bytes) -> dict[str, dict]:
    found = {}
    for item in read(source_of_bytes("x", data)):
        if isinstance(item, Transcript):
            line = json.loads(json.dumps(handshake_line(observe(item))))
            short = line_of(item)
            assert short is None or json.loads(line_text(short)) == line
            found[item.connection.client.address] = line
    return found


@pytest.mark.parametrize("six", [False, True])
def test_fragments_in_every_order(six, tmp_path):
    data, clients = fragmented(six)
    path = tmp_path / "fragments.pcap"
    path.write_bytes(data)
    shown = {row[3 if six else 2].split(",")[-1]: rows for rows in theirs(path).values() for row in rows[:1]}
    lines = ours(data)
    assert set(lines) == set(shown) == set(clients)
    for client, order in zip(clients, ORDERS, strict=True):
        assert summary(shown[client], client) == of_line(lines[client]), order.__name__
    assert not read_connections(source_of_bytes("x", data)).oddities


@pytest.mark.skipif(shutil.which("editcap") is None, reason="editcap is not installed")
@pytest.mark.parametrize("snap", [None, 200])
def test_snoop_files_that_editcap_writes(snap, tmp_path):
    """Whole, and cut by a snap length, which tshark and we must see alike."""
    capture = recorded.capture(recorded.row("j8u212", "dhe-768-tls12-aes128cbc"))
    plain, snoop = tmp_path / "plain.pcap", tmp_path / "capture.snoop"
    plain.write_bytes(capture)
    cut = ["-s", str(snap)] if snap else []
    subprocess.run(["editcap", *cut, "-F", "snoop", plain, snoop], check=True, capture_output=True)
    data = snoop.read_bytes()
    assert data.startswith(b"snoop\0")
    reading = read_connections(source_of_bytes("x", data))
    (connection,) = reading
    counted = subprocess.run(
        ["tshark", "-n", "-r", snoop, "-T", "fields", "-e", "frame.number", "-e", "frame.len", "-e", "frame.cap_len"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.splitlines()
    rows = [tuple(map(int, row.split("\t"))) for row in counted]
    assert reading.packets == len(rows)
    assert reading.cut_packets == sum(length > kept for _, length, kept in rows)
    assert connection.last_frame == rows[-1][0]
    if snap is None:
        ((_, shown),) = theirs(snoop).items()
        (line,) = ours(data).values()
        assert summary(shown, line["client"]) == of_line(line)


def test_a_fragment_that_never_comes(tmp_path):
    """Neither tshark nor we read the datagram; what is missing is told."""
    talk = Talk().open()
    for side, data in flights():
        say(talk, side, data)
    parts = [fragments(packet, number) for number, packet in enumerate(talk.close().frames)]
    lost = next(number for number, each in enumerate(parts) if len(each) > 1)
    frames = [ethernet(part) for number, each in enumerate(parts) for part in (each[:-1] if number == lost else each)]
    data = pcap(timed(frames))
    path = tmp_path / "lost.pcap"
    path.write_bytes(data)
    shown = {kind for rows in theirs(path).values() for row in rows for kind in row[5].split(",") if kind}
    (line,) = ours(data).values()
    assert {"1" in shown, "2" in shown} == {line["client_hello"] is not None, line["server_hello"] is not None}
    assert not {"1", "2"} <= shown
    assert [oddity.what for oddity in read_all(data)] == ["fragments-missing"]


def read_all(data: bytes):
    reading = read_connections(source_of_bytes("x", data))
    assert any(piece.missing for connection in reading for piece in connection.pieces)
    return reading.oddities
