"""Which facts of a server's flight are read, seen to be absent, or unseen."""

from __future__ import annotations

from tests.observe.test_handshake import observed
from tests.oracle import recorded
from tlswhy.model.flight import NO_FLIGHT
from tlswhy.observe.flight import flight_of
from tlswhy.unseen import UNSEEN, Unseen
from tlswhy.wire.numbers import TLS12, TLS13, suite_name


def flight(client: str, case: str, *, keys: bool = False):
    return flight_of(observed(recorded.row(client, case), keys=keys))


def test_dhe_shows_the_prime_and_no_curve():
    found = flight("j8u212", "dhe-1536-tls12-aes128cbc")
    assert found.version == TLS12
    assert found.dh is not None
    assert not isinstance(found.dh, Unseen)
    assert found.dh.prime_bits == 1536
    assert found.group is None
    assert found.scheme is not None


def test_ecdhe_shows_the_curve_and_no_prime():
    found = flight("j8u212", "base-tls12")
    assert found.group == 23
    assert found.dh is None


def test_static_rsa_is_seen_to_have_neither():
    found = flight("j8u212", "suite-rsa-aes128-cbc")
    assert suite_name(int(str(found.suite))) == "TLS_RSA_WITH_AES_128_CBC_SHA"
    assert (found.group, found.dh, found.scheme) == (None, None, None)


def test_tls13_without_keys_hides_chain_scheme_and_request():
    found = flight("j17.0.9", "base-tls12-13")
    assert found.version == TLS13
    assert found.group is not None
    assert (found.chain, found.scheme, found.asks_client_certificate) == (UNSEEN, UNSEEN, UNSEEN)


def test_tls13_with_keys_shows_them():
    found = flight("j17.0.9", "base-tls12-13", keys=True)
    assert found.chain
    assert isinstance(found.scheme, int)
    assert found.asks_client_certificate is False
    assert [place.place for place in found.where["certificates"]] == ["frame 6"]


def test_a_demand_for_a_client_certificate_is_a_fact():
    assert flight("j8u212", "clientauth-requested").asks_client_certificate is True


def test_a_warning_before_the_server_hello_is_kept():
    assert flight("j8u212", "wire-sni-warning").warnings == {112}
    assert flight("j8u212", "base-tls12").warnings == frozenset()


def test_no_server_hello_no_flight():
    assert flight("j8u212", "wire-alert-handshake-failure") == NO_FLIGHT
