"""Schannel's model against what Microsoft's documents say. There is no Windows here: what is inferred is only held to
what the model's head says."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.server.keys import identity
from tlswhy.client.profiles import client_ids, load_client
from tlswhy.model.client import Offer
from tlswhy.model.settings import DhGroup, ServedChain, ServerSettings, Switches
from tlswhy.server.answer import answer
from tlswhy.server.schannel import may_break_off
from tlswhy.server.software import load_software, software_ids
from tlswhy.wire.numbers import suite, suite_number

RELEASES = [name for name in software_ids() if name.startswith("schannel/")]
BEFORE_WINDOWS_10 = ["schannel/2008r2", "schannel/2012", "schannel/2012r2"]
OFFER = load_client("java/17.0.9").members[0].offer
"""TLS 1.3 and 1.2, x25519 first."""
TLS12_OFFER = load_client("java/8u212").members[0].offer
RSA, EC = ServedChain("RSA", 2048), ServedChain("EC", 256, "secp256r1")
DHE_CBC, DHE_GCM = (suite_number(f"TLS_DHE_RSA_WITH_AES_256_{rest}") for rest in ("CBC_SHA", "GCM_SHA384"))
GCM, CBC, STATIC = 0xC030, 0xC014, 0x0035
"""ECDHE_RSA with GCM and with CBC, and RSA key exchange."""


def server(release: str = "schannel/2019", **told: object) -> ServerSettings:
    return ServerSettings(**{"software": release, "chains": (RSA,), **told})  # type: ignore[arg-type]


def chosen(offer: Offer, settings: ServerSettings) -> tuple[object, ...]:
    flight = answer(offer, settings)
    return (*flight.refused, flight.alert) if flight.refused else (flight.version, flight.suite)


@pytest.mark.parametrize(
    ("release", "version"),
    [("2008r2", 0x0301), ("2012", 0x0303), ("2012r2", 0x0303), ("2016", 0x0303), ("2019", 0x0303), ("2022", 0x0304)],
)
def test_the_newest_version_by_default(release, version):
    """protocols-in-tls-ssl--schannel-ssp-.md: TLS 1.3 from 2022 on, 1.1 and 1.2 off by default on 2008 R2."""
    assert answer(OFFER, server(f"schannel/{release}")).version == version


def test_the_registry_switches_versions_one_by_one():
    """tls-registry-settings.md: Enabled for each version; what a release does not have can't be switched on."""
    on = Switches(versions=((0x0303, True), (0x0301, False)))
    assert answer(OFFER, server("schannel/2008r2", switches=on)).version == 0x0303
    old = replace(TLS12_OFFER, versions=(0x0301,))
    assert chosen(old, server("schannel/2008r2", switches=on)) == ("no-common-version", 70)
    assert chosen(old, server("schannel/2008r2"))[0] == 0x0301
    assert answer(OFFER, server("schannel/2019", switches=Switches(versions=((0x0304, True),)))).version == 0x0303


@pytest.mark.parametrize("release", RELEASES)
def test_the_order_is_the_servers_whatever_the_clients_is(release):
    usual = answer(TLS12_OFFER, server(release)).suite
    assert answer(replace(TLS12_OFFER, suites=TLS12_OFFER.suites[::-1]), server(release)).suite == usual
    listed = load_software(release).defaults.suites
    able = [number for number in listed if number in TLS12_OFFER.suites and suite(number).authentication == "RSA"]
    able = [number for number in able if suite(number).minimum_version <= answer(TLS12_OFFER, server(release)).version]
    assert usual == able[0]


def test_a_policy_is_the_whole_list():
    """prioritizing-schannel-cipher-suites.md: what is not listed is off."""
    assert chosen(TLS12_OFFER, server(suites=(STATIC, GCM))) == (0x0303, STATIC)
    assert chosen(replace(TLS12_OFFER, suites=(CBC,)), server(suites=(STATIC, GCM))) == ("no-common-cipher", 40)


def test_what_a_release_does_not_have_no_policy_gives_it():
    assert chosen(TLS12_OFFER, server("schannel/2012r2", suites=(GCM, STATIC))) == (0x0303, STATIC)
    assert chosen(TLS12_OFFER, server("schannel/2016", suites=(GCM, STATIC))) == (0x0303, GCM)
    assert chosen(TLS12_OFFER, server(suites=(0x1302, 0xCCA8))) == ("server-misconfigured", 40)


@pytest.mark.parametrize(
    ("release", "suites"),
    [
        ("2008r2", {DHE_CBC}),
        ("2012", {DHE_GCM}),
        ("2012r2", {DHE_CBC, DHE_GCM}),
        ("2016", {DHE_CBC, DHE_GCM}),
        ("2019", {DHE_GCM}),
        ("2022", {DHE_GCM}),
        ("2025", set()),
    ],
)
def test_who_takes_diffie_hellman_of_a_client_without_curves(release, suites):
    """The note's first case, by the default lists: DHE stands before static RSA, with the size of that release."""
    for wanted in (DHE_CBC, DHE_GCM):
        offer = replace(TLS12_OFFER, suites=(STATIC, wanted), groups=())
        flight = answer(offer, server(f"schannel/{release}"))
        assert flight.suite == (wanted if wanted in suites else STATIC)
        if wanted in suites:
            assert flight.dh.prime_bits == (1024 if f"schannel/{release}" in BEFORE_WINDOWS_10 else 2048)


