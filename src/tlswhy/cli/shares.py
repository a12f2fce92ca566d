"""One list made by several processes: each makes the lines of its share, and they are merged in their order.

Owns processes and pipes. What a share is, and what a line says, is the caller's business.
"""

from __future__ import annotations

import fcntl
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from heapq import merge
from struct import Struct
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from tlswhy.source import Elsewhere

Keyed = tuple[int, int, bytes]
"""A line behind the two numbers by which lines are ordered."""

Work = Callable[[int], Iterator[Keyed]]
"""The lines of one share, in order; the share's number is given."""

Child = tuple[int, BinaryIO]
"""A process and what it writes."""

MOST_PROCESSES = 8
_HEAD = Struct("<IQI")
_SIZE = Struct("<I")
_END = 0xFFFFFFFF
_BUFFER = 1 << 18
_WIDE = 1 << 20


def processes() -> int:
    """How many processes can work at the same time; 1 where a process cannot be split."""
    if not hasattr(os, "fork") or not hasattr(os, "sched_getaffinity"):
        return 1
    return min(len(os.sched_getaffinity(0)), MOST_PROCESSES)


def in_shares(count: int, work: Work) -> Iterator[bytes]:
    """The lines of ``work(0)`` … ``work(count - 1)``, each made by a process of its own.

    Raises ChildProcessError where one of them did not come to its end.
    """
    children: list[Child] = []
    try:
        for number in range(count):
            children.append(start(partial(_write, work, number), [pipe for _, pipe in children]))
        for _, _, line in merge(*(_lines(pipe) for _, pipe in children), key=_order):
            yield line
    finally:
        for child in children:
            end(child)


def others() -> list[Elsewhere]:
    """The other processes that can work at the same time as this one."""
    return [_elsewhere] * (processes() - 1)


def start(write: Callable[[BinaryIO], None], others: Sequence[BinaryIO] = ()) -> Child:
    """A process that writes into a pipe, and the end to read from; ``others``: the pipes of those that run already."""
    ours, theirs = os.pipe()
    pid = os.fork()
    if pid:
        os.close(theirs)
        return pid, os.fdopen(ours, "rb", _BUFFER)
    code = 1
    try:
        os.close(ours)
        for other in others:
            os.close(other.fileno())
        with os.fdopen(theirs, "wb", _BUFFER) as pipe:
            write(pipe)
        code = 0
    except BrokenPipeError:
        pass
    finally:
        os._exit(code)  # nothing of the parent's is to be flushed or cleaned up twice


def end(child: Child) -> None:
    """Have done with a process, whether it has come to its end or not."""
    pid, pipe = child
    pipe.close()
    os.kill(pid, signal.SIGTERM)  # it has ended, or nobody wants the rest; not waited for yet, so still ours
    os.waitpid(pid, 0)


@contextmanager
def _elsewhere(work: Callable[[], Iterator[bytes]]) -> Iterator[Iterator[bytes]]:
    """See ``source.Elsewhere``: what is yielded comes through a pipe that holds enough for it to work ahead."""
    child = start(partial(_write_pieces, work))
    try:
        with suppress(OSError, AttributeError):  # an unprivileged user may have used up his share; not on Linux
            fcntl.fcntl(child[1], fcntl.F_SETPIPE_SZ, _WIDE)
        yield _pieces(child[1])
    finally:
        end(child)


def _write_pieces(work: Callable[[], Iterator[bytes]], pipe: BinaryIO) -> None:
    for piece in work():
        pipe.write(_SIZE.pack(len(piece)) + piece)
        pipe.flush()


def _pieces(pipe: BinaryIO) -> Iterator[bytes]:
    while len(head := pipe.read(_SIZE.size)) == _SIZE.size:
        (size,) = _SIZE.unpack(head)
        piece = pipe.read(size)
        if len(piece) < size:
            return
        yield piece


def _write(work: Work, number: int, pipe: BinaryIO) -> None:
    for first, second, line in work(number):
        pipe.write(_HEAD.pack(first, second, len(line)) + line)
    pipe.write(_HEAD.pack(_END, 0, 0))


def _lines(pipe: BinaryIO) -> Iterator[Keyed]:
    while len(head := pipe.read(_HEAD.size)) == _HEAD.size:
        first, second, size = _HEAD.unpack(head)
        if first == _END:
            return
        yield first, second, pipe.read(size)
    raise ChildProcessError("a process that read a share of the capture has ended early")


def _order(keyed: Keyed) -> tuple[int, int]:
    return keyed[:2]
