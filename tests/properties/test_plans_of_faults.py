"""Plans of faults made at random, one to three at once: each ends in an accepting client, or the report says why there
is none; none does anything needless; the recipes are whole; who wins and who loses is what a fresh judgement says.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from random import Random

import pytest

from tests.properties.faulty import HOST, NOW, Case, case_of
from tests.properties.test_sound_plans import weaknesses
from tlswhy.changes import Change, Machine, TrustRoot
from tlswhy.client.profiles import client_ids, load_client
from tlswhy.errors import BadRequest
from tlswhy.evidence.types import ServerConfiguration
from tlswhy.judge import judge
from tlswhy.model.client import ClientPolicy
from tlswhy.model.flight import Flight
from tlswhy.model.settings import AUTO, ClientCertificate, DhGroup, Order, ServerSettings, served_chain
from tlswhy.remedy.baseline import baseline
from tlswhy.remedy.effects import _whole_list
from tlswhy.remedy.platforms import Platform, load_platform
from tlswhy.remedy.propose import propose
from tlswhy.render.recipes import recipe_json
from tlswhy.render.words import load_words
from tlswhy.report import Plan
from tlswhy.server.answer import answer
from tlswhy.server.software import load_software, software_ids
from tlswhy.situation import Situation, assumed_flight, situate
from tlswhy.trial import Trial
from tlswhy.unseen import UNSEEN, NotSeen, Unseen
from tlswhy.verdict import Accepted
from tlswhy.wire.numbers import TLS10, TLS11, TLS12, TLS13

LONG = bool(os.environ.get("TLSWHY_ALL_CASES"))
CHAINS, SERVERS, PRODUCTS = (6000, 4000, 400) if LONG else (250, 250, 12)
ALONE = [name for name in client_ids() if len(load_client(name).members) == 1]
SETS = [name for name in client_ids() if len(load_client(name).members) > 1]
PLATFORMS = [(), ("openssl-ca", "java"), ("keytool-ca", "nginx"), ("ad-cs", "windows-2019"), ("finesse",)]
HONEST = 0.995
"""Of so many refusals there is a plan; "nothing-found" is said of the rest."""


def situation_of(case: Case, client: ClientPolicy) -> Situation:
    trust = UNSEEN if case.trust is None else case.trust
    flight = assumed_flight(client, case.sent, ())
    return situate(client, flight, handshake=None, host=case.host, moment=NOW, trust=trust, foretelling=True)


def after(trial: Trial, changes: Sequence[Change]) -> Accepted:
    try:
        for change in changes:
            trial = change.apply(trial)
    except IndexError:  # about a certificate that only a change that was left out brings
        return Accepted.NO
    return judge(trial.situation()).accepted


def check(plan: Plan, trial: Trial) -> None:
    """Applied anew the plan holds, and without any of its changes it does not."""
    assert plan.proof.after is Accepted.YES
    assert any(change.side is plan.side for change in plan.changes)
    assert after(trial, plan.changes) is Accepted.YES
    for change in plan.changes:
        rest = [each for each in plan.changes if each is not change]
        if any(each.side is plan.side for each in rest):
            assert after(trial, rest) is not Accepted.YES, change
    for change in plan.changes:  # who trusts a leaf that a CA issued trusts no CA
        leaf = trial.chain[0]
        assert not (isinstance(change, TrustRoot) and change.certificate == 0 and not leaf.self_issued)
    assert not list(weaknesses(plan))


def check_recipes(plan: Plan) -> None:
    for recipe in plan.recipes:
        if recipe.table is None:
            continue
        for language in ("en", "zh-Hant"):
            told = recipe_json(recipe, load_words(language))
            assert told["steps"], recipe.platform
            assert told["undo"], recipe.platform
            assert told["check"], recipe.platform
            assert told["where"], recipe.platform
            text = "\n".join([*told["steps"], *told["undo"], *told["check"], told["restart"] or "", told["where"]])
            assert set(re.findall(r"\{[a-z0-9_]*\}", text)) <= {"{text}"}, recipe.platform  # certreq's own word


@pytest.mark.timeout(1800 if LONG else 120)
def test_a_chain_with_faults():
    refused, without = 0, []
    for seed in range(CHAINS):
        random = Random(seed)
        case = case_of(random)
        if case is None:
            continue
        situation = situation_of(case, load_client(random.choice(ALONE)).members[0])
        verdict = judge(situation)
        chosen = tuple(map(load_platform, random.choice(PLATFORMS)))
        plans, why = propose(situation, verdict, chosen)
        if verdict.accepted is Accepted.NO:
            refused += 1
            without += [] if plans else [(seed, case.told)]
            assert plans or why == "nothing-found", (seed, case.told)
        for plan in plans:
            if plan.condition is None:
                check(plan, baseline(situation, verdict.refusals[0], _software(chosen)))
            check_recipes(plan)
    assert len(without) <= (1 - HONEST) * refused, without


@pytest.mark.timeout(1800 if LONG else 120)
def test_a_product_of_several_runtimes():
    """Each plan says for which of them it holds, and it is so."""
    for seed in range(PRODUCTS):
        random = Random(seed)
        case = case_of(random)
        members = load_client(random.choice(SETS)).members
        if case is None:
            continue
        every = {member.id: situation_of(case, member) for member in members}
        verdicts = [judge(situation) for situation in every.values()]
        if {verdict.accepted for verdict in verdicts} != {Accepted.NO}:
            continue
        plans, _ = propose(every[members[0].id], verdicts[0], members=members)
        for plan in plans:
            assert {*plan.holds_for, *plan.not_for} == set(every)
            for name, situation in every.items():
                trial = baseline(situation, verdicts[0].refusals[0])
                assert (after(trial, plan.changes) is Accepted.YES) is (name in plan.holds_for), (seed, name)


@cache
def sound(kind: str) -> Case:
    from tests.properties.faulty import Wanted, _made, key

    wanted = [Wanted(HOST, "leaf", key(kind, "leaf")), Wanted("CA", "ca", key(kind, "ca0"), (-100, 3000))]
    made = tuple(_made([*wanted, Wanted("Root", "root", key(kind, "root"), (-100, 3000))]))
    return Case("sound", made[:2], made[2:], HOST)


def settings_of(random: Random, case: Case) -> ServerSettings:
    name = random.choice(software_ids())
    defaults = load_software(name).defaults
    family = name.partition("/")[0]
    older = (TLS12, TLS11, TLS10) if family != "schannel" or name == "schannel/2008r2" else ()
    versions = [v for v in (TLS13, TLS12, TLS11, TLS10) if v in (*defaults.versions, *older) and random.random() < 0.5]
    suites = sorted({*(() if isinstance(defaults.suites, Unseen) else defaults.suites), 0x39, 0x33, 0x9E, 0xC02F, 0x2F})
    groups = tuple(random.sample([29, 23, 24, 25, 26, 22], random.choice([1, 2, 3])))
    return ServerSettings(
        software=name,
        versions=tuple(versions) or (TLS12,),
        suites=tuple(random.sample(suites, min(len(suites), random.choice([1, 2, 3, 5, 8])))),
        order=random.choice([Order.SERVER, Order.CLIENT]),
        groups=groups if random.random() < 0.6 else UNSEEN,
        dh=random.choice([DhGroup(bits) for bits in (512, 768, 1000, 1024, 2048, 3072, 4096)] + [None, AUTO]),
        chains=(served_chain(case.sent),),
        security_level=0,
        client_certificate=ClientCertificate.NOT_ASKED,
        needs_server_name=False,
    )


def platform_of(random: Random, software: str) -> Platform | None:
    family, _, release = software.partition("/")
    if family == "schannel":
        return load_platform(f"windows-{release}")
    names = {"openssl": ["nginx", "apache", "haproxy"], "jsse": ["tomcat"]}.get(family)
    return load_platform(random.choice(names)) if names else None


@pytest.mark.timeout(1800 if LONG else 120)
def test_a_server_set_up_at_random():
    """The same software, set up as the plan says, really takes that client; and wins and loses whom the plan names."""
    compared = 0
    for seed in range(SERVERS):
        random = Random(seed)
        case = sound(random.choice(["2048", "2048", "P-256"]))
        settings = settings_of(random, case)
        client = load_client(random.choice(ALONE)).members[0]
        platform = platform_of(random, str(settings.software))
        flight = answered(client, settings, case)
        if flight is None:
            continue
        configuration = ServerConfiguration("x", None if platform is None else platform.id, settings)
        situation = before(client, flight, case, configuration)
        verdict = judge(situation)
        chosen = () if platform is None else (platform,)
        plans, _ = propose(situation, verdict, chosen, effects=random.random() < 0.1)
        for plan in plans:
            check_recipes(plan)
            assert not list(weaknesses(plan)), (seed, plan.changes)
            if any(change.side is not Machine.SERVER for change in plan.changes):
                continue
            trial = replace(baseline(situation, verdict.refusals[0], _software(chosen)), settings=settings)
            for change in plan.changes:
                trial = change.apply(trial)
            whole = _whole_list(plan.changes, chosen)
            changed = trial.settings if whole is None else replace(trial.settings, suites=whole)
            changed = replace(changed, software=settings.software, chains=settings.chains)
            assert verdict_of(client, changed, case) is Accepted.YES, (seed, plan.changes)
            for effect in plan.effects or ():
                other = load_client(effect.client).members[0]
                now, then = (verdict_of(other, each, case) for each in (settings, changed))
                assert effect.after is then, (seed, effect)
                assert effect.before in (None, now), (seed, effect)
                compared += 1
    assert compared > 100


def answered(client: ClientPolicy, settings: ServerSettings, case: Case) -> Flight | None:
    try:
        return replace(answer(client.offer, settings, HOST), chain=case.sent)
    except (NotSeen, BadRequest):
        return None


def before(
    client: ClientPolicy, flight: Flight, case: Case, configuration: ServerConfiguration | None = None
) -> Situation:
    return situate(
        client,
        flight,
        handshake=None,
        host=HOST,
        moment=NOW,
        trust=case.trust or (),
        foretelling=True,
        configuration=configuration,
    )


def verdict_of(client: ClientPolicy, settings: ServerSettings, case: Case) -> Accepted | None:
    flight = answered(client, settings, case)
    return None if flight is None else judge(before(client, flight, case)).accepted


def _software(platforms: Sequence[Platform]) -> tuple[str, ...]:
    return tuple(name for each in platforms if each.side is Machine.SERVER for name in each.software)
