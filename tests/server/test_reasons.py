"""Why a server refused: recorded refusals, explained by what the same server answered to others."""

from __future__ import annotations

import os
from collections import defaultdict

from tests.oracle import recorded
from tests.oracle.test_other_client import evidence_of
from tests.server.keys import identity
from tlswhy import diagnose
from tlswhy.client.profiles import load_client
from tlswhy.model.client import Offer
from tlswhy.model.server import Observation
from tlswhy.model.settings import ServerSettings
from tlswhy.server.answer import answer
from tlswhy.server.reasons import why_refused
from tlswhy.verdict import Certainty

DECIDED_FLOOR = 0.6
OLD, NEW = (load_client(name).members[0].offer for name in ("java/8u212", "java/17.0.9"))


def observation(offer: Offer, settings: ServerSettings) -> Observation:
    flight = answer(offer, settings)
    return Observation(offer, "server.example.test", None if flight.refused else flight, flight.alert, ())


def test_a_recorded_refusal_is_explained_rightly_or_left_open():
    """Four others at most stand beside each; every fifth refusal unless TLSWHY_ALL_CASES=1."""
    by_case = defaultdict(list)
    for row in recorded.rows():
        by_case[row["case"]].append(row)
    refusals = [row for row in recorded.rows() if row["bare_refusal"]]
    asked = decided = 0
    wrong = []
    for row in refusals if os.environ.get("TLSWHY_ALL_CASES") else refusals[::5]:
        others = [other for other in by_case[row["case"]] if other["wire"].get("server_suite")][:4]
        if not others:
            continue
        evidence = evidence_of(row) + [item for other in others for item in evidence_of(other)]
        client = recorded.client_id(row["client"])
        verdict = diagnose(evidence, clients=[client], host=row["host"]).diagnoses[0].verdict
        head = verdict.refusals[0]
        asked += 1
        if head.cause == "server-alert":
            assert row["label"] in head.candidates
            continue
        decided += 1
        assert head.by == "server"
        assert head.certainty is Certainty.AGREES
        if head.cause not in row["accept"]:
            wrong.append((row["client"], row["case"], head.cause, row["accept"]))
    assert wrong == []
    assert decided >= DECIDED_FLOOR * asked, (decided, asked)


def test_no_chain_for_this_client():
    """OpenSSL sends no leaf that signature_algorithms_cert does not list; who lists nothing gets it."""
    server = ServerSettings(software="openssl/3.0", chains=(identity("rsa-by-md5").served,), security_level=0)
    seen = observation(OLD, server)
    assert seen.flight is not None
    assert why_refused(NEW, 40, [seen]) == "no-common-signature-algorithm"


def test_a_suite_that_is_not_offered():
    server = ServerSettings(
        software="openssl/3.0", chains=(identity("rsa-2048").served,), suites=(0xCCA8,), versions=(0x0303,)
    )
    seen = observation(NEW, server)
    assert why_refused(OLD, 40, [seen]) == "no-common-cipher"


def test_without_an_answer_to_anybody_nothing_is_explained():
    assert why_refused(OLD, 40, []) is None
    assert why_refused(OLD, 40, [Observation(NEW, None, None, 40, ())]) is None


def test_an_alert_that_no_model_sends_then_explains_nothing():
    server = ServerSettings(
        software="openssl/3.0", chains=(identity("rsa-2048").served,), suites=(0xCCA8,), versions=(0x0303,)
    )
    assert why_refused(OLD, 49, [observation(NEW, server)]) is None
