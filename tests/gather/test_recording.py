"""Recordings: read back by our own reader and by tshark, checksums and all."""

import shutil
import subprocess

import pytest

from tlswhy.evidence.capture import asked_note
from tlswhy.evidence.read import read_evidence
from tlswhy.evidence.types import Asked, Secrets, Transcript
from tlswhy.gather.recording import SEGMENT, Recording, Wire
from tlswhy.packets.connection import Endpoint, TcpEventKind
from tlswhy.side import Side
from tlswhy.source import source_of_bytes

T0 = 1_790_000_000_000_000_001
SECRET = f"SERVER_HANDSHAKE_TRAFFIC_SECRET {'ab' * 32} {'cd' * 48}"


def recording(client="192.0.2.1", server="192.0.2.2", size=3 * SEGMENT + 1) -> Recording:
    made = Recording()
    wire = Wire(made, Endpoint(client, 50000), Endpoint(server, 443))
    wire.opened(T0, T0 + 5_000)
    wire.said(Side.CLIENT, b"\x16\x03\x01hello", T0 + 6_000)
    wire.said(Side.SERVER, bytes(size), T0 + 7_000)
    wire.closed(Side.SERVER, T0 + 8_000)
    made.secrets.append(SECRET)
    return made


@pytest.mark.parametrize(("client", "server"), [("192.0.2.1", "192.0.2.2"), ("2001:db8::1", "2001:db8::2")])
def test_read_back_it_is_what_was_said(client, server):
    evidence = list(read_evidence(source_of_bytes("x", recording(client, server).pcapng())))
    assert [item.text.strip() for item in evidence if isinstance(item, Secrets)] == [SECRET]
    (connection,) = (item.connection for item in evidence if isinstance(item, Transcript))
    assert str(connection.server) == (f"[{server}]:443" if ":" in server else f"{server}:443")
    said = {side: b"".join(p.data for p in connection.pieces if p.sender is side) for side in Side}
    assert said == {Side.CLIENT: b"\x16\x03\x01hello", Side.SERVER: bytes(3 * SEGMENT + 1)}
    assert [event.kind for event in connection.events] == [TcpEventKind.SYN, TcpEventKind.SYN_ACK, TcpEventKind.FIN]
    assert connection.first_time_ns == T0


@pytest.mark.parametrize(("client", "server"), [("192.0.2.1", "192.0.2.2"), ("2001:db8::1", "2001:db8::2")])
@pytest.mark.parametrize("size", [1, 2, 1500])
def test_wireshark_finds_nothing_wrong_with_it(tmp_path, client, server, size):
    if shutil.which("tshark") is None:
        pytest.skip("no tshark here")
    path = tmp_path / "x.pcapng"
    path.write_bytes(recording(client, server, size).pcapng())
    checks = ["-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE"]
    fields = ["-e", "tcp.checksum.status", "-e", "ip.checksum.status", "-e", "tcp.analysis.flags", "-e", "_ws.expert"]
    done = subprocess.run(
        ["tshark", "-r", path, *checks, "-T", "fields", *fields], capture_output=True, text=True, check=True
    )
    rows = {row.rstrip("\n") for row in done.stdout.splitlines()}
    assert rows
    assert all(row.split("\t")[0] == "1" and row.split("\t")[1] in ("1", "") for row in rows)
    assert not any("TCP" in row and "Malformed" in row for row in rows)


@pytest.mark.parametrize(
    "asked",
    [
        Asked("x", "gadgets.example.test", 443),
        Asked("x", "fe80::1%eth0", 25, starttls="smtp"),
        Asked("x", "mail.example.test", 25, starttls="smtp", proxy="http://[2001:db8::7]:8080"),
        Asked("x", "gadgets.example.test", 443, proxy="socks5://proxy.example.test:1080"),
    ],
)
def test_a_recording_knows_whom_it_asked(asked):
    made = recording()
    made.note = asked_note(asked)
    evidence = list(read_evidence(source_of_bytes("x", made.pcapng())))
    assert [item for item in evidence if isinstance(item, Asked)] == [asked]
    assert [item.text.splitlines()[1:] for item in evidence if isinstance(item, Secrets)] == [[SECRET]]


def test_sections_joined_are_one_capture():
    both = recording().pcapng() + recording("192.0.2.9").pcapng()
    found = [item for item in read_evidence(source_of_bytes("x", both)) if isinstance(item, Transcript)]
    assert [item.connection.client.address for item in found] == ["192.0.2.1", "192.0.2.9"]
