"""The examples are real: each is a recorded connection, and says in its README what it shows."""

import re
import shlex
from pathlib import Path

import pytest

from tests.oracle import recorded
from tlswhy import cli

TAKEN_FROM = {
    "1-weak-dhe-group": ("j8u212", "story1-dhe-first-768"),
    "2-group-too-large": ("j8u51-unl", "dhe-3072-tls12-aes256cbc"),
    "3-pss-intermediate": ("j8u212", "pss-sha384-int"),
    "4-missing-intermediate": ("j17.0.9", "missing-int"),
    "5-healthy": ("j17.0.9", "base-tls12-13"),
}

SHOWS = {
    "1-weak-dhe-group": (1, "dh-key-too-small"),
    "2-group-too-large": (1, "dh-key-too-large"),
    "3-pss-intermediate": (1, "cert-signature-unsupported"),
    "4-missing-intermediate": (1, "chain-incomplete"),
    "5-healthy": (0, "java/17.0.9 accepts gadgets.example.test"),
}
"""Exit code, and what the text of the command in the README says."""


@pytest.mark.parametrize("name", SHOWS)
def test_the_command_in_the_readme_shows_it(
    repository: Path, name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    readme = (repository / "examples" / "README.md").read_text(encoding="utf-8")
    commands = re.findall(rf"^bin/tlswhy (explain examples/{name}/.*)$", readme, re.MULTILINE)
    assert len(commands) == 1
    monkeypatch.chdir(repository)
    monkeypatch.setenv("COLUMNS", "100")
    code = cli.run(shlex.split(commands[0]))
    shown = capsys.readouterr().out
    assert (code, SHOWS[name][1] in shown) == (SHOWS[name][0], True), shown


@pytest.mark.parametrize("name", TAKEN_FROM)
def test_an_example_is_a_recorded_connection(repository: Path, name: str):
    row = recorded.row(*TAKEN_FROM[name])
    folder = repository / "examples" / name
    assert (folder / "capture.pcap").read_bytes() == recorded.capture(row)
    assert (folder / "trust.pem").read_bytes() == recorded.trust(row)
    if (folder / "keys.txt").is_file():
        recorded_keys = recorded.keylog(row)
        assert recorded_keys is not None
        assert set((folder / "keys.txt").read_bytes().splitlines()) <= set(recorded_keys.splitlines())


def test_the_readme_tells_of_every_example(repository: Path):
    folders = {path.name for path in (repository / "examples").iterdir() if path.is_dir()}
    assert folders == set(TAKEN_FROM)
    told = (repository / "examples" / "README.md").read_text(encoding="utf-8")
    assert [name for name in sorted(folders) if f"examples/{name}/capture.pcap" not in told] == []
