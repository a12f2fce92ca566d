"""Fuzz one target with atheris for so many seconds: python -m tests.fuzz.run TARGET SECONDS.

An input that makes a fault is kept in found/TARGET/ (and stays there as a test); the exit code is then not 0. Libfuzzer
ends what takes longer than ten seconds or more than half a gigabyte.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

FOUND = Path(__file__).parent / "found"
SLOWEST_S = 10
MOST_MEGABYTES = 512


def main() -> None:
    """Run until the time is over or a fault is found."""
    import atheris

    target, seconds = sys.argv[1], int(sys.argv[2])
    with atheris.instrument_imports(include=["tlswhy"]):
        from tests.fuzz.seeds import seeds
        from tests.fuzz.targets import LARGEST, TARGETS
    kept = FOUND / target
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder)
        for number, seed in enumerate(seeds(target)):
            (corpus / f"seed-{number}").write_bytes(seed[:LARGEST])
        kept.mkdir(parents=True, exist_ok=True)
        options = [f"-max_total_time={seconds}", f"-timeout={SLOWEST_S}", f"-rss_limit_mb={MOST_MEGABYTES}"]
        options += [f"-max_len={LARGEST}", f"-artifact_prefix={kept}/", "-print_final_stats=1"]
        atheris.Setup([sys.argv[0], *options, str(corpus), str(kept)], TARGETS[target])
        atheris.Fuzz()


if __name__ == "__main__":
    main()
