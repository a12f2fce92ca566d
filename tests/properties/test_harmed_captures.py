"""What TCP and a tap do to a conversation: nothing of it may change what is told; what they lose is never made up."""

from __future__ import annotations

import itertools
import json
import os
import random
import struct
from collections.abc import Iterable, Sequence

import pytest

from tests.oracle import recorded
from tests.packets.building import ACK, FIN, PSH, RST, Talk, ethernet, pcap, timed
from tests.properties.test_diagnosis import NOW, first_packets, read, trusted
from tlswhy.diagnose import diagnose
from tlswhy.evidence.types import Transcript
from tlswhy.observe.handshake import observe
from tlswhy.observe.line import line_of
from tlswhy.packets.capture import read_connections
from tlswhy.render.json import handshake_line
from tlswhy.render.line import line_text
from tlswhy.side import Side
from tlswhy.source import source_of_bytes
from tlswhy.verdict import Accepted, Certainty

ROUNDS = 40 if os.environ.get("TLSWHY_ALL_CASES") else 1
ROWS = [row for row in (*recorded.rows(), *recorded.other_rows()) if row["case"] != "wire-closed-port"]
ENDS = {"fin": FIN | ACK, "rst": RST | ACK}

Turn = tuple[Side, bytes | str]
"""Who says what; "fin" or "rst": who ends it how."""


def turns_of(capture: bytes) -> list[Turn]:
    (connection,) = read_connections(source_of_bytes("x", capture))
    said: list[tuple[int, int, Side, bytes | str]] = [(p.frame, 0, p.sender, p.data) for p in connection.pieces]
    said += [(e.frame, 1, e.sender, e.kind.value) for e in connection.events if e.kind.value in ENDS]
    turns: list[Turn] = []
    for _, _, sender, what in sorted(said, key=lambda each: each[:2]):
        if turns and turns[-1][0] is sender and isinstance(what, bytes) and isinstance(turns[-1][1], bytes):
            turns[-1] = sender, turns[-1][1] + what
        else:
            turns.append((sender, what))
    return turns


def records_anew(data: bytes, chance: random.Random) -> bytes:
    """The handshake in records of any size: a message over many, many messages in one."""
    messages, at = b"", 0
    version = data[1:3]
    while data[at : at + 1] == b"\x16" and data[at + 1 : at + 3] == version:
        end = at + 5 + int.from_bytes(data[at + 3 : at + 5])
        messages, at = messages + data[at + 5 : end], end
    made = b""
    while messages:
        size = min(len(messages), chance.choice((1, 2, 3, 4, 5, 9, 40, 300, 16_384)))
        made, messages = made + b"\x16" + version + size.to_bytes(2) + messages[:size], messages[size:]
    return made + data[at:]


class Tapped:
    """The same conversation over another network."""

    def __init__(self, turns: Iterable[Turn], chance: random.Random) -> None:
        self.chance = chance
        near_the_end = chance.random() < 0.5
        seqs = {
            name: (1 << 32) - chance.randrange(2_000) if near_the_end else 77 for name in ("client_seq", "server_seq")
        }
        self.talk = Talk("127.0.0.1", "127.0.0.1", 40_000, 443, **seqs).open()
        frames = self.talk.frames
        if chance.random() < 0.3:  # an opening that is sent again
            frames[1:1] = frames[:1]
            frames.append(frames[2])
        begun: set[Side] = set()
        for side, what in turns:
            if isinstance(what, str):
                (self.talk.server_sends if side is Side.SERVER else self.talk.client_sends)(flags=ENDS[what])
                continue
            if side not in begun and chance.random() < 0.4:
                what = records_anew(what, chance)
            begun.add(side)
            self.say(side is Side.SERVER, what)

    def say(self, server: bool, data: bytes) -> None:
        chance, talk = self.chance, self.talk
        seq = talk.server_seq if server else talk.client_seq
        sizes = chance.choice(((1_400,), (1, 2, 5, 50, 500, 1_460), (100, 700)))
        cuts = [0]
        while cuts[-1] < len(data):
            cuts.append(len(data) if len(cuts) > 300 else min(len(data), cuts[-1] + chance.choice(sizes)))
        segments = list(itertools.pairwise(cuts))
        for _ in range(chance.randrange(4)):  # sent again, in other segments
            start = chance.randrange(len(data))
            segments.insert(
                chance.randrange(len(segments) + 1), (start, min(len(data), start + chance.randrange(1, 700)))
            )
        for _ in range(chance.randrange(4)):  # overtaken
            one, other = chance.randrange(len(segments)), chance.randrange(len(segments))
            segments[one], segments[other] = segments[other], segments[one]
        for start, end in segments:
            flags = ACK | (PSH if end == len(data) else 0)
            talk.frames.append(talk.packet(server, data[start:end], flags, seq=seq + start))
            if chance.random() < 0.1:  # a probe that keeps the connection alive
                mine = talk.client_seq if server else talk.server_seq
                talk.frames.append(talk.packet(not server, chance.choice((b"", b"\0")), ACK, seq=mine - 1, ack=seq))
        if server:
            talk.server_seq += len(data)
        else:
            talk.client_seq += len(data)
        talk.frames.append(talk.packet(not server, b"", ACK))
        if chance.random() < 0.3:  # again, though it has been acknowledged, and not as it was
            talk.frames.append(talk.packet(server, chance.randbytes(min(len(data), 1_400)), ACK, seq=seq))

    @property
    def capture(self) -> bytes:
        tags = self.chance.choice((b"", b"\x81\0\0\5"))
        return pcap(timed(ethernet(frame, tags=tags) for frame in self.talk.frames))


