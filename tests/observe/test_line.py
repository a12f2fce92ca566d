"""The short way against the careful one: the same JSON for every connection that both can read, whole or harmed."""

import json
import os
import random
from dataclasses import replace

from tests.oracle import recorded
from tlswhy.evidence.capture import read
from tlswhy.evidence.types import Transcript
from tlswhy.observe.handshake import observe
from tlswhy.observe.line import line_of
from tlswhy.render.json import handshake_line
from tlswhy.render.line import line_text
from tlswhy.side import Side
from tlswhy.source import source_of_bytes

STEP = 1 if os.environ.get("TLSWHY_ALL_CASES") else 11


def transcripts(step: int = STEP):
    for row in [*recorded.rows(), *recorded.other_rows()][::step]:
        for item in read(source_of_bytes("a.pcap", recorded.capture(row))):
            if isinstance(item, Transcript):
                yield item


def careful(transcript: Transcript) -> str:
    return json.dumps(handshake_line(observe(transcript)), ensure_ascii=False, separators=(",", ":"))


def test_the_short_way_says_what_the_careful_one_says():
    short = long = 0
    for transcript in transcripts():
        line = line_of(transcript)
        if line is None:
            long += 1
            continue
        short += 1
        assert line_text(line) == careful(transcript)
    assert short > 10 * long


def test_also_of_what_was_harmed():
    rng = random.Random(6)
    short = 0
    for transcript in transcripts(STEP * 4):
        for _ in range(12):
            harmed = replace(transcript, connection=replace(transcript.connection, pieces=_harm(transcript, rng)))
            line = line_of(harmed)
            if line is not None:
                short += 1
                assert line_text(line) == careful(harmed)
    assert short > 100


def _harm(transcript: Transcript, rng: random.Random):
    """One byte changed, mostly where it is a length or a type; or the end of a side left out."""
    pieces = [piece for piece in transcript.connection.pieces if piece.data]
    at = rng.randrange(len(pieces))
    if rng.random() < 0.2:
        side = rng.choice([Side.CLIENT, Side.SERVER])
        return tuple(piece for index, piece in enumerate(pieces) if index < at or piece.sender is not side)
    data = bytearray(pieces[at].data)
    place = min(rng.randrange(len(data)), rng.choice([5, 11, 46, 200, 1 << 16]), len(data) - 1)
    data[place] = rng.choice([0, 1, 2, 3, 12, 20, 21, 22, 23, 255, data[place] ^ 1])
    pieces[at] = pieces[at]._replace(data=bytes(data))
    return tuple(pieces)


def test_a_connection_without_a_syn_or_with_a_hole_is_left_to_the_careful_way():
    transcript = next(transcripts())
    connection = transcript.connection
    assert line_of(transcript) is not None
    assert line_of(replace(transcript, connection=replace(connection, roles_shown=False))) is None
    pieces = (connection.pieces[0], connection.pieces[1]._replace(missing=3), *connection.pieces[2:])
    assert line_of(replace(transcript, connection=replace(connection, pieces=pieces))) is None
