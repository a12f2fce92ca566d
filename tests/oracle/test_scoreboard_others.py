"""Every recorded row of a client that is not Java, judged through the public API, against what really happened.

The boards and floors of test_scoreboard.py, for Node, Python, curl, Go, GnuTLS and NSS.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from tests.oracle import recorded
from tests.oracle.scoreboard import Scoreboard
from tests.oracle.test_scoreboard import answer

RECORDED_FLOOR = 1.0
RECORDED_HEADLINE_FLOOR = 1.0
FORETOLD_FLOOR = 1.0
FORETOLD_HEADLINE_FLOOR = 1.0


CERTIFICATE_REQUEST = 13


@cache
def ask_for_a_client_certificate() -> frozenset[str]:
    """Cases of the Java rows whose server does; without the client's reaction nobody can tell whether it insists."""
    return frozenset(row["case"] for row in recorded.rows() if row["cut_undecidable"])


def undecidable(row: dict[str, Any]) -> bool:
    """The flag that rows of the Java clients carry."""
    asked = CERTIFICATE_REQUEST in row["wire"].get("server_handshake_types", ())
    asked = asked or row["case"] in ask_for_a_client_certificate()
    return asked and row["label"] in {"ok", "client-cert-required"}


def board(title: str, *, foretell: bool) -> Scoreboard:
    scores = Scoreboard(title)
    for row in recorded.other_rows():
        scores.take(row | {"cut_undecidable": undecidable(row)}, answer(row, foretell=foretell), foretold=foretell)
    print(scores.table())
    return scores


@pytest.mark.timeout(300)
def test_as_recorded():
    scores = board("others, as recorded", foretell=False)
    assert scores.wrong_accepted == 0
    assert scores.share() >= RECORDED_FLOOR
    assert scores.headline_share() >= RECORDED_HEADLINE_FLOOR


@pytest.mark.timeout(300)
def test_foretold():
    scores = board("others, foretold", foretell=True)
    assert scores.wrong_accepted == 0
    assert scores.share() >= FORETOLD_FLOOR
    assert scores.headline_share() >= FORETOLD_HEADLINE_FLOOR
