"""``curl --version``, ``openssl version``, ``node --version``, ``python --version`` and the like: which client it is.

Owns how programs that are not Java name themselves. Whether a profile of that version exists is not asked here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tlswhy.errors import BadEvidence
from tlswhy.evidence.text import lines, text_of
from tlswhy.evidence.types import ClientWords, Evidence, Runtime
from tlswhy.model.where import line as line_of
from tlswhy.source import Source

LARGEST = 12
"""Lines: these outputs are short, and in a longer text such a line is about something else."""
_PROGRAMS = (
    ("curl", re.compile(r"^curl (?P<version>\d+\.\d+(?:\.\d+)?) \(")),
    (
        "openssl",
        re.compile(r"^OpenSSL (?P<version>\d+\.\d+(?:\.\d+)?)[a-z]{0,2}(?:-fips)?\s+\d{1,2} [A-Z][a-z]{2} \d{4}"),
    ),
    ("node", re.compile(r"^v(?P<version>\d{1,2}\.\d+\.\d+)$")),
    ("python", re.compile(r"^Python (?P<version>3\.\d+(?:\.\d+)?)$")),
    ("go", re.compile(r"^go version go(?P<version>\d+\.\d+(?:\.\d+)?)\b")),
    ("git", re.compile(r"^git version (?P<version>\d+\.\d+(?:\.\d+)?)")),
    ("wget", re.compile(r"^GNU Wget (?P<version>\d+\.\d+(?:\.\d+)?) ")),
    ("gnutls", re.compile(r"^gnutls-cli (?P<version>\d+\.\d+(?:\.\d+)?)")),
    ("chromium", re.compile(r"^(?:Chromium|Google Chrome) (?P<version>\d+)\.")),
)


def likelihood(head: bytes) -> float:
    """Such a line, in a text of hardly anything else."""
    said = text_of(head).splitlines()
    return 0.7 if 0 < len(said) <= LARGEST and any(_named(line) for line in said) else 0.0


def read(source: Source, progress: object = None) -> Iterator[Evidence]:
    """The program as ClientWords. Raises BadEvidence where no line names one."""
    for number, line in lines(source):
        if number > LARGEST:
            break
        if runtime := _named(line):
            yield ClientWords(source.name, (line_of(source.name, number),), runtime=runtime)
            return
    raise BadEvidence(source.name, "line 1", "evidence-unknown")


def _named(line: str) -> Runtime | None:
    for family, pattern in _PROGRAMS:
        if found := pattern.match(line.strip()):
            return Runtime(f"{family}/{found['version']}", family, line.strip()[:200])
    return None
