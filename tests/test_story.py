"""What every story needs: clients, one answer of many."""

from dataclasses import replace
from datetime import UTC, datetime

from tests.oracle import recorded
from tlswhy.client.profiles import load_client
from tlswhy.evidence.read import read_evidence
from tlswhy.evidence.types import Asked, Transcript
from tlswhy.judge import judge
from tlswhy.model.flight import NO_FLIGHT
from tlswhy.observe.connections import observe_all
from tlswhy.scene import Question
from tlswhy.situation import assumed_flight, situate
from tlswhy.source import source_of_bytes
from tlswhy.story import agreed, choices_for
from tlswhy.unseen import UNSEEN
from tlswhy.verdict import Accepted, Gap, Verdict

NOW = datetime(2027, 1, 1, tzinfo=UTC)
QUESTION = Question((), None, None, NOW, UNSEEN, False, False)


def test_named_clients_else_nobody_known():
    (unknown,) = choices_for(QUESTION, None)
    (named,) = choices_for(replace(QUESTION, clients=(load_client("java/8u212"),)), None)
    assert (unknown.id, unknown.how, named.id, named.how) == ("unknown", "assumed", "java/8u212", "named")


def test_answers_that_differ_are_none():
    client = load_client("java/8u212").members[0]
    flight = assumed_flight(client, (), ())
    situation = situate(client, flight, handshake=None, host=UNSEEN, moment=NOW, trust=(), foretelling=True)
    verdict = judge(situation)
    yes = (situation, replace(verdict, accepted=Accepted.YES, gaps=()))
    no = (situation, Verdict(Accepted.NO, (), ()))
    assert agreed([yes, yes], "own-capture")[1].accepted is Accepted.YES
    told = agreed([yes, no], "own-capture")[1]
    assert (told.accepted, told.gaps[0].needs) == (Accepted.CANNOT_TELL, "own-capture")


def test_what_decides_is_a_gap_once():
    client = load_client("java/8u212").members[0]
    situation = situate(client, NO_FLIGHT, handshake=None, host=UNSEEN, moment=NOW, trust=(), foretelling=True)
    open_too = Verdict(Accepted.CANNOT_TELL, (), (Gap("no-common-group", "own-capture"), Gap("cert-expired", "trust")))
    told = agreed([(situation, open_too), (situation, Verdict(Accepted.NO, (), ()))], "own-capture")[1]
    assert [gap.needs for gap in told.gaps] == ["own-capture", "trust"]


def test_a_hello_that_the_client_was_seen_to_send_is_its_own_when_we_send_it_again():
    """A client set up to offer less than its profile: what ``prove`` asks with."""
    row = recorded.row("j17.0.9", "base-tls12")
    (evidence,) = [
        each for each in read_evidence(source_of_bytes("c.pcap", recorded.capture(row))) if isinstance(each, Transcript)
    ]
    hello = observe_all([evidence]).handshakes[0].hello
    fewer = replace(hello, cipher_suites=hello.cipher_suites[:8])
    named = replace(QUESTION, clients=(load_client("java/17.0.9"),))
    asked = Asked("https://localhost", "localhost", 443)
    (as_anybody,) = choices_for(named, fewer, asked)
    (as_itself,) = choices_for(named, fewer, replace(asked, own_hello=True))
    assert (as_anybody.own_hello, as_itself.own_hello) == (False, True)
