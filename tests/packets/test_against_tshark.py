"""The same captures through tshark: frames, streams and bytes must agree."""

import gzip
import random
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.packets.building import (
    Packet,
    Talk,
    block,
    enhanced,
    ethernet,
    interface,
    obsolete,
    option,
    pcap,
    pcapng,
    secrets,
    section,
    simple,
    timed,
)
from tlswhy.packets.capture import read_connections
from tlswhy.side import Side
from tlswhy.source import source_of_bytes

TSHARK = shutil.which("tshark")
pytestmark = pytest.mark.skipif(TSHARK is None, reason="tshark is not installed")


def tshark(path: Path, *arguments: str) -> list[str]:
    command = [TSHARK, "-n", "-r", str(path), *arguments]
    return subprocess.run(command, check=False, capture_output=True, text=True).stdout.splitlines()


def read(data: bytes):
    reading = read_connections(source_of_bytes("x", data))
    return reading, list(reading)


def streams(path: Path) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for line in tshark(path, "-T", "fields", "-e", "frame.number", "-e", "tcp.stream"):
        number, stream = line.split("\t")
        if stream:
            found.setdefault(stream, []).append(int(number))
    return found


def followed(path: Path, stream: int = 0) -> dict[bool, bytes]:
    """The bytes of a stream; True: of its second speaker, which tshark indents."""
    lines = tshark(path, "-q", "-z", f"follow,tcp,raw,{stream}")
    start = next(index for index, line in enumerate(lines) if line.startswith("Node 1"))
    found = {False: b"", True: b""}
    for line in lines[start + 1 :]:
        if not line.startswith("="):
            found[line.startswith("\t")] += bytes.fromhex(line.strip())
    return found


def test_recorded_captures_agree(recordings, tmp_path):
    every = sorted(recordings.glob("pcaps/*/*.pcap")) + sorted(recordings.glob("others/pcaps/*/*.pcap"))
    for path in random.Random(5).sample(every, 4):
        reading, (connection,) = read(path.read_bytes())
        (frames,) = streams(path).values()
        assert (connection.first_frame, connection.last_frame) == (frames[0], frames[-1])
        assert reading.packets == len(tshark(path))
        for second, data in followed(path).items():
            side = Side.SERVER if second else Side.CLIENT
            assert b"".join(piece.data for piece in connection.pieces if piece.sender is side) == data


def test_every_recorded_capture_is_one_connection_without_an_oddity(recordings):
    paths = [*recordings.glob("pcaps/*/*.pcap"), *recordings.glob("others/pcaps/*/*.pcap")]
    assert len(paths) >= 2688
    for path in paths:
        reading, (connection,) = read(path.read_bytes())
        assert (reading.oddities, connection.oddities, connection.roles_shown) == ((), (), True), path
        assert not any(piece.missing for piece in connection.pieces), path


def test_streams_agree_where_ports_are_used_again(tmp_path):
    chance = random.Random(3)
    talks: list[Talk] = []
    for number in range(30):
        seqs = {"client_seq": chance.randrange(1 << 32), "server_seq": chance.randrange(1 << 32)}
        talk = Talk(sport=40_000 + number % 7, **seqs).open().client_sends(b"x" * 50).server_sends(b"y" * 90)
        talks.append(talk.close() if number % 3 else talk)
    path = tmp_path / "reuse.pcap"
    path.write_bytes(pcap(timed(ethernet(frame) for talk in talks for frame in talk.frames)))
    _, connections = read(path.read_bytes())
    assert [(c.first_frame, c.last_frame) for c in connections] == [(f[0], f[-1]) for f in streams(path).values()]


@pytest.mark.parametrize("seed", range(4))
def test_bytes_agree_after_disorder(seed, tmp_path):
    chance = random.Random(seed)
    talk = Talk().open()
    data, base = chance.randbytes(5_000), talk.server_seq
    parts = [(at, data[at : at + 500]) for at in range(0, 5_000, 500)]
    parts += [(at, data[at : at + 700]) for at in (250, 1_800, 3_333)]
    chance.shuffle(parts)
    for at, part in parts:
        talk.server_sends(part, seq=base + at)
    talk.client_sends(ack=base + 5_000)
    path = tmp_path / "disorder.pcap"
    path.write_bytes(talk.captured())
    _, (connection,) = read(path.read_bytes())
    ours = b"".join(piece.data for piece in connection.pieces)
    assert ours == data
    assert max(followed(path).values(), key=len) == data


def test_frames_of_every_pcapng_block_are_counted_alike(tmp_path):
    data = ethernet(Talk().packet(False, b"", 2))
    capture = section() + secrets(b"CLIENT_RANDOM " + b"0" * 64 + b" " + b"1" * 96 + b"\n") + interface()
    capture += enhanced(data) + simple(data) + obsolete(Packet(data))
    capture += block(9, b"__CURSOR=1\nMESSAGE=x\n__REALTIME_TIMESTAMP=1750000000000000\n")
    capture += block(5, bytes(12)) + block(4, bytes(4)) + block(0x0BAD, bytes(8)) + block(0x7777, bytes(8))
    capture += enhanced(data)
    capture += (
        section(">") + interface(101, ">", option(9, b"\x09", ">")) + enhanced(data[14:], ">", 1_750_000_000 * 10**9)
    )
    path = tmp_path / "blocks.pcapng"
    path.write_bytes(capture)
    shown = [line.split("\t") for line in tshark(path, "-T", "fields", "-e", "frame.number", "-e", "tcp.flags.syn")]
    reading, _ = read(capture)
    assert reading.packets == len(shown)
    assert reading.protocols["tcp"] == sum(bool(syn) for _, syn in shown)


@pytest.mark.parametrize("make", [pcap, pcapng])
def test_a_truncated_capture_counts_alike(make, tmp_path):
    talk = Talk().open().client_sends(bytes(600)).close()
    whole = make([ethernet(frame) for frame in talk.frames])
    for cut in (3, 30, 100, 700):
        path = tmp_path / f"cut{cut}"
        path.write_bytes(whole[:-cut])
        assert read(whole[:-cut])[0].packets == len(tshark(path))


def test_gzip_counts_alike(tmp_path):
    capture = gzip.compress(Talk().open().close().captured())
    path = tmp_path / "x.pcap.gz"
    path.write_bytes(capture)
    assert read(capture)[0].packets == len(tshark(path)) == 6