def told(capture: bytes) -> dict[str, object]:
    """All of a line but where it stands."""
    (transcript,) = (item for item in read("x", capture) if isinstance(item, Transcript))
    line = json.loads(json.dumps(handshake_line(observe(transcript))))
    short = line_of(transcript)
    assert short is None or json.loads(line_text(short)) == line
    for alerts in ("alerts", "encrypted_alerts"):
        line[alerts] = [(alert["from"], alert.get("level"), alert.get("description")) for alert in line[alerts]]
    return {key: line[key] for key in line if key not in ("capture", "frames", "client", "server")}


def judged(capture: bytes, row: recorded.Row, trust: Sequence[bytes]):
    report = diagnose(
        read("x", capture),
        clients=[recorded.client_id(row["client"])],
        trust=trust,
        host=row["host"],
        moment=NOW,
        plans=False,
    )
    return report.diagnoses[0].verdict if report.diagnoses else None


@pytest.mark.parametrize("seed", range(4))
def test_segments_in_any_form_and_order_tell_the_same(seed: int):
    chance = random.Random(seed)
    for number, row in enumerate(chance.sample(ROWS, 60 * ROUNDS)):
        whole = recorded.capture(row)
        harmed = Tapped(turns_of(whole), chance).capture
        assert told(harmed) == told(whole), (row["client"], row["case"], number)
        if number % 10 == 0:
            one, other = (judged(capture, row, trusted(row)) for capture in (whole, harmed))
            for verdict in (one, other):
                assert verdict is not None
            assert [(r.cause, r.certainty) for r in one.refusals] == [(r.cause, r.certainty) for r in other.refusals]
            assert one.accepted is other.accepted, (row["client"], row["case"])


def packets_of(capture: bytes) -> list[tuple[bytes, bytes, int]]:
    """Of each packet its time, its bytes and its length on the wire."""
    found, at = [], 24
    while at < len(capture):
        kept, original = struct.unpack_from("<II", capture, at + 8)
        found.append((capture[at : at + 8], capture[at + 16 : at + 16 + kept], original))
        at += 16 + kept
    return found


def lose(capture: bytes, way: str, row: recorded.Row, chance: random.Random) -> bytes:
    packets = packets_of(capture)
    match way:
        case "snap":
            size = chance.choice((68, 96, 128, 256, 400))
            packets = [(when, data[:size], original) for when, data, original in packets]
        case "client only" | "server only":
            asks = way == "client only"
            packets = [each for each in packets if (int.from_bytes(each[1][36:38]) == row["port"]) is asks]
        case "one lost":
            del packets[chance.randrange(3, len(packets)) if len(packets) > 3 else -1]
        case "largest lost":
            packets.remove(max(packets, key=lambda each: len(each[1])))
        case "begun late":
            packets = packets[chance.randrange(1, len(packets)) :]
    return capture[:24] + b"".join(
        when + struct.pack("<II", len(data), original) + data for when, data, original in packets
    )


WAYS = ("snap", "client only", "server only", "one lost", "largest lost", "begun late")


@pytest.mark.parametrize("way", WAYS)
def test_what_was_not_captured_is_not_made_up(way: str):
    """A connection that was accepted is refused by nothing that is *seen*; one that was refused is not accepted."""
    chance = random.Random(way)
    for row in chance.sample(ROWS, 60 * ROUNDS):
        verdict = judged(lose(recorded.capture(row), way, row, chance), row, trusted(row))
        if verdict is None:
            continue
        named = row["client"], row["case"], [(refusal.cause, refusal.certainty) for refusal in verdict.refusals]
        if row["connected"]:
            assert all(refusal.certainty is Certainty.FORETOLD for refusal in verdict.refusals), named
        else:
            assert verdict.accepted is not Accepted.YES or row.get("cut_undecidable"), named


HIDDEN = "clientauth-required-tls13"
"""Refused by the server's last record: until that comes, the client has accepted."""


def test_a_capture_that_ends_anywhere_shows_no_acceptance_that_never_was():
    """Node, curl and NSS look at some certificates behind a handshake that both ends have finished."""
    refused = [row for row in recorded.other_rows() if not row["connected"] and row["case"] != HIDDEN]
    chance = random.Random(6)
    for row in chance.sample(refused, min(len(refused), 50 * ROUNDS)):
        whole, trust = recorded.capture(row), trusted(row)
        for count in range(4, len(packets_of(whole)) + 1):
            verdict = judged(first_packets(whole, count), row, trust)
            accepted = verdict is not None and verdict.accepted is Accepted.YES
            assert not accepted or row.get("cut_undecidable"), (row["client"], row["case"], count)
