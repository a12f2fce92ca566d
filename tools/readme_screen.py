"""Puts what the program prints into README.md, between the two `screen` comments.

    python -m tools.readme_screen

tests/test_readme.py holds the README against `with_screen`, so that it never shows what the program no longer prints.
"""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
README = REPOSITORY / "README.md"
COLUMNS = 100
CUT_BEFORE = "─ What could not be judged"
CUT = "  … then what could not be judged without --trust, a Wireshark display filter, and what was ruled out"
_SCREEN = re.compile(r"(<!-- screen: bin/tlswhy (.+?) -->\n```\n)(.*?)(```\n<!-- end of screen)", re.DOTALL)


def with_screen(readme: str) -> str:
    """The README with its screen made anew."""
    made, count = _SCREEN.subn(lambda found: found[1] + printed(shlex.split(found[2])) + found[4], readme)
    if count != 1:
        raise ValueError(f"{count} screens in the README, expected one")
    return made


def printed(arguments: list[str]) -> str:
    """What the program prints when it is piped, COLUMNS wide, up to what has to be scrolled for."""
    ran = subprocess.run(
        [sys.executable, "-P", "-m", "tlswhy", *arguments],
        cwd=REPOSITORY,
        env={**os.environ, "COLUMNS": str(COLUMNS), "NO_COLOR": "1", "PYTHONUTF8": "1", "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    if ran.returncode not in (0, 1, 3):
        raise RuntimeError(ran.stderr)
    lines = [line.rstrip() for line in ran.stdout.strip("\n").splitlines()]
    end = next(number for number, line in enumerate(lines) if line.startswith(CUT_BEFORE))
    return "".join(f"{line}\n" for line in [*lines[:end], CUT])


if __name__ == "__main__":
    README.write_text(with_screen(README.read_text(encoding="utf-8")), encoding="utf-8")
