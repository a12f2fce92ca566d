"""Every platform's table: whole, in both languages, without a place that nothing fills; what a platform cannot do."""

from __future__ import annotations

import re
from typing import get_args

import pytest

from tlswhy.changes import Change, EnableVersion, OrderSuites, UseDhGroup, UseGroups
from tlswhy.errors import BadRequest, BadTable
from tlswhy.remedy.platforms import STEP_LISTS, load_platform, platform_ids
from tlswhy.wire.numbers import TLS12, group_number, suite_number
from tlswhy.wire.schannel_names import plain_name

LANGUAGES = ("en", "zh-Hant")
FILLED = frozenset(
    {"host", "port", "suites", "tls13_suites", "bits", "groups", "schemes", "version", "windows_version"}
    | {
        "missing",
        "subject",
        "name",
        "property",
        "least",
        "to",
        "title",
        "java_groups",
        "spaced_groups",
        "windows_curves",
        "first_suites",
        "san",
        "keytool_san",
        "windows_san",
    }
)
WISHES = {"signature", "key", "validity", "add-name", "authority", "without", "usage", "profile", "certificate"}
OF_WHAT = {"", "-leaf", "-ca", "-root"}
GCM = suite_number("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256")
CBC = suite_number("TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA")
X25519, P256 = group_number("x25519"), group_number("secp256r1")


def names_of_changes() -> set[str]:
    kinds = {re.sub(r"(?<!^)(?=[A-Z])", "-", kind.__name__).lower() for kind in get_args(Change)}
    reissues = {f"reissue-{wish}{what}" for wish in WISHES for what in OF_WHAT}
    return kinds | reissues | {"trust-root-instead", "trust-root-self-signed"}


def steps_of(table):
    for key in ("where", "restart"):
        if key in table:
            yield table[key]
    for key in STEP_LISTS:
        yield from table[key]


@pytest.mark.parametrize("identifier", platform_ids())
def test_a_platform_is_whole(identifier):
    platform = load_platform(identifier)
    assert platform.title
    assert platform.sources
    assert platform.recipes
    assert set(platform.recipes) <= names_of_changes()
    assert set(platform.tried) <= set(platform.recipes)
    for table in platform.recipes.values():
        assert set(table) <= {"where", "restart", *STEP_LISTS}
        assert all(table[key] for key in STEP_LISTS), "what to do, how to undo it, how to check it"
        for step in steps_of(table):
            assert set(step) <= {*LANGUAGES, "text"}
            assert all(step[language] for language in LANGUAGES)
            for text in step.values():
                found = re.findall(r"\{([a-z0-9_]+)\}", text)
                assert set(found) <= FILLED | {"text"}, text  # {text} is certreq's own


def test_every_name_of_every_release_of_windows_is_a_suite():
    for identifier in platform_ids():
        if identifier.startswith("windows-"):
            names = load_platform(identifier).abilities.names
            unknown = [name for name in names if suite_number(plain_name(name)) is None]
            assert [name for name in unknown if not name.startswith("SSL_CK_")] == []  # SSL 2.0 has numbers of its own


def test_what_a_release_does_not_have_is_not_proposed():
    old, new = load_platform("windows-2012r2"), load_platform("windows-2022")
    assert old.fitted(OrderSuites((GCM, CBC))) == OrderSuites((CBC,))
    assert old.fitted(OrderSuites((GCM,))) is None
    assert new.fitted(OrderSuites((GCM, CBC))) == OrderSuites((GCM, CBC))
    assert old.fitted(UseGroups((X25519, P256))) == UseGroups((P256,))
    assert old.fitted(EnableVersion(0x0304)) is None
    assert load_platform("windows-2008r2").fitted(EnableVersion(TLS12)) == EnableVersion(TLS12)  # there, switched off
    assert load_platform("nginx").fitted(OrderSuites((GCM,))) == OrderSuites((GCM,))
    assert load_platform("java").fitted(UseDhGroup(2048)) == UseDhGroup(2048)  # none of its business


def test_an_unknown_platform_names_its_like():
    with pytest.raises(BadRequest) as raised:
        load_platform("windows-2017")
    assert raised.value.code == "unknown-platform"
    assert "windows-2016" in raised.value.facts["nearest"]


def test_a_broken_table_says_so(monkeypatch):
    monkeypatch.setattr("tlswhy.remedy.platforms._merged", lambda name: {"title": "x", "side": "moon"})
    load_platform.cache_clear()
    try:
        with pytest.raises(BadTable):
            load_platform("nginx")
    finally:
        load_platform.cache_clear()
