"""One function: what is one story, which client, which moment, which trust."""

from datetime import UTC, datetime

import pytest

from tests.cases.retold import retold
from tests.oracle import recorded
from tests.packets.building import Talk
from tests.wire import tapped
from tlswhy.diagnose import diagnose
from tlswhy.errors import BadRequest
from tlswhy.evidence.read import read_evidence, read_trust
from tlswhy.evidence.types import ShownCertificates
from tlswhy.model.where import Where
from tlswhy.side import Side
from tlswhy.source import source_of_bytes
from tlswhy.verdict import Accepted

NOW = datetime(2026, 12, 1, tzinfo=UTC)


def captured(client: str, case: str):
    return list(read_evidence(source_of_bytes(f"{case}.pcap", recorded.capture(recorded.row(client, case)))))


def trust_of(client: str, case: str) -> list[bytes]:
    shown = read_trust(source_of_bytes("trust.pem", recorded.trust(recorded.row(client, case))))
    return [der for item in shown if isinstance(item, ShownCertificates) for der in item.ders]


def only(report):
    (diagnosis,) = report.diagnoses
    return diagnosis


def test_the_client_is_recognised_when_none_is_named():
    diagnosis = only(diagnose(captured("j8u212", "dhe-768-tls12-aes256cbc")))
    assert (diagnosis.client.how, diagnosis.verdict.accepted) == ("recognised", Accepted.NO)
    assert "java/8u212" in {diagnosis.client.id, *diagnosis.client.also}


def test_a_named_client_is_judged_and_two_are_two_diagnoses():
    named, trust = ["java/8u212", "java/8u504"], trust_of("j8u212", "pss-sha384-int")
    report = diagnose(captured("j8u212", "pss-sha384-int"), clients=named, trust=trust)
    assert [(d.client.id, d.client.how) for d in report.diagnoses] == [("java/8u212", "named"), ("java/8u504", "named")]
    assert report.diagnoses[0].verdict.refusals[0].cause == "cert-signature-unsupported"
    assert report.diagnoses[1].verdict.accepted is not Accepted.NO


def test_an_unknown_client_is_the_callers_mistake():
    with pytest.raises(BadRequest):
        diagnose(captured("j8u212", "base-tls12"), clients=["java/8u9999x"])


def test_connections_that_tell_the_same_story_are_one():
    report = diagnose(captured("j8u212", "dhe-768-tls12-aes256cbc") * 3)
    assert len(only(report).handshakes) == 3
    assert only(report).others == ()


def test_certificates_alone_are_judged_as_foretold():
    row = recorded.row("j8u212", "untrusted-root")
    chain = list(read_evidence(source_of_bytes("chain.pem", recorded.chain(row))))
    asked = {"clients": ["java/8u212"], "host": row["host"], "now": NOW, "trust": trust_of("j8u212", "untrusted-root")}
    refusal = only(diagnose(chain, **asked)).verdict.refusals[0]
    assert (refusal.cause, refusal.certainty) == ("trust-anchor-missing", "foretold")
    healthy = list(read_evidence(source_of_bytes("chain.pem", recorded.chain(recorded.row("j8u212", "base-tls12")))))
    asked["trust"] = trust_of("j8u212", "base-tls12")
    assert only(diagnose(healthy, **asked)).verdict.accepted is Accepted.YES


def test_trust_that_nobody_told_is_a_gap_and_an_empty_store_is_not():
    evidence = captured("j8u212", "base-tls12")
    unseen = only(diagnose(evidence, clients=["java/8u212"], foretell=True)).verdict
    empty = only(diagnose(evidence, clients=["java/8u212"], foretell=True, trust=[])).verdict
    assert (unseen.accepted, empty.accepted) == (Accepted.CANNOT_TELL, Accepted.NO)
    assert empty.refusals[0].cause == "trust-store-empty"


def test_the_moment_is_an_argument():
    evidence, trust = captured("j8u212", "base-tls12"), trust_of("j8u212", "base-tls12")
    asked = {"clients": ["java/8u212"], "foretell": True, "trust": trust}
    assert only(diagnose(evidence, **asked)).verdict.accepted is Accepted.YES
    late = only(diagnose(evidence, moment=datetime(2077, 1, 1, tzinfo=UTC), **asked))
    assert (late.moment.year, late.verdict.refusals[0].cause) == (2077, "cert-expired")


