"""TLS that begins after something else, on the ports where tshark expects it: what both make of it is the same."""

import json
import shutil
from dataclasses import replace

import pytest

from tests.observe.before_tls import BEFORE, tds
from tests.packets.building import Talk, ethernet, pcap, timed
from tests.packets.test_against_tshark_ways import flights, of_line, say, summary, theirs
from tlswhy.evidence.capture import read
from tlswhy.evidence.types import Transcript
from tlswhy.model.handshake import Handshake
from tlswhy.observe.handshake import observe
from tlswhy.observe.wrapped import unwrapped
from tlswhy.render.json import handshake_line
from tlswhy.side import Side
from tlswhy.source import source_of_bytes
from tlswhy.wire.messages import ClientHello

TSHARK_DOES_NOT = {"rdp": "tshark 4.0 takes the records for TPKT unless told otherwise"}


def talk_of(name: str, client: str, port: int | None = None) -> Talk:
    usual, turns = BEFORE[name]
    talk = Talk(client, "10.8.0.1", dport=port or usual).open()
    for side, data in turns:
        say(talk, side, data)
    for side, data in flights():
        say(talk, side, tds(0x12, data) if name == "tds" else data)
    return talk.close()


def lines(capture: bytes):
    for item in read(source_of_bytes("x", capture)):
        if isinstance(item, Transcript):
            yield item.connection.client.address, json.loads(json.dumps(handshake_line(observe(item))))


@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
def test_what_tshark_sees_behind_each_protocol(tmp_path):
    clients = {f"10.9.1.{number + 1}": name for number, name in enumerate(BEFORE)}
    frames = [frame for client, name in clients.items() for frame in talk_of(name, client).frames]
    path = tmp_path / "before.pcap"
    path.write_bytes(pcap(timed(map(ethernet, frames))))
    streams = {rows[0][2]: rows for rows in theirs(path).values()}
    ours = dict(lines(path.read_bytes()))
    for client, name in clients.items():
        if name in TSHARK_DOES_NOT:
            assert not any(row[5] for row in streams[client]), f"tshark reads {name} now"
            continue
        assert of_line(ours[client]) == summary(streams[client], client), name


@pytest.mark.parametrize("name", BEFORE)
def test_on_any_port_and_in_any_pieces(name):
    expected = dict(lines(pcap(timed(map(ethernet, talk_of(name, "10.0.0.1").frames)))))["10.0.0.1"]
    assert expected["alerts"]
    assert expected["key_exchange"]["dh_bits"] == 768
    (transcript,) = (
        item
        for item in read(source_of_bytes("x", pcap(timed(map(ethernet, talk_of(name, "10.0.0.1", 9).frames)))))
        if isinstance(item, Transcript)
    )
    small = [
        piece._replace(data=piece.data[at : at + 7])
        for piece in transcript.connection.pieces
        for at in range(0, max(1, len(piece.data)), 7)
    ]
    line = handshake_line(observe(replace(transcript, connection=replace(transcript.connection, pieces=tuple(small)))))
    assert json.loads(json.dumps(line)) == {**expected, "server": "10.8.0.1:9"}


def test_what_is_no_tds_stays_as_it_is():
    (transcript,) = (
        item
        for item in read(source_of_bytes("x", talk_of("smtp", "10.0.0.1").captured()))
        if isinstance(item, Transcript)
    )
    assert unwrapped(transcript.connection) is transcript.connection
    seen = observe(transcript)
    assert isinstance(seen, Handshake)
    assert isinstance(seen.client_hello.message, ClientHello)
    assert {piece.sender for piece in transcript.connection.pieces} == set(Side)
