"""A progress bar on standard error, for captures that take longer than a moment; only where somebody sees it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Self

from tlswhy.render.inert import item_name, shortened
from tlswhy.render.words import Words

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

PATIENCE_S = 1.0
EVERY_S = 0.1


class Progress:
    """``of(name, size)`` gives the function that a reader calls with the bytes it has taken; None: nobody looks."""

    def __init__(self, words: Words, *, quiet: bool = False) -> None:
        self._words = words
        self._shown = sys.stderr.isatty() and not quiet
        self._started = time.monotonic()
        self._last = 0.0
        self._bar: Bar | None = None
        self._line = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()
        if self._line:
            sys.stderr.write("\r\x1b[K")

    def of(self, name: str, size: int | None) -> Callable[[int], None] | None:
        """The listener for one source."""
        if not self._shown:
            return None
        task: TaskID | None = None

        def taken(count: int) -> None:
            nonlocal task
            now = time.monotonic()
            if now - self._started < PATIENCE_S or now - self._last < EVERY_S:
                return
            self._last = now
            bar = self._open()
            if task is None:
                title = self._words.say("progress.reading", item=item_name(name, 40))
                task = bar.add_task(title, total=size)
            bar.update(task, completed=count)

        return taken

    def asking(self, target: str, number: int) -> None:
        """Before a connection to a live target: one line that the next one overwrites, once there is something to wait
        for."""
        if self._shown and time.monotonic() - self._started >= PATIENCE_S:
            line = self._words.say("progress.asking", item=shortened(target, 60), number=number)
            sys.stderr.write(f"\r\x1b[K{line}")
            sys.stderr.flush()
            self._line = True

    def _open(self) -> Bar:
        """Rich is imported when the wait is long enough to be worth its 40 ms."""
        if self._bar is None:
            from rich.console import Console
            from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn
            from rich.progress import Progress as RichProgress

            columns = (TextColumn("{task.description}", markup=False), BarColumn(), DownloadColumn())
            self._bar = RichProgress(
                *columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True, redirect_stdout=False
            )
            self._bar.start()
        return self._bar
