"""Who minds what deviates: as real clients did before the same odd servers."""

from dataclasses import replace

import pytest

from tests.observe.test_deviations import ANSWER, answered
from tlswhy.causes.handshake_value_illegal import check
from tlswhy.client.profiles import load_client
from tlswhy.unseen import NotSeen

JAVA, OPENSSL3, OPENSSL1 = (
    ("java/11.0.13", "java/17.0.9", "java/25.0.2"),
    ("python/3.11", "curl/7.88"),
    ("node/12.22.12",),
)
GO, GNUTLS, NSS = ("go/1.19",), ("gnutls/3.7",), ("nss/3.87",)
EVERYBODY = {*JAVA, "java/17.0.21", *OPENSSL3, *OPENSSL1, *GO, *GNUTLS, *NSS}
RENEGOTIATION = (0xFF01, b"\0")


def minded(situation_of, client, **changes):
    """The reasons for which this client refuses a recorded flight whose ServerHello is so changed."""
    handshake = answered("j17.0.9", "base-tls12", **changes)
    policy = load_client(client).members[0]
    situation = replace(situation_of("j17.0.9", "base-tls12"), client=policy, handshake=handshake)
    return [refusal.facts["reason"] for refusal in check(situation)]


@pytest.mark.parametrize(
    ("changes", "refusing"),
    [
        ({}, set()),
        ({"random": bytes(24) + b"DOWNGRD\x01"}, EVERYBODY),
        ({"random": bytes(24) + b"DOWNGRD\x00"}, EVERYBODY - {*GNUTLS, *OPENSSL1}),
        ({"compression_method": 1}, EVERYBODY),
        ({"extensions": ()}, {*OPENSSL3}),
        ({"extensions": [(0xFF01, b"\1x")]}, EVERYBODY),
        ({"extensions": [(0xFF01, b"\0\0")]}, EVERYBODY - {*JAVA, "java/17.0.21", *GNUTLS}),
        ({"extensions": [RENEGOTIATION, (0, b"x")]}, EVERYBODY - {*GO, *GNUTLS, *NSS}),
        ({"extensions": [RENEGOTIATION, (0, b""), (0, b"")]}, EVERYBODY - {*JAVA, *GNUTLS}),
        ({"extensions": [RENEGOTIATION, (13, b"\0\2\4\1")]}, EVERYBODY - {*GO, *NSS}),
        ({"extensions": [RENEGOTIATION, (50, b"\0\2\4\1")]}, EVERYBODY - {*GO, *GNUTLS}),
        ({"extensions": [RENEGOTIATION, (0x1234, b"")]}, {*NSS}),
        ({"extensions": [RENEGOTIATION, (11, b"\1\1")]}, {*JAVA, "java/17.0.21", *GNUTLS}),
        ({"then": b"\0"}, EVERYBODY - {*JAVA, "java/17.0.21"}),
    ],
)
def test_who_minds(situation_of, changes, refusing):
    refused = set()
    for client in EVERYBODY:
        try:
            refused |= {client} if minded(situation_of, client, **changes) else set()
        except NotSeen:
            assert client in GO  # the point formats, of which newer releases read more than the one that was asked
    assert refused == refusing


def test_a_client_that_knows_no_tls13_is_not_pulled_down(situation_of):
    handshake = answered("j8u212", "base-tls12", random=bytes(24) + b"DOWNGRD\x01")
    situation = replace(situation_of("j8u212", "base-tls12"), handshake=handshake)
    assert list(check(situation)) == []


def test_old_java_takes_no_extension_that_it_did_not_ask_for(situation_of):
    for number, reasons in ((35, ["extension"]), (10, [])):
        handshake = answered("j8u212", "base-tls12", extensions=[*ANSWER["extensions"], (number, b"")])
        situation = replace(situation_of("j8u212", "base-tls12"), handshake=handshake)
        assert [refusal.facts["reason"] for refusal in check(situation)] == reasons


def test_a_server_without_secure_renegotiation_is_known_by_what_it_told_others(situation_of):
    other = answered("j17.0.9", "base-tls12", extensions=())
    for client, reasons in (("python/3.11", ["renegotiation-info-missing"]), ("java/17.0.21", [])):
        situation = situation_of("j17.0.9", "base-tls12")
        situation = replace(situation, client=load_client(client).members[0], handshake=None, others=(other,))
        assert [refusal.facts["reason"] for refusal in check(situation)] == reasons


def test_what_nobody_has_seen_is_left_open(situation_of):
    with pytest.raises(NotSeen):
        minded(situation_of, "node/8.17.0", extensions=[RENEGOTIATION, (11, b"\1\1")])
