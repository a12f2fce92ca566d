"""The rows of contract.md §5 that captures decide, each as a ratio on this machine, in one run.

    python bench/speed.py [bulk] [cat] [dense] [memory] [cold] [long] [--runs 5] [--keep DIR] [--served] [--docs]

    bulk     `handshakes` on a bulk capture (500 MB and more) against tshark
    cat      the same against `cat FILE | wc -c`
    dense    `handshakes` on a capture of many connections against tshark
    memory   the largest resident memory of any process, at three sizes of each kind
    cold     `explain` of one small capture against a bare Python
    long     a capture of 10 GB and one of 100,000 connections: time grows with size, memory does not. Takes 10 GB of
             disk (in --keep or the folder for temporary files) and minutes, so only where it is named

Without a name: all of them but the last. Both sides run in turn, so that a busy machine slows both, and the medians are
compared; what must not be missed stands beside each. --docs writes the table into docs/speed.md.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
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
PCAP_HEADER = 24


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    what: str
    against: str
    measured: str
    wanted: str
    good: bool


@dataclass(frozen=True)
class Compared:
    """Our time over theirs: the medians on the clock, the best runs on the clock, the least time of processors."""

    median: float
    best: float
    processor: float


class Bench:
    """Makes captures when they are needed, and measures."""

    def __init__(self, folder: Path, runs: int, *, served: bool) -> None:
        self._folder = folder
        self._runs = runs
        self._served = served

    def bulk(self) -> Row:
        """Row 1."""
        path = self._of_server("bulk", "--megabytes=512") if self._served else self._bulk(512)
        compared = self._compare(_handshakes(path), ["tshark", "-r", str(path), *TSHARK], runs=2)
        return _faster(f"`handshakes`, bulk capture of {_size(path)}", compared, 40)

    def cat(self) -> Row:
        """Row 2."""
        path = self._of_server("bulk", "--megabytes=512") if self._served else self._bulk(512)
        compared = self._compare(_handshakes(path), ["sh", "-c", f"cat '{path}' | wc -c"])
        return _within("the same", "`cat FILE \\| wc -c`", compared, 3)

    def dense(self) -> Row:
        """Row 3."""
        count = 5_000 if self._served else 20_000
        path = self._of_server("dense", f"--connections={count}") if self._served else self._dense(count)
        compared = self._compare(_handshakes(path), ["tshark", "-r", str(path), *TSHARK], runs=3)
        return _faster(f"`handshakes`, {count:,} connections", compared, 6)

    def memory(self) -> Row:
        """Row 4: each size in a process of its own, so that the largest is that of this size."""
        paths = [*map(self._bulk, (128, 512, 2048)), *map(self._dense, (5_000, 20_000, 100_000))]
        peaks = [_used(_handshakes(path)).megabytes for path in paths]
        measured = ", ".join(f"{peak} MB at {_size(path)}" for path, peak in zip(paths, peaks, strict=True))
        return Row("peak resident memory", "—", measured, "under 300 MB, flat", max(peaks) < 300)

    def cold(self) -> Row:
        """Row 5."""
        command = [TLSWHY, "explain", str(SMALL)]
        compared = self._compare(command, [sys.executable, "-c", "pass"], runs=4 * self._runs)
        return _within("`explain` of one small capture, cold", "`python -c pass`", compared, 20)

    def long(self) -> Row:
        """The issue's own demand: each large capture against a small one of its kind, byte for byte."""
        pairs = [(self._bulk(512), self._repeated(512, 10_000)), (self._dense(5_000), self._dense(100_000))]
        told, good = [], True
        for small, large in pairs:
            _used(_handshakes(small))  # byte code
            before, after = _used(_handshakes(small)), _used(_handshakes(large))
            growth = after.seconds / before.seconds / (large.stat().st_size / small.stat().st_size)
            told.append(
                f"{_size(large)}: {growth:.2f} × the time of {_size(small)} for each byte, {after.megabytes} MB"
            )
            good = good and growth < 1.2 and after.megabytes < 300
        return Row("10 GB; 100,000 connections", "a small one", "; ".join(told), "linear, under 300 MB", good)

    def _compare(self, ours: list[str], theirs: list[str], runs: int | None = None) -> Compared:
        _used(ours)  # byte code, page cache
        pairs = [(_used(ours), _used(theirs)) for _ in range(min(self._runs, runs or self._runs) or 1)]
        first, second = ([pair[side] for pair in pairs] for side in (0, 1))
        return Compared(
            statistics.median(used.wall for used in first) / statistics.median(used.wall for used in second),
            min(used.wall for used in first) / min(used.wall for used in second),
            min(used.seconds for used in first) / min(used.seconds for used in second),
        )

    def _bulk(self, megabytes: int) -> Path:
        return self._made(f"bulk-{megabytes}.pcap", lambda: bulk(megabytes * MEGABYTE, 8 * MEGABYTE))

    def _of_server(self, kind: str, size: str) -> Path:
        path = self._folder / f"served-{kind}.pcap"
        if not path.exists():
            subprocess.run([sys.executable, str(CHECKOUT / "bench" / "served.py"), kind, str(path), size], check=True)
        return path

    def _repeated(self, megabytes: int, total: int) -> Path:
        """The packets of a bulk capture again and again: the same connections, each time anew."""
        path = self._folder / f"bulk-{megabytes}-to-{total}.pcap"
        if not path.exists():
            with self._bulk(megabytes).open("rb") as packets, path.open("wb") as file:
                file.write(packets.read(PCAP_HEADER))
                while file.tell() < total * 1_000_000:
                    packets.seek(PCAP_HEADER)
                    shutil.copyfileobj(packets, file, MEGABYTE)
        return path

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
    names = ("bulk", "cat", "dense", "memory", "cold", "long")
    parser.add_argument("rows", nargs="*", metavar="ROW", help=", ".join(names))
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--keep", type=Path, help="keep the captures in this folder")
    parser.add_argument("--served", action="store_true", help="bulk, cat and dense: captures of nginx (needs root)")
    parser.add_argument("--docs", action="store_true", help="write docs/speed.md")
    options = parser.parse_args()
    if unknown := set(options.rows) - set(names):
        parser.error(f"no such row: {', '.join(sorted(unknown))}")
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        bench = Bench(folder, options.runs, served=options.served)
        rows = [getattr(bench, name)() for name in options.rows or names[:-1]]
    table = _table(rows)
    print(table)
    if options.docs:
        (CHECKOUT / "docs" / "speed.md").write_text(_page(table))
    sys.exit(not all(row.good for row in rows))


