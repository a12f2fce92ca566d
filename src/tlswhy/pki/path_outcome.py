"""What judging a path leads to: objections, the paths that were tried, the outcome. Types only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from tlswhy.frozen import frozen


@frozen
class PathObjection:
    """One thing the client minds. ``fault`` is the fault's name (the same word as the cause's ID).

    ``certificate`` is the index in the chain as sent (0 = leaf) where the fault stands, None where it is in the trust
    store or nowhere; ``anchor`` the index in the trust given, likewise. ``rule`` names the client's own rule.
    A fact ``unless`` = "leaf-trusted" says that only trust in the leaf itself would make the client pass over it.
    """

    fault: str
    certificate: int | None
    anchor: int | None = None
    facts: Mapping[str, object] = field(default_factory=dict)
    rule: str = ""


@frozen
class TriedPath:
    """A path that was tried: indices of sent certificates from the leaf up, the anchor if one was reached, why not."""

    certificates: tuple[int, ...]
    anchor: int | None
    objection: PathObjection | None


@frozen
class PathOutcome:
    """``accepted`` None: cannot tell because the trust was not seen, or for what ``undecided`` names.

    ``objections``: the first stops the client, the others would hit next. ``tried`` holds the near misses.
    """

    accepted: bool | None
    objections: tuple[PathObjection, ...]
    path: TriedPath | None
    tried: tuple[TriedPath, ...] = ()
    undecided: str | None = None
    """The code of what is missing, where chain and trust were seen and do not decide."""


PATH_CHOICE = "path-choice"
"""``undecided``: which of several ways up the client takes, or whether it finds the one that would do."""
