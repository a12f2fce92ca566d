"""The rows of contract.md §5 that captures decide, each as a ratio on this machine, in one run.

    python bench/speed.py [bulk] [cat] [dense] [memory] [cold] [--runs 5] [--keep DIR] [--docs]

    bulk     `handshakes` on a bulk capture (500 MB and more) against tshark
    cat      the same against `cat FILE | wc -c`
    dense    `handshakes` on a capture of many connections against tshark
    memory   the largest resident memory of any process, at three sizes of each kind
    cold     `explain` of one small capture against a bare Python

Without a name: all of them. Both sides run in turn, so that a busy machine slows both, and the medians are compared;
what must not be missed stands beside each. --docs writes the table into docs/speed.md.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from captures import bulk, dense, write_capture

CHECKOUT = Path(__file__).resolve().parent.parent
TLSWHY = str(CHECKOUT / "bin" / "tlswhy")
SMALL = CHECKOUT / "examples" / "1-weak-dhe-group" / "capture.pcap"
TSHARK = ["-Y", "tls.handshake", "-T", "fields", "-e", "frame.number", "-e", "tls.handshake.type"]
MEGABYTE = 1 << 20


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    what: str
    against: str
    measured: str
    wanted: str
    good: bool


class Bench:
    """Makes captures when they are needed, and measures."""

    def __init__(self, folder: Path, runs: int) -> None:
        self._folder = folder
        self._runs = runs

    def bulk(self) -> Row:
        """Row 1."""
        path = self._bulk(512)
        ours, theirs = self._medians(_handshakes(path), ["tshark", "-r", str(path), *TSHARK], runs=2)
        return _faster(f"`handshakes`, bulk capture of {_size(path)}", theirs / ours, 40)

    def cat(self) -> Row:
        """Row 2."""
        path = self._bulk(512)
        ours, theirs = self._medians(_handshakes(path), ["sh", "-c", f"cat '{path}' | wc -c"])
        ratio = ours / theirs
        return Row("the same", "`cat FILE \\| wc -c`", f"{ratio:.1f} × its time", "within 3 ×", ratio <= 3)

    def dense(self) -> Row:
        """Row 3."""
        path = self._dense(20_000)
        ours, theirs = self._medians(_handshakes(path), ["tshark", "-r", str(path), *TSHARK], runs=3)
        return _faster("`handshakes`, 20,000 connections", theirs / ours, 6)

    def memory(self) -> Row:
        """Row 4: each size in a process of its own, so that the largest is that of this size."""
        paths = [*map(self._bulk, (128, 512, 2048)), *map(self._dense, (5_000, 20_000, 100_000))]
        peaks = [_peak(_handshakes(path)) for path in paths]
        measured = ", ".join(f"{peak} MB at {_size(path)}" for path, peak in zip(paths, peaks, strict=True))
        return Row("peak resident memory", "—", measured, "under 300 MB, flat", max(peaks) < 300)

    def cold(self) -> Row:
        """Row 5."""
        command = [TLSWHY, "explain", str(SMALL)]
        ours, theirs = self._medians(command, [sys.executable, "-c", "pass"], runs=4 * self._runs)
        ratio = ours / theirs
        what = "`explain` of one small capture, cold"
        return Row(what, "`python -c pass`", f"{ratio:.1f} × its time", "within 20 ×", ratio <= 20)

    def _medians(self, ours: list[str], theirs: list[str], runs: int | None = None) -> tuple[float, float]:
        _seconds(ours)  # byte code, page cache
        pairs = [(_seconds(ours), _seconds(theirs)) for _ in range(min(self._runs, runs or self._runs) or 1)]
        first, second = (statistics.median(pair[side] for pair in pairs) for side in (0, 1))
        return first, second

    def _bulk(self, megabytes: int) -> Path:
        return self._made(f"bulk-{megabytes}.pcap", lambda: bulk(megabytes * MEGABYTE, 8 * MEGABYTE))

    def _dense(self, connections: int) -> Path:
        return self._made(f"dense-{connections}.pcap", lambda: dense(connections))

    def _made(self, name: str, make: Callable) -> Path:
        path = self._folder / name
        if not path.exists():
            write_capture(path, make(), pcapng=False)
        return path


def main() -> None:
    """Measure what is named and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    names = ("bulk", "cat", "dense", "memory", "cold")
    parser.add_argument("rows", nargs="*", metavar="ROW", help=", ".join(names))
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--keep", type=Path, help="keep the captures in this folder")
    parser.add_argument("--docs", action="store_true", help="write docs/speed.md")
    options = parser.parse_args()
    if unknown := set(options.rows) - set(names):
        parser.error(f"no such row: {', '.join(sorted(unknown))}")
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        bench = Bench(folder, options.runs)
        rows = [getattr(bench, name)() for name in options.rows or names]
    table = _table(rows)
    print(table)
    if options.docs:
        (CHECKOUT / "docs" / "speed.md").write_text(_page(table))
    sys.exit(not all(row.good for row in rows))


def _handshakes(path: Path) -> list[str]:
    return [TLSWHY, "handshakes", str(path), "--format", "jsonl"]


def _faster(what: str, ratio: float, wanted: int) -> Row:
    return Row(what, "tshark", f"{ratio:.1f} × faster", f"{wanted} × faster", ratio >= wanted)


def _seconds(command: list[str]) -> float:
    began = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    return time.perf_counter() - began


def _peak(command: list[str]) -> int:
    """Megabytes of the largest process that the command ran."""
    child = os.fork()
    if not child:
        subprocess.run(command, stdout=subprocess.DEVNULL, check=False)
        os._exit(min(255, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024 // 2))
    return 2 * os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _size(path: Path) -> str:
    return f"{path.stat().st_size / 1e6:,.0f} MB"


def _table(rows: list[Row]) -> str:
    lines = ["| what | against | measured | at least |", "|---|---|---|---|"]
    lines += [f"| {row.what} | {row.against} | {row.measured} | {row.wanted} |" for row in rows]
    return "\n".join(lines)


def _page(table: str) -> str:
    return f"""# How fast it is

Ratios, measured by `python bench/speed.py --docs` on one machine in one run ({os.cpu_count()} processors,
Python {platform.python_version()}, load {os.getloadavg()[1]:.1f}). `handshakes` of a dense capture uses every processor
that is free: on a machine that is busy with other things (a load above 0.5) that row says too little.

{table}

Cost grows with packets, connections and certificates, and with nothing faster than these.
"""


if __name__ == "__main__":
    main()
