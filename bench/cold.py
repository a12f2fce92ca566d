"""How long `explain` of one small capture takes from a cold process, as a multiple of a bare Python (contract.md §5).

    bench/cold.py [--runs 20] [--most 20]

Both are run in turn, so that a busy machine slows both; the medians are compared, and the best of each is shown.
"""

import argparse
import statistics
import subprocess
import sys
import time
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
CAPTURE = CHECKOUT / "examples" / "1-weak-dhe-group" / "capture.pcap"
EXPLAIN = [str(CHECKOUT / "bin" / "tlswhy"), "explain", str(CAPTURE)]
REFUSED = 1


def seconds(command: list[str], expected: int) -> float:
    began = time.perf_counter()
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    took = time.perf_counter() - began
    if ran.returncode != expected:
        sys.exit(f"{' '.join(command)}: exit code {ran.returncode}, expected {expected}\n{ran.stderr}")
    return took


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--most", type=float, default=20.0, help="the ratio that must not be exceeded")
    options = parser.parse_args()
    bare = [sys.executable, "-c", "pass"]
    seconds(EXPLAIN, REFUSED)  # makes the environment and the byte code, if nobody did yet
    pairs = [(seconds(bare, 0), seconds(EXPLAIN, REFUSED)) for _ in range(options.runs)]
    python, explain = ([pair[side] * 1000 for pair in pairs] for side in (0, 1))
    ratio = statistics.median(explain) / statistics.median(python)
    print(f"python -c pass    median {statistics.median(python):6.1f} ms   best {min(python):6.1f} ms")
    print(f"tlswhy explain    median {statistics.median(explain):6.1f} ms   best {min(explain):6.1f} ms")
    print(f"ratio             {ratio:.1f}   (at most {options.most:g})")
    sys.exit(ratio > options.most)


if __name__ == "__main__":
    main()
