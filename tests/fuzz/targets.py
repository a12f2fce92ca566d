"""What strangers' bytes may reach, one function for each door; and bytes to begin with.

A target takes any bytes and must come back: with an answer or with a TlswhyError, in bounded time and memory. Whatever
else comes out is a fault, and its input belongs into found/<target>/.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime

from tests.oracle import recorded
from tests.packets.building import Talk, pcapng
from tests.packets.wrapping import WAYS
from tlswhy.diagnose import diagnose
from tlswhy.errors import TlswhyError
from tlswhy.evidence.read import read_evidence, read_trust
from tlswhy.evidence.types import Transcript
from tlswhy.observe.connections import spoke_tls
from tlswhy.observe.handshake import observe
from tlswhy.observe.legs import legs_among
from tlswhy.observe.line import line_of
from tlswhy.observe.noticed import noticed
from tlswhy.pki.certificate import read_certificate
from tlswhy.render.json import handshake_line
from tlswhy.render.line import line_text
from tlswhy.side import Side
from tlswhy.source import source_of_bytes
from tlswhy.wire.keylog import KeyLog
from tlswhy.wire.stream import Conversation

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LARGEST = 1 << 16
"""Bytes of an input: enough for everything, and small enough for many tries."""

Target = Callable[[bytes], None]


def captures(data: bytes) -> None:
    """A file that may be a capture: read, observed, listed both ways."""
    handshakes = []
    with suppress(TlswhyError):
        for item in read_evidence(source_of_bytes("fuzz", data, 4096)):
            if isinstance(item, Transcript):
                handshake = observe(item)
                handshakes.append(handshake)
                noticed(handshake)
                careful = json.dumps(handshake_line(handshake), ensure_ascii=False, separators=(",", ":"))
                line = line_of(item)
                assert line is None or (spoke_tls(handshake) and line_text(line) == careful)
    legs_among(handshakes)


def records(data: bytes) -> None:
    """Both directions of a connection: after each byte that says who speaks and how much, that much is said."""
    conversation = Conversation(KeyLog())
    position = 0
    while position < len(data):
        turn, position = data[position], position + 1
        sender = Side.SERVER if turn & 1 else Side.CLIENT
        if turn & 0xF0 == 0xF0:
            conversation.hole(sender, turn & 0x0E)
            continue
        size = (turn >> 1) * 8
        conversation.feed(sender, data[position : position + size])
        position += size
    conversation.finish()


def certificates(data: bytes) -> None:
    """One certificate in DER."""
    with suppress(TlswhyError):
        read_certificate(data)


def stores(data: bytes) -> None:
    """A trust store of any format."""
    for password in (None, "changeit"):
        with suppress(TlswhyError):
            list(read_trust(source_of_bytes("fuzz", data), password=password))


def texts(data: bytes) -> None:
    """Logs, configurations, output of other programs: recognised by content, and judged."""
    with suppress(TlswhyError):
        diagnose(read_evidence(source_of_bytes("fuzz", data)), clients=["java/8u212"], now=NOW)


TARGETS: dict[str, Target] = {
    "captures": captures,
    "records": records,
    "certificates": certificates,
    "stores": stores,
    "texts": texts,
}


def seeds(target: str) -> Iterator[bytes]:
    """Bytes that get far, for the fuzzer to change."""
    rows = [*recorded.rows()[::300], *recorded.other_rows()[::400]]
    match target:
        case "captures":
            yield from (recorded.capture(row) for row in rows)
            for link, wrap in WAYS.values():
                yield pcapng(
                    [wrap(frame) for frame in Talk().open().client_sends(b"\x16\3\1\0\5\1\0\0\1\3").frames], link
                )
        case "records":
            for row in rows:
                yield b"".join(_turns(recorded.capture(row)))
        case "certificates" | "stores":
            yield from (_der(recorded.chain(row)) for row in rows if row.get("pki"))
            yield from (recorded.trust(row) for row in rows[:3])
        case _:
            yield b'java version "1.8.0_212"\njavax.net.ssl.SSLHandshakeException: no cipher suites in common\n'
            yield b"main, WRITE: TLSv1.2 Handshake, length = 207\n*** ClientHello, TLSv1.2\n"
            yield b"javax.net.ssl|DEBUG|01|main|2024-01-01 00:00:00.000 UTC|ClientHello.java:1|Produced ClientHello (\n"
            yield b"CONNECTED(00000003)\n---\nCertificate chain\n 0 s:CN = a.test\n   i:CN = b\n---\n"
            yield b"jdk.tls.disabledAlgorithms=SSLv3, RC4, DH keySize < 1024\n"


def _turns(capture: bytes) -> Iterator[bytes]:
    for item in read_evidence(source_of_bytes("seed", capture)):
        if isinstance(item, Transcript):
            for piece in item.connection.pieces:
                for start in range(0, len(piece.data), 64):
                    part = piece.data[start : start + 64]
                    yield bytes([(len(part) + 7) // 8 << 1 | (piece.sender is Side.SERVER)]) + part.ljust(
                        -len(part) % 8
                    )


def _der(pem: bytes) -> bytes:
    from base64 import b64decode

    return b64decode(b"".join(pem.split(b"-----")[2].split()))
