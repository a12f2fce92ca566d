"""How fast a live server is asked, against those who do the like, in one run on one machine (contract.md §5).

    bench/live.py [--runs 5] [--sslyze PROGRAM] [--sslscan PROGRAM] [--testssl PROGRAM]

``explain URL --client`` against sslyze (at least 10 times faster), ``--survey`` against sslscan, and against testssl
where that is named. The server is OpenSSL's, on loopback; programs that are not there are left out. All run in turn,
medians count.
"""

import argparse
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
TLSWHY = str(CHECKOUT / "bin" / "tlswhy")
PATIENCE_S = 600


def seconds(command: list[str]) -> float:
    began = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=PATIENCE_S, check=False)
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
    for program in ("sslyze", "sslscan", "testssl"):
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
    duels = [("explain", explain, "sslyze", [options.sslyze, host], 10.0)] if options.sslyze else []
    if options.sslscan:
        duels.append(("--survey", survey, "sslscan", [options.sslscan, "--no-colour", "--show-sigs", host], 1.0))
    if options.testssl:
        duels.append(("--survey", survey, "testssl", [options.testssl, "--warnings=off", host], 1.0))
    if not duels:
        sys.exit("none of sslyze, sslscan, testssl is here")
    fast = True
    for name, ours, other, theirs, least in duels:
        pairs = [(seconds(ours), seconds(theirs)) for _ in range(options.runs)]
        mine, yours = (statistics.median(pair[side] for pair in pairs) for side in (0, 1))
        ratio = yours / mine
        fast &= ratio >= least
        print(f"{name:<10} {mine:7.2f} s   {other:<8} {yours:7.2f} s   {ratio:6.1f} times faster (at least {least:g})")
    return fast


if __name__ == "__main__":
    main()
