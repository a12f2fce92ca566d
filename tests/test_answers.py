"""What a server's answers to others are worth to a client that was not there."""

from tests.oracle import recorded
from tests.oracle.test_other_client import evidence_of
from tlswhy.answers import answers_of
from tlswhy.client.profiles import load_client
from tlswhy.observe.connections import observe_all


def connections(*rows):
    return [h for client, case in rows for h in observe_all(evidence_of(recorded.row(client, case)), None).handshakes]


def test_one_who_got_in_tells_that_the_server_serves():
    answers = answers_of(connections(("j17.0.9", "base-tls12")))
    assert answers.finished
    assert answers.lent.chain
    offer = load_client("java/17.0.9").members[0].offer
    (flight,) = answers.to(offer)
    assert flight.chain == answers.lent.chain
    assert answers.to(offer) is answers.to(offer)


def test_who_was_turned_away_for_a_version_too_old_says_nothing_of_a_newer_client():
    answers = answers_of(connections(("j8u51-tls10", "base-tls12")))
    assert not answers.finished
    assert answers.of_those_that_came_as_far(load_client("java/17.0.9").members[0].offer) == []
    old = load_client("java/8u51-tls10").members[0].offer
    assert len(answers.of_those_that_came_as_far(old)) == 1
