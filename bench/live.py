"""How fast a live server is asked, against those who do the like, in one run on one machine (contract.md §5).

    bench/live.py [--runs 5] [--sslyze PROGRAM] [--sslscan PROGRAM] [--cryptolyze PROGRAM] [--testssl PROGRAM]

``explain URL --client`` against sslyze (at least 10 times faster), and for information against the least that sslyze
can be asked, one version and the certificate; ``--survey`` against sslscan, cryptolyze and testssl (faster than each).
testssl takes minutes and runs once, only where it is named. The server is OpenSSL's, on loopback; programs that are
not there are left out. All run in turn, medians count; on a machine that is busy sslyze, which mostly waits, gains.
"""

import argparse
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
TLSWHY = str(CHECKOUT / "bin" / "tlswhy")
PATIENCE_S = 900
# Containers forbid it now and then: every Python program would compile itself at each start.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
PROGRAMS = ("sslyze", "sslscan", "cryptolyze", "testssl")


@dataclass(frozen=True)
class Duel:
    """``least``: times that we are to be faster; None: only told. ``runs`` None: as many as asked for."""

    name: str
    ours: list[str]
    other: str
    theirs: list[str]
    least: float | None
    runs: int | None = None


def seconds(command: list[str]) -> float:
    began = time.perf_counter()
    subprocess.run(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=PATIENCE_S, check=False, env=ENVIRONMENT
    )
    return time.perf_counter() - began


def server(folder: Path) -> tuple[subprocess.Popen[bytes], int]:
    key, certificate = str(folder / "key.pem"), str(folder / "cert.pem")
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    made = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "30",
        "-keyout",
        key,
        "-out",
        certificate,
    ]
    subprocess.run([*made, *subject], check=True, capture_output=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = ["openssl", "s_server", "-accept", str(port), "-key", key, "-cert", certificate, "-www"]
    running = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(1)
    return running, port


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5)
    for program in PROGRAMS:
        parser.add_argument(f"--{program}", default=shutil.which(program) if program != "testssl" else None)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        running, port = server(Path(folder))
        try:
            ok = compare(options, f"localhost:{port}")
        finally:
            running.kill()
    sys.exit(0 if ok else 1)


def compare(options: argparse.Namespace, host: str) -> bool:
    explain = [TLSWHY, "explain", f"https://{host}", "--client", "java/8u212"]
    survey = [*explain, "--survey"]
    seconds(explain)  # makes the environment and the byte code, if nobody did yet
    scan = [options.sslscan, "--no-colour", "--show-sigs", host]
    duels = [
        Duel("explain", explain, "sslyze", [options.sslyze, host], 10.0),
        Duel("explain", explain, "sslyze, least", [options.sslyze, "--certinfo", "--tlsv1_2", host], None),
        Duel("--survey", survey, "sslscan", scan, 1.0),
        Duel("--survey", survey, "cryptolyze", [options.cryptolyze, "tls", "all", host], 1.0, runs=2),
        Duel("--survey", survey, "testssl", [options.testssl, "--warnings=off", host], 1.0, runs=1),
    ]
    duels = [duel for duel in duels if duel.theirs[0]]
    if not duels:
        sys.exit(f"none of {', '.join(PROGRAMS)} is here")
    won = [fought(duel, duel.runs or options.runs) for duel in duels]
    return all(won)


def fought(duel: Duel, runs: int) -> bool:
    """Whether we are as much faster as we are to be."""
    pairs = [(seconds(duel.ours), seconds(duel.theirs)) for _ in range(runs)]
    mine, yours = (statistics.median(pair[side] for pair in pairs) for side in (0, 1))
    ratio, wanted = yours / mine, f"at least {duel.least:g}" if duel.least else "for information"
    print(f"{duel.name:<9} {mine:6.2f} s   {duel.other:<14} {yours:7.2f} s   {ratio:6.1f} times faster ({wanted})")
    return duel.least is None or ratio >= duel.least


if __name__ == "__main__":
    main()
