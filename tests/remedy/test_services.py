"""Has the service read the trust store as it is? From listings of the nodes and the dates of what is trusted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives.serialization import Encoding

from tests.pki.minting import mint, name
from tlswhy.evidence.types import NodeStatus, Service
from tlswhy.model.where import Where
from tlswhy.pki.certificate import read_certificate
from tlswhy.remedy.services import service_notes
from tlswhy.unseen import UNSEEN

FINESSE = "Cisco Finesse Tomcat"
PLACE = Where("list.txt", "line 8")
ROOT = read_certificate(mint(name("Root")).public_bytes(Encoding.DER))
NOW = ROOT.not_before + timedelta(days=10)


def node(state="STARTED", *, started="", up=None, **told) -> NodeStatus:
    return NodeStatus("list.txt", (PLACE,), (Service(FINESSE, state, "", PLACE, started, up),), **told)


def codes(*nodes, trust=(ROOT,), moment=NOW) -> list[str]:
    return [note.code for note in service_notes(nodes, FINESSE, trust, moment)]


def test_a_service_older_than_a_trusted_certificate_has_never_read_it():
    (note,) = service_notes([node(up=30 * 86400, name="fin1")], FINESSE, (ROOT,), NOW)
    assert note.code == "restart-due"
    assert note.certificate == "CN=Root"
    assert note.since == NOW - timedelta(days=30)
    assert (note.node, note.where) == ("fin1", (PLACE,))


def test_started_after_it_nobody_can_tell_from_before():
    assert codes(node(up=5 * 86400)) == ["since"]
    assert codes(node(up=30 * 86400), trust=UNSEEN) == ["since"]
    assert codes(node(up=10 * 86400 + 3600)) == ["since"]  # within what a time zone makes
    assert codes(node()) == ["since-unknown"]
    assert codes(node(started="no date")) == ["since-unknown"]
    assert codes(node(up=10**15)) == ["since-unknown"]


def test_the_date_of_control_center_counts():
    day = (ROOT.not_before - timedelta(days=3)).strftime("%a %b %d %H:%M:%S %Y")
    assert codes(node(started=day)) == ["restart-due"]
    # what will only be valid later can't have been meant
    assert codes(node(started=day), moment=ROOT.not_before - timedelta(days=1)) == ["since"]


def test_the_primary_comes_first_and_nodes_that_were_not_shown_are_named():
    secondary = node("STOPPED", name="fin2", primary=False)
    primary = node(up=60, name="fin1", primary=True, others=("fin1.example", "fin2.example", "fin3.example"))
    notes = service_notes([secondary, primary], FINESSE, (ROOT,), NOW)
    assert [(note.code, note.node) for note in notes] == [
        ("since", "fin1"),
        ("not-running", "fin2"),
        ("node-not-shown", "fin3.example"),
    ]


def test_without_a_listing_nothing_is_said():
    assert service_notes([], FINESSE, (ROOT,), datetime(2026, 1, 1, tzinfo=UTC)) == ()
    assert service_notes([NodeStatus("v.txt", (PLACE,), version="11.6")], FINESSE, (ROOT,), NOW) == ()
    assert service_notes([node()], "", (ROOT,), NOW) == ()
