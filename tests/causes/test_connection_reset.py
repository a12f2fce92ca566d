"""A reset in the middle of a handshake: what its own packet tells of the machine that sent it."""

import pytest

from tests.oracle import recorded
from tests.packets.building import ACK, RST, START_NS, Packet, Talk, ethernet, pcap
from tlswhy.diagnose import diagnose
from tlswhy.evidence.read import read_evidence
from tlswhy.observe.handshake import observe
from tlswhy.packets.capture import read_connections
from tlswhy.render.sentences import reason
from tlswhy.render.words import load_words
from tlswhy.source import source_of_bytes

CAPTURE = recorded.capture(recorded.row("j8u212", "base-tls12"))
(CONNECTION,) = read_connections(source_of_bytes("x", CAPTURE))
HELLO = CONNECTION.pieces[0].data
ANSWER = next(piece.data for piece in CONNECTION.pieces if piece.sender == "server")


def head(talk: Talk, ttl: int = 64):
    frames = [bytearray(ethernet(frame)) for frame in talk.frames]
    for frame in frames:
        if frame[47] & RST:
            frame[22] = ttl
    packets = [Packet(bytes(frame), START_NS + number * 1_000_000) for number, frame in enumerate(frames)]
    (diagnosis,) = diagnose(read_evidence(source_of_bytes("a.pcap", pcap(packets)))).diagnoses
    return diagnosis.verdict.refusals[0]


def asked() -> Talk:
    return Talk().open().client_sends(HELLO)


@pytest.mark.parametrize(
    ("talk", "ttl", "told", "word"),
    [
        (asked().server_sends(flags=RST | ACK), 64, "seems-own", "the server's own"),
        (asked().server_sends(flags=RST | ACK), 250, "elsewhere-possible", "perhaps"),
        (asked().server_sends(flags=RST, seq=60_000), 250, "elsewhere-likely", "probably"),
        (asked().server_sends(flags=RST | ACK).server_sends(ANSWER), 64, "elsewhere-likely", "probably"),
    ],
    ids=["its own", "another way", "two signs", "and the answer all the same"],
)
def test_who_sent_it(talk, ttl, told, word):
    refusal = head(talk, ttl)
    assert (refusal.cause, refusal.by, refusal.facts["reason"]) == ("connection-reset", "network", told)
    assert word in reason(refusal, load_words("en"))


def test_a_capture_of_the_reset_alone_tells_nothing():
    """Without the server's SYN-ACK there is nothing to compare with."""
    talk = Talk().client_sends(HELLO).server_sends(flags=RST | ACK)
    assert "reason" not in head(talk).facts


def test_read_as_usual_it_is_no_reset():
    assert not observe(next(iter(read_evidence(source_of_bytes("x", CAPTURE))))).reset_seems_own
