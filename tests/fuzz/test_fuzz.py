"""Every door, fuzzed for a bounded time; and the inputs that once made a fault.

TLSWHY_FUZZ_SECONDS: how long each target runs (1800 before a release); without it only the captures are fuzzed, for a
few seconds, since getting ready takes longer than that. Skipped where atheris is missing.
"""

import importlib.util
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz.run import FOUND
from tests.fuzz.seeds import seeds
from tests.fuzz.targets import TARGETS

CHECKOUT = Path(__file__).resolve().parents[2]
GIVEN = os.environ.get("TLSWHY_FUZZ_SECONDS")
SECONDS = int(GIVEN or "3")
KEPT = sorted(path for path in FOUND.glob("*/*") if path.is_file())


@pytest.mark.parametrize("path", KEPT, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_what_was_found_once(path):
    TARGETS[path.parent.name](path.read_bytes())


@pytest.mark.parametrize("target", TARGETS)
def test_harmed_seeds(target):
    """Without atheris too: a few changes of each seed, the same in every run."""
    chance = random.Random(target)
    for seed in seeds(target):
        for _ in range(3):
            harmed = bytearray(seed)
            for _ in range(chance.randrange(1, 6)):
                at = chance.randrange(len(harmed))
                harmed[at : at + chance.randrange(3)] = chance.randbytes(chance.randrange(3))
            TARGETS[target](bytes(harmed))


@pytest.mark.skipif(importlib.util.find_spec("atheris") is None, reason="atheris is not installed")
@pytest.mark.timeout(SECONDS + 120)
@pytest.mark.parametrize("target", TARGETS if GIVEN else ["captures"])
def test_fuzz(target):
    command = [sys.executable, "-m", "tests.fuzz.run", target, str(SECONDS)]
    ran = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, f"the input is kept in {FOUND / target}:\n{ran.stderr[-4000:]}"
