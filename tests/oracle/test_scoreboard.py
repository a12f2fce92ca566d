"""Every recorded row of a real Java client, judged through the public API, against what really happened.

Two boards: as recorded (the outcome is in the capture) and foretold (the client's reaction is left out). The floors may
only rise. ``pytest -s tests/oracle/test_scoreboard.py`` prints the boards; they are also printed when a floor breaks.
"""

from __future__ import annotations

import pytest

from tests.oracle import recorded
from tests.oracle.scoreboard import Answer, Scoreboard
from tlswhy import diagnose, read_evidence, source_of_bytes
from tlswhy.evidence.types import Secrets
from tlswhy.pki.stores import read_certificates

RECORDED_FLOOR = 1.0
RECORDED_HEADLINE_FLOOR = 1.0
FORETOLD_FLOOR = 1.0
FORETOLD_HEADLINE_FLOOR = 1.0


def answer(row, *, foretell: bool, named: bool = True) -> Answer:
    """What the product says of a row: capture, trust file, host, key log, and the client's name."""
    evidence = []
    keys = recorded.keylog(row)
    if keys is not None:
        evidence.append(Secrets("keylog.txt", keys.decode()))
    evidence += read_evidence(source_of_bytes(row["pcap"], recorded.capture(row)))
    report = diagnose(
        evidence,
        clients=[recorded.client_id(row["client"])] if named else (),
        host=row["host"],
        trust=[entry.certificate.der for entry in read_certificates(recorded.trust(row))],
        foretell=foretell,
    )
    (diagnosis,) = report.diagnoses
    verdict = diagnosis.verdict
    crashed = [gap for gap in verdict.gaps if gap.needs == "cause-crashed"]
    assert not crashed, (row["client"], row["case"], crashed)
    head = verdict.refusals[0] if verdict.refusals else None
    return Answer(verdict.accepted.value, head.cause if head else None, head.candidates if head else ())


def board(title: str, *, foretell: bool) -> Scoreboard:
    scores = Scoreboard(title)
    for row in recorded.rows():
        scores.take(row, answer(row, foretell=foretell), foretold=foretell)
    print(scores.table())
    return scores


@pytest.mark.timeout(300)
def test_as_recorded():
    scores = board("as recorded", foretell=False)
    assert scores.wrong_accepted == 0
    assert scores.share() >= RECORDED_FLOOR
    assert scores.headline_share() >= RECORDED_HEADLINE_FLOOR


@pytest.mark.timeout(300)
def test_foretold():
    scores = board("foretold", foretell=True)
    assert scores.wrong_accepted == 0
    assert scores.share() >= FORETOLD_FLOOR
    assert scores.headline_share() >= FORETOLD_HEADLINE_FLOOR


@pytest.mark.timeout(300)
def test_a_client_that_is_not_named_is_recognised_and_judged_alike():
    """Without a name the verdict must not become an unfounded "accepted"; look-alikes may make it cannot-tell."""
    scores = Scoreboard("foretold, client not named")
    for row in recorded.rows()[::5]:
        scores.take(row, answer(row, foretell=True, named=False), foretold=True)
    print(scores.table())
    assert scores.wrong_accepted == 0
    assert scores.share() >= 0.99
