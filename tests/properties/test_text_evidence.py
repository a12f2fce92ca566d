"""Texts of any kind, cut, mixed and mutated: evidence or a clear error, whole lines, bounded time."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tlswhy.errors import TlswhyError
from tlswhy.evidence import (
    certificate_text,
    chromium_net_log,
    cisco_cli,
    curl_verbose,
    finesse_log,
    har,
    java_debug_log,
    java_security,
    java_stack_trace,
    java_version,
    library_errors,
    openssl_text,
    program_version,
    schannel_events,
    server_log,
)
from tlswhy.evidence.read import read_evidence
from tlswhy.evidence.types import ClientWords
from tlswhy.observe.words import MOST_CAUSES, meaning_of
from tlswhy.source import source_of_bytes

FORMATS = (
    certificate_text,
    chromium_net_log,
    cisco_cli,
    curl_verbose,
    finesse_log,
    har,
    java_debug_log,
    java_security,
    java_stack_trace,
    java_version,
    library_errors,
    openssl_text,
    program_version,
    schannel_events,
    server_log,
)
SAMPLES = sorted((Path(__file__).parent.parent / "evidence" / "samples").iterdir())
PIECES = st.sampled_from(
    [
        *(line for path in SAMPLES for line in path.read_text().splitlines()[::9]),
        "Caused by: ",
        "\tat a.b.C.d(C.java:1)",
        "javax.net.ssl.SSLHandshakeException: Received fatal alert: handshake_failure",
        "*** ClientHello, TLSv1.2",
        "***",
        "Cipher Suites: [",
        "-----BEGIN CERTIFICATE-----",
        "admin:show cert list trust",
        "  Version: V3",
        "jdk.tls.disabledAlgorithms=\\",
        'openjdk version "',
        "%CCBU_x-3-Y: %[a=b]: javax.net.ssl.SSLException: x",
        "main, RECV TLSv1 ALERT:  fatal, x",
        "CONNECTED(00000003)",
        "New, TLSv1.2, Cipher is DHE-RSA-AES256-SHA",
        "    Protocol  : TLSv1.2",
        "Server Temp Key: DH, 1024 bits",
        ">>> TLS 1.3, Handshake [length 0004], ClientHello",
        "    01 00 00 00",
        "write to 0x1 [0x2] (5 bytes => 5 (0x5))",
        "0000 - 16 03 01 00 00",
        "* Connected to a.example (192.0.2.1) port 443 (#0)",
        "* TLSv1.3 (IN), TLS alert, handshake failure (552):",
        "* SSL connection using TLS1.3 / ECDHE_RSA_AES_256_GCM_SHA384",
        "Cisco Tomcat[STARTED] Cisco Finesse Tomcat[ STOPPED ]  Component is not running",
        "Primary Node =true",
        "Event ID: 36887",
        "The TLS protocol defined fatal alert code is 46.",
        "[ssl:info] [pid 1:tid 2] [client 192.0.2.1:5] AH02008: SSL library error 1 in handshake",
        "SSL Library Error: error:0A0000C1:SSL routines::no shared cipher",
        "curl 7.88.1 (x86)",
        '{"constants":{"logEventTypes":{"SSL_ALERT_SENT":1,"SSL_HANDSHAKE_MESSAGE_SENT":2},"netError":{}},',
        '{"params":{"bytes":"Aig="},"source":{"id":1},"time":"5","type":1},',
        '{"params":{"bytes":"AQAAAA=="},"source":{"id":1},"time":[],"type":2}',
        '{"log":{"creator":{"name":"Firefox"},"entries":[',
        '{"request":{"url":"https://a.example/"},"response":{"status":0,"_error":"net::ERR_CERT_INVALID"}},',
        '{"request":[],"response":3,"_securityDetails":{"protocol":"TLS 1.3","cipher":[]}},',
    ]
)


def outcome(read, data: bytes):
    try:
        return list(read(source_of_bytes("text", data)))
    except TlswhyError as error:
        return (error.code, error.facts)


@pytest.mark.parametrize("module", FORMATS, ids=lambda module: module.__name__.rpartition(".")[2])
@given(
    data=st.one_of(st.binary(max_size=300), st.lists(PIECES, max_size=25).map(lambda lines: "\n".join(lines).encode()))
)
@settings(max_examples=40)
def test_nothing_but_evidence_or_an_expected_error(module, data: bytes):
    found = outcome(module.read, data)
    assert 0.0 <= module.likelihood(data) <= 1.0
    for item in found:
        if isinstance(item, ClientWords):
            meaning = meaning_of(item)
            assert meaning is None or 1 <= len(meaning.causes) <= MOST_CAUSES
            last = data.count(b"\n") + 1
            lines = [where.place.removeprefix("line ") for where in item.where if where.place.startswith("line ")]
            assert all(1 <= int(number) <= last for number in lines)


@given(lines=st.lists(PIECES, max_size=25), size=st.integers(1, 50))
@settings(max_examples=40)
def test_any_blocks_give_the_same(lines: list[str], size: int):
    data = "\n".join(lines).encode()
    assert outcome(read_evidence, data) == outcome(lambda _: read_evidence(source_of_bytes("text", data, size)), data)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_real_texts_cut_anywhere(path: Path):
    data = path.read_bytes()
    for end in range(0, len(data), max(1, len(data) // 40)):
        outcome(read_evidence, data[:end])
