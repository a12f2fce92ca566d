"""One command line in a process of its own."""

import os
import subprocess
import sys


def tlswhy(*arguments, cwd=None, stdin=b"", env=None, raw=False):
    """Run a command line; the finished process with text output."""
    environment = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "COLUMNS", "FORCE_COLOR")}
    environment |= {"PYTHONIOENCODING": "utf-8", **(env or {})}
    command = [sys.executable, "-c", "from tlswhy.cli import main; main()", *arguments]
    done = subprocess.run(command, cwd=cwd, input=stdin, capture_output=True, env=environment, timeout=60, check=False)
    if not raw:
        done.stdout, done.stderr = done.stdout.decode("utf-8"), done.stderr.decode("utf-8")
    return done
