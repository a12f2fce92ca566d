from tests.oracle import recorded
from tlswhy.evidence import capture
from tlswhy.evidence.types import CaptureFacts, Transcript
from tlswhy.source import source_of_bytes

CAPTURE = recorded.capture(recorded.row("j8u212", "dhe-768-tls12-aes256cbc"))


def test_a_magic_number_leaves_no_doubt():
    assert capture.likelihood(CAPTURE[:24]) == 1.0
    assert capture.likelihood(b"-----BEGIN CERTIFICATE-----") == 0.0
    assert capture.likelihood(b"") == 0.0


def test_a_connection_and_what_else_was_in_it():
    transcript, facts = capture.read(source_of_bytes("a.pcap", CAPTURE))
    assert isinstance(transcript, Transcript)
    assert transcript.item == "a.pcap"
    assert isinstance(facts, CaptureFacts)
    assert facts.facts["packets"] == 11
    assert facts.facts["cut_packets"] == 0


def test_progress_counts_the_bytes_as_stored():
    seen: list[int] = []
    list(capture.read(source_of_bytes("a.pcap", CAPTURE), seen.append))
    assert seen
    assert sum(seen) == len(CAPTURE) or seen[-1] == len(CAPTURE)
