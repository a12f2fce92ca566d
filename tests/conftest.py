"""What several rooms' tests share: where the repository and the unpacked recordings are."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.oracle import recorded
from tlswhy.diagnose import diagnose
from tlswhy.evidence.read import read_evidence
from tlswhy.situation import Situation
from tlswhy.source import source_of_bytes

REPOSITORY = Path(__file__).resolve().parent.parent

# A shared two-core machine is slow at times: a deadline measures the machine, pytest's timeout catches the hang.
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")


@pytest.fixture(scope="session")
def repository() -> Path:
    """The checkout, for tests that read examples, tables or the project's own files."""
    return REPOSITORY


@pytest.fixture(scope="session")
def recordings() -> Path:
    """The recordings as they came, beside the repository; most tests want `tests.oracle.recorded` instead."""
    root = REPOSITORY.parent / "shared" / "oracle"
    if not root.is_dir():
        pytest.skip("no ../shared/oracle beside this checkout; the packed rows in tests/oracle stand for it")
    return root


@pytest.fixture(scope="session")
def situation_of() -> Callable[..., Situation]:
    """The situation of a recorded connection: ``situation_of(recorded client, case, judged for=…)``."""

    def situation(client: str, case: str, judged_for: str | None = None) -> Situation:
        row = recorded.row(client, case)
        evidence = read_evidence(source_of_bytes("capture.pcap", recorded.capture(row)))
        named = judged_for or recorded.client_id(client)
        return diagnose(evidence, clients=[named], host=row["host"]).diagnoses[0].situation

    return situation
