"""Resets that come from elsewhere, by both ways through the packets room."""

import pytest

from tests.packets.building import ACK, FIN, RST, Talk, ethernet, pcap, timed
from tlswhy.evidence.types import Transcript
from tlswhy.observe.handshake import observe
from tlswhy.observe.resets import foreign_resets, seems_own
from tlswhy.oddity import Oddity
from tlswhy.packets.capture import read_connections
from tlswhy.render.sentences import oddity as sentence
from tlswhy.render.words import load_words
from tlswhy.side import Side
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
    assert oddity.facts == {"sender": "server", "signs": "ttl", "certainty": "possible", "ttl": 61, "usual": 52}
    handshake = observe(Transcript("a.pcap", connection(61, scan_from, six)))
    assert [oddity.item for oddity in handshake.oddities if oddity.what == "reset-from-elsewhere"] == ["a.pcap"]


@pytest.mark.parametrize("ttl", [51, 52, 53])
def test_a_reset_of_the_server_itself(ttl):
    assert foreign_resets(connection(ttl, 0)) == []


def test_a_fin_tells_nothing():
    assert foreign_resets(connection(61, 0, flags=ACK | 1)) == []


def read(talk: Talk, scan_from: int = 1 << 30, identities: dict[int, int] | None = None, ttl: int = 64):
    frames = [bytearray(ethernet(frame)) for frame in talk.frames]
    for frame in frames:
        frame[22] = ttl if frame[47] & RST else 64
    for number, identity in (identities or {}).items():
        frames[number][18:20] = identity.to_bytes(2)
    return next(iter(read_connections(source_of_bytes("x", pcap(timed(map(bytes, frames)))), scan_from=scan_from)))


def asked() -> Talk:
    return Talk().open().client_sends(b"hello")


def signs(connection) -> str:
    return ";".join(str(oddity.facts["signs"]) for oddity in foreign_resets(connection))


BOTH_WAYS = pytest.mark.parametrize("scan_from", [0, 1 << 30])


@BOTH_WAYS
def test_an_answer_behind_its_own_reset(scan_from):
    """A device beside the path is quicker than the server, and can't stop the answer."""
    (oddity,) = foreign_resets(read(asked().server_sends(flags=RST | ACK).server_sends(b"answer"), scan_from))
    assert (oddity.facts["signs"], oddity.facts["certainty"]) == ("more-data", "likely")


@BOTH_WAYS
def test_an_answer_that_its_reset_has_overtaken(scan_from):
    talk = asked()
    late = talk.packet(True, b"answer", ACK)
    talk.server_seq += 6
    talk.server_sends(flags=RST | ACK)
    talk.frames.append(late)
    assert foreign_resets(read(talk, scan_from)) == []
    assert seems_own(read(talk, scan_from), Side.SERVER)


@BOTH_WAYS
def test_sequence_numbers_that_were_never_reached(scan_from):
    talk = asked().server_sends(flags=RST, seq=9_001 + 1_460)
    assert signs(read(talk, scan_from)) == "sequence"
    talk.server_sends(flags=RST, seq=9_001 + 4_380)
    (oddity,) = foreign_resets(read(talk, scan_from))
    assert oddity.facts == {"sender": "server", "signs": "sequence,several", "certainty": "likely", "ahead": 1_460}
    talk = asked().server_sends(flags=RST).server_sends(flags=RST, seq=9_001 + 1_460)
    assert signs(read(talk, scan_from)) == "several"


def test_a_server_that_is_gone_answers_with_what_was_acknowledged():
    """RFC 9293, 3.10.7.1: SEG.ACK, which may lie before what it sent; and again for each packet."""
    talk = asked().server_sends(b"an answer").server_sends(flags=RST, seq=9_001).server_sends(flags=RST, seq=9_010)
    assert foreign_resets(read(talk)) == []


def test_resets_behind_a_close_are_no_sign():
    talk = asked().server_sends(b"answer", flags=FIN | ACK).client_sends(b"more").server_sends(flags=RST)
    assert foreign_resets(read(talk)) == []


def test_what_was_not_captured_may_explain_the_number():
    talk = asked()
    talk.server_seq += 500
    talk.server_sends(b"end").server_sends(flags=RST, seq=talk.server_seq + 700)
    assert foreign_resets(read(talk)) == []


@BOTH_WAYS
@pytest.mark.parametrize(
    ("identities", "expected"),
    [
        ((500, 501, 64_000), "ttl,identity"),
        ((500, 501, 502), "ttl"),
        ((65_535, 3, 4), "ttl"),
        ((500, 501, 0), "ttl"),  # Linux, without a socket
        ((500, 44_000, 17), "ttl"),  # no counter
    ],
)
def test_packets_that_are_counted(identities, expected, scan_from):
    talk = asked().server_sends(b"one").server_sends(b"two").server_sends(flags=RST)
    numbered = dict(zip((4, 5, 6), identities, strict=True))
    assert signs(read(talk, scan_from, numbered, ttl=200)) == expected
    assert signs(read(talk, scan_from, numbered)) == ""  # a load balancer counts otherwise than its servers


def test_each_sign_is_a_sentence():
    facts = {"sender": "server", "signs": "more-data,ttl,sequence,several,identity", "certainty": "likely"}
    told = Oddity("reset-from-elsewhere", "frame 5", facts={**facts, "ttl": 61, "usual": 52, "ahead": 1_460})
    for language in ("en", "zh-Hant"):
        text = sentence(told, load_words(language))
        assert "61" in text
        assert "…" not in text
