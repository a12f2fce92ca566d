"""Several captures read as one: a conversation that a ring buffer has cut is one connection, whatever is beside it."""

import gzip
import json
import random
import shutil
import struct
import subprocess
from dataclasses import replace

import pytest

from tests.oracle import recorded
from tests.packets.building import START_NS, Packet, Talk, ethernet, pcap
from tlswhy import read_evidence
from tlswhy.diagnose import diagnose
from tlswhy.errors import BadEvidence
from tlswhy.evidence.capture import read_together
from tlswhy.evidence.types import Transcript
from tlswhy.observe.connections import spoke_tls
from tlswhy.observe.handshake import observe
from tlswhy.observe.line import line_of
from tlswhy.packets.capture import Limits, read_connections
from tlswhy.render.json import handshake_line
from tlswhy.source import source_of_bytes

CAPTURE = recorded.capture(recorded.row("j8u212", "dhe-768-tls12-aes256cbc"))
OTHER = recorded.capture(recorded.row("j8u212", "base-tls12"))
MILLISECOND = 1_000_000


def records(capture: bytes) -> list[bytes]:
    """The packet records of a little-endian pcap file."""
    found, position = [], 24
    while position < len(capture):
        end = position + 16 + struct.unpack_from("<I", capture, position + 8)[0]
        found.append(capture[position:end])
        position = end
    return found


def cut(capture: bytes, *spans: tuple[int, int]) -> list[bytes]:
    """Files with the records of each span."""
    parts = records(capture)
    return [capture[:24] + b"".join(parts[start:stop]) for start, stop in spans]


def handshakes(files: dict[str, bytes]):
    def failed(failure: BadEvidence) -> None:
        raise failure

    sources = [source_of_bytes(name, data) for name, data in files.items()]
    found = [item for item in read_together(sources, failed) if isinstance(item, Transcript)]
    return [handshake for handshake in map(observe, found) if spoke_tls(handshake)]


def lines(files: dict[str, bytes]) -> list[dict]:
    return [json.loads(json.dumps(handshake_line(handshake))) for handshake in handshakes(files)]


@pytest.mark.parametrize("at", range(1, len(records(CAPTURE))))
def test_wherever_the_ring_cuts_it_is_one_connection(at):
    (whole,) = lines({"whole": CAPTURE})
    first, second = cut(CAPTURE, (0, at), (at, 99))
    for files in ({"first": first, "second": second}, {"second": second, "first": first}):
        (line,) = lines(files)
        places = {name: (line["captures"][name], frame) for name, frame in line["frames"].items()}
        assert places == {
            name: ("first", frame) if frame <= at else ("second", frame - at) for name, frame in whole["frames"].items()
        }
        (alert,), (told,) = line["alerts"], whole["alerts"]
        assert (alert["capture"], alert["frame"] + (at if alert["capture"] == "second" else 0)) == (
            ("first", told["frame"]) if told["frame"] <= at else ("second", told["frame"])
        )
        same = line | {"frames": whole["frames"], "alerts": whole["alerts"], "capture": "whole"}
        assert {key: value for key, value in same.items() if key != "captures"} == whole


def test_three_files_and_the_verdict_names_the_file():
    first, second, third = cut(CAPTURE, (0, 4), (4, 7), (7, 99))
    sources = [source_of_bytes(name, data) for name, data in (("c", third), ("a", first), ("b", second))]
    (diagnosis,) = diagnose(read_evidence(*sources), foretell=False).diagnoses
    head = diagnosis.verdict.refusals[0]
    assert head.cause == "dh-key-too-small"
    assert {(where.item, where.place) for where in head.where} == {("b", "frame 2")}
    assert [name for name, _ in diagnosis.handshakes[0].later] == ["b", "c"]


@pytest.mark.parametrize("spans", [((0, 6), (3, 99)), ((0, 8), (1, 99)), ((0, 5), (4, 6), (5, 99))])
def test_files_may_overlap(spans):
    (line,) = lines({f"file {number}": data for number, data in enumerate(cut(CAPTURE, *spans))})
    assert line["server_hello"] is not None
    assert len(line["alerts"]) == 1


