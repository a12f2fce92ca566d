"""What is asked for, and what an answer says: the rest is shown by the surveys of real servers."""

from __future__ import annotations

import pytest

from tests.gather.servers import openssl_server
from tests.gather.test_probe import hello
from tlswhy.gather.connection import Address, Patience
from tlswhy.gather.probe import Way, probe
from tlswhy.gather.questions import CURVES, GROUPS, SCHEMES, Answer, answer_of, suites_of
from tlswhy.gather.recording import Recording
from tlswhy.gather.targets import target_of
from tlswhy.wire.numbers import SSL3, TLS10, TLS11, TLS12, TLS13, suite, suite_number


@pytest.mark.parametrize("version", [SSL3, TLS10, TLS11, TLS12, TLS13])
def test_all_suites_are_asked_for_that_a_hello_can_ask_for(version):
    suites = suites_of(version)
    assert len(set(suites)) == len(suites)
    expected = {SSL3: "TLS_RSA_WITH_RC4_128_SHA", TLS13: "TLS_AES_128_CCM_8_SHA256"}
    assert suite_number(expected.get(version, "TLS_DHE_RSA_WITH_AES_256_CBC_SHA")) in suites
    assert suite_number("TLS_PSK_WITH_AES_128_CBC_SHA") not in suites


def test_the_sound_ones_come_first_and_nothing_twice():
    first, last = suites_of(TLS12)[0], suites_of(TLS12)[-1]
    assert suite(first).aead
    assert suite(first).forward_secret
    assert suite(last).anonymous or suite(last).export or suite(last).cipher in {"NULL", "RC4", "DES"}
    for listed in (CURVES, GROUPS, SCHEMES):
        assert len(set(listed)) == len(listed)


@pytest.mark.parametrize(
    ("arguments", "version", "scheme"),
    [(["-tls1_2"], TLS12, 0x0804), (["-tls1_3"], TLS13, 0x0804), ([], TLS13, 0x0804)],
)
def test_what_an_answer_says(certificates, arguments, version, scheme):
    with openssl_server(certificates, *arguments) as port:
        way = Way(target_of(f"127.0.0.1:{port}"))
        address = Address(2, ("127.0.0.1", port))
        told = answer_of(probe(hello(), address, way, Patience(2, 2, 2, 4), Recording()))
    assert (told.version, told.scheme, told.group, len(told.chain), told.dh_bits) == (version, 0x0804, 0x1D, 1, None)


def test_nothing_is_an_answer_to_nothing():
    assert answer_of(None) == Answer()
