"""What went wrong, told in one line on standard error, with a hint where there is one; and the exit code for it."""

from __future__ import annotations

import errno
import sys
from collections.abc import Sequence

from tlswhy.cli.output import spoken
from tlswhy.errors import BadEvidence, BadTable, TlswhyError
from tlswhy.render.inert import inert, shortened
from tlswhy.render.words import Words

WRONG_USAGE = 2
NOTHING_READABLE = 4
INTERNAL = 5
_DESTINATION = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})
"""Faults of whatever takes our output."""


def report_failure(error: BaseException, arguments: Sequence[str], *, debug: bool) -> int:
    """Tell the error; the exit code. A traceback is shown with --debug alone."""
    if debug:
        import traceback

        traceback.print_exception(error)
    words = spoken(arguments)
    if isinstance(error, TlswhyError):
        tell(error, words)
        if isinstance(error, BadEvidence):
            return NOTHING_READABLE
        return INTERNAL if isinstance(error, BadTable) else WRONG_USAGE
    if isinstance(error, OSError) and error.errno in _DESTINATION:
        tell_lines(words.say("error.destination", reason=(error.strerror or str(error)).lower()))
        return INTERNAL
    kind = type(error).__name__
    detail = f"{kind}: {error}" if str(error) else kind
    tell_lines(words.say("error.internal", error=shortened(detail, 200)), words.say("error.internal-hint"))
    return INTERNAL


def tell(error: TlswhyError, words: Words) -> None:
    """Write one expected error to standard error."""
    from tlswhy.render import sentences  # not loaded where all goes well

    tell_lines(*sentences.error(error, words))


def tell_lines(line: str, hint: str | None = None) -> None:
    """``tlswhy: …`` and ``hint: …``."""
    sys.stderr.write(f"tlswhy: {inert(line)}\n")
    if hint:
        sys.stderr.write(f"hint: {inert(hint)}\n")
