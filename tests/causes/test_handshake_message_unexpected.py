"""What comes out of turn, and what of it only some clients mind: as real ones did before the same servers."""

from dataclasses import replace

import pytest

from tlswhy.causes.handshake_message_unexpected import MOST_EMPTY_RECORDS, arises, check
from tlswhy.model.flight import POSITIONS, Breach
from tlswhy.model.where import Where
from tlswhy.unseen import NotSeen

REFUSED_BY = {
    "java/11.0.13": ("before-answer",),
    "java/17.0.15": ("before-answer",),
    "java/25.0.2": ("before-answer",),
    "go/1.24": POSITIONS,
    "gnutls/3.7": POSITIONS,
    "nss/3.87": POSITIONS[1:],
    "openssl/3.0": (),
    "node/20.20.2": (),
    "python/3.11": (),
    "chromium/156": (),
}
PASS_EMPTY_RECORDS = {"java/11.0.13", "java/17.0.15", "nss/3.87", "openssl/3.0", "node/20.20.2", "python/3.11"}
PASS_EMPTY_RECORDS |= {"chromium/156"}


def breach(kind, position="after-certificate", *also):
    return Breach(kind, 0, Where("capture", "frame 6"), position, also)


def found(situation_of, client, breach):
    situation = situation_of("j17.0.9", "base-tls12", judged_for=client)
    situation = replace(situation, flight=replace(situation.flight, breach=breach))
    assert arises(situation)
    return [refusal.facts["kind"] for refusal in check(situation)]


@pytest.mark.parametrize("client", REFUSED_BY)
def test_a_hello_request_is_minded_where_the_real_client_did(situation_of, client):
    minded = [p for p in POSITIONS if found(situation_of, client, breach("hello-request", p))]
    assert tuple(minded) == REFUSED_BY[client]


@pytest.mark.parametrize("client", REFUSED_BY)
def test_an_empty_record_is_minded_by_some(situation_of, client):
    assert bool(found(situation_of, client, breach("empty-record"))) == (client not in PASS_EMPTY_RECORDS)


def test_the_first_that_is_minded_counts(situation_of):
    both = breach("hello-request", "before-answer", breach("empty-record", "before-certificate"))
    assert found(situation_of, "java/25.0.2", both) == ["hello-request"]
    assert found(situation_of, "nss/3.87", both) == []
    late = breach("hello-request", "after-certificate", breach("empty-record"))
    assert found(situation_of, "java/25.0.2", late) == ["empty-record"]


def test_what_nobody_has_seen_is_left_open(situation_of):
    many = breach("empty-record", "after-certificate", *[breach("empty-record")] * MOST_EMPTY_RECORDS)
    for client, one in (("java/8u212", breach("hello-request")), ("openssl/3.0", many)):
        with pytest.raises(NotSeen):
            found(situation_of, client, one)


def test_anything_else_out_of_turn_is_minded_by_all(situation_of):
    assert found(situation_of, "openssl/3.0", breach("repeated")) == ["repeated"]
