"""What a capture gives crosses a pipe unchanged (cli/ahead.py sends it)."""

import pickle

from tests.packets.building import Talk
from tlswhy.evidence import capture
from tlswhy.evidence.captured import CaptureFacts, Secrets, Transcript
from tlswhy.source import source_of_bytes


def test_evidence_is_the_same_behind_a_pipe():
    talk = Talk().open().client_sends(b"hello").server_sends(b"answer").close()
    found = [*capture.read(source_of_bytes("x", talk.captured())), Secrets("x", "CLIENT_RANDOM 00 11\n")]
    assert [type(item) for item in found] == [Transcript, CaptureFacts, Secrets]
    assert pickle.loads(pickle.dumps(found)) == found
