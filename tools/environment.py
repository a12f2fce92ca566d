"""Makes the environment that bin/tlswhy and bin/test run in: a venv with this checkout installed in it.

    python3 tools/environment.py runtime|dev VENV

Runs before anything is installed, so it uses the standard library only, and parses under Python 3.6 too: a Python that
is too old must get to say so. Which package index is used is the machine's own setting, none is named here.

Three stamps in the venv say what it was made from. bin/tlswhy compares the first two itself, without starting Python:
    tlswhy-checkout     the path of the checkout that is installed in it
    tlswhy-runtime      pyproject.toml, as it was when the runtime dependencies were installed
    tlswhy-dev          the same for the dev extra, which includes them
"""

import contextlib
import importlib.util
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
PYPROJECT = CHECKOUT / "pyproject.toml"
OLDEST = (3, 11)
KINDS = {"runtime": "", "dev": "[dev]"}


class Unmade(Exception):
    """The environment cannot be made: the reason, and what to do about it."""

    def __init__(self, why: str, hint: str) -> None:
        super().__init__(why)
        self.hint = hint


def main(kind: str, venv: Path) -> int:
    """Leaves `venv` ready for `kind`, or says in two lines why not and returns 5 (an internal fault)."""
    try:
        if sys.version_info < OLDEST:
            raise Unmade(
                f"Python {sys.version.split()[0]} is too old; it needs 3.11 or newer",
                "install python3.11 and python3.11-venv, and put it first in PATH as python3",
            )
        with one_at_a_time():
            make(kind, venv)
    except Unmade as unmade:
        say(str(unmade))
        print(f"hint: {unmade.hint}", file=sys.stderr)
        return 5
    return 0


def make(kind: str, venv: Path) -> None:
    wanted = PYPROJECT.read_bytes()
    if is_made(kind, venv):
        stamp(kind, venv, wanted)
        return
    began = time.monotonic()
    say(f"making its environment in {venv} (once; about half a minute)")
    for name in ("tlswhy-checkout", "tlswhy-runtime", "tlswhy-dev"):
        with contextlib.suppress(OSError):
            (venv / name).unlink()
    if not runs(venv, "import pip"):
        make_venv(venv)
    install(kind, venv)
    stamp(kind, venv, wanted)
    say(f"environment ready after {time.monotonic() - began:.0f} s")


def is_made(kind: str, venv: Path) -> bool:
    """Whether what is in `venv` serves: same checkout, and nothing in pyproject.toml changed that pip would look at."""
    try:
        made_for = (venv / "tlswhy-checkout").read_text(encoding="utf-8").rstrip("\n")
        made_from = (venv / f"tlswhy-{kind}").read_bytes()
    except OSError:
        return False
    if made_for != str(CHECKOUT) or what_pip_sees(made_from) != what_pip_sees(PYPROJECT.read_bytes()):
        return False
    return runs(venv, "")


def stamp(kind: str, venv: Path, pyproject: bytes) -> None:
    for name in (f"tlswhy-{kind}", "tlswhy-runtime"):
        (venv / name).write_bytes(pyproject)
    (venv / "tlswhy-checkout").write_text(f"{CHECKOUT}\n", encoding="utf-8")


def what_pip_sees(pyproject: bytes) -> object:
    import tomllib

    tables = tomllib.loads(pyproject.decode())
    return tables.get("build-system"), tables.get("project"), tables.get("tool", {}).get("hatch")


def make_venv(venv: Path) -> None:
    if importlib.util.find_spec("ensurepip") is None:
        add_ensurepip()
    ran = subprocess.run([sys.executable, "-m", "venv", "--clear", str(venv)], capture_output=True, text=True)
    if ran.returncode:
        raise Unmade(
            f"no environment can be made in {venv}: {last_line(ran.stdout + ran.stderr)}",
            "set TLSWHY_VENV to a folder that can be written",
        )


def add_ensurepip() -> None:
    """Debian splits it off into a package of its own; root on Debian gets it, anybody else is told its name."""
    package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    if os.geteuid() == 0 and shutil.which("apt-get"):
        say(f"installing {package}")
        if apt_get("install", "-qy", package) or (apt_get("update", "-q") and apt_get("install", "-qy", package)):
            return
    raise Unmade(f"this Python cannot make environments: {package} is missing", f"apt-get install {package}")


def apt_get(*arguments: str) -> bool:
    quiet = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    return subprocess.run(["apt-get", *arguments], capture_output=True, env=quiet).returncode == 0


def install(kind: str, venv: Path) -> None:
    pip = [str(venv / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--quiet"]
    ran = subprocess.run([*pip, "--editable", f"{CHECKOUT}{KINDS[kind]}"], capture_output=True, text=True)
    if ran.returncode:
        reasons = [line.strip() for line in ran.stderr.splitlines() if line.strip().startswith("ERROR")]
        raise Unmade(
            f"pip could not install what tlswhy needs: {reasons[0] if reasons else last_line(ran.stderr)}",
            "the first run needs a package index (later ones don't); pip's own settings are used: pip config list",
        )


def runs(venv: Path, code: str) -> bool:
    try:
        return subprocess.run([str(venv / "bin" / "python"), "-c", code], capture_output=True).returncode == 0
    except OSError:
        return False


@contextlib.contextmanager
def one_at_a_time() -> Iterator[None]:
    """Two first runs at once: the second waits, then finds the work done."""
    import fcntl

    with PYPROJECT.open("rb") as held:
        # A file system without locks, or one that locks only what can be written: then it goes unlocked.
        with contextlib.suppress(OSError):
            fcntl.flock(held, fcntl.LOCK_EX)
        yield


def last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "no reason given"


def say(text: str) -> None:
    print(f"tlswhy: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] not in KINDS:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1], Path(sys.argv[2]).absolute()))
