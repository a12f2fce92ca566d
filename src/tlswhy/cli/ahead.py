"""Captures read by a process of their own, which is at work while this one still loads what it lists them with.

That process looks at files as windows of memory, which the system may end it for (``gather.files.open_file``). Where it
ends early, for whatever reason, this process reads everything itself and leaves out what it has had already.

The process is one that was called up before (``standby``), where there is one.
Owns the pipe and what is done without it. What is read is the business of ``reading``.
"""

from __future__ import annotations

import os
import pickle
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from tlswhy.cli import standby
from tlswhy.cli.reading import Reading
from tlswhy.cli.shares import Child, end, others, start
from tlswhy.errors import BadEvidence
from tlswhy.frozen import frozen

if TYPE_CHECKING:
    from tlswhy.cli.evidence import EvidenceReading
    from tlswhy.cli.progress import Progress
    from tlswhy.evidence.types import Evidence


def is_worth_it(names: list[str]) -> bool:
    """Whether all of these are files (a pipe can't be read again) and one of them is large."""
    try:
        files = [Path(name) for name in names]
        large = any(file.stat().st_size >= standby.WORTH_IT for file in files)
        return large and hasattr(os, "fork") and all(map(Path.is_file, files))
    except (OSError, ValueError):
        return False  # who reads it will say what is wrong


@frozen
class _Course:
    """How the reading goes, between the evidence in the pipe: wherever something failed, and at the end."""

    read: int
    order: dict[str, int]
    failures: list[tuple[str, str, str, dict[str, object]]]
    ended: bool


class Ahead:
    """Iterate once for what ``reading`` gives. Its ``read``, ``order`` and ``failures`` are kept, as it keeps them."""

    def __init__(self, reading: EvidenceReading, *, quiet: bool = False) -> None:
        self._reading = reading
        task = partial(_write, list(reading.names), reading.words.language, brief=reading.brief, quiet=quiet)
        process = standby.take()
        self._child: Child | None = process.tell(task) if process is not None else start(task)
        self._ended = False

    def close(self) -> None:
        """End the process where it is still there."""
        if self._child is not None:
            end(self._child)
            self._child = None

    def __iter__(self) -> Iterator[Evidence]:
        count = 0
        for item in self._received():
            yield item
            count += 1
        if not self._ended:
            self._reading.read, self._reading.order, self._reading.failures = 0, {}, []
            yield from islice(self._reading, count, None)

    def _received(self) -> Iterator[Evidence]:
        """What comes through the pipe, up to its end or where it breaks off."""
        assert self._child is not None
        pipe = self._child[1]
        try:
            while not self._ended:
                item = pickle.load(pipe)
                if isinstance(item, _Course):
                    self._follow(item)
                else:
                    yield item
        except (EOFError, pickle.UnpicklingError):
            pass
        finally:
            self.close()

    def _follow(self, course: _Course) -> None:
        reading = self._reading
        reading.read, reading.order, self._ended = course.read, course.order, course.ended
        reading.failures = [BadEvidence(item, place, code, **facts) for item, place, code, facts in course.failures]


def _write(names: list[str], language: str, pipe: BinaryIO, *, brief: bool, quiet: bool) -> None:
    """In the other process."""
    reading, failed = Reading(names, brief=brief, mapped=True, elsewhere=others()), 0
    with _shown(reading, language) if not quiet and sys.stderr.isatty() else nullcontext():
        for item in reading:
            if len(reading.failures) > failed:
                failed = len(reading.failures)
                _tell(pipe, reading, ended=False)
            pickle.dump(item, pipe, pickle.HIGHEST_PROTOCOL)
    _tell(pipe, reading, ended=True)


def _shown(reading: Reading, language: str) -> Progress:
    """How far it has come, for somebody who looks on."""
    from tlswhy.cli.progress import Progress
    from tlswhy.render.words import load_words

    progress = Progress(load_words(language))
    reading.progress = progress.of
    return progress


def _tell(pipe: BinaryIO, reading: Reading, *, ended: bool) -> None:
    failures = [(each.item, each.place, each.code, dict(each.facts)) for each in reading.failures]
    pickle.dump(_Course(reading.read, reading.order, failures, ended), pipe, pickle.HIGHEST_PROTOCOL)
