"""A log and a capture of the same connection are one handshake with both places."""

from datetime import UTC, datetime

from tests.evidence import java8_log
from tests.oracle import recorded
from tlswhy.diagnose import diagnose
from tlswhy.evidence.read import read_evidence
from tlswhy.observe.connections import observe_all
from tlswhy.observe.twins import joined, random_of
from tlswhy.source import source_of_bytes

MOMENT = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
ROW = recorded.row("j8u212", "dhe-768-tls12-aes128cbc")


def capture(row=ROW):
    return list(read_evidence(source_of_bytes("refused.pcap", recorded.capture(row))))


def log(row=ROW):
    (seen,) = (h for h in observe_all(capture(row)).handshakes if h.hello is not None)
    text = "\n".join(java8_log.printed(seen))
    return list(read_evidence(source_of_bytes("debug.log", text.encode())))


def test_joined_by_the_client_s_random():
    observed = observe_all([*log(), *capture()])
    (both,) = (handshake for handshake in observed.handshakes if handshake.hello is not None)
    (twin,) = both.twins
    assert (both.counted, twin.counted, both.item, twin.item) == ("frame", "line", "refused.pcap", "debug.log")
    assert random_of(both) == random_of(twin)


def test_other_connections_stay_apart():
    other = recorded.row("j8u212", "dhe-1536-tls12-aes128cbc")
    observed = observe_all([*log(), *capture(other)])
    assert all(handshake.twins == () for handshake in observed.handshakes)
    assert joined([]) == []


def test_both_places_are_cited_in_whatever_order():
    reports = [diagnose(evidence, now=MOMENT) for evidence in ([*capture(), *log()], [*log(), *capture()])]
    for report in reports:
        (diagnosis,) = report.diagnoses
        head = diagnosis.verdict.refusals[0]
        items = {where.item: where.place.partition(" ")[0] for where in head.where}
        assert (head.cause, items) == ("dh-key-too-small", {"refused.pcap": "frame", "debug.log": "line"})
        assert diagnosis.server is not None
    heads = [report.diagnoses[0].verdict.refusals[0] for report in reports]
    assert set(heads[0].where) == set(heads[1].where)
    assert heads[0].certainty == heads[1].certainty
