"""What a server's answers to some hellos leave possible for another hello."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tlswhy.model.client import Offer
from tlswhy.model.flight import NO_FLIGHT, Flight
from tlswhy.model.server import Observation, Server
from tlswhy.negotiate import possible_answers
from tlswhy.unseen import UNSEEN

ECDHE, DHE, STATIC = 0xC02F, 0x009E, 0x009C
"""ECDHE_RSA, DHE_RSA and static RSA with AES-128-GCM."""
ECDHE_CBC, STATIC_CBC = 0xC013, 0x002F
TLS13_AES = 0x1301
P256, X25519 = 23, 29
SHA256, PSS = 0x0401, 0x0804

OFFER = Offer(
    versions=(0x0303,),
    suites=(ECDHE, DHE, STATIC),
    groups=(P256, X25519),
    schemes=(SHA256, PSS),
    schemes_cert=(),
    extensions=(),
    key_shares=(),
    record_version=0x0303,
)
SERVED = replace(
    NO_FLIGHT, version=0x0303, suite=ECDHE, group=P256, dh=None, scheme=SHA256, chain=(), asks_client_certificate=False
)


def served(offer: Offer = OFFER, **facts: object) -> Observation:
    return Observation(offer, None, replace(SERVED, **facts), None, ())


def refused(offer: Offer = OFFER, alert: int = 40) -> Observation:
    return Observation(offer, None, None, alert, ())


def answers(offer: Offer, *observations: Observation) -> tuple[Flight, ...]:
    return possible_answers(offer, Server(observations))


def test_nothing_is_known_without_observations():
    assert answers(OFFER) == ()


def test_the_same_hello_gets_the_same_answer():
    (answer,) = answers(OFFER, served())
    assert (answer.version, answer.suite, answer.group, answer.scheme) == (0x0303, ECDHE, P256, SHA256)
    assert answer.assumed


def test_a_version_that_was_refused_as_such_is_refused_again():
    (answer,) = answers(
        replace(OFFER, versions=(0x0301,)), refused(replace(OFFER, versions=(0x0302, 0x0301)), alert=70)
    )
    assert answer.refused == ("no-common-version",)


def test_a_version_above_what_was_chosen_is_not_there():
    old = served(replace(OFFER, versions=(0x0303, 0x0302, 0x0301)), version=0x0301, scheme=None)
    assert answers(replace(OFFER, versions=(0x0303, 0x0302)), old)[0].refused == ("no-common-version",)


def test_a_newer_version_that_nobody_offered_leaves_it_open():
    assert answers(replace(OFFER, versions=(0x0304, 0x0303), suites=(TLS13_AES, *OFFER.suites)), served()) == ()


def test_a_suite_in_front_that_may_or_may_not_be_there_is_possible():
    """The server may have DHE too; for whom lists it first it may choose it, and its group was never seen."""
    kinds = {
        answer.suite for answer in answers(replace(OFFER, suites=(DHE, ECDHE)), served(replace(OFFER, suites=(ECDHE,))))
    }
    assert kinds == {DHE, ECDHE}


def test_of_a_possible_dhe_suite_the_group_is_unseen():
    found = answers(replace(OFFER, suites=(DHE, ECDHE)), served(replace(OFFER, suites=(ECDHE,))))
    assert next(answer for answer in found if answer.suite == DHE).dh is UNSEEN


def test_a_suite_that_was_passed_over_is_not_chosen_while_the_winner_is_offered():
    """In client's order it is not there, in server's order it comes later: either way the winner wins again."""
    found = answers(replace(OFFER, suites=(DHE, ECDHE)), served(replace(OFFER, suites=(DHE, ECDHE))))
    assert {answer.suite for answer in found} == {ECDHE}


def test_servers_order_once_shown_rules_out_the_clients_first():
    one = served(replace(OFFER, suites=(STATIC, ECDHE)), suite=ECDHE)
    other = served(replace(OFFER, suites=(STATIC,)), suite=STATIC, group=None, scheme=None)
    found = answers(replace(OFFER, suites=(STATIC, ECDHE)), one, other)
    assert {answer.suite for answer in found} == {ECDHE}


def test_less_is_no_help_to_who_was_refused_with_more():
    (answer,) = answers(replace(OFFER, suites=(STATIC,)), refused())
    assert "no-common-cipher" in answer.refused


def test_more_may_help_who_was_refused_with_less():
    assert answers(OFFER, refused(replace(OFFER, suites=(STATIC,)))) == ()


def test_without_the_servers_group_its_suite_cannot_be_had():
    assert answers(replace(OFFER, suites=(ECDHE,), groups=(X25519,)), served()) == ()


def test_a_scheme_that_is_not_offered_leaves_it_open():
    assert answers(replace(OFFER, schemes=(PSS,)), served()) == ()


@pytest.mark.parametrize("alert", [40, 71, 80])
def test_an_alert_that_names_no_version_says_nothing_of_versions(alert):
    old = replace(OFFER, suites=(ECDHE_CBC, STATIC_CBC))
    found = answers(replace(old, versions=(0x0302,), schemes=()), refused(replace(old, versions=(0x0303,)), alert))
    assert found == ()


def test_two_who_were_refused_rule_out_what_one_alone_would_not():
    """Each pair of suite and group was tried by one of them."""
    one = refused(replace(OFFER, suites=(ECDHE,), groups=(P256,)))
    other = refused(replace(OFFER, suites=(ECDHE, STATIC), groups=(X25519,)))
    assert answers(replace(OFFER, suites=(ECDHE,)), one) == ()
    (answer,) = answers(replace(OFFER, suites=(ECDHE, STATIC)), one, other)
    assert answer.refused


def test_a_suite_that_was_of_no_use_to_others_is_none_to_this_one():
    """The one who was served had no STATIC, the one who had it was refused."""
    found = answers(replace(OFFER, suites=(STATIC, ECDHE)), served(replace(OFFER, suites=(ECDHE,))))
    assert {answer.suite for answer in found} == {STATIC, ECDHE}
    turned_away = refused(replace(OFFER, suites=(STATIC,)))
    found = answers(replace(OFFER, suites=(STATIC, ECDHE)), served(replace(OFFER, suites=(ECDHE,))), turned_away)
    assert {answer.suite for answer in found} == {ECDHE}


def test_a_version_that_nobody_tried_may_be_there_or_not():
    """With TLS 1.3 it would refuse there, without it in TLS 1.2: refused either way."""
    newer = replace(OFFER, versions=(0x0304, 0x0303), suites=(TLS13_AES, *OFFER.suites))
    (answer,) = answers(replace(newer, suites=(TLS13_AES, ECDHE)), refused(newer))
    assert answer.refused
    assert answers(replace(newer, suites=(TLS13_AES, ECDHE), groups=(30,)), refused(newer)) == ()


def test_a_server_that_answers_in_a_version_that_nobody_offered():
    strange = served(replace(OFFER, versions=(0x0304, 0x0303)), version=0x0300, suite=STATIC)
    assert answers(OFFER, strange)[0].refused == ("no-common-version",)
