"""Every recorded capture, read by us and by tshark: the same hellos, choices, certificates' sizes and alerts.

All captures are joined into one file with addresses of their own, so that tshark starts once.
"""

from __future__ import annotations

import shutil
import struct
import subprocess
from collections import defaultdict

import pytest

from tests.oracle import recorded
from tlswhy.evidence.capture import read
from tlswhy.evidence.types import Transcript
from tlswhy.model.handshake import Handshake, Told
from tlswhy.observe.handshake import observe
from tlswhy.source import source_of_bytes

FIELDS = (
    "frame.number",
    "ip.src",
    "tls.handshake.type",
    "tls.handshake.ciphersuite",
    "tls.handshake.extensions_server_name",
    "tls.handshake.extensions_supported_group",
    "tls.handshake.sig_hash_alg",
    "tls.handshake.server_named_curve",
    "tls.handshake.p_len",
    "tls.handshake.certificate_length",
    "tls.alert_message.level",
    "tls.alert_message.desc",
    "tls.handshake.ja3",
    "tls.handshake.ja3s",
)
PORTS = "tcp.port==21000-21999,tls"

pytestmark = pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")


@pytest.mark.parametrize("half", ["java", "others"])
def test_every_recorded_capture_reads_as_tshark_reads_it(half, tmp_path):
    rows = recorded.rows() if half == "java" else recorded.other_rows()
    joined = tmp_path / "joined.pcap"
    first_frames = _join(rows, joined)
    by_row = _tshark(joined)
    wrong: list[str] = []
    for number, row in enumerate(rows):
        handshake = _observed(row)
        ours = _ours(handshake)
        theirs = _summary(by_row.get(number, []), first_frames[number])
        wrong += [
            f"{row['client']} {row['case']} {what}: ours {ours[what]!r}, tshark {theirs[what]!r}"
            for what in ours
            if ours[what] != theirs[what] and not _tshark_is_wrong(what, handshake)
        ]
    assert not wrong, "\n".join(wrong[:40])


def _tshark_is_wrong(what: str, handshake: Handshake) -> bool:
    """Where tshark is known to differ, with the reason; nothing else is let through.

    Once the server has answered in HTTP, tshark hands the rest of the connection to its HTTP dissector, and the
    client's alert (a readable TLS record) is not shown.
    """
    return what == "alerts" and handshake.not_tls is not None and handshake.not_tls.message.head.startswith(b"HTTP/")


def _join(rows, path) -> list[int]:
    """Write all captures into one, each row's hosts as 10.a.b.1 (client) and 10.a.b.2 (server)."""
    first_frames: list[int] = []
    frame = 1
    with path.open("wb") as out:
        for number, row in enumerate(rows):
            capture = recorded.capture(row)
            if number == 0:
                out.write(capture[:24])
            first_frames.append(frame)
            offset = 24
            while offset + 16 <= len(capture):
                captured = struct.unpack_from("<I", capture, offset + 8)[0]
                packet = bytearray(capture[offset + 16 : offset + 16 + captured])
                source_port = struct.unpack_from(">H", packet, 34)[0]
                to_server = source_port != row["port"]
                hosts = (1, 2) if to_server else (2, 1)
                for position, host in zip((26, 30), hosts, strict=True):
                    packet[position : position + 4] = bytes((10, number >> 8, number & 255, host))
                out.write(capture[offset : offset + 16])
                out.write(packet)
                offset += 16 + captured
                frame += 1
    return first_frames


def _tshark(path) -> dict[int, list[list[str]]]:
    arguments = ["tshark", "-n", "-r", str(path), "-d", PORTS, "-Y", "tls", "-T", "fields", "-E", "separator=|"]
    for name in FIELDS:
        arguments += ["-e", name]
    done = subprocess.run(arguments, capture_output=True, text=True, check=True)
    by_row: dict[int, list[list[str]]] = defaultdict(list)
    for line in done.stdout.splitlines():
        values = line.split("|")
        _, high, low, _ = map(int, values[1].split("."))
        by_row[high << 8 | low].append(values)
    return by_row


