"""Handshakes as lines, lists in two columns."""

from dataclasses import replace

from tests.render import examples
from tlswhy.render.ink import Page, painted
from tlswhy.render.table import handshake_rows, run_of, two_columns
from tlswhy.render.words import load_words

WORDS = load_words("en")


def rows(found, width):
    return "".join(handshake_rows(found, WORDS, width, color=False, unicode=True)).splitlines()


def test_one_line_a_handshake_below_the_name_of_its_capture():
    weak = examples.handshake("j8u51", "dhe-512-tls10-aes128cbc")
    good = examples.handshake("j8u51", "base-tls12")
    line = (
        "      1  127.0.0.1:55782       → 127.0.0.1:21007        ✘ client: handshake_failure(40) · gadgets.example.test"
        " · TLS 1.0 · TLS_DHE_RSA_WITH_AES_128_CBC_SHA"
    )
    accepted = (
        "      1  127.0.0.1:35676       → 127.0.0.1:21000        ✔ gadgets.example.test · TLS 1.2"
        " · TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"
    )
    first, second = "captures/dhe-512-tls10-aes128cbc.pcap", "captures/base-tls12.pcap"
    assert rows([weak, weak, good], 1000) == [first, line, line, "", second, accepted]


def test_a_terminal_wraps():
    seen = replace(examples.handshake("j8u51", "base-tls12"), item="x" * 200)
    for width in (40, 72, 80, 120):
        assert max(map(len, rows([seen], width))) <= width


def test_how_it_ended_stands_first():
    assert "✘ broken off" in rows([examples.handshake("j8u51", "wire-rst")], 200)[1]
    silent = rows([examples.handshake("j8u51", "wire-silent")], 200)[1]
    assert "broken off" in silent or "shows no end" in silent


def test_two_columns():
    page = Page(60)
    two_columns([("java/8u51", "Oracle JRE 8u51", ""), ("finesse/11", "a set", "(documents)")], page)
    assert painted(page.lines, color=False) == "java/8u51   Oracle JRE 8u51\nfinesse/11  a set (documents)\n"


def test_runs_of_clients():
    assert run_of(["java/8u5"]) == "java/8u5"
    assert run_of(["java/8u5", "java/8u31"]) == "java/8u5, 8u31"
    assert run_of(["java/8u5", "java/8u31", "java/25.0.2@raw"]) == "java/8u5 … 25.0.2@raw"
    assert run_of(["finesse/11", "java/8u5"]) == "finesse/11, java/8u5"
