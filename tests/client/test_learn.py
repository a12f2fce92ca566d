"""Profiles out of what was seen: the hello comes back exactly, the nearest profile is extended, no server is named."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.client.test_choose import strange_hello
from tests.client.test_recognise import hello_of
from tests.observe.test_handshake import observed
from tests.oracle import recorded
from tlswhy.client.brought import client_of_text
from tlswhy.client.learn import Sighting, by_client, profile_text
from tlswhy.client.recognise import parts_of_hello, recognise, recognise_as
from tlswhy.tables import parse_table

OTHERS = sorted({row["client"] for row in recorded.other_rows()})
JAVA = sorted({row["client"] for row in recorded.rows()})


def seen(hello, place: str = "frame 4 of a.pcap", **more) -> Sighting:
    return Sighting(hello, place, {"verdict": "accepted"}, **more)


def hello_of_other(client: str):
    row = next(row for row in recorded.other_rows() if row["client"] == client and not row["case"].startswith("wire"))
    return observed(row).hello


@pytest.mark.parametrize("client", [*JAVA, *OTHERS])
def test_a_learnt_profile_has_exactly_the_hello_it_was_learnt_from(client):
    hello = hello_of(client) if client in JAVA else hello_of_other(client)
    brought = client_of_text(profile_text([seen(hello)], "a.pcap"), "a.toml")
    assert brought.hello is not None
    assert recognise_as(hello, brought.id, brought.hello).exact


def test_a_known_hello_extends_its_profile_and_repeats_nothing():
    table = parse_table(profile_text([seen(hello_of("j8u212"))], "a.pcap"), "a.toml")
    assert table["extends"] == "java/8u212"
    assert "offer" not in table
    assert table["sources"] == [{"kind": "measured", "text": "ClientHello, frame 4 of a.pcap"}]


def test_a_near_hello_extends_the_nearest_and_says_what_is_inferred():
    hello = hello_of("j8u212")
    shorter = replace(hello, cipher_suites=hello.cipher_suites[4:], groups=(0xFE01, *(hello.groups or ())[1:]))
    table = parse_table(profile_text([seen(shorter)], "a.pcap"), "a.toml")
    assert table["extends"] == recognise(shorter).id
    assert set(table["offer"]) == {"suites", "groups"}
    assert table["offer"]["groups"].split()[0] == "0xfe01"
    assert table["measured"] is False
    assert table["sources"][1]["kind"] == "inferred"
    assert "suites, groups" in table["sources"][1]["text"]


def test_a_client_that_nobody_knows_stands_alone():
    text = profile_text([seen(strange_hello())], "a.pcap")
    table = parse_table(text, "a.toml")
    assert "extends" not in table
    assert {"versions", "suites", "groups", "extensions"} <= set(table["offer"])
    assert not client_of_text(text, "a.toml").members[0].known


def test_alerts_that_are_new_for_a_cause_join_the_parents():
    hello = hello_of("j8u212")
    sightings = [seen(hello, cause="cert-expired", alert=45), seen(hello, cause="dh-key-too-small", alert=40)]
    text = profile_text(sightings, "a.pcap")
    known = client_of_text('extends = "java/8u212"', "b.toml").members[0].alerts
    assert client_of_text(text, "a.toml").members[0].alerts["cert-expired"] == (*known["cert-expired"], 45)
    assert parse_table(text, "a.toml")["alerts"].keys() == {"cert-expired"}, "40 was known"


def test_equal_sightings_are_one():
    hello = hello_of("j8u212")
    told = parse_table(profile_text([seen(hello), seen(hello, "frame 9 of a.pcap")], "a.pcap"), "a.toml")["seen"]
    assert told == [{"place": "frame 4 of a.pcap", "connections": 2, "verdict": "accepted"}]


def test_clients_are_told_apart_by_their_own_parts():
    one, other = hello_of("j8u212"), hello_of("j25.0.2")
    elsewhere = replace(one, server_name="other.example.test", random=bytes(32))
    groups = by_client([seen(other), seen(one), seen(elsewhere)])
    assert [[parts_of_hello(s.hello) for s in group] for group in groups] == [
        [parts_of_hello(one)] * 2,
        [parts_of_hello(other)],
    ]


@pytest.mark.parametrize("name", ['"]\nextends = "java/8u5', "a\x7f\x00\u2028\udcff.pcap", "\\u0041", "ä 中 🦉"])
def test_hostile_names_stay_text(name):
    hello = replace(strange_hello(), alpn=(name,))
    table = parse_table(profile_text([seen(hello)], name), "a.toml")
    assert table["title"] == f"seen in {name}".replace("\udcff", "\ufffd")
    assert len(table["offer"]["alpn"]) == 1
    assert "extends" not in table
