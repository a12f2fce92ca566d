"""What several rooms' tests share: where the repository and the unpacked recordings are."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

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
