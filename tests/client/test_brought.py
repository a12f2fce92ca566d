"""Profiles that the caller brings: read as ours are, and every fault is the caller's, told with its place."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.client.test_recognise import hello_of
from tlswhy.client.brought import client_of_text
from tlswhy.client.choose import choose_clients
from tlswhy.client.profiles import load_client
from tlswhy.errors import BadRequest
from tlswhy.render.words import load_words

LIKE_8U212 = 'extends = "java/8u212"\n'


def test_it_is_its_parent_with_what_it_says():
    brought = client_of_text(LIKE_8U212 + "[dh]\nmost = 1024\n", "profiles/our gadget.toml")
    (member,) = brought.members
    parent = load_client("java/8u212").members[0]
    assert brought.id == member.id == "java/our-gadget"
    assert member.dh.most == 1024
    assert member.path_rules == parent.path_rules
    assert member.offer == parent.offer
    assert member.stands_for is None


def test_a_layer_is_put_over_it():
    (member,) = client_of_text(LIKE_8U212, "a.toml", "httpclient-4.1").members
    assert (member.id, member.masks) == (
        "java/a@httpclient-4.1",
        "javax.net.ssl.SSLPeerUnverifiedException: peer not authenticated",
    )


def test_without_a_parent_nothing_is_known_of_its_habits():
    text = '[offer]\nsuites = "TLS_AES_128_GCM_SHA256"\n[[sources]]\nkind = "measured"\ntext = "seen"\n'
    (member,) = client_of_text(text, "a.toml").members
    assert not member.known
    assert member.offer.suites == (0x1301,)
    assert member.alerts["cert-expired"]


@pytest.mark.parametrize(
    ("text", "code", "detail"),
    [
        ('extends = "java/8u212', "client-file-unreadable", None),
        ("a = " + "[" * 100_000, "client-file-unreadable", None),
        ('extends = "java/99"', "client-file-parent-unknown", "java/99"),
        ('extends = "../iana/suites"', "client-file-parent-unknown", "../iana/suites"),
        ('extends = "finesse/11"', "client-file-parent-unknown", "finesse/11"),
        (LIKE_8U212 + "colour = 1", "client-file-key-unknown", "colour"),
        (LIKE_8U212 + "[dh]\nleast = 'x'", "client-file-value-unknown", "dh.least"),
        (LIKE_8U212 + "[dh]\nleast = -1", "client-file-value-unknown", "dh.least"),
        (LIKE_8U212 + "dh = 3", "client-file-value-unknown", "dh"),
        (LIKE_8U212 + "[offer]\nextensions = ['x']", "client-file-value-unknown", "offer.extensions"),
        (LIKE_8U212 + "[offer]\nsuites = 'TLS_NO_SUCH'", "client-file-name-unknown", None),
        (LIKE_8U212 + "[paths]\nalgorithm_check = 'never'", "client-file-value-unknown", "paths.algorithm_check"),
        (LIKE_8U212 + "members = ['java/8u5']", "client-file-key-unknown", "members"),
        ("title = 'alone'", "client-file-without-sources", None),
        (LIKE_8U212 + "sources = [1]", "client-file-unreadable", None),
        (LIKE_8U212 + "[constraints]\ntls = 'RSA bigger 3'", "client-file-value-unknown", "RSA bigger 3"),
    ],
)
def test_faults_are_told(text, code, detail):
    with pytest.raises(BadRequest) as caught:
        client_of_text(text, "a.toml")
    assert caught.value.facts["item"] == "a.toml"
    assert caught.value.code == code
    assert load_words().has(f"error.{code}")
    assert detail is None or caught.value.facts["detail"] == detail


def test_its_own_hello_is_its_own_although_ours_send_it_too():
    hello = hello_of("j8u212")
    brought = client_of_text(LIKE_8U212, "a.toml")
    for surely in (False, True):
        (choice,) = choose_clients((brought,), hello, surely=surely)
        assert choice.own_hello
        assert choice.also[0] == "java/8u212"
    (choice,) = choose_clients((brought,), hello_of("j25.0.2"))
    assert not choice.own_hello


def test_a_hello_near_its_own_may_be_its_own_unless_it_must_be_sure():
    hello = hello_of("j8u212")
    brought = client_of_text(LIKE_8U212, "a.toml")
    configured = replace(hello, cipher_suites=hello.cipher_suites[3:])
    (choice,) = choose_clients((brought,), configured)
    assert choice.own_hello
    assert [difference["part"] for difference in choice.differs] == ["suites"]
    (choice,) = choose_clients((brought,), configured, surely=True)
    assert not choice.own_hello
