"""Files, folders and standard input as Sources. The one place that opens what the user names.

Owns names, folders (in an order that is the same everywhere) and why something cannot be opened. Recognises nothing:
what the bytes are is found out by ``evidence``.
"""

from __future__ import annotations

import os
import stat
import sys
import weakref
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from tlswhy.errors import BadEvidence, BadRequest
from tlswhy.source import BLOCK_SIZE, Source, Window

STDIN = "-"
IN_MEMORY = 16 << 20
"""Bytes of standard input that are kept in memory; more goes to a temporary file, since a Source is read twice."""


def open_sources(names: Iterable[str], *, mapped: bool = False) -> Iterator[Source]:
    """A Source for every file, for every file in every folder, and for ``-``; ``mapped`` as in ``open_file``.

    Raises BadEvidence for the first name that cannot be opened, when its turn comes.
    """
    stdin_taken = False
    for name in names:
        if name == STDIN:
            if stdin_taken:
                raise BadRequest("stdin-twice")
            stdin_taken = True
            yield open_stdin()
        elif name and Path(name).is_dir():
            yield from _open_folder(name, mapped=mapped)
        else:
            yield open_file(name, mapped=mapped)


def open_file(name: str, *, mapped: bool = False) -> Source:
    """One file; a pipe that the shell made (``<(…)``) is read like standard input.

    ``mapped``: the Source has windows, which are parts of the file mapped into memory. The system ends a process that
    looks at a part which somebody cuts off at that moment (SIGBUS), so this is for a process that can be spared.
    """
    if not name:  # an unset variable of the shell, in quotes; Path("") would be the current folder
        raise BadEvidence('""', "", "file-missing")
    try:
        status = Path(name).stat()
        if stat.S_ISFIFO(status.st_mode) and name.startswith(("/dev/fd/", "/proc/self/fd/")):
            with Path(name).open("rb") as pipe:
                return _kept(name, pipe)
        if not stat.S_ISREG(status.st_mode):
            raise BadEvidence(name, "", "not-a-file", kind=_kind(status.st_mode))
        with Path(name).open("rb"):
            pass
    except FileNotFoundError:
        raise BadEvidence(name, "", "file-missing") from None
    except (OSError, ValueError) as error:
        raise _unreadable(name, error) from None
    windows = (lambda: _windows(name)) if mapped else None
    return Source(name, lambda: _blocks(name), status.st_size, windows)


def open_stdin() -> Source:
    """Standard input; raises BadRequest where that is a terminal."""
    if sys.stdin is None or sys.stdin.isatty():
        raise BadRequest("stdin-terminal")
    return _kept(STDIN, sys.stdin.buffer)


def _open_folder(name: str, *, mapped: bool) -> Iterator[Source]:
    """All regular files below a folder, sorted by path; hidden ones, links to folders and special files left out."""
    found = False
    errors: list[OSError] = []
    for folder, folders, files in os.walk(name, onerror=errors.append):
        folders[:] = sorted(entry for entry in folders if not entry.startswith("."))
        for entry in sorted(files):
            path = Path(folder, entry)
            if not entry.startswith(".") and path.is_file():
                found = True
                yield open_file(str(path), mapped=mapped)
    if errors and not found:
        raise _unreadable(name, errors[0])
    if not found:
        raise BadEvidence(name, "", "folder-empty")


def _blocks(name: str) -> Iterator[bytes]:
    try:
        with Path(name).open("rb", buffering=0) as file:
            while block := file.read(BLOCK_SIZE):
                yield block
    except OSError as error:
        raise _unreadable(name, error) from None


@contextmanager
def _windows(name: str) -> Iterator[Window]:
    import mmap

    def window(place: int, size: int) -> bytes:
        size = min(size, os.fstat(file.fileno()).st_size - place)
        if size <= 0:
            return b""
        try:
            # Sliced, indexed and unpacked like bytes; what nobody refers to any more is no longer mapped.
            return cast(bytes, mmap.mmap(file.fileno(), size, offset=place, access=mmap.ACCESS_READ))
        except OSError:  # a file system that maps nothing
            return os.pread(file.fileno(), size, place)

    try:
        with Path(name).open("rb", buffering=0) as file:
            yield window
    except OSError as error:
        raise _unreadable(name, error) from None


def _kept(name: str, stream: IO[bytes]) -> Source:
    """The stream's bytes, kept so that they can be read again from the start."""
    import tempfile  # few read from a pipe

    kept = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - lives as long as the Source
    size = 0
    while block := stream.read(BLOCK_SIZE):
        size += kept.write(block)

    def blocks() -> Iterator[bytes]:
        position = 0
        while True:
            kept.seek(position)
            block = kept.read(BLOCK_SIZE)
            if not block:
                return
            position += len(block)
            yield block

    weakref.finalize(blocks, kept.close)
    return Source(name, blocks, size)


def _unreadable(name: str, error: Exception) -> BadEvidence:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return BadEvidence(name, "", "file-unreadable", reason=reason.lower())


def _kind(mode: int) -> str:
    kinds = ((stat.S_ISFIFO, "pipe"), (stat.S_ISSOCK, "socket"), (stat.S_ISCHR, "device"), (stat.S_ISBLK, "device"))
    return next((name for test, name in kinds if test(mode)), "special")
