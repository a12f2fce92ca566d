"""Every recorded row that hangs on the server's certificates, judged by the recorded client's own rules."""

from collections import Counter

import pytest

from tests.oracle import recorded
from tests.pki.java_paths import (
    authentication_of,
    certificates,
    judged_rows,
    moment_of,
    rules_of,
    version_of,
)
from tlswhy.pki.paths import PathOutcome, judge_path

FROM_ELSEWHERE = {"ok", "hostname-mismatch"}


def judge(row: recorded.Row) -> PathOutcome:
    return judge_path(
        certificates(recorded.chain(row)),
        certificates(recorded.trust(row)),
        moment=moment_of(row),
        rules=rules_of(row["client"]),
        version=version_of(row),
        authentication=authentication_of(row),
    )


def wrong(row: recorded.Row) -> str | None:
    outcome = judge(row)
    got = "ok" if outcome.accepted else outcome.objections[0].fault
    right = outcome.accepted if row["label"] in FROM_ELSEWHERE else got in row["accept"]
    return None if right else f"{row['client']} {row['case']}: {got}, recorded {row['label']}"


@pytest.mark.parametrize("client", sorted({row["client"] for row in judged_rows()}))
def test_every_row_of_a_client_is_judged_as_it_went(client):
    rows = [row for row in judged_rows() if row["client"] == client]
    assert len(rows) > 100
    assert [complaint for row in rows if (complaint := wrong(row))] == []


def test_the_rows_cover_the_faults():
    labels = Counter(row["label"] for row in judged_rows())
    assert labels["ok"] > 1000
    assert len([label for label in labels if label not in FROM_ELSEWHERE]) >= 15
