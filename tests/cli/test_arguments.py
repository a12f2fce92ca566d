"""Commands, options, help."""

import pytest

from tests.cli.command import tlswhy
from tlswhy.cli.arguments import COMMANDS
from tlswhy.render.ink import cells


@pytest.mark.parametrize("command", COMMANDS)
def test_every_help_has_examples_and_fits(command):
    done = tlswhy(command, "--help", env={"COLUMNS": "80"})
    assert done.returncode == 0
    assert "Examples:\n  tlswhy " in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_help_and_version():
    assert tlswhy("--help").stdout == tlswhy().stdout
    assert tlswhy("--version").stdout.startswith("tlswhy ")


@pytest.mark.parametrize("command", COMMANDS)
def test_help_in_chinese_fits_by_columns(command):
    done = tlswhy(command, "--help", "--lang", "zh-Hant", env={"COLUMNS": "80"})
    assert done.returncode == 0
    assert "範例：\n  tlswhy " in done.stdout
    options = done.stdout.partition("範例：")[0].splitlines()
    assert [line for line in options if cells(line) > 80 and not line.startswith("用法")] == []


def test_the_language_may_stand_before_the_command():
    assert tlswhy("--help", "--lang", "zh-Hant").stdout == tlswhy("--lang", "zh-Hant", "--help").stdout
    assert tlswhy("--lang", "zh-Hant", "causes").stdout == tlswhy("causes", "--lang", "zh-Hant").stdout
