"""Profiles that are learnt and brought: any hello comes back as it was, any text is a client or a clear complaint."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tests.client.test_recognise import hello_of
from tlswhy.client.brought import client_of_text
from tlswhy.client.learn import Sighting, profile_text
from tlswhy.client.recognise import recognise_as
from tlswhy.errors import BadRequest

HELLO = hello_of("j25.0.2")
NUMBERS = st.lists(st.integers(0, 0xFFFF), min_size=1, max_size=12).map(tuple)
VERSIONS = st.lists(st.sampled_from([0x0300, 0x0301, 0x0302, 0x0303, 0x0304, 0x7F1C]), min_size=1, unique=True)
PIECES = (
    'extends = "java/8u212"\n', "[offer]\n", "[dh]\n", "least = 4\n", "suites = ", '"TLS_AES_128_GCM_SHA256"\n',
    "[[sources]]\n", 'kind = "measured"\n', 'text = "x"\n', "[alerts]\n", "cert-expired = [45]\n",
    'versions = ["TLS1.2"]\n', "[[seen]]\n", "[paths]\n", "= 1\n", '"',
)  # fmt: skip
WORDS = st.sampled_from(PIECES)


@given(suites=NUMBERS, groups=NUMBERS, schemes=NUMBERS, versions=VERSIONS, extensions=NUMBERS, item=st.text())
def test_any_hello_is_learnt_exactly(suites, groups, schemes, versions, extensions, item):
    hello = replace(
        HELLO,
        cipher_suites=suites,
        groups=groups,
        signature_schemes=schemes,
        extensions=(*(set(extensions) - {43, 11}), 43, 11),
        supported_versions=tuple(sorted(versions, reverse=True)),
        key_shares=tuple(replace(HELLO.key_shares[0], group=group) for group in groups[:1]),
    )
    brought = client_of_text(profile_text([Sighting(hello, item, {"verdict": item})], item), item)
    assert brought.hello is not None
    assert recognise_as(hello, brought.id, brought.hello).exact


@given(text=st.one_of(st.text(), st.lists(WORDS, max_size=12).map("".join)), item=st.text(), layer=st.text(max_size=3))
def test_any_text_is_a_client_or_a_complaint(text, item, layer):
    complaint = None
    try:
        found = client_of_text(text, item, layer)
        assert len(found.members) == 1
    except BadRequest as told:
        complaint = told
    if complaint is not None:
        assert complaint.code.startswith("client-file-")
        assert complaint.facts["item"] == item
