"""Client IDs and hellos of any kind: an answer or a TlswhyError, and the same answer again."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.client.test_recognise import hello_of
from tlswhy.client.profiles import client_ids, load_client, release_line
from tlswhy.client.recognise import parts_of_hello, recognise
from tlswhy.errors import BadRequest
from tlswhy.wire.messages import KeyShare

NUMBERS = st.lists(st.integers(0, 0xFFFF), max_size=40).map(tuple)
ABSENT_OR = st.one_of(st.none(), NUMBERS)
LINES = sorted({release_line(name) for name in client_ids() if name.startswith("java/")})


@given(st.text(max_size=40))
def test_any_text_is_a_client_or_an_unknown_one(text: str):
    try:
        found = load_client(text)
    except BadRequest:
        return
    assert found.members
    assert found.id == text


@given(
    st.sampled_from(LINES), st.integers(0, 999), st.sampled_from(["", "-noec", "+zulu"]), st.sampled_from(["", "@raw"])
)
def test_a_stand_in_is_of_the_line_and_says_for_whom_it_stands(line: str, update: int, variant: str, layer: str):
    old = line in ("java/7", "java/8")
    runtime = f"{line}{'u' if old else '.0.'}{update}{variant}"
    try:
        (member,) = load_client(runtime + layer).members
    except BadRequest:
        assert variant == "-noec"
        return
    assert release_line(member.runtime) == line
    assert member.stands_for in (None, runtime)
    assert (member.stands_for is None) == (member.runtime == runtime)
    assert ("-noec" in member.runtime) == (variant == "-noec")


@given(NUMBERS, NUMBERS, ABSENT_OR, ABSENT_OR, ABSENT_OR, ABSENT_OR, ABSENT_OR, st.integers(0, 0xFFFF))
def test_any_hello_is_recognised_or_not(
    suites, extensions, groups, schemes, for_certificates, versions, shares, record
):
    hello = replace(
        hello_of("j17.0.9"),
        cipher_suites=suites,
        extensions=extensions,
        groups=groups,
        signature_schemes=schemes,
        signature_schemes_cert=for_certificates,
        supported_versions=versions,
        key_shares=None if shares is None else tuple(KeyShare(group, 32) for group in shares),
        record_version=record,
    )
    found = recognise(hello)
    assert found == recognise(hello)
    assert found.exact == (found.id is not None and found.differs == ())
    assert found.exact or found.also == found.documented == ()
    for difference in found.differs:
        assert difference["seen"] == parts_of_hello(hello)[difference["part"]] != difference["profile"]


@given(st.sampled_from(["j8u51", "j8u252", "j11.0.31", "j25.0.5"]), st.randoms(use_true_random=False))
def test_the_order_of_a_list_belongs_to_the_hello(client: str, random):
    hello = hello_of(client)
    shuffled = list(hello.cipher_suites)
    random.shuffle(shuffled)
    found = recognise(replace(hello, cipher_suites=tuple(shuffled)))
    assert found.exact == (tuple(shuffled) == hello.cipher_suites)


@pytest.mark.parametrize("name", client_ids())
def test_every_id_finds_itself(name: str):
    assert load_client(name).id == name
    assert all(member.stands_for is None for member in load_client(name).members)
