"""Commands, options, help."""

import pytest

from tests.cli.command import tlswhy
from tlswhy.cli.arguments import COMMANDS


@pytest.mark.parametrize("command", COMMANDS)
def test_every_help_has_examples_and_fits(command):
    done = tlswhy(command, "--help", env={"COLUMNS": "80"})
    assert done.returncode == 0
    assert "Examples:\n  tlswhy " in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_help_and_version():
    assert tlswhy("--help").stdout == tlswhy().stdout
    assert tlswhy("--version").stdout.startswith("tlswhy ")