def test_copies_are_listed_each():
    found = lines({"plain": CAPTURE, "packed": gzip.compress(CAPTURE), "other": OTHER})
    assert sorted(line["capture"] for line in found) == ["other", "packed", "plain"]
    assert all("captures" not in line and line["server_hello"] for line in found)


def shifted(capture: bytes, microseconds: int) -> bytes:
    moved = b""
    for record in records(capture):
        seconds, fraction = struct.unpack_from("<II", record)
        moved += struct.pack("<II", *divmod(seconds * 1_000_000 + fraction + microseconds, 1_000_000)) + record[8:]
    return capture[:24] + moved


def test_two_points_of_one_connection_stay_two():
    """What the client's machine and the server's have captured differs in its times."""
    found = lines({"at the client": CAPTURE, "at the server": shifted(CAPTURE, 150)})
    assert [line["capture"] for line in found] == ["at the client", "at the server"]
    assert all("captures" not in line for line in found)


def packets(talk: Talk, start_ms: int = 0) -> list[Packet]:
    return [
        Packet(ethernet(frame), START_NS + (start_ms + number) * MILLISECOND)
        for number, frame in enumerate(talk.frames)
    ]


HELLO = observe(next(iter(read_evidence(source_of_bytes("x", CAPTURE))))).hello.raw
RECORD = b"\x16\3\1" + len(HELLO).to_bytes(2, "big") + HELLO


@pytest.mark.parametrize(
    ("talk", "start_ms"),
    [
        pytest.param(Talk(client_seq=5_000_000, server_seq=77_000_000).open(), 50, id="opened anew"),
        pytest.param(Talk(client_seq=2_000_000_000, server_seq=3_000_000_000), 50, id="other numbers"),
        pytest.param(Talk(client_seq=1_001, server_seq=9_001), 3 * 3_600_000, id="hours later"),
    ],
)
def test_the_same_addresses_are_not_the_same_connection(talk, start_ms):
    first = Talk().open()
    found = handshakes(
        {
            "first": pcap(packets(first.client_sends(RECORD))),
            "second": pcap(packets(talk.client_sends(RECORD), start_ms)),
        }
    )
    assert [(handshake.item, handshake.later) for handshake in found] == [("first", ()), ("second", ())]


def test_asked_once_more_in_the_next_file():
    first, again = Talk().client_sends(flags=2), Talk()
    again.open().client_sends(RECORD)
    (found,) = handshakes({"first": pcap(packets(first)), "second": pcap(packets(again, 1_000))})
    assert [name for name, _ in found.later] == ["second"]
    assert found.place(found.client_hello.frame) == ("second", 4)


def bulk() -> tuple[bytes, bytes]:
    talk = Talk().open().client_sends(b"request")
    for _ in range(2_000):
        talk.server_sends(bytes(100)).client_sends()
    whole = packets(talk.close())
    return pcap(whole[:2_500]), pcap(whole[2_500:])


@pytest.mark.parametrize("scan_from", [0, 1 << 30])
def test_a_download_goes_on_in_the_next_file_by_both_ways(scan_from):
    first, second = (source_of_bytes("x", data, 70_000) for data in bulk())
    limits = Limits(stream_bytes=5_000)
    reading = read_connections(first, limits=limits, scan_from=scan_from, alone=False)
    assert list(reading) == []
    behind = read_connections(second, scan_from=scan_from, behind=reading, begins_ns=START_NS + 1)
    assert list(behind) == []
    (connection,) = behind.rest()
    assert (connection.first_frame, connection.last_frame, connection.turns) == (1, 4_007, (2_500,))
    assert [event.frame for event in connection.events] == [1, 2, 4_005, 4_006]
    assert (behind.packets, behind.frames) == (1_507, 4_007)


