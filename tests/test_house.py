"""The house's own rules: walls between rooms (each seen to stop a planted violation), tests that mirror the tree."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from urllib.parse import urlsplit

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
SOURCES = REPOSITORY / "src" / "tlswhy"
LONGEST_FILE = 500
"""Files of 150 to 300 lines read best; above this one, a file holds two rooms."""
PLANTED = {
    "layers: a core looks up": ("wire/numbers.py", "import tlswhy.judge", "Imports point down"),
    "layers: one core knows another": ("wire/numbers.py", "import tlswhy.pki.keys", "Imports point down"),
    "layers: a room nobody placed": ("attic/__init__.py", "", "Imports point down"),
    "pure: a socket": ("judge.py", "import socket", "The core has no socket"),
    "pure: the clock": ("pki/keys.py", "import time", "The core has no socket"),
    "pure: the environment": ("evidence/types.py", "from os import environ", "The core has no socket"),
    "causes: one knows another": (
        "causes/cert_expired.py",
        "import tlswhy.causes.cert_not_yet_valid",
        "No cause knows another",
    ),
}


@pytest.mark.parametrize("planted", PLANTED)
def test_a_planted_violation_is_caught(tmp_path: Path, planted: str):
    place, line, contract = PLANTED[planted]
    _copy_sources(tmp_path)
    file = tmp_path / "tlswhy" / place
    file.parent.mkdir(exist_ok=True)
    with file.open("a", encoding="utf-8") as source:
        source.write(f"\n{line}\n")
    ran = _lint_imports(tmp_path)
    assert ran.returncode == 1
    broken = [text for text in ran.stdout.splitlines() if text.endswith(" BROKEN")]
    assert [text for text in broken if text.startswith(contract)], ran.stdout
    assert place.removesuffix("/__init__.py").removesuffix(".py").replace("/", ".") in ran.stdout


def test_unchanged_sources_keep_the_contracts(tmp_path: Path):
    _copy_sources(tmp_path)
    ran = _lint_imports(tmp_path)
    assert ran.returncode == 0, ran.stdout


def test_every_module_has_its_test():
    """src/tlswhy/x/y.py is tested in tests/x/test_y.py, a cause also by its cases. The exceptions only shrink."""
    exempt = set(tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["tool"]["tlswhy"]["house"]["without_test"])
    modules = {
        path.relative_to(SOURCES).as_posix()
        for path in SOURCES.rglob("*.py")
        if path.name not in ("__init__.py", "__main__.py")
    }
    tested = {module for module in modules if _test_of(module).is_file() or _has_cases(module)}
    assert modules - tested - exempt == set(), "modules without a test"
    assert exempt & tested == set(), "these have a test now: take them off the list"
    assert exempt - modules == set(), "these are gone: take them off the list"


def test_every_room_test_has_its_module():
    """A test file in a room is named after a module of that room, or is test_against_ another program."""
    rooms = {path.name for path in SOURCES.iterdir() if path.is_dir() and (path / "__init__.py").is_file()}
    orphans = [
        test.relative_to(REPOSITORY).as_posix()
        for room in sorted(rooms)
        for test in sorted((REPOSITORY / "tests" / room).glob("test_*.py"))
        if not test.stem.startswith(("test_against_", *_names_of_tests(room)))
    ]
    assert orphans == []


def test_no_source_file_holds_two_rooms():
    long = {
        path.relative_to(REPOSITORY).as_posix(): lines
        for path in SOURCES.rglob("*.py")
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > LONGEST_FILE
    }
    assert long == {}


def test_architecture_is_a_page():
    assert len((REPOSITORY / "ARCHITECTURE.md").read_text(encoding="utf-8").splitlines()) <= 100


def test_no_file_names_a_machine_or_an_index():
    """Paths of one machine and hosts of package indexes, those that this machine's pip is set up with as well."""
    machine = [r"/work/\w", r"/home/\w", r"/Users/\w", "pypi" + r"\.", "python" + "hosted", "index" + "-url"]
    forbidden = re.compile("|".join([*machine, *map(re.escape, _configured_hosts())]))
    found = [
        f"{name}:{number}: {line.strip()[:80]}"
        for name, text in _tracked_texts()
        if name != "tests/test_house.py"
        for number, line in enumerate(text.splitlines(), 1)
        if forbidden.search(line)
    ]
    assert found == []


def _copy_sources(to: Path) -> None:
    shutil.copytree(SOURCES, to / "tlswhy", ignore=shutil.ignore_patterns("__pycache__", "data"))
    shutil.copy(REPOSITORY / "pyproject.toml", to / "pyproject.toml")


def _lint_imports(where: Path) -> subprocess.CompletedProcess[str]:
    """In its working folder it finds the copy before the installed package."""
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()", "--no-cache"]
    return subprocess.run(command, cwd=where, capture_output=True, text=True, check=False, timeout=120)


def _test_of(module: str) -> Path:
    path = Path(module)
    return REPOSITORY / "tests" / path.parent / f"test_{path.name}"


def _has_cases(module: str) -> bool:
    room, _, name = module.partition("/")
    cases = REPOSITORY / "tests" / "cases" / Path(name).stem.replace("_", "-")
    return room == "causes" and all(any(cases.glob(f"{kind}-*/case.toml")) for kind in ("refused", "accepted"))


def _names_of_tests(room: str) -> list[str]:
    return [f"test_{room}", *(f"test_{path.stem}" for path in (SOURCES / room).glob("*.py"))]


def _tracked_texts() -> list[tuple[str, str]]:
    if not (REPOSITORY / ".git").exists():
        pytest.skip("not a git checkout")
    listed = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    texts = []
    for name in filter(None, listed.stdout.split("\0")):
        path = REPOSITORY / name
        content = path.read_bytes() if path.is_file() else b""
        if b"\0" not in content[:8192]:
            texts.append((name, content.decode("utf-8", "replace")))
    return texts


def _configured_hosts() -> set[str]:
    """The package indexes of this machine's own settings; a host without a dot, or of numbers, is too common a word."""
    command = [sys.executable, "-m", "pip", "config", "list"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    hosts = {urlsplit(address).hostname or "" for address in re.findall(r"https?://[^\s'\"]+", ran.stdout)}
    return {host for host in hosts if re.search(r"[a-z].*\.", host)}
