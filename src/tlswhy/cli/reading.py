"""Sources by name, read lazily: what cannot be read is kept as an oddity, the rest goes on.

Refuses to know: words, targets, options. Loaded by every process that reads, so it imports little.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import KW_ONLY, dataclass, field, replace
from typing import TYPE_CHECKING

from tlswhy.errors import BadEvidence
from tlswhy.evidence.read import read_together
from tlswhy.gather.files import open_sources
from tlswhy.oddity import Oddity
from tlswhy.source import Elsewhere, Source

if TYPE_CHECKING:
    from collections.abc import Callable

    from tlswhy.evidence.types import Evidence
    from tlswhy.packets.tcp import Share


@dataclass(slots=True)
class Reading:
    """Iterate to read. ``failures``: what could not be read; ``read``: how many sources could."""

    names: Sequence[str]
    _: KW_ONLY
    failures: list[BadEvidence] = field(default_factory=list)
    oddities: list[Oddity] = field(default_factory=list)
    read: int = 0
    progress: Callable[[str, int | None], Callable[[int], None] | None] | None = None
    password: str | None = None
    """What opens stores."""
    share: Share | None = None
    """Of captures only these connections."""
    brief: bool = False
    """Of captures no more than a list of the connections takes."""
    order: dict[str, int] = field(default_factory=dict)
    """The sources in the order in which they were begun."""
    mapped: bool = False
    """Files as windows of memory where that is faster (see ``gather.files.open_file``)."""
    elsewhere: Sequence[Elsewhere] = ()
    """Other processes that can look at such windows."""

    def __iter__(self) -> Iterator[Evidence]:
        sources: list[Source] = []
        for name in self.names:
            yield from self._open(name, sources)
        yield from read_together(
            sources,
            self._failed,
            done=self._done,
            progress=self._begun,
            share=self.share,
            brief=self.brief,
            password=self.password,
        )
        yield from self.oddities

    def _open(self, name: str, sources: list[Source]) -> Iterator[Evidence]:
        """Add what a name stands for, or give what it says itself."""
        try:
            opened = open_sources([name], mapped=self.mapped)
            sources.extend(replace(each, elsewhere=self.elsewhere) if self.elsewhere else each for each in opened)
        except BadEvidence as failure:
            self._failed(failure)
        return iter(())

    def _begun(self, source: Source) -> Callable[[int], None] | None:
        self.order.setdefault(source.name, len(self.order))
        return self.progress(source.name, source.size) if self.progress else None

    def _done(self) -> None:
        self.read += 1

    def _failed(self, failure: BadEvidence) -> None:
        self.failures.append(failure)
        facts = {key: value for key, value in failure.facts.items() if isinstance(value, str | int)}
        self.oddities.append(Oddity(failure.code, failure.place, failure.item, facts))
