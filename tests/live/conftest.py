"""The Java runtimes of this machine, each found and asked once."""

import os

import pytest

from tests.live.javas import JavaRuntime, java_programs, runtime
from tests.live.machine_java import MachineJava, judge_of


def _name(program: str) -> str:
    return program.removesuffix("/bin/java").rpartition("/")[2] or program


@pytest.fixture(scope="session", params=java_programs(fetched=bool(os.environ.get("TLSWHY_ALL_CASES"))), ids=_name)
def java(request) -> JavaRuntime:
    """A runtime and what it says of itself; those that were fetched take as long again each, so in the longer run."""
    return runtime(request.param)


@pytest.fixture(scope="session", params=java_programs(), ids=_name)
def every_java(request) -> JavaRuntime:
    """The same for what is quickly asked: those that were fetched, too."""
    return runtime(request.param)


@pytest.fixture(scope="session")
def machine_java(java: JavaRuntime) -> MachineJava:
    """The same as a judge of chains."""
    return judge_of(java.program)