def test_the_size_of_diffie_hellman_is_the_registrys():
    offer = replace(TLS12_OFFER, suites=(DHE_CBC,))
    assert answer(offer, server("schannel/2012r2", dh=DhGroup(2048))).dh.prime_bits == 2048
    assert answer(offer, server("schannel/2016", dh=DhGroup(1024))).dh.prime_bits == 1024
    assert chosen(offer, server("schannel/2016", dh=None)) == ("no-common-cipher", 40)


def test_what_the_registry_switches_off_is_never_chosen():
    offer = replace(TLS12_OFFER, suites=(DHE_GCM, 0x000A, 0x0005, STATIC))
    taken = [
        answer(offer, server("schannel/2016", switches=Switches(off=frozenset(off)))).suite
        for off in ((), ("DHE",), ("DHE", "AES_256"), ("DHE", "AES_256", "3DES_EDE"))
    ]
    assert taken == [DHE_GCM, STATIC, 0x000A, 0x0005]


def test_no_suite_without_encryption_unless_an_application_asks():
    offer = replace(TLS12_OFFER, suites=(0x003B, 0x0002))
    assert {chosen(offer, server(release)) for release in RELEASES} == {("no-common-cipher", 40)}


def test_before_windows_10_a_curve_stands_behind_each_name():
    """TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384 exists with P-384 alone there; its successor knows one list of curves."""
    offer = replace(TLS12_OFFER, suites=(0xC02C, 0xC02B), groups=(23,))
    old, new = (answer(offer, server(f"schannel/{release}", chains=(EC,))) for release in ("2012r2", "2016"))
    assert (old.suite, old.group) == (0xC02B, 23)
    assert (new.suite, new.group) == (0xC02C, 23)
    both = replace(offer, groups=(24, 23))
    assert answer(both, server("schannel/2012r2", chains=(EC,))).group == 24
    assert answer(OFFER, server("schannel/2012r2")).group == 23
    assert answer(TLS12_OFFER, server("schannel/2016", groups=(24, 23))).group == 24


@pytest.mark.parametrize("release", RELEASES)
def test_a_chain_signed_otherwise_than_the_client_says(release):
    """tls-schannel-ssp-changes-in-windows-10-and-windows-server.md: strict before Windows Server 2016."""
    chain = identity("rsa-by-pss-sha256").served
    without_pss = tuple(number for number in OFFER.schemes if number >> 8 != 8)
    offer = replace(OFFER, versions=(0x0303,), schemes=without_pss, schemes_cert=())
    told = server(release, chains=(chain,), switches=Switches(versions=((0x0303, True),)))
    flight = answer(offer, told)
    if release in BEFORE_WINDOWS_10:
        assert (flight.refused, flight.alert) == (("no-common-signature-algorithm",), 40)
    else:
        assert (flight.refused, flight.chain) == ((), chain.certificates)


def test_a_key_serves_the_suites_of_its_kind():
    offer = replace(TLS12_OFFER, suites=(0xC02C, GCM, STATIC))
    assert chosen(offer, server(chains=(RSA,))) == (0x0303, GCM)
    assert chosen(offer, server(chains=(EC,))) == (0x0303, 0xC02C)
    assert chosen(replace(offer, suites=(0xC02C,)), server(chains=(RSA,))) == ("no-common-cipher", 40)
    assert chosen(offer, server(chains=(RSA,), suites=(0xC02C,))) == ("server-misconfigured", 40)
    far = ServedChain("EC", 521, "secp521r1")
    assert chosen(offer, server(chains=(far,))) == ("no-common-group", 40)


def test_tls_1_3():
    told = server("schannel/2022", chains=(EC, RSA))
    flight = answer(OFFER, told)
    assert (flight.suite, flight.group, flight.scheme, flight.hello_retry) == (0x1302, 29, OFFER.schemes[0], False)
    assert answer(replace(OFFER, key_shares=(30,)), told).hello_retry
    assert answer(replace(OFFER, key_shares=(23,)), told).group == 23
    assert chosen(replace(OFFER, groups=(30,), key_shares=(30,)), told) == ("no-common-group", 40)
    assert chosen(replace(OFFER, schemes=()), told) == ("no-common-signature-algorithm", 109)
    assert chosen(replace(OFFER, versions=(0x0304,), suites=(0x1303,)), told) == ("no-common-cipher", 40)


@pytest.mark.parametrize("release", RELEASES)
def test_every_known_client_gets_something_it_offers(release):
    for name in client_ids():
        for member in load_client(name).members:
            flight = answer(member.offer, server(release, chains=(RSA, EC)))
            if not flight.refused:
                assert flight.version in member.offer.versions or release in RELEASES[:5]
                assert flight.suite in member.offer.suites
                assert flight.group is None or flight.group in (member.offer.groups or (23, 24))


def test_where_an_alert_is_named_the_connection_may_just_end():
    assert may_break_off(server())
    assert not may_break_off(ServerSettings(software="openssl/3.0"))
    assert not may_break_off(ServerSettings())
