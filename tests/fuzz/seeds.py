"""Bytes for each target of the fuzzer to begin with and to change: such as get far."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path

from tests.evidence import (
    test_apache_configuration,
    test_cisco_cli,
    test_cisco_services,
    test_curl_verbose,
    test_finesse_log,
    test_haproxy_configuration,
    test_nginx_configuration,
    test_schannel_events,
    test_schannel_registry,
    test_server_log,
    test_tls_cipher_suites,
    test_tomcat_configuration,
)
from tests.fuzz.targets import BETWEEN, KEYED
from tests.oracle import recorded
from tests.packets.building import Talk, pcapng
from tests.packets.wrapping import WAYS
from tlswhy.evidence.read import read_evidence
from tlswhy.evidence.types import Transcript
from tlswhy.side import Side
from tlswhy.source import source_of_bytes

REG = test_schannel_registry.HEAD
SAMPLES = Path(__file__).resolve().parents[1] / "evidence" / "samples"
HAR = (
    '{"log":{"version":"1.2","creator":{"name":"WebInspector"},"entries":[{"startedDateTime":"2026-01-01T00:00:00Z",'
    '"request":{"method":"GET","url":"https://a.test/"},"response":{"status":0,"_error":"net::ERR_CERT_DATE_INVALID"},'
    '"serverIPAddress":"192.0.2.1","_securityDetails":{"protocol":"TLS 1.2","subjectName":"a.test"}}]}}'
)
CONFIGURATIONS = (
    test_nginx_configuration.FILE,
    test_apache_configuration.FILE,
    test_haproxy_configuration.FILE,
    test_tomcat_configuration.FILE,
    test_tls_cipher_suites.FIELDS,
    test_tls_cipher_suites.COLUMN,
    test_tls_cipher_suites.POLICY,
    "jdk.tls.disabledAlgorithms=SSLv3, RC4, DH keySize < 1024, \\\n    EC keySize < 224 & usage TLSServer\n",
    "jdk.certpath.disabledAlgorithms=MD2, SHA1 jdkCA & denyAfter 2019-01-01, include jdk.disabled.namedCurves\n",
    f'{REG}{test_schannel_registry.SCHANNEL}\\TLS 1.2\\Server]\n"Enabled"=dword:00000001\n',
    f'{REG}{test_schannel_registry.POLICY}]\n"Functions"=hex(7):54,00,4c,00,\\\n  53,00,00,00\n',
)
EXPORTS = (
    test_schannel_events.VIEWER,
    test_schannel_events.XML,
    test_schannel_events.GERMAN,
    test_cisco_services.LIST,
    test_cisco_services.STATUS,
    test_cisco_cli.LIST,
    HAR,
)
LOGS = (
    test_finesse_log.FETCHING,
    test_finesse_log.MASK,
    test_finesse_log.INSIDE,
    test_server_log.NGINX,
    test_server_log.HAPROXY,
    test_server_log.GO,
    test_curl_verbose.GNUTLS,
    test_curl_verbose.SCHANNEL,
    'java version "1.8.0_212"\njavax.net.ssl.SSLHandshakeException: no cipher suites in common\n',
    "main, WRITE: TLSv1.2 Handshake, length = 207\n*** ClientHello, TLSv1.2\n",
)


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
        case "configurations":
            yield from (text.encode() for text in CONFIGURATIONS)
        case "exports":
            yield from (text.encode() for text in EXPORTS)
            yield from (path.read_bytes() for path in sorted(SAMPLES.glob("*.json")))
            yield CONFIGURATIONS[-1].encode("utf-16")
        case "logs":
            yield from (text.encode() for text in LOGS)
            yield from (path.read_bytes() for path in sorted(SAMPLES.glob("*.txt")))
        case "keys":
            yield recorded.keylog(KEYED) or b""
        case "answers":
            for row in rows:
                yield b"\x0f" + b"".join(_said_by_server(recorded.capture(row)))
            yield b"\x80220 a ESMTP\r\n250-a\r\n250 STARTTLS\r\n220 go\r\n"
            yield b"\xc0HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: a/b\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
            yield b"\x89\5\2\1\0\5\0\0\1\x7f\0\0\1\1\xbb"
        case "pieces":
            row = rows[0]
            chain, trust = recorded.chain(row), recorded.trust(row)
            yield recorded.capture(row) + BETWEEN + chain + BETWEEN + trust
            for text in (*CONFIGURATIONS[:5], *LOGS, *EXPORTS):
                yield text.encode() + BETWEEN + chain
            yield BETWEEN.join(recorded.capture(row) for row in rows[:2])
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


def _said_by_server(capture: bytes) -> Iterator[bytes]:
    for item in read_evidence(source_of_bytes("seed", capture)):
        if isinstance(item, Transcript):
            yield from (piece.data for piece in item.connection.pieces if piece.sender is Side.SERVER)


def _der(pem: bytes) -> bytes:
    return b64decode(b"".join(pem.split(b"-----")[2].split()))
