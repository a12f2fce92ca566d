"""Chains of exceptions out of lines: the order, what throws them, prefixes, masks, names."""

import time

import pytest

from tlswhy.evidence.java_trace import Heard, Traces, concerns_a_connection, mask_of, thrown_in
from tlswhy.evidence.types import Thrown

BUILDING = "sun.security.provider.certpath.SunCertPathBuilderException: unable to find valid certification path"
TRACE = f"""\
javax.net.ssl.SSLHandshakeException: sun.security.validator.ValidatorException: PKIX path building failed: {BUILDING}
\tat sun.security.ssl.Alerts.getSSLException(Alerts.java:192)
\tat java.base/sun.security.ssl.Handshaker.fatalSE(Handshaker.java:302)
Caused by: sun.security.validator.ValidatorException: PKIX path building failed: {BUILDING}
\tat sun.security.validator.PKIXValidator.doBuild(PKIXValidator.java:387)
\t... 12 more
Caused by: {BUILDING}
\tat java.base/sun.security.provider.certpath.SunCertPathBuilder.build(SunCertPathBuilder.java:141)
\t... 22 more
"""


def heard(text: str):
    traces, found = Traces("app.log"), Heard.nothing()
    for number, line in enumerate(text.splitlines(), 1):
        found.add(traces.feed(number, line))
    found.add(traces.close())
    return list(found)


@pytest.mark.parametrize("prefix", ["", "2026-11-23 10:00:00 ERROR [main] ", "Nov 23 10:00:00 host java[77]: "])
def test_a_chain_is_read_outermost_first_whatever_stands_before_its_lines(prefix: str):
    (words,) = heard("".join(prefix + line for line in TRACE.splitlines(keepends=True)))
    assert [(thrown.kind.rpartition(".")[2], thrown.line) for thrown in words.exceptions] == [
        ("SSLHandshakeException", 1),
        ("ValidatorException", 4),
        ("SunCertPathBuilderException", 7),
    ]
    assert [thrown.at for thrown in words.exceptions] == [
        "sun.security.ssl.Alerts.getSSLException",
        "sun.security.validator.PKIXValidator.doBuild",
        "sun.security.provider.certpath.SunCertPathBuilder.build",
    ]
    assert [where.place for where in words.where] == ["line 1", "line 7"]


def test_the_same_chain_told_again_is_counted():
    (words,) = heard("something\n" + TRACE * 3)
    assert (words.times_told, words.where[0].place) == (3, "line 2")


def test_a_log_cut_in_the_middle_of_a_chain_keeps_what_is_there():
    (words,) = heard("".join(TRACE.splitlines(keepends=True)[3:5]))
    assert [thrown.kind for thrown in words.exceptions] == ["sun.security.validator.ValidatorException"]


def test_exceptions_that_concern_no_connection_are_left_out():
    assert heard("java.lang.NullPointerException: x\n\tat a.B.c(B.java:1)\n") == []
    assert heard("class java.security.cert.CertPathValidatorExceptionHandler loaded\n") == []
    assert heard("see java/net/SocketException.java") == []


def test_the_address_above_an_exception_is_its_server_unless_the_message_names_one():
    (words,) = heard("GET https://gadgets.example.test:9443/a.xml\n" + TRACE)
    assert (words.host, words.port) == ("gadgets.example.test", 9443)
    wrong_name = "javax.net.ssl.SSLException: hostname in certificate didn't match: <a.test> != <b>"
    assert heard("GET https://other.example.test/\n" + wrong_name)[0].host == "a.test"
    far = "GET https://gadgets.example.test:9443/a.xml\n" + "x\n" * 40 + TRACE
    assert heard(far)[0].host is None


def test_masks_alone_and_behind_other_words():
    for text in (
        "There were issues rendering this gadget. javax.net.ssl.SSLPeerUnverifiedException: peer not authenticated",
        '「這個小玩意兒在投產上存在問題。javax.net.ssl.SSLPeerUnverifiedException:peer not\nauthenticated"',
    ):
        (words,) = heard(text)
        assert words.mask == "peer-not-authenticated"
        assert words.exceptions[0].message == "peer not authenticated"
    assert [words.mask for words in heard("這個小玩意兒在投產上存在問題")] == ["gadget-not-rendered"]
    assert (
        mask_of((Thrown("javax.net.ssl.SSLPeerUnverifiedException", "Certificate for <a> doesn't match", "", 1),))
        is None
    )


def test_a_mask_within_another_exception_is_one_and_a_reason_behind_it_is_none():
    """As Shindig logs it: its own exception first, the HTTP client's as its cause."""
    wrapped = "org.apache.shindig.gadgets.GadgetException: no spec\n\tat a.B.c(B.java:1)\nCaused by: "
    masked = "javax.net.ssl.SSLPeerUnverifiedException: peer not authenticated\n\tat a.D.e(D.java:2)\n"
    (words,) = heard(wrapped + masked)
    assert (words.mask, len(words.exceptions)) == ("peer-not-authenticated", 2)
    reason = "Caused by: java.security.cert.CertificateExpiredException: NotAfter: x\n\tat a.F.g(F.java:3)\n"
    assert heard(wrapped + masked + reason)[0].mask is None


def test_what_concerns_a_connection():
    assert concerns_a_connection((Thrown("a.B", "javax.net.ssl.SSLException: x", "", 1),))
    assert not concerns_a_connection((Thrown("java.io.IOException", "disk full", "", 1),))


def test_a_long_line_of_almost_exceptions_takes_linear_time():
    line = "a.b.c.D" * 9000 + "Exception"
    started = time.perf_counter()
    assert thrown_in(line) is None or True
    heard(line + "\n" + "aa" * 30000 + "Error\n" + "at " * 20000)
    assert time.perf_counter() - started < 5


def test_a_whole_chain_in_one_line():
    (words,) = heard(f"ERROR {PEER} javax.net.ssl.SSLException: Remote host closed Caused by: java.io.EOFException: x")
    assert words.exceptions[0].message.endswith("Caused by: java.io.EOFException: x")
    (alone,) = heard("java.io.EOFException: SSL peer shut down incorrectly")
    assert alone.exceptions[0].kind == "java.io.EOFException"
    assert heard("java.io.EOFException: disk full") == []


PEER = "javax.net.ssl.SSLPeerUnverifiedException: peer not authenticated"


def test_what_was_suppressed_is_no_cause():
    text = f"""javax.net.ssl.SSLHandshakeException: PKIX path building failed: {BUILDING}
\tat a.B.c(B.java:1)
\tSuppressed: java.net.SocketException: Broken pipe
\t\tat a.B.d(B.java:2)
\tCaused by: java.net.SocketException: Connection reset
\t\t... 3 more
Caused by: {BUILDING}
\t... 12 more
"""
    (words,) = heard(text)
    assert [thrown.kind.rpartition(".")[2] for thrown in words.exceptions] == [
        "SSLHandshakeException",
        "SunCertPathBuilderException",
    ]


@pytest.mark.parametrize(
    "line",
    [
        "There were issues rendering this gadget.",
        "這個小玩意兒在投產上存在問題。javax.net.ssl.SSLPeerUnverifiedException:peer not authenticated",
        "这个小玩意儿在投产上存在问题。",
        "加载此小工具时出现问题",
        "Unable to retrieve spec for https://gadgets.example.test/g.xml. HTTP error 502",
    ],
)
def test_masks_in_every_language(line: str):
    assert mask_of((), line) == "gadget-not-rendered"
