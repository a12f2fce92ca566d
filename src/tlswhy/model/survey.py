"""What a server can do, found out by asking it (``--survey``). Wire numbers throughout."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tlswhy.frozen import frozen

STOPPED_ANSWERING: Final = "stopped-answering"
"""The intolerance of a server that took no more connections while it was asked: what it did not show it may have."""


@frozen
class ServedChain:
    """A chain that the server showed: the leaf's key ("RSA", "EC" …), for which server name, SHA-256 in hexadecimal.

    ``curve``: the group of an EC key.
    """

    key: str
    server_name: str | None
    certificates: tuple[str, ...]
    curve: int | None = None


@frozen
class Survey:
    """Everything that was asked. ``item`` is that of the connections; empty tuples where the server has none.

    ``versions``: suites by version, in the server's order where that counts, else in the order in which they were
    offered. ``groups`` and ``schemes`` likewise, those of every version.
    """

    item: str
    port: int
    versions: Mapping[int, tuple[int, ...]]
    server_order: bool | None
    """Whose order of suites counts; None: the server has no two suites of one version to choose from."""
    dh_bits: int | None
    groups: tuple[int, ...]
    schemes: tuple[int, ...]
    chains: tuple[ServedChain, ...]
    server_name: str | None
    """The name that was sent with all but the questions about names."""
    without_name: bool | None
    """Whether a hello without server_name is served; None: none was sent anyway."""
    other_name: bool | None
    """Whether a hello with a name that the server cannot know is served."""
    intolerances: tuple[str, ...]
    """What the server bears badly although it could ignore it: codes of the catalogue."""
    connections: int
