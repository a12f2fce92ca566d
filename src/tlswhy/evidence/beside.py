"""The files that are given together: which of them another one names, by its path or a pattern.

Owns how a path in a configuration finds a file that may lie elsewhere here than on the server: by as much of its end as
fits. Opens nothing that was not given.
"""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from tlswhy.source import Source

MOST_FOUND = 500
LONGEST_PATTERN = 1000


@dataclass(slots=True)
class Beside:
    """``taken``: names of those that another one has included, so that they need not be read by themselves."""

    sources: Sequence[Source] = ()
    taken: set[str] = field(default_factory=set)

    def named(self, pattern: str, by: str) -> list[Source]:
        """Those that ``by`` means, sorted by their names; first by the path as it stands there, then by its end.

        A pattern for all files of a folder wants at least the folder's name.
        """
        wanted = _parts(pattern.strip("\"'"))
        if not wanted or len(pattern) > LONGEST_PATTERN:
            return []
        others = [(_parts(source.name), source) for source in self.sources if source.name != by]
        near = [*_parts(by)[:-1], *wanted]
        found = [source for parts, source in others if len(parts) == len(near) and _ends(parts, near)]
        for start in range(len(wanted)):
            tail = wanted[start:]
            if found or (len(tail) == 1 and any(mark in tail[0] for mark in "*?[")):
                break
            found = [source for parts, source in others if _ends(parts, tail)]
        return sorted(found, key=lambda source: source.name)[:MOST_FOUND]


def same_file(path: str, name: str) -> bool:
    """Whether a path in a configuration may be the file of that name: both end alike."""
    ours, theirs = _parts(path), _parts(name)
    return bool(ours) and ours[-1:] == theirs[-1:]


def _parts(path: str) -> list[str]:
    plain = posixpath.normpath(path.strip().replace("\\", "/"))
    return [part for part in plain.split("/") if part not in {"", ".", ".."}]


def _ends(parts: list[str], tail: list[str]) -> bool:
    return len(parts) >= len(tail) and all(map(fnmatchcase, parts[len(parts) - len(tail) :], tail))
