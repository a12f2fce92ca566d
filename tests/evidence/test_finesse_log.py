"""Lines of the CCBU grammar: with and without a sequence, exceptions below them and inside their pairs."""

from datetime import UTC, datetime

import pytest

from tlswhy.errors import BadEvidence
from tlswhy.evidence import finesse_log
from tlswhy.evidence.read import read_evidence
from tlswhy.source import source_of_bytes

FETCHING = (
    "0000000123: fin1.example.test: Aug 05 2019 10:11:12.345 +0200: %CCBU_http-bio-8445-exec-3-6-GADGET_FETCH: "
    "%[uri=https://gadgets.example.test:9443/a.xml][elapsed=12]: The following exception occurred when fetching "
    "https://gadgets.example.test:9443/a.xml: 12 ms elapsed.\n"
)
MASK = (
    "javax.net.ssl.SSLPeerUnverifiedException: peer not authenticated\n"
    "\tat sun.security.ssl.SSLSessionImpl.getPeerCertificates(SSLSessionImpl.java:397)\n"
    "\tat org.apache.http.conn.ssl.AbstractVerifier.verify(AbstractVerifier.java:128)\n"
)
INSIDE = (
    "Feb 11 2021 09:00:00.001 +0000: %CCBU_pool-5-thread-1-3-CONNECTION_ERROR: %[error=javax.net.ssl.SSLHandshake"
    "Exception: Server chose TLSv1, but that protocol version is not enabled or not supported by the client.]: failed\n"
)


def read(text: str):
    return list(read_evidence(source_of_bytes("Desktop.log", text.encode())))


def test_an_exception_below_a_line_has_the_lines_time_and_address():
    (words,) = read(FETCHING + MASK)
    assert (words.host, words.port, words.mask) == ("gadgets.example.test", 9443, "peer-not-authenticated")
    assert words.times == (datetime(2019, 8, 5, 8, 11, 12, 345000, UTC),)
    assert words.where[0].place == "line 2"


def test_an_exception_inside_the_pairs():
    (words,) = read(INSIDE)
    assert words.exceptions[0].message.startswith("Server chose TLSv1, but that protocol version is not enabled")


def test_the_same_thing_every_minute_is_one():
    (words,) = read((FETCHING + MASK) * 50)
    assert (words.times_told, len(words.times)) == (50, 50)


def test_a_log_without_exceptions_says_so():
    with pytest.raises(BadEvidence) as raised:
        read(FETCHING)
    assert raised.value.code == "log-without-tls"


def test_only_lines_of_the_grammar_are_claimed():
    assert finesse_log.likelihood(b"%CCBU_ is what they begin with") == 0
