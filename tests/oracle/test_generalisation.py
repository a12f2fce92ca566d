"""Each recorded runtime left out in turn: its rows judged by its nearest neighbour's profile, with its own hello."""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest

from tests.oracle import recorded
from tests.oracle.scoreboard import Answer, Scoreboard
from tests.oracle.test_other_client import evidence_of
from tlswhy.client.profiles import client_ids, load_client, release_line
from tlswhy.pki.stores import read_certificates

FLOOR = 0.97
STORY = sys.modules["tlswhy.diagnose"]


def neighbour(identifier: str) -> str:
    """The profile just below in its release line, else the one just above; variants of the same build do not count."""
    plain = identifier.partition("-")[0]
    line = [name for name in client_ids() if release_line(name) == release_line(identifier) and "+" not in name]
    others = [name for name in line if "-" not in name and name != plain] or [plain]
    position = line.index(identifier)
    below = [name for name in line[:position] if name in others]
    return below[-1] if below else others[0]


@pytest.mark.timeout(300)
@pytest.mark.parametrize("client", sorted({row["client"] for row in recorded.rows()}))
def test_a_neighbours_profile_serves_for_a_runtime_that_was_left_out(client: str, monkeypatch):
    identifier = recorded.client_id(client)
    stand_in = load_client(neighbour(identifier))
    members = tuple(replace(member, stands_for=identifier) for member in stand_in.members)
    monkeypatch.setattr(STORY, "load_client", lambda _: replace(stand_in, id=identifier, members=members))
    monkeypatch.setattr(sys.modules["tlswhy.client.choose"], "recognise", _nobody)
    scores = Scoreboard(f"{identifier} by {stand_in.id}")
    for row in recorded.rows():
        if row["client"] != client:
            continue
        trust = [entry.certificate.der for entry in read_certificates(recorded.trust(row))]
        evidence = evidence_of(row)
        report = STORY.diagnose(evidence, clients=[identifier], host=row["host"], trust=trust, foretell=True)
        verdict = report.diagnoses[0].verdict
        head = verdict.refusals[0] if verdict.refusals else None
        said = Answer(verdict.accepted.value, head.cause if head else None, head.candidates if head else ())
        scores.take(row, said, foretold=True)
    assert scores.share() >= FLOOR, scores.table()


def _nobody(hello, **_):
    """The recogniser must not know the one that was left out."""
    from tlswhy.client.recognise import Recognition

    return Recognition(None, (), exact=False)
