"""Situations of recorded connections, for causes without a recorded row: a test changes one fact and judges anew."""

from collections.abc import Callable

import pytest

from tests.oracle import recorded
from tlswhy.diagnose import diagnose
from tlswhy.evidence.read import read_evidence
from tlswhy.situation import Situation
from tlswhy.source import source_of_bytes

SituationOf = Callable[..., Situation]


@pytest.fixture(scope="session")
def situation_of() -> SituationOf:
    """The situation of a recorded connection: ``situation_of(recorded client, case, judged for=…)``."""

    def situation(client: str, case: str, judged_for: str | None = None) -> Situation:
        row = recorded.row(client, case)
        evidence = read_evidence(source_of_bytes("capture.pcap", recorded.capture(row)))
        named = judged_for or recorded.client_id(client)
        return diagnose(evidence, clients=[named], host=row["host"]).diagnoses[0].situation

    return situation