def _handshakes(path: Path) -> list[str]:
    return [TLSWHY, "handshakes", str(path), "--format", "jsonl"]


def _faster(what: str, compared: Compared, wanted: int) -> Row:
    median, best, processor = 1 / compared.median, 1 / compared.best, 1 / compared.processor
    measured = f"{median:.1f} × faster (best runs {best:.1f} ×, processor time {processor:.1f} ×)"
    return Row(what, "tshark", measured, f"{wanted} × faster", median >= wanted)


def _within(what: str, against: str, compared: Compared, wanted: int) -> Row:
    measured = (
        f"{compared.median:.1f} × its time (best runs {compared.best:.1f} ×, processor {compared.processor:.1f} ×)"
    )
    return Row(what, against, measured, f"within {wanted} ×", compared.median <= wanted)


@dataclass(frozen=True)
class Used:
    """What a command took: seconds on the clock, of processors in all its processes, and megabytes of the largest."""

    wall: float
    seconds: float
    megabytes: int


def _used(command: list[str]) -> Used:
    began = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        _, _, usage = os.wait4(process.pid, 0)
        process.returncode = 0
    wall = time.perf_counter() - began
    return Used(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss // 1024)


def _size(path: Path) -> str:
    return f"{path.stat().st_size / 1e6:,.0f} MB"


def _table(rows: list[Row]) -> str:
    lines = ["| what | against | measured | at least |", "|---|---|---|---|"]
    lines += [f"| {row.what} | {row.against} | {row.measured} | {row.wanted} |" for row in rows]
    return "\n".join(lines)


def _page(table: str) -> str:
    return f"""# How fast it is

Ratios, measured by `python bench/speed.py --docs` on one machine in one run ({os.cpu_count()} processors,
Python {platform.python_version()}, load {os.getloadavg()[1]:.1f}): medians of runs that alternate, beside them the best
runs and the processor time of all processes together. `handshakes` uses every processor that is free: on a machine that
is busy with other things (a load above 0.5) the clock says too little of it.

{table}

Cost grows with packets, connections and certificates, and with nothing faster than these.
"""


if __name__ == "__main__":
    main()
