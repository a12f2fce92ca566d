"""What a server's answers to others are worth to a client that was not there."""

from tests.oracle import recorded
from tests.oracle.test_other_client import evidence_of
from tlswhy.answers import answers_of, told_flights
from tlswhy.client.profiles import load_client
from tlswhy.evidence.types import ToldConnection
from tlswhy.observe.connections import observe_all
from tlswhy.situation import assumed_flight
from tlswhy.unseen import UNSEEN


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


def told(version, suite, group=None, bits=None):
    return ToldConnection("x", "openssl", (), version=version, suite=suite, group=group, dh_bits=bits)


def flights(client, *connections):
    return told_flights(load_client(client).members[0], connections, (), ())


def test_what_another_agreed_on_is_assumed_where_the_client_offers_it():
    (flight,) = flights("java/8u212", told(0x0303, 0xC02F, 0x17))
    assert (flight.version, flight.suite, flight.group, flight.assumed) == (0x0303, 0xC02F, 0x17, True)
    (flight,) = flights("java/8u212", told(0x0303, 0xC02F, 0x1D))  # X25519 leads every list but Java 8's
    assert (flight.suite, flight.group) == (0xC02F, None)


def test_what_speaks_against_it_lends_only_the_chain():
    for seen in (told(0x0303, 0xC077), told(0x0303, 0xC02F, 0x1A), told(0x0302, 0xC014, 0x17)):
        (flight,) = flights("java/17.0.13", seen)
        assert (flight.version, flight.missing) == (UNSEEN, "own-capture"), seen
        assert flight.assumed


def test_a_version_above_the_clients_says_nothing():
    client = load_client("java/8u212").members[0]
    assert flights("java/8u212", told(0x0304, 0x1301, 0x1D)) == (assumed_flight(client, (), ()),)
    assert flights("java/8u212") == (assumed_flight(client, (), ()),)
    both = flights("java/8u212", told(0x0304, 0x1301, 0x1D), told(0x0302, 0xC014, 0x17))
    assert both == (assumed_flight(client, (), ()),)


def test_dhe_may_be_the_servers_order_or_the_others_offer():
    either = flights("java/8u212", told(0x0303, 0x0039, None, 512))
    assert [flight.suite for flight in either] == [0x0039, UNSEEN]
    assert either[0].dh is not None
    assert either[0].dh.prime_bits == 512
    (only,) = flights("java/11.0.5-noec", told(0x0303, 0x0039, None, 512))
    assert only.suite == 0x0039
    (unread,) = flights("java/11.0.5-noec", told(0x0303, 0x0039, None, UNSEEN))
    assert unread.dh is UNSEEN


def test_a_refusal_that_nobody_has_seen_stands_where_the_server_answered_others():
    seen = connections(("gnutls3.7", "dhe-3072-tls10-aes256cbc"))
    (flight,) = answers_of(seen).to(load_client("java/17.0.9").members[0].offer)
    assert flight.refused == ("no-common-version",)
    assert flight.where["refused"] == (seen[0].at(seen[0].server_hello.frame),)
