"""The command line: a thin shell that parses arguments, calls gather, diagnose and render, and sets the exit code.

Exit codes (contract.md §1): 0 accepted, 1 refused, 2 wrong usage, 3 cannot tell, 4 nothing readable, 5 internal fault;
130 after Ctrl-C and 141 when the reader of our output went away, as a shell would say it of any program.
"""

from __future__ import annotations

import gc
import os
import sys

BROKEN_PIPE = 141
INTERRUPTED = 130
INTERNAL = 5
LISTING = "handshakes"
"""The command that reads large captures: see ``standby``."""


def main() -> None:
    """Run the command line of this process and end it."""
    # NumPy's OpenBLAS makes a thread for each processor when it is loaded, which takes as long as the rest of NumPy.
    # Nothing here multiplies matrices.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    code = run(sys.argv[1:])
    gc.freeze()  # on its way out Python looks once more for what can be freed, for a tenth of the time of a short run
    sys.exit(code)


def run(arguments: list[str]) -> int:
    """Run one command line; the exit code."""
    try:
        try:
            code = _run(arguments)
            sys.stdout.flush()
        finally:
            sys.stderr.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        _forget_output()
        return BROKEN_PIPE
    except OSError as error:
        # A full disk shows when the buffer is written at last.
        _forget_output()
        return _report(error, arguments, debug="--debug" in arguments)
    return code


def _forget_output() -> None:
    """What is still buffered can't be delivered; without this Python complains about it at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _run(arguments: list[str]) -> int:
    debug = "--debug" in arguments
    try:
        if arguments[:1] != [LISTING]:
            return _call(arguments)
        from tlswhy.cli import standby

        try:
            standby.call_up(arguments[1:])
            return _call(arguments)
        finally:
            standby.dismiss()
    except BrokenPipeError:
        raise
    except Exception as error:
        return _report(error, arguments, debug=debug)


def _call(arguments: list[str]) -> int:
    from tlswhy.cli.arguments import call

    return call(arguments)


def _report(error: Exception, arguments: list[str], *, debug: bool) -> int:
    try:
        from tlswhy.cli.failure import report_failure

        return report_failure(error, arguments, debug=debug)
    except Exception:
        # A broken installation: not even the words can be loaded.
        if debug:
            raise
        sys.stderr.write(f"tlswhy: internal fault: {error!r}\n")
        return INTERNAL
