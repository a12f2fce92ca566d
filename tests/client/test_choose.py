"""Whose hello it is decides who is judged; a named client stays the named one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.client.test_recognise import hello_of
from tests.observe.test_handshake import observed
from tests.oracle import recorded
from tlswhy.client.choose import choose_clients
from tlswhy.client.profiles import load_client
from tlswhy.client.unknown import UNKNOWN_ID


def named(identifier: str, hello):
    (choice,) = choose_clients((load_client(identifier),), hello)
    return choice


def runtimes(choice) -> list[str]:
    return [member.runtime for member in choice.members]


def node_hello():
    return observed(recorded.row("node16.20.2", "base-tls12")).hello


def test_without_a_name_the_recognised_client_and_all_alike_are_judged():
    (choice,) = choose_clients((), hello_of("j21.0.13"))
    assert (choice.id, choice.how) == ("java/17.0.20", "recognised")
    assert choice.also == ("java/21.0.13", "java/25.0.2")
    assert runtimes(choice) == [choice.id, *choice.also]
    assert choice.own_hello


def test_a_hello_near_a_profile_is_assumed_and_says_what_differs():
    hello = hello_of("j8u212")
    (choice,) = choose_clients((), replace(hello, groups=hello.groups[:2]))
    assert (choice.id, choice.how) == ("java/8u212", "assumed")
    assert [difference["part"] for difference in choice.differs] == ["groups"]


def strange_hello():
    """A hello that is nobody's: Node's, its lists turned round."""
    hello = node_hello()
    backwards = {name: getattr(hello, name)[::-1] for name in ("cipher_suites", "groups", "signature_schemes")}
    return replace(hello, **backwards)


@pytest.mark.parametrize("hello", [lambda: None, strange_hello], ids=["no hello", "a strange hello"])
def test_nobody_we_know_is_an_unknown_client(hello):
    (choice,) = choose_clients((), hello())
    assert (choice.id, choice.how) == (UNKNOWN_ID, "assumed")
    assert not choice.members[0].known


def test_several_names_are_several_choices_in_their_order():
    choices = choose_clients((load_client("java/25.0.5"), load_client("java/8u51")), hello_of("j8u51"))
    assert [(choice.id, choice.how, choice.own_hello) for choice in choices] == [
        ("java/25.0.5", "named", False),
        ("java/8u51", "named", True),
    ]


def test_a_named_client_is_told_who_else_looks_the_same():
    assert named("java/25.0.2", hello_of("j25.0.2")).also == ("java/17.0.20", "java/21.0.13")


def test_a_hello_that_nobody_knows_may_be_that_of_a_product_nobody_has_measured():
    hello = replace(hello_of("j8u51"), cipher_suites=(0x0039, 0x0033), extensions=(), groups=None)
    assert named("finesse/11", hello).own_hello
    assert not named("java/8u212", hello).own_hello


def test_a_client_offers_what_its_hello_says_whatever_its_profile():
    spoken = replace(hello_of("j17.0.9"), cipher_suites=(0x1302, 0xC02F))
    (member,) = named("java/17.0.9", spoken).members
    assert member.offer.suites == (0x1302, 0xC02F)
    assert member.offer.versions == (0x0304, 0x0303)


@pytest.mark.parametrize("identifier", ["java/8u212", "java/8u252"])
def test_the_hello_of_another_family_is_nobodys_own(identifier: str):
    choice = named(identifier, node_hello())
    assert not choice.own_hello
    assert choice.members == load_client(identifier).members


def test_settings_make_no_other_client():
    hello = hello_of("j17.0.9")
    configured = replace(hello, cipher_suites=hello.cipher_suites[3:5], supported_versions=(0x0303,))
    assert named("java/17.0.9", configured).own_hello
    assert named("java/21.0.8", configured).own_hello


def test_a_stand_in_may_be_any_release_of_its_line():
    """Nobody knows the hello of 11.0.26; what 11.0.9 sends may be it, what 8u51 sends is not."""
    assert named("java/11.0.26", hello_of("j11.0.9")).own_hello
    assert not named("java/11.0.26", hello_of("j8u51")).own_hello
    assert not named("java/11.0.31", hello_of("j11.0.9")).own_hello


def test_finesse_is_narrowed_by_the_hello():
    assert runtimes(named("finesse/11", hello_of("j8u51"))) == ["java/8u51"]
    seven = named("finesse/11", hello_of("j8u51-tls10"))
    assert (runtimes(seven), seven.also) == (["java/7u101"], ("java/8u51-tls10",))
    assert len(runtimes(named("finesse/11", None))) > 4


def test_finesse_may_have_a_runtime_that_nobody_thought_of():
    choice = named("finesse/11", hello_of("j8u212"))
    assert (runtimes(choice), choice.also) == (["java/8u212"], ("java/8u212",))
    (member,) = choice.members
    assert member.layer == "httpclient-4.1"
    assert member.documented == load_client("finesse/11").documented


def test_side_by_side_a_hello_is_only_that_of_clients_known_to_send_it():
    hello = hello_of("j8u212")
    by_id = {name: choose_clients((load_client(name),), hello, surely=True)[0] for name in ("java/8u212", "java/8u5")}
    assert by_id["java/8u212"].own_hello
    assert not by_id["java/8u5"].own_hello
    assert named("java/8u5", hello).own_hello, "named alone, it may have been set up so"
    near = replace(hello, groups=hello.groups[:2])
    assert not choose_clients((load_client("java/8u212"),), near, surely=True)[0].own_hello


def test_side_by_side_a_set_is_narrowed_by_a_hello_of_its_members():
    (choice,) = choose_clients((load_client("finesse/11"),), hello_of("j8u51"), surely=True)
    assert choice.own_hello
    assert set(runtimes(choice)) < {member.runtime for member in load_client("finesse/11").members}
    (choice,) = choose_clients((load_client("finesse/11"),), hello_of("j21.0.13"), surely=True)
    assert not choice.own_hello
    assert choice.members == load_client("finesse/11").members


def test_programs_of_one_library_are_near_each_other_and_the_named_one_counts():
    """A Python with a suite less is nearest to s_client's profile; who says that it is another Python is believed."""
    hello = observed(recorded.row("py3.11", "base-tls12")).hello
    set_up = replace(hello, cipher_suites=(*hello.cipher_suites[:-2], hello.cipher_suites[-1]))
    (nearest,) = choose_clients((), set_up)
    assert (nearest.id, nearest.how) == ("openssl/3.0", "assumed")
    assert named("python/3.13", set_up).own_hello
    assert not named("java/17.0.9", set_up).own_hello
