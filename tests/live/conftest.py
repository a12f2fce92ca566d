"""The Java runtimes of this machine, each found and asked once."""

import pytest

from tests.live.javas import JavaRuntime, java_programs, runtime
from tests.live.machine_java import MachineJava, judge_of


def _name(program: str) -> str:
    return program.removesuffix("/bin/java").rpartition("/")[2] or program


@pytest.fixture(scope="session", params=java_programs(), ids=_name)
def java(request) -> JavaRuntime:
    """A runtime and what it says of itself."""
    return runtime(request.param)


@pytest.fixture(scope="session")
def machine_java(java: JavaRuntime) -> MachineJava:
    """The same as a judge of chains."""
    return judge_of(java.program)