def test_certificates_without_any_moment_are_a_mistake_of_the_caller():
    chain = list(read_evidence(source_of_bytes("chain.pem", recorded.chain(recorded.row("j8u212", "base-tls12")))))
    with pytest.raises(BadRequest):
        diagnose(chain, clients=["java/8u212"])


def test_the_name_asked_for_can_be_another():
    evidence, trust = captured("j8u212", "base-tls12"), trust_of("j8u212", "base-tls12")
    other = only(diagnose(evidence, clients=["java/8u212"], host="other.example.test", trust=trust, foretell=True))
    assert (other.host, other.verdict.refusals[0].cause) == ("other.example.test", "hostname-mismatch")


def test_a_connection_that_never_reached_tls_counts_when_it_is_all_there_is():
    refused, healthy = captured("j8u212", "wire-closed-port"), captured("j8u212", "base-tls12")
    assert only(diagnose(refused)).verdict.refusals[0].cause == "tcp-refused"
    assert len(diagnose(refused + healthy).diagnoses) == 1


def test_evidence_in_another_order_gives_the_same_report():
    row = recorded.row("j17.0.9", "base-tls12-13")
    capture = captured("j17.0.9", "base-tls12-13")
    keys = list(read_evidence(source_of_bytes("keys.txt", recorded.keylog(row) or b"")))
    one, other = diagnose(capture + keys), diagnose(keys + capture)
    assert only(one).verdict == only(other).verdict
    assert only(one).handshakes == only(other).handshakes


def test_a_good_and_a_bad_connection_to_one_server_are_compared():
    """Two clients before the same case, which listens on the same port in both recordings."""
    bad, good = captured("j8u212", "pss-sha384-int"), captured("j8u504", "pss-sha384-int")
    report = diagnose(bad + good)
    refused = next(d for d in report.diagnoses if d.verdict.accepted is Accepted.NO)
    assert refused.comparison is not None
    assert "offered-schemes" in {name for name, _, _ in refused.comparison.differences}


def told_again(client: str, case: str, name: str = "again.pcap", **changes: object):
    return list(read_evidence(source_of_bytes(name, retold(recorded.row(client, case), **changes))))


def test_the_worst_story_is_the_diagnosis_and_the_others_stand_beside_it():
    """One server, one client: three good connections, two that broke off, one that the capture cuts."""
    good = captured("j8u212", "dhe-1024-tls12-aes256cbc") * 3
    alert = ["client 15 0303 0002 0228"]
    broken = told_again("j8u212", "dhe-1024-tls12-aes256cbc", turns=2, prime_bits=900, then=alert) * 2
    cut = told_again("j8u212", "dhe-1024-tls12-aes256cbc", turns=2)
    diagnosis = only(diagnose(good + cut + broken, clients=["java/8u212"]))
    assert (diagnosis.verdict.accepted, diagnosis.verdict.refusals[0].cause) == (Accepted.NO, "dh-key-too-small")
    assert [handshake.item for handshake in diagnosis.handshakes] == ["again.pcap"] * 2
    assert [(other.verdict.accepted, len(other.handshakes)) for other in diagnosis.others] == [
        (Accepted.CANNOT_TELL, 1),
        (Accepted.YES, 3),
    ]
    assert diagnosis.comparison is not None
    assert ("dh-bits", 900, 1024) in diagnosis.comparison.differences


def test_of_two_reasons_the_commoner_one_is_the_diagnosis():
    alerts = {"small": (["client 15 0303 0002 0228"], 900), "large": (["client 15 0303 0002 0250"], 1001)}
    rare, common = (
        told_again("j8u51-unl", "dhe-1024-tls12-aes256cbc", name, turns=2, then=then, prime_bits=bits)
        for name, (then, bits) in alerts.items()
    )
    strict = only(diagnose(rare + common * 2, clients=["java/8u51-unlimited"]))
    assert [handshake.item for handshake in strict.handshakes] == ["large", "large"]
    assert [other.handshakes[0].item for other in strict.others] == ["small"]


