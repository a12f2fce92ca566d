"""Messages and records that don't end together: hellos cut into records anywhere, a flight in one record over segments.

The frame of a message is that of the record that completes it, as tshark counts; by both ways through the program.
"""

import json
import shutil
import subprocess

import pytest

from tests.oracle import recorded
from tests.packets.building import Talk, ethernet, pcap, timed
from tlswhy.evidence.capture import read
from tlswhy.evidence.types import Transcript
from tlswhy.observe.handshake import observe
from tlswhy.observe.line import line_of
from tlswhy.packets.capture import read_connections
from tlswhy.render.json import handshake_line
from tlswhy.render.line import line_text
from tlswhy.side import Side
from tlswhy.source import source_of_bytes

SEGMENT = 400


def messages() -> tuple[bytes, bytes]:
    """The client's hello and the server's flight of a recorded connection, without their records."""
    capture = recorded.capture(recorded.row("j8u212", "dhe-2048-tls12-aes256cbc"))
    (connection,) = read_connections(source_of_bytes("x", capture))
    found = {Side.CLIENT: b"", Side.SERVER: b""}
    turned = False
    for piece in connection.pieces:
        turned |= piece.sender is Side.SERVER
        if not (turned and piece.sender is Side.CLIENT):
            found[piece.sender] += piece.data
        elif turned and piece.sender is Side.CLIENT:
            break
    return tuple(_contents(found[side]) for side in (Side.CLIENT, Side.SERVER))


def _contents(stream: bytes) -> bytes:
    inner, position = b"", 0
    while position < len(stream):
        size = int.from_bytes(stream[position + 3 : position + 5])
        inner += stream[position + 5 : position + 5 + size]
        position += 5 + size
    return inner


HELLO, FLIGHT = messages()


def record(data: bytes) -> bytes:
    return b"\x16\3\3" + len(data).to_bytes(2) + data


def talk(number: int, hello: bytes, flight: bytes) -> list[bytes]:
    made = Talk(client=f"10.1.{number >> 8}.{number & 255}").open()
    for start in range(0, len(hello), SEGMENT):
        made.client_sends(hello[start : start + SEGMENT])
    for start in range(0, len(flight), SEGMENT):
        made.server_sends(flight[start : start + SEGMENT])
    return made.close().frames


CUTS = [*range(1, 12), 39, 60, len(HELLO) - 1]
WAYS = [
    (record(HELLO), record(FLIGHT)),
    (record(HELLO), record(FLIGHT[:300]) + record(FLIGHT[300:])),
    *((record(HELLO[:cut]) + record(HELLO[cut:]), record(FLIGHT)) for cut in CUTS),
    *((record(HELLO), record(FLIGHT[:cut]) + record(FLIGHT[cut:])) for cut in CUTS),
]


def joined() -> bytes:
    return pcap(timed(ethernet(frame) for number, way in enumerate(WAYS) for frame in talk(number, *way)))


def ours() -> dict[str, dict]:
    found = {}
    for item in read(source_of_bytes("x", joined())):
        if isinstance(item, Transcript):
            line = json.loads(json.dumps(handshake_line(observe(item))))
            short = line_of(item)
            assert short is None or json.loads(line_text(short)) == line
            found[item.connection.client.address] = line
    return found


def test_a_hello_cut_anywhere_is_read():
    lines = ours()
    assert len(lines) == len(WAYS)
    first = lines["10.1.0.0"]
    for line in lines.values():
        for what in ("client_hello", "server_hello", "key_exchange", "certificates", "ja3", "ja3s", "ja4"):
            assert line[what] == first[what]


@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
def test_the_frames_are_those_of_tshark(tmp_path):
    path = tmp_path / "records.pcap"
    path.write_bytes(joined())
    command = ["tshark", "-n", "-r", str(path), "-Y", "tls.handshake.type==1 || tls.handshake.type==2"]
    command += ["-T", "fields", "-e", "tcp.stream", "-e", "frame.number", "-e", "tls.handshake.type"]
    shown = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    theirs: dict[int, dict[str, int]] = {}
    for stream, frame, kinds in (row.split("\t") for row in shown.splitlines()):
        for kind in kinds.split(","):
            name = {"1": "client_hello", "2": "server_hello"}.get(kind)
            if name:
                theirs.setdefault(int(stream), {}).setdefault(name, int(frame))
    assert theirs == {number: line["frames"] for number, line in enumerate(ours().values())}
