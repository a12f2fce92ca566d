from dataclasses import replace

from tlswhy.judge import judge
from tlswhy.verdict import Accepted


def test_a_broken_handshake_that_no_rule_explains_says_just_that(situation_of):
    """768 bits before a client whose floor we put at 512: it broke off all the same, and nobody knows why."""
    situation = situation_of("j8u212", "dhe-768-tls12-aes256cbc")
    lenient = replace(situation.client, dh=replace(situation.client.dh, policy_min=512, least=512))
    verdict = judge(replace(situation, client=lenient))
    assert verdict.accepted is Accepted.NO
    assert [(refusal.cause, refusal.where[0].place) for refusal in verdict.refusals] == [("client-gave-up", "frame 8")]
    assert verdict.refusals[0].facts["alert"] == 40


def test_where_a_rule_explains_it_it_is_not_said(situation_of):
    verdict = judge(situation_of("j8u212", "dhe-768-tls12-aes256cbc"))
    assert [refusal.cause for refusal in verdict.refusals] == ["dh-key-too-small"]


def test_a_finished_handshake_gave_nothing_up(situation_of):
    verdict = judge(situation_of("j8u212", "base-tls12"))
    assert "client-gave-up" not in [refusal.cause for refusal in verdict.refusals]
