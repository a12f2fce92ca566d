"""How far a handshake came where not all of it was captured; the recorded ones: test_handshake."""

from __future__ import annotations

import struct

from tests.oracle import recorded
from tests.properties.test_harmed_captures import packets_of
from tlswhy.evidence.capture import read
from tlswhy.evidence.types import Transcript
from tlswhy.model.handshake import Outcome
from tlswhy.observe.handshake import observe
from tlswhy.side import Side
from tlswhy.source import source_of_bytes
from tlswhy.unseen import UNSEEN
from tlswhy.wire.messages import EncryptedRecord


def without(row, packets: slice | None = None, *, asks: bool | None = None, snap: int = 1 << 16):
    """The connection without some of its packets, without one side's, or cut by a snap length."""
    capture = recorded.capture(row)
    kept = capture[:24]
    numbered = list(enumerate(packets_of(capture), 1))
    left_out = set() if packets is None else {number for number, _ in numbered[packets]}
    for number, (when, data, original) in numbered:
        to_server = int.from_bytes(data[36:38]) == row["port"]
        if number not in left_out and asks in (None, to_server):
            data = data[:snap]
            kept += when + struct.pack("<II", len(data), original) + data
    (only,) = (item for item in read(source_of_bytes("x", kept)) if isinstance(item, Transcript))
    return observe(only)


def test_an_end_breaks_off_only_what_surely_was_not_finished():
    """Both Finished may be among what was never captured; an alert that can be read shows that they are not."""
    good, refused = recorded.row("j8u212", "base-tls12"), recorded.row("j8u212", "dhe-768-tls12-aes128cbc")
    assert without(good).outcome is Outcome.COMPLETED
    assert without(good).unseen == frozenset()
    for harm, unseen in (({"asks": True}, {Side.SERVER}), ({"asks": False}, {Side.CLIENT}), ({"snap": 128}, set(Side))):
        seen = without(good, **harm)
        assert (seen.outcome, seen.unseen) == (Outcome.OPEN, unseen), harm
    assert without(refused, asks=True).outcome is Outcome.BROKEN  # the client's alert is there
    last = [told.frame for told in without(refused).alerts][-1]
    assert without(refused, slice(last - 1, last)).outcome is Outcome.BROKEN  # too little is missing for a Finished


def test_what_a_hole_may_hold_was_not_left_out_by_the_server():
    row = recorded.row("j8u212", "base-tls12")
    flight = without(row).certificates.frame
    seen = without(row, slice(flight - 1, flight))
    assert not seen.resumed
    assert seen.certificates is UNSEEN
    assert seen.certificate_request is UNSEEN


def test_what_is_lost_behind_the_flight_takes_nothing_from_it():
    """A packet of the data was not captured: that no client certificate was asked for is known all the same."""
    row = recorded.row("j8u212", "base-tls12")
    whole = without(row)
    data = [told.frame for told in whole.messages if isinstance(told.message, EncryptedRecord)]
    last = max(frame for frame in data if whole.server_hello.frame < frame)
    sent = [number for number, (_, packet, _) in enumerate(packets_of(recorded.capture(row)), 1) if number > last - 4]
    for number in sent:
        seen = without(row, slice(number - 1, number))
        assert seen.whole_flight
        assert seen.certificate_request is None
        assert seen.certificates == whole.certificates
