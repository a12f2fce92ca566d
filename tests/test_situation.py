from datetime import UTC, datetime

import pytest

from tests.oracle import recorded
from tlswhy.model.where import Where
from tlswhy.pki.certificate import read_certificate
from tlswhy.situation import assumed_flight, authentication_type, borrowed_flight
from tlswhy.unseen import UNSEEN
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
