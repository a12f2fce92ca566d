"""A TLS connection carried in every way there is, in one pcapng file: each field of contract.md §2 as tshark has it."""

import json
import shutil
import subprocess

import pytest

from tests.oracle import recorded
from tests.packets.building import ACK, PSH, Packet, Talk, enhanced, interface, section
from tests.packets.wrapping import WAYS
from tlswhy.evidence.capture import read
from tlswhy.evidence.types import Transcript
from tlswhy.observe.handshake import observe
from tlswhy.observe.line import line_of
from tlswhy.packets.capture import read_connections
from tlswhy.render.json import handshake_line
from tlswhy.render.line import line_text
from tlswhy.side import Side
from tlswhy.source import source_of_bytes

FIELDS = (
    "frame.number",
    "tcp.stream",
    "ip.src",
    "ipv6.src",
    "tcp.srcport",
    "tls.handshake.type",
    "tls.handshake.ciphersuite",
    "tls.handshake.extensions_server_name",
    "tls.handshake.extensions_supported_group",
    "tls.handshake.sig_hash_alg",
    "tls.handshake.p_len",
    "tls.alert_message.desc",
    "tls.handshake.ja3",
    "tls.handshake.ja3s",
)
TSHARK_CANNOT = {
    "mpls pseudowire": "what a label carries is told by no field: tshark has to be told (Decode As)",
    "mpls link": "LINKTYPE_MPLS (219) is assigned, and tshark 4.0 says WTAP_ENCAP = 0",
}
"""Ways that tshark 4.0 does not follow by itself, with the reason."""

pytestmark = pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")


def flights() -> list[tuple[Side, bytes]]:
    """What both sides of a recorded connection said, in turns."""
    capture = recorded.capture(recorded.row("j8u212", "dhe-768-tls12-aes128cbc"))
    (connection,) = read_connections(source_of_bytes("x", capture))
    return [(piece.sender, piece.data) for piece in connection.pieces]


def say(talk: Talk, side: Side, data: bytes) -> None:
    """In segments that fit into every link's packets, the last one pushed."""
    sends = talk.server_sends if side is Side.SERVER else talk.client_sends
    for start in range(0, len(data), 1000):
        sends(data[start : start + 1000], flags=ACK | (PSH if start + 1000 >= len(data) else 0))


def carried(six: bool):
    """For each way a whole connection with a client of its own, as a file with an interface for each way."""
    pieces = flights()
    blocks, packets = [section()], []
    for number, (link, wrap) in enumerate(WAYS.values()):
        client, server = (f"2001:db8::{number + 1:x}", "2001:db8:1::1") if six else (f"10.9.0.{number + 1}", "10.8.0.1")
        talk = Talk(client, server).open()
        for side, data in pieces:
            say(talk, side, data)
        blocks.append(interface(link))
        packets += [enhanced(Packet(wrap(frame), interface=number)) for frame in talk.close().frames]
    return b"".join(blocks + packets)


def theirs(path) -> dict[str, list[list[str]]]:
    command = ["tshark", "-n", "-r", str(path), "-T", "fields", "-E", "separator=|"]
    for name in FIELDS:
        command += ["-e", name]
    shown = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    found: dict[str, list[list[str]]] = {}
    for row in (line.split("|") for line in shown):
        if row[1]:
            found.setdefault(row[1], []).append(row)
    return found


@pytest.mark.parametrize("six", [False, True])
def test_every_way_is_read_as_tshark_reads_it(six, tmp_path):
    path = tmp_path / "ways.pcapng"
    path.write_bytes(carried(six))
    streams = theirs(path)
    clients = {row[3 if six else 2].split(",")[-1]: rows for rows in streams.values() for row in rows[:1]}
    ours = {}
    for item in read(source_of_bytes("x", path.read_bytes())):
        if isinstance(item, Transcript):
            line = json.loads(line_text(line_of(item)))
            assert line == json.loads(json.dumps(handshake_line(observe(item))))
            ours[item.connection.client.address] = line
    for number, way in enumerate(WAYS):
        client = f"2001:db8::{number + 1:x}" if six else f"10.9.0.{number + 1}"
        assert client in ours, way
        if way in TSHARK_CANNOT:
            assert client not in clients, f"tshark reads {way} now"
            continue
        assert client in clients, f"tshark does not read {way}"
        assert summary(clients[client], client) == of_line(ours[client]), way


def summary(rows: list[list[str]], client: str):
    hello = next(row for row in rows if "1" in row[5].split(","))
    answer = next(row for row in rows if "2" in row[5].split(","))
    return {
        "frames": (int(hello[0]), int(answer[0])),
        "suites": [int(value, 0) for value in hello[6].split(",")],
        "chosen": int(answer[6], 0),
        "sni": hello[7] or None,
        "groups": [int(value, 0) for value in hello[8].split(",") if value],
        "schemes": [int(value, 0) for value in hello[9].split(",") if value],
        "dh": next((int(row[10]) * 8 for row in rows if row[10]), None),
        "alerts": [(int(row[0]), int(row[11])) for row in rows if row[11]],
        "ja3": (hello[12], answer[13]),
    }


def of_line(line):
    hello, answer = line["client_hello"], line["server_hello"]
    return {
        "frames": (line["frames"]["client_hello"], line["frames"]["server_hello"]),
        "suites": hello["cipher_suites"],
        "chosen": answer["cipher_suite"],
        "sni": hello["sni"],
        "groups": hello["groups"],
        "schemes": hello["signature_schemes"],
        "dh": (line["key_exchange"] or {}).get("dh_bits"),
        "alerts": [(alert["frame"], alert["description"]) for alert in line["alerts"]],
        "ja3": (line["ja3"], line["ja3s"]),
    }
