"""The client that no profile knows offers what its hello offers; nothing else is known of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.client.test_recognise import hello_of
from tlswhy.causes import cause_ids
from tlswhy.client.unknown import UNKNOWN_ID, unknown_client
from tlswhy.wire.numbers import alert_name


@pytest.mark.parametrize("client", ["j8u212", "j17.0.9"])
def test_it_offers_what_its_hello_offers(client: str):
    hello = hello_of(client)
    policy = unknown_client(hello)
    assert policy.offer.suites == hello.cipher_suites
    assert policy.offer.groups == hello.groups
    assert policy.offer.schemes == hello.signature_schemes
    assert policy.offer.extensions == hello.extensions
    assert policy.offer.sends_server_name
    assert policy.offer.versions[0] == (hello.supported_versions or (hello.legacy_version,))[0]
    assert policy.offer.versions == tuple(sorted(policy.offer.versions, reverse=True))


def test_grease_is_no_offer():
    hello = hello_of("j17.0.9")
    greased = replace(
        hello,
        cipher_suites=(0x8A8A, *hello.cipher_suites),
        groups=(0x1A1A, *hello.groups),
        supported_versions=(0x6A6A, *hello.supported_versions),
    )
    assert unknown_client(greased).offer == unknown_client(hello).offer


@pytest.mark.parametrize("hello", [None, hello_of("j8u212")], ids=["no hello", "a hello"])
def test_nobody_knows_its_limits(hello):
    policy = unknown_client(hello)
    assert (policy.id, policy.known, policy.measured) == (UNKNOWN_ID, False, False)
    assert policy.longest_chain is None
    assert policy.largest_handshake_message is None
    assert (policy.dh.policy_min, policy.dh.least, policy.dh.multiple_of) == (0, 0, 1)
    assert policy.sources


def test_its_alerts_are_of_known_causes():
    alerts = unknown_client(None).alerts
    assert set(alerts) <= {*cause_ids(), "cert-revoked"}
    assert all(not alert_name(number).isdecimal() for numbers in alerts.values() for number in numbers)


def test_thousands_of_them_take_no_memory_to_speak_of():
    """A capture of clients that nobody knows kept megabytes for each: found with WebattackXSS.pcap of nDPI."""
    one, other = unknown_client(None), unknown_client(hello_of("j8u212"))
    assert one.curves is other.curves is one.handshake_schemes
