"""What stands beside a connection, whoever the client is."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.oracle import recorded
from tests.test_diagnose import NOW, captured, shown_chain, trust_of
from tlswhy.client.profiles import load_client
from tlswhy.errors import BadRequest
from tlswhy.observe.connections import observe_all
from tlswhy.scene import Question, moment_of, name_of, scene_of_others, scene_of_own, shown_beside, trusted
from tlswhy.unseen import UNSEEN
from tlswhy.verdict import Accepted

CASE = ("j8u212", "dhe-768-tls12-aes256cbc")
QUESTION = Question((), None, None, NOW, UNSEEN, foretell=False, explicit=False)


def observed(*more):
    return observe_all([*captured(*CASE), *(item for evidence in more for item in evidence)])


def test_the_name_is_what_was_said_before_what_the_hello_names():
    (handshake,) = observed().handshakes
    assert name_of(QUESTION, handshake, None) == recorded.row(*CASE)["host"] == handshake.hello.server_name
    assert name_of(replace(QUESTION, host="other.example"), handshake, None) == "other.example"


def test_the_moment_is_what_was_said_then_the_evidences_then_now():
    said = datetime(2020, 1, 1, tzinfo=UTC)
    assert moment_of(replace(QUESTION, moment=said), 1) == said
    assert moment_of(QUESTION, 1_000_000_000) == datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)
    assert moment_of(QUESTION, 0) == NOW
    with pytest.raises(BadRequest):
        moment_of(replace(QUESTION, now=None), 0)


def test_what_was_not_told_to_be_trusted_is_unseen_and_an_empty_store_is_empty():
    assert trusted(None, observed()) is UNSEEN
    assert trusted([], observed()) == ()
    assert len(trusted([b"no certificate", *trust_of(*CASE)], observed())) == len(trust_of(*CASE))


def test_one_chain_beside_one_server_is_the_servers():
    chain = shown_chain("j8u212", "base-tls12")
    assert shown_beside(observed(chain)) is chain[0]
    assert shown_beside(observed(chain, shown_chain("j8u212", "pss-sha384-int"))) is None


def test_a_client_with_a_connection_is_judged_by_it_and_one_without_by_the_model():
    seen = observed()
    (handshake,) = seen.handshakes
    (client,) = load_client("java/8u212").members
    own = scene_of_own(QUESTION, handshake, "gadgets.example.test", seen)
    assert own.judge(client, own.flight, own.seen)[1].refusals[0].cause == "dh-key-too-small"
    cut = scene_of_own(replace(QUESTION, foretell=True), handshake, None, seen)
    assert cut.seen.reaction_frame is None
    lent = scene_of_others(QUESTION, [handshake], None, seen)
    assert lent.foretelling
    assert lent.judge(client, own.flight, None)[1].accepted is Accepted.NO
    assert lent.judge(client, lent.flight, None)[1].accepted is Accepted.CANNOT_TELL
