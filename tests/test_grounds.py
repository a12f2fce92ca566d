"""What causes share: objections against the chain, whose alert it was, places, sources, what is missing."""

from dataclasses import replace

import pytest

from tests.cases.retold import handshake
from tlswhy.grounds import (
    alert_order,
    alert_place,
    bare_refusal,
    chain_refusals,
    client_alert,
    hello_place,
    rule_sources,
    server_alert,
    why_no_chain,
)
from tlswhy.judge import judge
from tlswhy.model.client import Source
from tlswhy.model.flight import NO_FLIGHT
from tlswhy.model.where import Where
from tlswhy.observe.flight import flight_of
from tlswhy.pki.paths import PathObjection, PathOutcome, TriedPath
from tlswhy.unseen import UNSEEN, NotSeen
from tlswhy.verdict import Stage

BARE = ("j8u212", "suite-rc4-rsa")


def objecting(situation, accepted: bool | None, *objections: PathObjection):
    tried = (TriedPath((0, 1), None, objections[0] if objections else None),)
    return replace(situation, path=PathOutcome(accepted, objections, None, tried))


def test_an_objection_becomes_a_refusal_with_its_place_its_subject_and_the_near_misses(situation_of):
    situation = situation_of("j8u212", "base-tls12")
    expired = PathObjection("cert-expired", 1, None, {"until": "2020"}, "BasicChecker.verifyValidity")
    other = PathObjection("trust-anchor-missing", None)
    (refusal,) = chain_refusals(objecting(situation, False, other, expired), "cert-expired")
    assert (refusal.cause, refusal.stage, refusal.order) == ("cert-expired", Stage.CHAIN, 1)
    assert refusal.facts["until"] == "2020"
    assert refusal.facts["rule"] == "BasicChecker.verifyValidity"
    assert (refusal.facts["certificate"], str(refusal.facts["subject"])[:20]) == (1, "CN=Oracle Issuing CA")
    assert refusal.where == (Where("capture.pcap", "certificate 1"), Where("capture.pcap", "frame 6"))
    assert refusal.near_misses == ({"certificates": (0, 1), "anchor": None, "fault": "trust-anchor-missing"},)


def test_an_objection_to_no_certificate_stands_where_the_chain_does(situation_of):
    situation = objecting(situation_of("j8u212", "base-tls12"), False, PathObjection("trust-store-empty", None))
    (refusal,) = chain_refusals(situation, "trust-store-empty")
    assert refusal.where == (Where("capture.pcap", "frame 6"),)
    assert "certificate" not in refusal.facts


def test_a_chain_without_objections_is_no_refusal_and_without_trust_a_gap(situation_of):
    situation = situation_of("j8u212", "base-tls12")
    assert list(chain_refusals(objecting(situation, True), "cert-expired")) == []
    with pytest.raises(NotSeen, match="trust"):
        list(chain_refusals(objecting(situation, None), "cert-expired"))


def test_what_trust_could_still_heal_is_no_refusal_yet(situation_of):
    """An expired self-signed certificate is accepted by a client that trusts it itself."""
    expired = PathObjection("cert-expired", 0)
    with pytest.raises(NotSeen, match="trust"):
        list(chain_refusals(objecting(situation_of("j8u212", "base-tls12"), None, expired), "cert-expired"))


def test_a_server_that_sends_no_certificates_gives_no_reason_to_object(situation_of):
    situation = situation_of("j8u212", "base-tls12")
    without = replace(situation, flight=replace(situation.flight, chain=None), path=UNSEEN)
    assert list(chain_refusals(without, "cert-expired")) == []


@pytest.mark.parametrize(
    ("client", "case", "changes", "needs"),
    [
        ("j8u212", "wire-rst", {}, "server-flight"),
        ("j17.0.9", "base-tls12-13", {"keys": False}, "keys"),
        ("j8u212", "base-tls12", {}, "server-certificates"),
    ],
    ids=["no answer", "TLS 1.3 without keys", "TLS 1.2, lost on the way"],
)
def test_what_would_show_the_chain(situation_of, client: str, case: str, changes: dict[str, object], needs: str):
    flight = replace(flight_of(handshake(client, case, **changes)), chain=UNSEEN)
    situation = replace(situation_of(client, case), flight=flight, path=UNSEEN)
    assert why_no_chain(situation) == needs
    with pytest.raises(NotSeen, match=needs):
        list(chain_refusals(situation, "cert-expired"))


def test_tls13_that_was_opened_and_broke_off_lacks_no_keys(situation_of):
    """Decrypted as far as it goes: keys would show no more."""
    seen = handshake("j17.0.9", "base-tls12-13")
    opened = replace(seen, certificates=UNSEEN)
    assert flight_of(opened).missing == "server-flight"
    assert flight_of(handshake("j17.0.9", "base-tls12-13", keys=False)).missing == "keys"


def test_alerts_are_told_by_their_sender(situation_of):
    by_client, by_server = situation_of("j8u212", "dhe-768-tls12-aes256cbc"), situation_of(*BARE)
    told = client_alert(by_client)
    assert told is not None
    assert (told.message.description, server_alert(by_client)) == (40, None)
    refused = server_alert(by_server)
    assert refused is not None
    assert (refused.message.description, client_alert(by_server)) == (40, None)
    assert alert_place(by_server, refused) == (Where("capture.pcap", f"frame {refused.frame}"),)


def test_a_warning_ends_nothing_but_close_notify_does(situation_of):
    assert server_alert(situation_of("j8u212", "wire-sni-warning")) is None
    closed = server_alert(situation_of("j8u212", "wire-alert-close-notify"))
    assert closed is not None
    assert (closed.message.level, closed.message.description) == (1, 0)


def test_a_refusal_is_bare_where_the_alert_is_all_there_is(situation_of):
    assert bare_refusal(situation_of(*BARE)) is not None
    assert bare_refusal(situation_of("j8u212", "wire-alert-close-notify")) is None
    after_the_flight = situation_of("j8u212", "clientauth-required-tls12")
    assert server_alert(after_the_flight) is not None
    assert bare_refusal(after_the_flight) is None


def test_without_a_handshake_there_are_no_alerts_and_no_places(situation_of):
    nobody = replace(situation_of(*BARE), handshake=None, flight=NO_FLIGHT)
    assert [server_alert(nobody), client_alert(nobody), bare_refusal(nobody)] == [None] * 3
    assert hello_place(nobody) == ()


def test_the_hello_has_a_place(situation_of):
    assert hello_place(situation_of(*BARE)) == (Where("capture.pcap", "frame 4"),)


def test_a_rule_names_the_first_source_of_each_kind(situation_of):
    situation = situation_of(*BARE)
    nearest, farther, other = Source("measured", "near"), Source("measured", "far"), Source("source-code", "class")
    client = replace(situation.client, sources=(nearest, farther, other))
    assert rule_sources(replace(situation, client=client)) == (nearest, other)


@pytest.mark.parametrize("together", [False, True])
def test_of_two_alerts_the_first_counts_even_in_one_frame(situation_of, together):
    """A warning by which Java breaks off, and the fatal alert behind it."""
    situation = situation_of("j8u212", "wire-sni-warning")
    handshake = situation.handshake
    if together:
        first = handshake.alerts[0].frame
        alerts = tuple(replace(alert, frame=first) for alert in handshake.alerts)
        situation = replace(situation, handshake=replace(handshake, alerts=alerts))
    alerts = situation.handshake.alerts
    assert [alert_order(situation, alert) for alert in alerts] == [*range(1, 1 + len(alerts))]
    assert judge(situation).refusals[0].cause == "sni-unrecognized"
