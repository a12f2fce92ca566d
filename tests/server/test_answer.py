"""The door: which model answers, and for which name."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.server.keys import identity
from tlswhy.client.profiles import load_client
from tlswhy.errors import BadRequest
from tlswhy.model.settings import ServerSettings, UnknownName
from tlswhy.server.answer import answer
from tlswhy.unseen import NotSeen

OFFER = load_client("java/17.0.9").members[0].offer
RSA, EC = identity("rsa-2048").served, identity("secp256r1").served
SERVER = ServerSettings(software="openssl/3.0", chains=(RSA,))


@pytest.mark.parametrize("software", ["openssl/3.0", "openssl/1.1.1", "gnutls/3.7", "jsse/17"])
def test_every_model_serves_a_usual_client(software):
    flight = answer(OFFER, replace(SERVER, software=software), "server.example.test")
    assert (flight.version, flight.chain, flight.refused) == (0x0304, RSA.certificates, ())


def test_old_servers_need_to_be_told_their_suites():
    with pytest.raises(NotSeen):
        answer(OFFER, replace(SERVER, software="openssl/1.0.2"))
    flight = answer(OFFER, replace(SERVER, software="openssl/1.0.2", suites=(0xC02F,)))
    assert (flight.version, flight.suite, flight.group, flight.scheme) == (0x0303, 0xC02F, 23, 0x0401)


def test_nobody_knows_what_unknown_software_does():
    with pytest.raises(NotSeen):
        answer(OFFER, ServerSettings(chains=(RSA,)))
    with pytest.raises(BadRequest):
        answer(OFFER, replace(SERVER, software="caddy/2"))


def test_a_name_leads_to_its_own_chain():
    named = replace(SERVER, chains=(RSA, replace(EC, server_names=("*.example.test",))))
    assert answer(OFFER, named, "a.example.test").chain == EC.certificates
    assert answer(OFFER, named, "a.b.example.test").chain == RSA.certificates
    assert answer(OFFER, named, "example.test").chain == RSA.certificates
    assert answer(OFFER, named).chain == RSA.certificates


@pytest.mark.parametrize(
    ("unknown", "refused", "warnings"),
    [
        (UnknownName.REFUSED, ("sni-unrecognized",), set()),
        (UnknownName.WARNED, (), {112}),
        (UnknownName.IGNORED, (), set()),
    ],
)
def test_a_name_that_is_none_of_its_own(unknown, refused, warnings):
    named = replace(SERVER, chains=(RSA, replace(EC, server_names=("known.test",))), unknown_name=unknown)
    flight = answer(OFFER, named, "strange.test")
    assert (flight.refused, set(flight.warnings)) == (refused, warnings)


def test_without_a_name_a_server_may_refuse():
    assert answer(OFFER, replace(SERVER, needs_server_name=True)).refused == ("sni-required",)
    assert answer(OFFER, replace(SERVER, needs_server_name=True), "server.example.test").refused == ()
