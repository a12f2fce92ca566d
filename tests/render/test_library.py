"""Causes and clients as pages and as JSON."""

import pytest

from tests.render import examples
from tlswhy.causes import cause_ids
from tlswhy.client.profiles import client_ids, load_client
from tlswhy.render import library
from tlswhy.render.ink import Page, painted
from tlswhy.render.words import load_words

WORDS = load_words("en")


def test_every_cause_has_a_page_with_references():
    for cause in cause_ids():
        page = Page(80)
        library.show_cause(cause, WORDS, page)
        text = painted(page.lines, color=False)
        assert text.startswith(cause)
        assert "\nWhat to do\n" in text
        assert library.references(cause), cause


def test_references_are_apart():
    assert library.references("dh-key-too-small")[:2] == ["RFC 5246, 7.4.3", "RFC 7919"]
    assert library.references("no-such-cause") == []


def test_cause_as_json():
    value = library.cause_json("not-tls", WORDS)
    assert set(value) == {"id", "title", "rule", "stage", "look", "next", "alerts", "references"}
    value = library.cause_json("dh-key-too-small", WORDS)
    assert value["stage"] == "key-exchange"
    assert value["alerts"]["java/8u212"] == [40]


def test_alerts_by_client_in_runs():
    told = library.alerts_of("dh-key-too-small", WORDS)
    assert any(run.startswith("java/7u1 … 8u") for run in told["handshake_failure(40)"])
    assert any("25." in run for run in told["insufficient_security(71)"])


def test_all_that_is_known_of_a_client_is_told():
    page = Page(100)
    policy = load_client("java/8u504").members[0]
    library.show_client(policy, WORDS, page)
    text = painted(page.lines, color=False)
    for line in (
        "\n  1024 to 8192 bits, multiples of 64\n",
        "  SSLv3, TLSv1, TLSv1.1, RC4, DES",
        "\njdk.disabled.namedCurves, which both include\n  secp112r1",
        "  a trust anchor must be a CA (8u251, 11.0.7 and later)\n",
        "  dh-key-too-small: insufficient_security(71)\n",
        "\nWarnings that end the handshake\n",
        "\nLongest chain\n  10\n",
    ):
        assert line in text
    assert "…" not in text, "nothing is cut"


@pytest.mark.parametrize("identifier", client_ids())
def test_every_client_has_a_page_with_sources(identifier):
    for member in load_client(identifier).members:
        facts = dict(library.client_facts(member, WORDS))
        assert facts["Sources"]
        assert facts["Versions"]


def test_a_client_with_its_rules():
    seen = examples.handshake("j8u51", "base-tls12")
    policy = examples.client(seen, longest_chain=10, masks="peer not authenticated")
    page = Page(80)
    library.show_client(policy, WORDS, page)
    text = painted(page.lines, color=False)
    assert "  768 to 2048 bits, multiples of 64\n" in text
    assert "  SSLv3, DH keySize < 768\n" in text
    assert "  measured: java.security of that build" in text
    assert "peer not authenticated" in text
    value = library.client_json(policy.id, [policy], policy.sources)
    assert value["members"][0]["dh_bits"] == [768, 2048]


def test_a_list_says_what_is_not_measured():
    policy = examples.client(examples.handshake("j8u51", "base-tls12"), measured=False)
    page = Page(100)
    library.list_clients([("java/7u79", [policy]), ("finesse/11", [policy] * 3)], WORDS, page)
    text = painted(page.lines, color=False)
    assert "java/7u79   Oracle Java 8u51 (from documents, not measured)" in text
    assert "finesse/11  3 runtimes that may stand behind it" in text


def test_a_set_lists_its_runtimes_and_what_is_said_of_all_of_them():
    found = load_client("finesse/11")
    page = Page(100)
    library.show_set(found.id, found.title, found.members, WORDS, page)
    text = painted(page.lines, color=False)
    assert "10 runtimes" in text
    assert all(member.runtime in text for member in found.members)
    assert text.count("TLS_DHE_RSA_WITH_AES_256_CBC_SHA\n") == 1
    assert "CSCve79330" in text
