"""Lists of suites as platforms want them, the Windows policy's limits above all."""

from __future__ import annotations

import shutil
import subprocess
from datetime import UTC, datetime, timedelta

import pytest

from tlswhy.client.profiles import client_ids, load_client
from tlswhy.judge import judge
from tlswhy.model.settings import ServerSettings, served_chain
from tlswhy.pki.reissue import stand_in_leaf
from tlswhy.remedy.platforms import load_platform, platform_ids
from tlswhy.remedy.suite_lists import LONGEST_POLICY, numbers_of, tls13_list, whole_list
from tlswhy.server.answer import answer
from tlswhy.strength import sound_suites
from tlswhy.trial import Trial
from tlswhy.verdict import Accepted
from tlswhy.wire.numbers import suite, suite_number
from tlswhy.wire.schannel_names import plain_name

WINDOWS = [name for name in platform_ids() if name.startswith("windows-")]
RUNTIMES = [name for name in client_ids() if len(load_client(name).members) == 1]


@pytest.mark.parametrize("release", WINDOWS)
def test_a_policy_for_every_client_keeps_to_the_rules_of_its_release(release):
    platform = load_platform(release)
    for client in RUNTIMES:
        offer = load_client(client).members[0].offer
        wanted = [n for n in sound_suites(offer, without_dhe=True) if n in platform.abilities.suites]
        policy = whole_list("schannel", wanted, platform.abilities)
        names = policy.split(",")
        assert len(policy) <= LONGEST_POLICY
        assert not set(policy) & set(" \t\r\n")
        assert set(names) <= set(platform.abilities.names)
        assert len(names) == len(set(names))
        found = [suite(suite_number(plain_name(name))) for name in names]
        assert not any(s.key_exchange == "DHE" or s.cipher in {"RC4", "NULL", "3DES_EDE"} for s in found)
        assert {s.key_exchange for s in found} >= {"ECDHE", "RSA"}, "old clients keep something"
        if wanted:
            assert found[0].number == wanted[0]
        kinds = [s.key_exchange == "RSA" for s in found]
        assert kinds == sorted(kinds), "static RSA comes last"


def test_openssl_takes_its_list():
    wanted = sound_suites(load_client("java/8u212").members[0].offer, without_dhe=True)
    listed = whole_list("openssl", wanted, None)
    assert listed.startswith("ECDHE-")
    if openssl := shutil.which("openssl"):
        ran = subprocess.run([openssl, "ciphers", listed], capture_output=True, text=True, check=True)
        assert set(listed.split(":")) <= set(ran.stdout.strip().split(":"))
    else:
        pytest.skip("no openssl here")


def test_names_of_the_registry_and_of_tls_1_3():
    assert whole_list("iana", (0xC02F,), None).split(",")[0] == "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"
    assert tls13_list((0x1301, 0xC02F, 0x1302)) == "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384"


def test_a_list_for_jsse_keeps_tls13():
    names = whole_list(load_platform("tomcat").suites, (0xC02F,), None).split(",")
    assert names[:3] == ["TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256", "TLS_AES_128_GCM_SHA256"]
    assert names[3] == "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"
    assert len(names) == len(set(names))


@pytest.mark.parametrize("release", WINDOWS)
def test_every_client_gets_a_suite_of_the_policy_or_has_none_of_it(release):
    """A server with that policy and a sound RSA chain, as Schannel's model has it, before every known client."""
    platform = load_platform(release)
    moment = datetime(2026, 11, 24, tzinfo=UTC)
    life = (moment - timedelta(days=1), moment + timedelta(days=300))
    leaf, root = stand_in_leaf("gadgets.example", life)
    for name in RUNTIMES:
        client = load_client(name).members[0]
        wanted = [n for n in sound_suites(client.offer, without_dhe=True) if n in platform.abilities.suites]
        listed = numbers_of("schannel", wanted, platform.abilities)
        settings = ServerSettings(
            software=release.replace("windows-", "schannel/"),
            versions=tuple(sorted(platform.abilities.versions, reverse=True)),
            suites=listed,
            chains=(served_chain((leaf,)),),
        )
        flight = answer(client.offer, settings)
        trial = Trial(client, "gadgets.example", moment, (root,), (leaf,), flight, settings)
        verdict = judge(trial.situation())
        if verdict.accepted is Accepted.YES:
            assert flight.suite in listed
            if wanted and flight.suite not in wanted:  # curves, schemes and versions decide, too
                assert suite(flight.suite).key_exchange in {"RSA", "ECDHE", "any"}
            continue
        cause = verdict.refusals[0].cause if verdict.refusals else verdict.gaps
        shared = {n for n in listed if n in client.offer.suites and suite(n).authentication in {"RSA", "any"}}
        shared = {n for n in shared if suite(n).minimum_version <= max(client.offer.versions, default=0)}
        assert cause in {"no-common-version", "no-common-cipher", "no-common-group"} or not shared, (name, cause)
        assert not shared or cause != "no-common-cipher", (name, cause)