def _numbers(text: str) -> list[int]:
    return [int(part, 0) for part in text.split(",") if part]


def _summary(lines: list[list[str]], first_frame: int) -> dict[str, object]:
    """The same facts as ``_ours``, out of tshark's columns.

    It calls a HelloRetryRequest a ServerHello, so the last one counts.
    """
    summary: dict[str, object] = {
        "client_hello": None,
        "suites": None,
        "name": None,
        "groups": None,
        "schemes": None,
        "server_hello": None,
        "suite": None,
        "curve": None,
        "dh_bytes": None,
        "certificates": None,
        "alerts": [],
        "ja3": None,
        "ja3s": None,
    }
    for line in lines:
        values = dict(zip(FIELDS, line, strict=True))
        frame = int(values["frame.number"]) - first_frame + 1
        client = values["ip.src"].endswith(".1")
        types = _numbers(values["tls.handshake.type"])
        if client and 1 in types and summary["client_hello"] is None:
            summary |= {
                "client_hello": frame,
                "suites": _numbers(values["tls.handshake.ciphersuite"]),
                "name": values["tls.handshake.extensions_server_name"] or None,
                "groups": _numbers(values["tls.handshake.extensions_supported_group"]),
                "schemes": _numbers(values["tls.handshake.sig_hash_alg"]),
                "ja3": values["tls.handshake.ja3"] or None,
            }
        if not client and 2 in types:
            summary |= {
                "server_hello": frame,
                "suite": _numbers(values["tls.handshake.ciphersuite"])[0],
                "ja3s": values["tls.handshake.ja3s"] or None,
            }
        if not client and 11 in types and summary["certificates"] is None:
            summary["certificates"] = _numbers(values["tls.handshake.certificate_length"])
        if not client and 12 in types:
            summary["curve"] = next(iter(_numbers(values["tls.handshake.server_named_curve"])), None)
            summary["dh_bytes"] = next(iter(_numbers(values["tls.handshake.p_len"])), None)
        levels, descriptions = _numbers(values["tls.alert_message.level"]), _numbers(values["tls.alert_message.desc"])
        sender = "client" if client else "server"
        alerts = summary["alerts"]
        assert isinstance(alerts, list)
        alerts += [(frame, sender, level, description) for level, description in zip(levels, descriptions, strict=True)]
    return summary


def _ours(handshake: Handshake) -> dict[str, object]:
    hello = handshake.hello
    exchange = handshake.key_exchange.message if handshake.key_exchange else None
    server = handshake.server_hello
    return {
        "client_hello": handshake.client_hello.frame if handshake.client_hello else None,
        "suites": list(hello.cipher_suites) if hello else None,
        "name": hello.server_name if hello else None,
        "groups": list(hello.groups or ()) if hello else None,
        "schemes": [*(hello.signature_schemes or ()), *(hello.signature_schemes_cert or ())] if hello else None,
        "server_hello": server.frame if server else None,
        "suite": server.message.cipher_suite if server else None,
        "curve": exchange.ec.group if exchange and exchange.ec else None,
        "dh_bytes": (exchange.dh.prime_bits + 7) // 8 if exchange and exchange.dh else None,
        "certificates": (
            [len(der) for der in handshake.certificates.message.certificates]
            if isinstance(handshake.certificates, Told)
            else None
        ),
        "alerts": [
            (told.frame, told.message.span.sender.value, told.message.level, told.message.description)
            for told in handshake.alerts
        ],
        "ja3": handshake.ja3,
        "ja3s": handshake.ja3s,
    }


def _observed(row) -> Handshake:
    evidence = read(source_of_bytes(row["pcap"], recorded.capture(row)))
    (transcript,) = (item for item in evidence if isinstance(item, Transcript))
    return observe(transcript)
