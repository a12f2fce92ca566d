"""What a plan starts from: the software that answers as the server did, and no other."""

from __future__ import annotations

from dataclasses import replace

from tests.remedy.test_plan import diagnosed, plan
from tlswhy.changes import Machine
from tlswhy.remedy.baseline import baseline, software_of
from tlswhy.unseen import UNSEEN
from tlswhy.verdict import Refusal, Stage
from tlswhy.wire.numbers import suite_number

OPENSSL = ("openssl/3.0", "openssl/1.1.1", "openssl/1.0.2")


def test_a_server_that_answers_as_openssl_does_is_taken_for_it():
    found = diagnosed("j8u504", "dhe-1024-tls12-aes256cbc", clients=["java/8u51"], plans=False, foretell=True)
    refusal = Refusal("dh-key-too-small", Stage.KEY_EXCHANGE, {}, ())
    trial = baseline(found.situation, refusal, OPENSSL)
    assert trial.settings.software == "openssl/3.0"
    assert software_of(trial) == "OpenSSL 3.0"


def test_a_group_that_no_release_serves_any_more_does_not_make_it_another_software():
    found = diagnosed("j8u212", "dhe-768-tls12-aes256cbc", plans=False)
    trial = baseline(found.situation, found.verdict.refusals[0], OPENSSL)
    assert trial.settings.software == "openssl/3.0"
    assert trial.settings.dh.bits == 768


def test_what_was_seen_wins_over_a_model_that_would_not_answer_so():
    found = diagnosed("j8u212", "dhe-768-tls12-aes256cbc", plans=False)
    odd = replace(found.situation.flight, suite=suite_number("TLS_RSA_WITH_RC4_128_MD5"))
    for software in ((), ("no-such/1",)):
        trial = baseline(found.situation, found.verdict.refusals[0], software)
        assert trial.settings.software is UNSEEN
    trial = baseline(replace(found.situation, flight=odd), found.verdict.refusals[0], OPENSSL[:1])
    assert trial.settings.software is UNSEEN
    assert software_of(trial) is None


def test_a_named_platform_proves_by_its_own_rules():
    named = plan(diagnosed("j8u212", "dhe-768-tls12-aes256cbc", platforms=["nginx"]), Machine.SERVER)
    assert named.proof.software == "OpenSSL 3.0"
    assert plan(diagnosed("j8u212", "dhe-768-tls12-aes256cbc"), Machine.SERVER).proof.software is None
