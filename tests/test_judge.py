"""What judge does beyond the single rules: order, certainty, candidates, gaps, contradictions."""

from dataclasses import replace

import pytest

from tlswhy.causes import cause_ids
from tlswhy.judge import judge
from tlswhy.unseen import UNSEEN
from tlswhy.verdict import Accepted, Certainty


def test_what_was_seen_wins_and_the_difference_is_reported(situation_of):
    """The handshake finished; the policy is made to refuse what it took: accepted, with a contradiction."""
    situation = situation_of("j8u212", "dhe-1024-tls12-aes256cbc")
    strict = replace(situation.client, dh=replace(situation.client.dh, policy_min=2048))
    verdict = judge(replace(situation, client=strict))
    assert verdict.accepted is Accepted.YES
    assert verdict.refusals == ()
    assert [contradiction["cause"] for contradiction in verdict.contradictions] == ["dh-key-too-small"]


def test_foretelling_the_same_is_a_refusal_without_a_contradiction(situation_of):
    situation = situation_of("j8u212", "dhe-1024-tls12-aes256cbc")
    strict = replace(situation.client, dh=replace(situation.client.dh, policy_min=2048))
    verdict = judge(replace(situation, client=strict, foretelling=True))
    assert verdict.accepted is Accepted.NO
    assert [(r.cause, r.certainty) for r in verdict.refusals] == [("dh-key-too-small", Certainty.FORETOLD)]
    assert verdict.contradictions == ()


def test_nothing_is_accepted_while_trust_was_not_seen(situation_of):
    situation = situation_of("j8u212", "base-tls12")
    assert situation.trust is UNSEEN
    assert judge(situation).accepted is Accepted.YES
    foretold = judge(replace(situation, foretelling=True))
    assert foretold.accepted is Accepted.CANNOT_TELL
    assert {gap.needs for gap in foretold.gaps} >= {"trust"}
    assert "trust-anchor-missing" in {gap.cause for gap in foretold.gaps}


def test_every_cause_is_answered_for(situation_of):
    """Found, ruled out or open: no cause is lost."""
    verdict = judge(replace(situation_of("j8u212", "dhe-768-tls12-aes256cbc"), foretelling=True))
    answered = (
        {refusal.cause for refusal in verdict.refusals} | set(verdict.ruled_out) | {g.cause for g in verdict.gaps}
    )
    assert set(cause_ids()) - answered <= {"client-gave-up"}


def test_a_crash_in_one_cause_is_a_gap_and_hides_no_other(situation_of, monkeypatch: pytest.MonkeyPatch):
    def crash(situation):
        raise ZeroDivisionError

    monkeypatch.setattr("tlswhy.causes.dh_key_too_large.check", crash)
    judge.__globals__["_cause"].cache_clear()
    try:
        verdict = judge(situation_of("j8u212", "dhe-768-tls12-aes256cbc"))
    finally:
        judge.__globals__["_cause"].cache_clear()
    assert [refusal.cause for refusal in verdict.refusals] == ["dh-key-too-small"]
    assert [(gap.cause, gap.facts) for gap in verdict.gaps if gap.needs == "cause-crashed"] == [
        ("dh-key-too-large", {"error": "ZeroDivisionError"})
    ]


def test_a_bare_refusal_has_at_most_eight_candidates(situation_of):
    verdict = judge(situation_of("j8u212", "suite-rc4-rsa"))
    (refusal,) = verdict.refusals
    assert (refusal.cause, refusal.certainty) == ("server-alert", Certainty.SHOWN)
    assert 1 <= len(refusal.candidates) <= 8
    assert "no-common-cipher" in refusal.candidates
