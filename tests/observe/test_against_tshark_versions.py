"""Hellos of every version and of the drafts of TLS 1.3, which had shapes of their own: read as tshark reads them."""

import json
import shutil
import subprocess

import pytest

from tests.packets.building import Talk, ethernet, pcap, timed
from tlswhy.evidence.capture import read
from tlswhy.evidence.types import Transcript
from tlswhy.observe.handshake import observe
from tlswhy.observe.line import line_of
from tlswhy.render.json import handshake_line
from tlswhy.render.line import line_text
from tlswhy.source import source_of_bytes
from tlswhy.wire import extensions as ext
from tlswhy.wire.hello import write_client_hello, write_record

DRAFTS = range(18, 29)
FIELDS = ("frame.number", "ip.src", "tls.handshake.type", "tls.handshake.version", "tls.handshake.ciphersuite")
SHARED = "tls.handshake.extensions_key_share_group"

pytestmark = pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")


def number_of_share(draft: int) -> int:
    return ext.DRAFT_KEY_SHARE if draft < 23 else ext.KEY_SHARE


def client_hello(draft: int, group: int) -> bytes:
    return write_client_hello(
        legacy_version=0x0303,
        random=bytes(range(32)),
        session_id=b"" if draft < 22 else b"s" * 32,
        cipher_suites=(0x1301, 0xC02F),
        extensions=[
            (ext.SERVER_NAME, ext.write_server_name("a.test")),
            (ext.SUPPORTED_VERSIONS, ext.write_client_versions((0x7F00 | draft, 0x0303))),
            (ext.SUPPORTED_GROUPS, ext.write_uint16_vector((29, 23))),
            (ext.SIGNATURE_ALGORITHMS, ext.write_uint16_vector((0x0403,))),
            (number_of_share(draft), ext.vector16(ext.uint16s((group,)) + ext.vector16(b"k" * 32))),
        ],
    )


def message(kind: int, body: bytes) -> bytes:
    return write_record(22, 0x0301, bytes([kind]) + len(body).to_bytes(3, "big") + body)


def hello_retry(draft: int) -> bytes:
    share = ext.uint16s((number_of_share(draft), 2, 23))
    if draft < 22:
        return message(6, ext.uint16s((0x7F00 | draft, *((0x1301,) if draft > 18 else ()))) + ext.vector16(share))
    random = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")
    chosen = ext.uint16s((ext.SUPPORTED_VERSIONS, 2, 0x7F00 | draft))
    return message(2, b"\3\3" + random + b"\x20" + b"s" * 32 + b"\x13\1\0" + ext.vector16(chosen + share))


def server_hello(draft: int, group: int) -> bytes:
    share = ext.uint16s((number_of_share(draft), 36, group)) + ext.vector16(b"k" * 32)
    if draft < 22:
        return message(2, ext.uint16s((0x7F00 | draft,)) + bytes(32) + b"\x13\1" + ext.vector16(share))
    chosen = ext.uint16s((ext.SUPPORTED_VERSIONS, 2, 0x7F00 | draft))
    return message(2, b"\3\3" + bytes(32) + b"\x20" + b"s" * 32 + b"\x13\1\0" + ext.vector16(chosen + share))


def talk(draft: int, retry: bool) -> Talk:
    made = Talk(f"10.9.{int(retry)}.{draft}", "10.8.0.1").open()
    made.client_sends(write_record(22, 0x0301, client_hello(draft, 29)))
    if retry:
        made.server_sends(hello_retry(draft)).client_sends(write_record(22, 0x0301, client_hello(draft, 23)))
    made.server_sends(server_hello(draft, 23 if retry else 29) + write_record(23, 0x0301, bytes(600)))
    return made.client_sends(write_record(23, 0x0301, bytes(60))).close()


def test_drafts_of_tls_13(tmp_path):
    path = tmp_path / "drafts.pcap"
    talks = [talk(draft, retry) for retry in (False, True) for draft in DRAFTS]
    path.write_bytes(pcap(timed(ethernet(frame) for each in talks for frame in each.frames)))
    command = ["tshark", "-n", "-r", str(path), "-Y", "tls.handshake", "-T", "fields", "-E", "separator=|"]
    for field in (*FIELDS, SHARED, "tls.handshake.ja3s"):
        command += ["-e", field]
    rows = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    shown = [row.split("|") for row in rows]
    for item in read(source_of_bytes("x", path.read_bytes())):
        if not isinstance(item, Transcript):
            continue
        line = json.loads(json.dumps(handshake_line(observe(item))))
        short = line_of(item)
        assert short is None or json.loads(line_text(short)) == line
        client = item.connection.client.address
        retry, draft = (int(part) for part in client.split(".")[2:])
        hello = next(row for row in shown if row[1] == client)
        frames = range(int(hello[0]), int(hello[0]) + 5)
        answer = next(
            row for row in shown if int(row[0]) in frames and row[2] == "2" and not _is_retry(row, retry, shown, frames)
        )
        assert line["frames"] == {"client_hello": int(hello[0]), "server_hello": int(answer[0])}
        assert line["client_hello"]["versions"] == [f"TLS1.3-draft{draft}", "TLS1.2"]
        assert line["server_hello"] == {
            "version": f"TLS1.3-draft{draft}",
            "cipher_suite": int(answer[4], 0),
            "hello_retry": bool(retry),
        }
        assert line["key_exchange"] == {"dh_bits": None, "group": int(answer[5])}
        assert line["ja3s"] == answer[6]


def _is_retry(row, retry, shown, frames) -> bool:
    """From draft 22 on a HelloRetryRequest is a ServerHello too: the first of two."""
    hellos = [other for other in shown if int(other[0]) in frames and other[2] == "2"]
    return bool(retry) and len(hellos) == 2 and row is hellos[0]
