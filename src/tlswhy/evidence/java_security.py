"""A ``java.security`` file, or lines pasted from one, as evidence: what this client's runtime is told to refuse.

Owns the syntax of java.util.Properties: comments, continued lines, separators, escapes. What the values mean is the
client's business.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tlswhy.errors import BadEvidence
from tlswhy.evidence.text import lines, text_of
from tlswhy.evidence.types import Evidence, SecurityProperties
from tlswhy.model.where import Where
from tlswhy.model.where import line as line_of
from tlswhy.source import Source

LONGEST_VALUE = 1 << 16
_KNOWN = re.compile(
    r"^\s*(?:jdk\.(?:tls|certpath|jar|security)\.(?:disabledAlgorithms|legacyAlgorithms|keyLimits)|jdk\.disabled\.namedCurves"
    r"|security\.provider\.\d+|ssl\.(?:Key|Trust)ManagerFactory\.algorithm)\s*[=:]",
    re.MULTILINE,
)
_WANTED = re.compile(r"(?:jdk|security|ssl|crypto|ocsp|com\.sun\.security|keystore|sun\.security)\.[\w.]{1,100}")
_ENTRY = re.compile(r"^\s*(?P<key>(?:[^\s=:\\]|\\.){1,200})\s*(?:[=:]\s*|\s+|$)(?P<value>.*)$", re.DOTALL)
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|(.))", re.DOTALL)
_LETTERS = {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}


def likelihood(head: bytes) -> float:
    """A property that only java.security holds."""
    return 0.88 if _KNOWN.search(text_of(head)) else 0.0


def read(source: Source, progress: object = None) -> Iterator[Evidence]:
    """The properties that concern security, the last of a name counts. Raises BadEvidence where there is none."""
    values: dict[str, str] = {}
    where: dict[str, Where] = {}
    for number, text in _logical(source):
        found = _ENTRY.match(text)
        if found is None:
            continue
        key = _unescaped(found["key"])
        if _WANTED.fullmatch(key):
            values[key] = _unescaped(found["value"])
            where[key] = line_of(source.name, number)
    if not values:
        raise BadEvidence(source.name, "line 1", "no-security-properties")
    yield SecurityProperties(source.name, values, where)


def _logical(source: Source) -> Iterator[tuple[int, str]]:
    """Lines with those that continue them (an odd number of backslashes at the end), numbered by the first."""
    parts: list[str] = []
    start = size = 0
    for number, line in lines(source):
        text = line.lstrip() if parts else line
        if not parts:
            start, size = number, 0
            if text.lstrip()[:1] in {"#", "!"} or not text.strip():
                continue
        continued = (len(text) - len(text.rstrip("\\"))) % 2 == 1
        size += len(text)
        if size <= LONGEST_VALUE:
            parts.append(text[:-1] if continued else text)
        if not continued:
            yield start, "".join(parts)
            parts = []
    if parts:
        yield start, "".join(parts)


def _unescaped(text: str) -> str:
    def letter(found: re.Match[str]) -> str:
        return chr(int(found[1], 16)) if found[1] else _LETTERS.get(found[2], found[2])

    return _ESCAPE.sub(letter, text)
