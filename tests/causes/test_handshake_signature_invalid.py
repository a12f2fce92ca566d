"""The server's signature in the handshake: what real servers sent verifies, whatever the key; what is changed never."""

from dataclasses import replace

import pytest

from tests.oracle import recorded
from tlswhy import diagnose, read_evidence
from tlswhy.causes.handshake_signature_invalid import arises, check
from tlswhy.source import source_of_bytes

SIGNED = [
    ("j8u51", "dhe-1536-tls10-aes128cbc"),
    ("j8u51", "base-tls12"),
    ("j8u504", "dhe-768-tls12-aes256gcm"),
    ("j11.0.9", "ecdsa-p521"),
    ("j11.0.5-noec", "dsa-1024-leaf"),
    ("j17.0.20", "ske-sigalg-sha224"),
]
"""MD5 and SHA-1 before TLS 1.2, PKCS #1, PSS, ECDSA, DSA, SHA-224."""


def changed(situation, **changes: object):
    exchange = replace(situation.flight.signed_exchange, **changes)
    return replace(situation, flight=replace(situation.flight, signed_exchange=exchange))


@pytest.mark.parametrize("names", SIGNED)
def test_a_real_server_holds_its_key(situation_of, names):
    situation = situation_of(*names)
    assert arises(situation)
    assert list(check(situation)) == []


@pytest.mark.parametrize("names", SIGNED)
def test_other_parameters_are_not_what_was_signed(situation_of, names):
    situation = situation_of(*names)
    signed = situation.flight.signed_exchange.signed
    (refusal,) = check(changed(situation, signed=signed[:-1] + bytes([signed[-1] ^ 1])))
    assert (refusal.cause, refusal.facts["reason"]) == ("handshake-signature-invalid", "signature-does-not-match")


@pytest.mark.parametrize(
    ("names", "index", "reason"),
    [
        (("j8u504", "dhe-768-tls12-aes256gcm"), -1, "signature-does-not-match"),
        (("j11.0.9", "ecdsa-p521"), 0, "key-of-another-kind"),
    ],
)
def test_a_key_that_belongs_to_another_certificate(situation_of, names, index, reason):
    other = situation_of(*names).flight.chain[index].public_key
    (refusal,) = check(changed(situation_of("j8u504", "dhe-768-tls12-aes256gcm"), key=other))
    assert refusal.facts["reason"] == reason


def test_a_scheme_that_does_not_fit_the_key(situation_of):
    (refusal,) = check(changed(situation_of("j8u51", "base-tls12"), scheme=0x0403))
    assert (refusal.facts["reason"], refusal.facts["chosen"]) == ("key-of-another-kind", 0x0403)


def test_a_scheme_that_nobody_knows_decides_nothing(situation_of):
    assert list(check(changed(situation_of("j8u51", "base-tls12"), scheme=0xFEFE))) == []


@pytest.mark.parametrize("case", ["suite-rsa-aes128-cbc", "wire-rst"])
def test_it_does_not_arise_where_nothing_is_signed(situation_of, case):
    assert not arises(situation_of("j8u51-unl", case))


WITH_KEYS = [
    ("j17.0.9", "proto-tls13-only"),
    ("j17.0.20", "ed448-leaf"),
    ("j25.0.2", "suite13-chacha20"),
    ("go1.24", "base-tls12-13"),
]


def decrypted(client, case):
    row = recorded.row(client, case)
    evidence = [*read_evidence(source_of_bytes("capture.pcap", recorded.capture(row)))]
    evidence += read_evidence(source_of_bytes("keys.txt", recorded.keylog(row)))
    (diagnosis,) = diagnose(evidence, clients=[recorded.client_id(client)], host=row["host"]).diagnoses
    return diagnosis.situation


@pytest.mark.parametrize("names", WITH_KEYS)
def test_tls_1_3_with_keys(names):
    situation = decrypted(*names)
    assert arises(situation)
    assert list(check(situation)) == []
    signed = situation.flight.signed_exchange.signed
    (refusal,) = check(changed(situation, signed=signed[:-1] + bytes([signed[-1] ^ 1])))
    assert refusal.facts["reason"] == "signature-does-not-match"
    assert {where.place for where in refusal.where}


def test_a_second_hello_is_in_what_is_signed():
    retried = [row for row in recorded.rows() if row["wire"].get("hrr") and recorded.keylog(row) is not None]
    situations = [decrypted(row["client"], row["case"]) for row in retried[::7]]
    verified = [situation for situation in situations if arises(situation)]
    assert len(verified) > 2
    assert [found for situation in verified for found in check(situation)] == []
