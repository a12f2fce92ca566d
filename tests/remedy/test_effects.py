"""Who else notices a plan."""

from __future__ import annotations

from tests.remedy.test_plan import diagnosed, plan
from tlswhy.changes import Machine
from tlswhy.render.plans import noticed
from tlswhy.render.words import load_words
from tlswhy.verdict import Accepted
from tlswhy.wire.numbers import suite_number


def test_a_cured_chain_lets_the_others_in_that_minded_the_same():
    found = diagnosed("j8u212", "pss-sha384-int", effects=True)
    effects = {effect.client: effect for effect in plan(found, Machine.CA).effects}
    assert effects["java/8u51-unlimited"].after is Accepted.YES
    assert effects["java/8u51-unlimited"].before is Accepted.NO
    assert "java/17.0.9" not in effects  # it accepted before and does now
    assert "java/8u212" not in effects  # the client that was asked about


def test_a_list_that_replaces_the_old_one_shuts_out_who_has_none_of_it(monkeypatch):
    listed = (suite_number("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"),)
    monkeypatch.setattr("tlswhy.remedy.effects.numbers_of", lambda *_: listed)
    found = diagnosed("j8u51", "dhe-3072-tls12-aes128cbc", platforms=["windows-2016"], effects=True)
    effects = {effect.client: effect for effect in plan(found, Machine.SERVER).effects}
    assert effects["java/11.0.5-noec"].after is Accepted.NO
    assert effects["java/11.0.5-noec"].cause == "no-common-cipher"
    assert effects["java/8u51-unlimited"].after is Accepted.YES
    told = list(noticed(plan(found, Machine.SERVER), load_words()))
    assert any(text.startswith("Would be refused then") and "java/11.0.5-noec" in text for text in told)


def test_a_changed_client_changes_nothing_for_others_and_nobody_asked():
    found = diagnosed("j8u212", "pss-sha384-int", effects=True)
    assert plan(found, Machine.CLIENT).effects == ()
    assert list(noticed(plan(found, Machine.CLIENT), load_words()))
    assert plan(diagnosed("j8u212", "pss-sha384-int"), Machine.CA).effects is None
