"""The JDK of this machine, found once."""

import pytest

from tests.live.machine_java import MachineJava, find_machine_java


@pytest.fixture(scope="session")
def machine_java() -> MachineJava:
    """Skips where there is no JDK."""
    return find_machine_java()
