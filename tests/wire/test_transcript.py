"""The hash that a server of TLS 1.3 signs: of the right messages, and none where one is missing. That it is the right
hash is shown where signatures of real servers are verified by it (tests/causes/test_handshake_signature_invalid)."""

import pytest

from tests.oracle import recorded
from tests.wire import tapped
from tests.wire.test_stream import message
from tlswhy.side import Side
from tlswhy.wire.assembly import Whole
from tlswhy.wire.keylog import KeyLog
from tlswhy.wire.messages import CertificateVerify
from tlswhy.wire.stream import Conversation
from tlswhy.wire.transcript import LARGEST, Transcript

AES_128_GCM = 0x1301


def said(kind, body=b"x"):
    raw = message(kind, body)
    return Whole(kind, len(body), 0, len(raw), True, raw)


def heard(*turns):
    transcript = Transcript()
    for sender, whole in turns:
        transcript.add(sender, whole)
    return transcript


HELLOS = ((Side.CLIENT, said(1)), (Side.SERVER, said(2)))


def test_what_a_client_says_behind_its_hello_is_not_in_it():
    alone = heard(*HELLOS, (Side.SERVER, said(11))).before(Side.SERVER, AES_128_GCM)
    assert len(alone) == 32
    assert heard(*HELLOS, (Side.CLIENT, said(5)), (Side.SERVER, said(11))).before(Side.SERVER, AES_128_GCM) == alone
    assert heard(*HELLOS, (Side.SERVER, said(8)), (Side.SERVER, said(11))).before(Side.SERVER, AES_128_GCM) != alone


@pytest.mark.parametrize(
    "turns", [HELLOS[1:], HELLOS[:1], (*HELLOS, HELLOS[0]), (*HELLOS, (Side.SERVER, said(15))), (*HELLOS * 3,)]
)
def test_nothing_where_the_hellos_are_not_whole_or_all_is_signed(turns):
    assert heard(*turns).before(Side.SERVER, AES_128_GCM) == b""


def test_nothing_of_a_client_of_an_unknown_suite_or_with_a_gap():
    transcript = heard(*HELLOS)
    assert transcript.before(Side.CLIENT, AES_128_GCM) == transcript.before(Side.SERVER, None) == b""
    transcript.miss(Side.CLIENT)
    assert transcript.before(Side.SERVER, AES_128_GCM)
    transcript.miss(Side.SERVER)
    assert transcript.before(Side.SERVER, AES_128_GCM) == b""


def test_what_is_kept_has_a_bound():
    assert heard(*HELLOS, (Side.SERVER, said(8, bytes(LARGEST)))).before(Side.SERVER, AES_128_GCM) == b""


def verifies(row, *, hole=False):
    conversation = Conversation(KeyLog.parse((recorded.keylog(row) or b"").decode()))
    found = []
    for sender, data in tapped.turns(recorded.capture(row), row["port"]):
        if hole and sender is Side.SERVER:
            conversation.hole(Side.CLIENT, 1)
        found += conversation.feed(sender, data)
    return [m for m in found if isinstance(m, CertificateVerify) and m.span.sender is Side.SERVER]


@pytest.mark.parametrize("names", [("j17.0.9", "proto-tls13-only"), ("py3.11", "suite13-chacha20")])
def test_a_hole_leaves_no_transcript(names):
    row = recorded.row(*names)
    (verify,) = verifies(row)
    assert verify.signature
    assert len(verify.transcript) in (32, 48)
    assert not any(verify.transcript for verify in verifies(row, hole=True))
