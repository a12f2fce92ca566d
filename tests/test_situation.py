from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.cases.retold import handshake
from tests.oracle import recorded
from tests.wire import tapped
from tlswhy.judge import judge
from tlswhy.model.handshake import Outcome
from tlswhy.model.where import Where
from tlswhy.observe.flight import flight_of
from tlswhy.pki.certificate import read_certificate
from tlswhy.situation import assumed_flight, authentication_type, borrowed_flight, shown_flight, situate
from tlswhy.unseen import UNSEEN
from tlswhy.verdict import Accepted
from tlswhy.wire.numbers import TLS12

TLS13 = 0x0304


def test_the_flight_of_a_dhe_handshake(situation_of):
    flight = situation_of("j8u212", "dhe-768-tls12-aes256cbc").flight
    assert (flight.version, flight.suite, flight.group, flight.dh.prime_bits) == (TLS12, 0x0039, None, 768)
    assert [certificate.subject.text.split(",")[0] for certificate in flight.chain] == [
        "CN=gadgets.example.test",
        "CN=Oracle Issuing CA",
    ]
    assert flight.asks_client_certificate is False
    assert flight.where["key_exchange"][0].place == "frame 6"


def test_a_static_rsa_suite_has_no_group_and_no_scheme(situation_of):
    flight = situation_of("j8u212", "suite-rsa-aes128-cbc").flight
    assert (flight.group, flight.dh, flight.scheme) == (None, None, None)


def test_what_tls13_encrypts_is_unseen_without_keys(situation_of):
    flight = situation_of("j17.0.9", "base-tls12-13").flight
    assert (flight.version, flight.group, flight.dh) == (TLS13, 29, None)
    assert (flight.chain, flight.scheme) == (UNSEEN, UNSEEN)


def test_without_an_answer_everything_is_unseen(situation_of):
    situation = situation_of("j8u212", "wire-rst")
    assert {situation.flight.version, situation.flight.suite, situation.flight.chain, situation.path} == {UNSEEN}
    assert situation.place("server_hello") == ()


def test_the_place_of_a_certificate_comes_with_the_frame_that_carries_it(situation_of):
    situation = situation_of("j8u212", "base-tls12")
    assert situation.certificate_place(1) == (Where("capture.pcap", "certificate 1"), Where("capture.pcap", "frame 6"))
    assert situation.certificate_place(None) == (Where("capture.pcap", "frame 6"),)


def test_another_clients_capture_tells_the_certificates_and_no_more(situation_of):
    flight = situation_of("j8u212", "dhe-768-tls12-aes256cbc").flight
    borrowed = borrowed_flight(flight)
    assert (borrowed.chain, borrowed.assumed) == (flight.chain, True)
    assert {borrowed.version, borrowed.suite, borrowed.dh, borrowed.scheme} == {UNSEEN}


def resumed_handshake():
    """The recorded hellos about a session known to both, then at once the server's ChangeCipherSpec and Finished."""
    row = recorded.row("j8u212", "base-tls12")
    flight = tapped.turns(recorded.capture(row), row["port"])[1][1]
    server_hello = flight[: 5 + int.from_bytes(flight[3:5], "big")]
    change, finished = "14 0303 0001 01", "16 0303 0028" + "5a" * 40
    then = [f"server {server_hello.hex()}", f"server {change}", f"server {finished}"]
    seen = handshake("j8u212", "base-tls12", turns=1, then=[*then, f"client {change}", f"client {finished}"])
    asked = replace(seen.client_hello.message, session_id=seen.server_hello.message.session_id)
    return replace(seen, client_hello=replace(seen.client_hello, message=asked))


def test_a_resumed_handshake_shows_no_certificates_and_nothing_is_minded_in_it(situation_of):
    seen = resumed_handshake()
    flight = flight_of(seen)
    assert (seen.outcome, flight.resumed) == (Outcome.COMPLETED, True)
    assert (flight.chain, flight.group, flight.dh, flight.scheme) == (None, None, None, None)
    assert flight.asks_client_certificate is False
    whole = situation_of("j8u212", "base-tls12")
    foretold = situate(
        whole.client,
        flight,
        handshake=seen,
        host="other.example.test",
        moment=whole.moment,
        trust=(),
        foretelling=True,
    )
    assert foretold.path is UNSEEN
    assert judge(foretold).accepted is Accepted.YES


def test_a_file_shows_the_chain_that_was_sent_and_could_not_be_read(situation_of):
    situation = situation_of("j17.0.9", "base-tls12-13")
    chain = situation_of("j8u212", "base-tls12").flight.chain
    where = (Where("chain.pem", "line 1"),)
    shown = shown_flight(situation.flight, chain, where)
    assert (shown.chain, shown.where["certificates"]) == (chain, where)
    assert (shown.version, shown.scheme, shown.missing) == (TLS13, UNSEEN, "keys")
    assert authentication_type(shown) == "UNKNOWN"


@pytest.mark.parametrize("case", ["base-tls12", "wire-rst"], ids=["the chain is there", "the server sent none"])
def test_a_file_changes_nothing_else(situation_of, case: str):
    flight = situation_of("j8u212", case).flight
    other = situation_of("j8u212", "untrusted-root").flight.chain
    assert shown_flight(flight, other, ()) is flight
    unread = situation_of("j17.0.9", "base-tls12-13").flight
    assert shown_flight(unread, (), ()) is unread


@pytest.mark.parametrize(("case", "told"), [("base-tls12", "ECDHE_RSA"), ("ecdsa-p256", "ECDHE_ECDSA")])
def test_certificates_alone_mean_an_ecdhe_handshake_in_tls12(situation_of, case: str, told: str):
    situation = situation_of("j8u212", case)
    chain = tuple(read_certificate(certificate.der) for certificate in situation.flight.chain)
    flight = assumed_flight(situation.client, chain, ())
    assert (flight.version, flight.assumed, authentication_type(flight)) == (TLS12, True, told)


def test_a_client_without_tls12_is_assumed_to_speak_its_newest_version(situation_of):
    situation = situation_of("j8u51-tls10", "proto-tls10-only")
    assert assumed_flight(situation.client, situation.flight.chain, ()).version == 0x0301


@pytest.mark.parametrize(
    ("client", "case", "told"),
    [
        ("j8u212", "dhe-1024-tls12-aes256cbc", "DHE_RSA"),
        ("j8u212", "suite-rsa-aes128-cbc", "RSA"),
        ("j8u212", "base-tls12", "ECDHE_RSA"),
        ("j17.0.9", "base-tls12-13", "UNKNOWN"),
    ],
)
def test_javas_auth_type(situation_of, client: str, case: str, told: str):
    assert authentication_type(situation_of(client, case).flight) == told


def test_the_moment_is_the_captures_own(situation_of):
    row = recorded.row("j8u212", "base-tls12")
    seconds = int.from_bytes(recorded.capture(row)[24:28], "little")
    assert situation_of("j8u212", "base-tls12").moment.replace(microsecond=0) == datetime.fromtimestamp(seconds, UTC)