def test_another_server_or_another_name_is_another_diagnosis():
    """Two ports are two servers; the same server asked for under two names is two stories."""
    row = recorded.row("j8u212", "base-tls12")
    renamed = recorded.capture(row).replace(b"gadgets.example.test", b"widgets.example.test")
    evidence = captured("j8u212", "dhe-1024-tls12-aes256cbc") + captured("j8u212", "base-tls12")
    evidence += read_evidence(source_of_bytes("renamed.pcap", renamed))
    elsewhere = f"127.0.0.1:{recorded.row('j8u212', 'dhe-1024-tls12-aes256cbc')['port']}"
    asked = {(diagnosis.server, diagnosis.host) for diagnosis in diagnose(evidence, clients=["java/8u212"]).diagnoses}
    assert asked == {
        (elsewhere, "gadgets.example.test"),
        ("127.0.0.1:21000", "gadgets.example.test"),
        ("127.0.0.1:21000", "widgets.example.test"),
    }
    named = diagnose(evidence, clients=["java/8u212"], host="gadgets.example.test")
    assert {diagnosis.server: len(diagnosis.handshakes) for diagnosis in named.diagnoses} == {
        elsewhere: 1,
        "127.0.0.1:21000": 2,
    }


def test_the_display_filter_shows_this_connection_and_no_other():
    row = recorded.row("j8u212", "dhe-768-tls12-aes256cbc")
    diagnosis = only(diagnose(captured("j8u212", "dhe-768-tls12-aes256cbc")))
    client = diagnosis.handshakes[0].client
    assert diagnosis.display_filter == (
        f"ip.addr == 127.0.0.1 && tcp.port == {client.port} && tcp.port == {row['port']}"
    )


def test_ipv6_is_written_as_each_reader_wants_it():
    row = recorded.row("j8u212", "dhe-768-tls12-aes256cbc")
    talk = Talk(client="fd00::1", server="fd00::2").open()
    for sender, data in tapped.turns(recorded.capture(row), row["port"]):
        (talk.client_sends if sender is Side.CLIENT else talk.server_sends)(data)
    diagnosis = only(diagnose(list(read_evidence(source_of_bytes("six.pcap", talk.close().captured())))))
    assert diagnosis.server == "[fd00::2]:443"
    assert diagnosis.display_filter.startswith("ipv6.addr == fd00::1 && ipv6.addr == fd00::2 && tcp.port == 40000")


def test_no_evidence_is_no_diagnosis_and_a_capture_without_tls_says_what_is_in_it():
    assert diagnose([]).diagnoses == ()
    talk = Talk().open()
    talk.client_sends(b"GET / HTTP/1.1\r\n\r\n").server_sends(b"HTTP/1.1 200 OK\r\n\r\n")
    report = diagnose(list(read_evidence(source_of_bytes("plain.pcap", talk.close().captured()))))
    assert report.diagnoses == ()
    assert [facts["packets"] for facts in report.capture_facts] == [len(talk.frames)]


def test_two_captures_of_one_connection_are_told_once():
    """The same packets captured at both ends: one story with all its places."""
    here, there = (
        list(read_evidence(source_of_bytes(name, recorded.capture(recorded.row("j8u212", "pss-sha384-int")))))
        for name in ("client-side.pcap", "server-side.pcap")
    )
    assert [handshake.item for handshake in only(diagnose(here + there)).handshakes] == [
        "client-side.pcap",
        "server-side.pcap",
    ]


def shown_chain(client: str, case: str):
    return list(read_evidence(source_of_bytes("chain.pem", recorded.chain(recorded.row(client, case)))))


@pytest.mark.parametrize("case", ["rsa-512-root", "untrusted-root-samename"])
def test_a_trusted_root_at_fault_is_found_where_it_stands(case):
    """Too small a key, and a root of the same name: the store is where somebody has to look."""
    (ders,) = [shown.ders for shown in read_trust(source_of_bytes("store.pem", trusted_text(case)))]
    at = {der: Where("store.pem", f"line {number}") for number, der in enumerate(ders, 1)}
    diagnosis = only(diagnose(captured("j17.0.9", case), trust=list(ders), trusted_at=at))
    head = diagnosis.verdict.refusals[0]
    assert isinstance(head.facts["anchor"], int)
    assert at[ders[head.facts["anchor"]]] in head.where
    without = only(diagnose(captured("j17.0.9", case), trust=list(ders)))
    assert at[ders[head.facts["anchor"]]] not in without.verdict.refusals[0].where


def trusted_text(case: str) -> bytes:
    return recorded.trust(recorded.row("j17.0.9", case))
