"""No plan weakens anything: whatever it recommends is sound by RFC 9325, for every recorded refusal and platform."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.oracle import recorded
from tests.remedy.test_plan import NOBODY_CAN_SAY, diagnosed
from tlswhy.changes import (
    Change,
    DropClientCertificate,
    EnableVersion,
    OrderSuites,
    RaiseLimit,
    ReissueCertificate,
    SignWith,
    UseDhGroup,
    UseGroups,
)
from tlswhy.remedy.platforms import load_platform, platform_ids
from tlswhy.remedy.suite_lists import numbers_of, whole_list
from tlswhy.render.plans import risk
from tlswhy.render.words import load_words
from tlswhy.report import Plan
from tlswhy.wire.numbers import TLS12, group_name, is_tls13, scheme_name, suite, suite_number

WORDS = load_words()
NAMED = (None, "nginx", "windows-2012r2", "windows-2016", "tomcat")
BROKEN = {"RC4", "3DES_EDE", "DES", "NULL", "IDEA", "SEED", "RC2"}


def weaknesses(plan: Plan) -> Iterator[str]:
    """What a plan asks for that nobody should be told to do."""
    for change in plan.changes:
        yield from _weaknesses(change, plan)
    before, after = plan.proof.negotiated_before, plan.proof.negotiated_after
    if before is not None and after is not None:
        if after.version < before.version and not is_tls13(before.version):
            yield f"an older version: {after.version:04x}"
        was, will = suite(before.suite), suite(after.suite)
        if will.key_exchange == "RSA" and was.key_exchange != "RSA":
            yield "static RSA"


def _weaknesses(change: Change, plan: Plan) -> Iterator[str]:
    match change:
        case OrderSuites():
            for number in change.suites:
                found = suite(number)
                if found.key_exchange not in {"ECDHE", "DHE", "any"} or found.cipher in BROKEN:
                    yield f"suite {number:04x}"
        case EnableVersion():
            yield from (f"version {v:04x}" for v in (change.version, *change.newer) if v < TLS12 and not is_tls13(v))
        case UseDhGroup():
            if change.bits < 2048 and "Mind" not in risk(plan, WORDS):
                yield f"{change.bits} bits, and no warning"
            if change.bits < 1024:
                yield f"{change.bits} bits"
        case UseGroups():
            yield from (name for name in map(group_name, change.groups) if name in {"secp192r1", "sect163k1"})
        case SignWith():
            yield from (name for name in map(scheme_name, change.schemes) if "sha1" in name or "md5" in name)
        case ReissueCertificate():
            if change.wish.signature not in {None, "RSA", "EC"} or change.wish.key not in {None, "RSA", "EC"}:
                yield "certificate"
        case DropClientCertificate():
            if "who connects" not in risk(plan, WORDS):
                yield "nobody knows any more who connects, and no warning"
        case RaiseLimit():
            if change.limit not in {"longest_chain", "largest_handshake_message"}:
                yield change.limit


@pytest.mark.timeout(300)
@pytest.mark.parametrize("platform", NAMED)
def test_no_plan_weakens_anything(platform):
    every = [*recorded.rows(), *recorded.other_rows()]
    rows = [row for row in every if not row["connected"] and row["label"] not in NOBODY_CAN_SAY]
    step = 1 if os.environ.get("TLSWHY_ALL_CASES") else 23
    named = [] if platform is None else [platform]
    plans = 0
    for row in rows[::step]:
        for each in diagnosed(row["client"], row["case"], platforms=named).plans:
            plans += 1
            assert not list(weaknesses(each)), (row["client"], row["case"], each.changes)
    assert plans > 50


@pytest.mark.parametrize("name", [n for n in platform_ids() if load_platform(n).side == "server"])
def test_no_list_of_a_recipe_holds_what_is_broken(name):
    platform = load_platform(name)
    wanted = (suite_number("TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"),)
    for number in numbers_of(platform.suites, wanted, platform.abilities):
        found = suite(number)
        assert found.cipher not in BROKEN
        assert found.authentication in {"RSA", "ECDSA", "any"}
    assert "@SECLEVEL" not in whole_list(platform.suites, wanted, platform.abilities)


def test_what_is_weak_would_be_found():
    found = diagnosed("j8u212", "dhe-768-tls12-aes256cbc").plans[0]
    bad = [OrderSuites((suite_number("TLS_RSA_WITH_AES_128_CBC_SHA"),)), EnableVersion(0x0301), SignWith((0x0201,))]
    assert [list(_weaknesses(change, found)) != [] for change in bad] == [True] * len(bad)