def test_both_ways_see_the_same_in_several_files():
    """Downloads that end with a file, go on, or have ports that another connection uses in the next."""
    chance = random.Random(10)
    files: list[list[Packet]] = [[], [], []]
    for port in range(40):
        talk = Talk(sport=2_000 + port % 30, client_seq=chance.randrange(1 << 32), server_seq=chance.randrange(1 << 32))
        talk.open() if chance.random() < 0.7 else None
        for _ in range(chance.randrange(20, 120)):
            talk.server_sends(bytes(100)).client_sends()
        talk = talk.close() if chance.random() < 0.5 else talk
        start = chance.randrange(2)
        cut = chance.choice((0, len(talk.frames) // 2, len(talk.frames)))
        made = packets(talk, start * 10_000 + port * 100)
        files[start] += made[:cut]
        files[start + 1] += made[cut:]
    files = [sorted(each, key=lambda packet: packet.time_ns) for each in files]
    found = []
    for scan_from in (0, 1 << 30):
        reading, connections = None, []
        for each in files:
            source = source_of_bytes("x", pcap(each), 20_000)
            limits = Limits(stream_bytes=1_500)
            more = {"behind": reading, "begins_ns": each[0].time_ns}
            reading = read_connections(source, limits=limits, scan_from=scan_from, alone=False, **more)
            connections += list(reading)
        found.append(connections + list(reading.rest()))
    assert len(found[0]) > 40
    assert any(connection.turns for connection in found[0])
    assert found[0] == found[1]


def test_the_short_way_is_for_connections_of_one_file():
    first, second = cut(CAPTURE, (0, 4), (4, 99))
    sources = [source_of_bytes("first", first), source_of_bytes("second", second)]
    (transcript,) = (item for item in read_together(sources, pytest.fail) if isinstance(item, Transcript))
    assert line_of(transcript) is None
    assert line_of(replace(transcript, later=())) is not None


def test_what_cannot_be_read_is_told_and_the_rest_is_read():
    def broken():
        yield CAPTURE[:24]
        raise BadEvidence("broken", "", "file-unreadable")

    told: list[BadEvidence] = []
    sources = [
        replace(source_of_bytes("broken", b""), blocks=broken),
        *(source_of_bytes(name, data) for name, data in zip("ab", cut(CAPTURE, (0, 4), (4, 99)), strict=True)),
    ]
    found = [item for item in read_together(sources, told.append) if isinstance(item, Transcript)]
    assert [failure.item for failure in told] == ["broken"]
    assert [transcript.item for transcript in found] == ["a"]


@pytest.mark.parametrize("gone", ["a", "b", "c"])
@pytest.mark.parametrize("left", [0, 60])
def test_a_file_that_goes_away_moves_no_other(gone, left):
    """Each place stays in its own file, whichever can't be read any more when its turn comes."""
    files = dict(zip("abc", cut(CAPTURE, (0, 4), (4, 7), (7, 99)), strict=True))
    asked: list[str] = []

    def vanishing(name: str):
        def blocks():
            asked.append(name)
            if name == gone and asked.count(name) > 1:
                yield from [files[name][:left]] if left else []
                raise BadEvidence(name, "", "file-unreadable")
            yield files[name]

        return replace(source_of_bytes(name, files[name]), blocks=blocks)

    told: list[BadEvidence] = []
    found = list(read_together([vanishing(name) for name in "abc"], told.append))
    assert [failure.item for failure in told] == [gone]
    (line,) = (handshake_line(observe(item)) for item in found if isinstance(item, Transcript))
    if gone != "a":
        assert (line["capture"], line["frames"]["client_hello"]) == ("a", 4)
    if gone == "a":
        assert (line["capture"], line["frames"]) == ("b", {"client_hello": None, "server_hello": 2})
    if gone != "c":
        assert [(alert.get("capture", "?"), alert["frame"]) for alert in line["alerts"]] == [("c", 1)]


@pytest.mark.skipif(shutil.which("editcap") is None, reason="editcap is not installed")
def test_as_editcap_cuts(tmp_path):
    """Files of three packets, renamed so that their names are in another order than their times."""
    (tmp_path / "whole.pcap").write_bytes(CAPTURE)
    subprocess.run(["editcap", "-c", "3", "whole.pcap", "ring.pcapng"], cwd=tmp_path, check=True, capture_output=True)
    rings = sorted(tmp_path.glob("ring_*"))
    assert len(rings) == 4
    files = {f"{9 - number}": path.read_bytes() for number, path in enumerate(rings)}
    (line,) = lines(files)
    (whole,) = lines({"whole": CAPTURE})
    for name, frame in whole["frames"].items():
        assert (line["captures"][name], line["frames"][name]) == (f"{9 - (frame - 1) // 3}", (frame - 1) % 3 + 1)
