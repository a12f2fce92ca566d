"""A process that loads what reads large captures while this one still looks at its command line, and waits to be told.

Loading NumPy takes longer than all else that comes before the first packet. Nothing is read before it is known what is
wanted; where nothing is, the process ends.

Owns when that is worth it, the process and how it is told. What it is told is the business of ``ahead``, which is
loaded there. This file is loaded for every list of handshakes, so it imports next to nothing.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import BinaryIO

from tlswhy.cli.shares import Child, end, start

WORTH_IT = 32 << 20
"""Bytes from which on a file is read by another process."""

Task = Callable[[BinaryIO], None]
"""What is to be written into the pipe, as an object that can be pickled."""


class Standby:
    """The process; who has called it up tells or dismisses it. ``name``: the file that it may be told to read."""

    def __init__(self, name: str) -> None:
        theirs, ours = os.pipe()
        self._child = start(partial(_wait, name, theirs, ours))
        self._orders = os.fdopen(ours, "wb")
        os.close(theirs)

    def tell(self, task: Task) -> Child:
        """Let it begin."""
        import pickle

        with suppress(BrokenPipeError), self._orders:  # where it is gone, that shows when nothing comes of it
            pickle.dump(task, self._orders)
        return self._child

    def dismiss(self) -> None:
        """Let it go."""
        self._orders.close()
        end(self._child)


_waiting: list[Standby] = []


def call_up(arguments: Sequence[str]) -> None:
    """Have a process wait where a large file is among the arguments."""
    if hasattr(os, "fork") and (name := next(filter(_is_large, arguments), None)) is not None:
        _waiting.append(Standby(name))


def take() -> Standby | None:
    """The process that waits, where there is one."""
    return _waiting.pop() if _waiting else None


def dismiss() -> None:
    """The same, where nobody needs it."""
    while process := take():
        process.dismiss()


def _is_large(name: str) -> bool:
    try:
        return os.stat(name).st_size >= WORTH_IT  # noqa: PTH116 - pathlib is loaded later, by both at the same time
    except (OSError, ValueError):
        return False


def _wait(name: str, orders: int, ours: int, pipe: BinaryIO) -> None:
    """In the other process: load, wait, work."""
    import gc
    import pickle

    os.close(ours)
    gc.disable()  # as in ``__main__``
    _load(name)
    gc.freeze()
    gc.enable()
    with os.fdopen(orders, "rb") as waiting:
        task: Task = pickle.load(waiting)
    task(pipe)


def _load(name: str) -> None:
    """What reading the file will need; not where it is dense with handshakes: then this process is hardly told to."""
    from tlswhy.evidence.capture import is_dense
    from tlswhy.gather.files import open_file
    from tlswhy.source import BLOCK_SIZE

    if not is_dense(open_file(name).head(BLOCK_SIZE)):
        import tlswhy.packets.presort
        import tlswhy.packets.scan  # NumPy with both  # noqa: F401
        from tlswhy.cli import ahead  # noqa: F401
