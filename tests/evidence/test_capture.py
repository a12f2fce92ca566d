import pytest

from tests.oracle import recorded
from tests.packets.building import Talk, enhanced, ethernet, interface, pcap, pcapng, secrets, section
from tlswhy.errors import BadEvidence
from tlswhy.evidence import capture
from tlswhy.evidence.types import CaptureFacts, Secrets, Transcript
from tlswhy.observe.handshake import observe
from tlswhy.oddity import Oddity
from tlswhy.side import Side
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


def frames(port: int = 40_000) -> list[bytes]:
    talk = Talk(sport=port).open()
    talk.client_sends(b"ping").server_sends(b"pong")
    return [ethernet(frame) for frame in talk.close().frames]


def kinds(content: bytes) -> list[str]:
    return [type(found).__name__ for found in capture.read(source_of_bytes("a.pcapng", content))]


def test_secrets_come_before_the_connections_that_follow_them():
    first = section() + interface() + secrets(b"CLIENT_RANDOM first\n")
    packets = pcapng(frames())[len(section() + interface()) :]
    assert kinds(first + packets) == ["Secrets", "Transcript", "CaptureFacts"]
    found = list(capture.read(source_of_bytes("a.pcapng", first + packets + secrets(b"CLIENT_RANDOM last\n"))))
    assert [item.text for item in found if isinstance(item, Secrets)] == [
        "CLIENT_RANDOM first\n",
        "CLIENT_RANDOM last\n",
    ]
    assert sorted(type(item).__name__ for item in found) == ["CaptureFacts", "Secrets", "Secrets", "Transcript"]


def test_connections_stand_in_the_order_of_their_first_frame():
    """The first to begin is the last to end."""
    early, late = frames(40_000), frames(40_001)
    woven = [*early[:3], *late, *early[3:]]
    found = [item for item in capture.read(source_of_bytes("a.pcap", pcap(woven))) if isinstance(item, Transcript)]
    assert [item.connection.client.port for item in found] == [40_000, 40_001]
    assert [item.connection.first_frame for item in found] == [1, 4]


def test_a_capture_that_breaks_off_is_read_as_far_as_it_goes():
    found = list(capture.read(source_of_bytes("cut.pcap", CAPTURE[:-3])))
    assert sum(isinstance(item, Transcript) for item in found) == 1
    (oddity,) = (item for item in found if isinstance(item, Oddity))
    assert oddity.item == "cut.pcap"
    assert isinstance(found[-1], CaptureFacts)
    assert found[-1].facts["packets"] == 10


def test_what_is_no_capture_is_refused():
    with pytest.raises(BadEvidence):
        list(capture.read(source_of_bytes("a.pcap", b"-----BEGIN CERTIFICATE-----")))


@pytest.mark.parametrize(("brief", "secret"), [(False, False), (True, True), (True, False)])
def test_what_may_be_an_alert_of_tls13_is_picked_where_there_may_be_keys(brief, secret):
    """It looks like data; whoever only lists connections without keys has no use for it."""
    talk = Talk().open()
    for _ in range(400):
        talk.server_sends(b"\x17\x03\x03\x04\x00" + bytes(1024))
    hidden = b"\x17\x03\x03\x00\x13" + bytes(range(19))
    talk.client_sends(hidden).server_sends(b"\x17\x03\x03\x00\x10" + bytes(16) + hidden, flags=0x18).close()
    data = section() + interface() + (secrets(b"CLIENT_RANDOM 00 00\n") if secret else b"")
    data += b"".join(enhanced(ethernet(frame)) for frame in talk.frames)
    (transcript,) = (
        item for item in capture.read(source_of_bytes("a", data), brief=brief) if isinstance(item, Transcript)
    )
    pieces = [piece for piece in transcript.connection.pieces if piece.sender is Side.SERVER]
    picked = [piece for piece in pieces if piece.picked]
    assert [piece.data for piece in picked] == ([] if brief and not secret else [hidden])
    if picked and not brief:
        kept = sum(len(piece.data) for piece in pieces if not piece.picked)
        assert 0 <= 400 * 1029 + 21 - kept - picked[0].left_out <= 1029  # it is told at least


def test_an_alert_behind_more_data_than_is_kept_is_still_seen():
    """Megabytes after the handshake, then the client's alert (encrypted, by its size) and the end."""
    talk = Talk().open()
    for _ in range(2_500):
        talk.server_sends(b"\x17\x03\x03\x04\x00" + bytes(1024))
    talk.client_sends(b"\x15\x03\x03\x00\x02\x02\x2a").client_sends(flags=4)
    (transcript,) = (
        item for item in capture.read(source_of_bytes("a.pcap", talk.captured())) if isinstance(item, Transcript)
    )
    assert [(told.message.description, told.frame) for told in observe(transcript).alerts] == [
        (42, len(talk.frames) - 1)
    ]
