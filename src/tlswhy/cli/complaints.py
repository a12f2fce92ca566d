"""What is wrong with a command line, in the catalogue's words; argparse would say it in English.

Owns how argparse's messages are told apart; what it does not know is passed on as it came.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from tlswhy.errors import BadRequest

_KINDS = (
    ("argument-missing", re.compile(r"the following arguments are required: (?P<what>[^,]+)")),
    ("argument-superfluous", re.compile(r"unrecognized arguments: (?P<what>\S+)")),
    ("option-without-value", re.compile(r"argument (?P<what>\S+): expected one argument")),
    ("option-takes-no-value", re.compile(r"argument (?P<what>\S+): ignored explicit argument")),
)


def complaint(message: str, program: str) -> BadRequest:
    """One of argparse's messages as an error of ours."""
    for code, pattern in _KINDS:
        if found := pattern.match(message):
            return BadRequest(code, what=found["what"], program=program)
    return BadRequest("bad-option", message=message, program=program)


def unknown_option(arguments: Iterable[str], known: Iterable[str], program: str) -> BadRequest | None:
    """The first option that there is not, with the one that was probably meant: told before anything is missing."""
    names = set(known)
    for word in arguments:
        if word == "--":
            return None
        option = word.partition("=")[0]
        if option[:1] == "-" and not option[1:2].isdigit() and option != "-" and option not in names:
            from difflib import get_close_matches

            near = get_close_matches(option, sorted(names), 1, 0.7)
            return BadRequest("unknown-option", option=option, nearest=near[0] if near else None, program=program)
    return None
