"""Server software by its ID: files, inheritance, the nearest release."""

from __future__ import annotations

import pytest

from tlswhy.errors import BadRequest, BadTable
from tlswhy.model.settings import Order, ServerSettings
from tlswhy.server import software
from tlswhy.server.software import load_software, software_ids, with_defaults
from tlswhy.unseen import UNSEEN


@pytest.mark.parametrize("identifier", software_ids())
def test_every_release_loads_and_says_where_its_facts_come_from(identifier):
    found = load_software(identifier)
    assert found.id == identifier
    assert found.sources
    assert found.defaults.versions is not UNSEEN
    assert found.defaults.groups is not UNSEEN
    assert found.defaults.schemes is not UNSEEN


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("openssl/3.0.19", "openssl/3.0"),
        ("openssl/3.5", "openssl/3.0"),
        ("openssl/1.1.1w", "openssl/1.1.1"),
        ("openssl/1.0.2u", "openssl/1.0.2"),
        ("openssl/0.9.8", "openssl/1.0.2"),
        ("jsse/8u51", "jsse/8"),
        ("jsse/17.0.15", "jsse/17"),
        ("jsse/21", "jsse/17"),
    ],
)
def test_the_nearest_release_below_stands_for_one_without_a_file(asked, found):
    assert load_software(asked).id == found


def test_unknown_software_is_said_to_be():
    with pytest.raises(BadRequest, match="unknown-server"):
        load_software("caddy/2")


def test_a_child_says_only_what_differs():
    old, new = load_software("openssl/1.1.1"), load_software("openssl/3.0")
    assert new.defaults.suites == old.defaults.suites
    assert new.defaults.groups != old.defaults.groups
    assert new.behaviour["auto_dh"] != old.behaviour["auto_dh"]
    assert new.sources[-1] == old.sources[0]


def test_defaults_fill_what_nobody_told_and_nothing_else():
    told = ServerSettings(software="gnutls/3.7", order=Order.SERVER)
    known = with_defaults(told)
    assert known.order is Order.SERVER
    assert known.groups == load_software("gnutls/3.7").defaults.groups
    assert known.chains is UNSEEN
    assert with_defaults(ServerSettings()) == ServerSettings()


def test_a_table_with_a_word_that_means_nothing_is_refused(monkeypatch):
    broken = {"title": "x", "sources": [], "defaults": {"groups": "secp256r1 no-such-group"}}
    monkeypatch.setattr(software, "load_table", lambda *_: broken)
    load_software.cache_clear()
    with pytest.raises(BadTable, match="table-name-unknown"):
        load_software("openssl/3.0")
    load_software.cache_clear()
