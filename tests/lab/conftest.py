"""The whole lab, started once for these tests."""

from datetime import UTC, datetime

import pytest

from tlswhy.lab.cases import all_cases
from tlswhy.lab.servers import Lab


@pytest.fixture(scope="session")
def moment():
    """Now: real clients judge by their own clock."""
    return datetime.now(UTC)  # noqa: TID251 - the judges' clocks can't be set


@pytest.fixture(scope="session")
def zoo(tmp_path_factory, moment):
    """Every case, running, by its ID."""
    with Lab(tmp_path_factory.mktemp("lab"), moment) as lab:
        yield {running.case.id: running for running in lab.start(all_cases())}
