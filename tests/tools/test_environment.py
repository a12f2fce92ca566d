"""The environment of the two commands: made once, made again only when pip would do something else."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SHELL_PATH = os.defpath + os.pathsep + str(Path(sys.executable).resolve().parent)


@pytest.fixture
def checkout(repository: Path, tmp_path: Path) -> Path:
    """A checkout with an environment that looks made; its Python tells how it was called, and its pip fails."""
    copy = tmp_path / "checkout"
    for part in ("bin", "tools"):
        shutil.copytree(repository / part, copy / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(repository / "pyproject.toml", copy)
    python = copy / ".venv" / "bin" / "python"
    _script(python, 'case "$*" in *install*) echo "ERROR: no such package" >&2; exit 1;; esac; echo "python $@"')
    (copy / ".venv" / "tlswhy-checkout").write_text(f"{copy}\n")
    for kind in ("runtime", "dev"):
        shutil.copy(repository / "pyproject.toml", copy / ".venv" / f"tlswhy-{kind}")
    return copy


def run(
    command: Path, *arguments: str, cwd: Path | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    surroundings = {"PATH": SHELL_PATH, "HOME": str(command.parent), **environment}
    called = [str(command), *arguments]
    return subprocess.run(called, cwd=cwd, env=surroundings, capture_output=True, text=True, check=False, timeout=120)


def test_a_made_environment_runs_at_once(checkout: Path):
    ran = run(checkout / "bin" / "tlswhy", "explain", "a file.pcap")
    assert (ran.stdout, ran.stderr, ran.returncode) == ("python -P -m tlswhy explain a file.pcap\n", "", 0)


def test_it_runs_from_anywhere_and_through_links(checkout: Path, tmp_path: Path):
    link = tmp_path / "somewhere" / "tlswhy"
    link.parent.mkdir()
    link.symlink_to(os.path.relpath(checkout / "bin" / "tlswhy", link.parent))
    assert run(link, "causes", cwd=link.parent).stdout == "python -P -m tlswhy causes\n"


def test_byte_code_is_kept_even_where_the_surroundings_say_not_to(checkout: Path):
    """Else every cold start compiles the program anew: bench/cold.py shows 16 bare Pythons in place of 10."""
    _script(checkout / ".venv" / "bin" / "python", 'echo "${PYTHONDONTWRITEBYTECODE-kept}"')
    assert run(checkout / "bin" / "tlswhy", "causes", PYTHONDONTWRITEBYTECODE="1").stdout == "kept\n"


def test_another_place_can_be_named(checkout: Path, tmp_path: Path):
    elsewhere = tmp_path / "elsewhere"
    shutil.move(checkout / ".venv", elsewhere)
    assert run(checkout / "bin" / "tlswhy", "causes", TLSWHY_VENV=str(elsewhere)).returncode == 0


def test_settings_of_other_tools_do_not_need_pip(checkout: Path):
    with (checkout / "pyproject.toml").open("a") as pyproject:
        pyproject.write("\n[tool.unheard-of]\nanswer = 42\n")
    ran = run(checkout / "bin" / "tlswhy", "causes")
    assert (ran.stdout, ran.stderr, ran.returncode) == ("python -P -m tlswhy causes\n", "", 0)
    assert "unheard-of" in (checkout / ".venv" / "tlswhy-runtime").read_text()


@pytest.mark.parametrize("stale", ["dependencies", "checkout", "python"])
def test_a_stale_environment_is_not_run(checkout: Path, stale: str):
    """Nothing can be installed here, so it has to say so in two lines; what it must not do is run what is stale."""
    if stale == "dependencies":
        pyproject = checkout / "pyproject.toml"
        pyproject.write_text(pyproject.read_text().replace('"asn1crypto', '"unheard-of-package", "asn1crypto'))
    elif stale == "checkout":
        (checkout / ".venv" / "tlswhy-checkout").write_text("another checkout\n")
    else:
        (checkout / ".venv" / "bin" / "python").unlink()
    ran = run(checkout / "bin" / "tlswhy", "causes", PIP_NO_INDEX="1", PIP_FIND_LINKS="", PIP_CONFIG_FILE=os.devnull)
    assert ran.returncode == 5
    assert "python -P" not in ran.stdout
    first, *_, reason, hint = ran.stderr.splitlines()
    assert first.startswith("tlswhy: making its environment in ")
    assert reason.startswith("tlswhy: pip could not install what tlswhy needs: ")
    assert hint.startswith("hint: ")
    assert "Traceback" not in ran.stderr


def test_a_place_that_cannot_be_written_is_named(checkout: Path):
    ran = run(checkout / "bin" / "tlswhy", "causes", TLSWHY_VENV="/proc/nowhere")
    assert ran.returncode == 5
    assert "tlswhy: no environment can be made in /proc/nowhere: " in ran.stderr
    assert "hint: set TLSWHY_VENV to a folder that can be written\n" in ran.stderr


def test_tests_with_arguments_are_pytest_alone(checkout: Path, tmp_path: Path):
    for program in ("tshark", "openssl", "java", "keytool"):  # else it would install them
        _script(tmp_path / "programs" / program, ":")
    path = f"{tmp_path / 'programs'}{os.pathsep}{SHELL_PATH}"
    ran = run(checkout / "bin" / "test", "tests/wire", "-k", "hello", PATH=path)
    assert ran.stdout == "python -m pytest tests/wire -k hello\n"


def _script(path: Path, does: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{does}\n")
    path.chmod(0o755)
