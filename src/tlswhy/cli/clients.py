"""The clients of ``--client``: IDs as they are, profile files read."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from tlswhy.errors import BadRequest

if TYPE_CHECKING:
    from tlswhy.client.profiles import ClientSet

LARGEST_PROFILE = 1 << 20
SUFFIX = ".toml"


def named_clients(names: Iterable[str]) -> tuple[str | ClientSet, ...]:
    """What diagnose takes: an ID stays one; ``FILE`` or ``FILE@layer`` is the client of that profile."""
    return tuple(_of_file(name) if _is_file(name) else name for name in names)


def _is_file(name: str) -> bool:
    return name.partition(f"{SUFFIX}@")[0].endswith(SUFFIX) or f"{SUFFIX}@" in name or Path(name).is_file()


def _of_file(name: str) -> ClientSet:
    from tlswhy.cli.evidence import read_named
    from tlswhy.client.brought import client_of_text

    path, layer = name, ""
    if f"{SUFFIX}@" in name and not Path(name).is_file():
        path, _, layer = name.rpartition("@")
    try:
        text = read_named("--client", path, LARGEST_PROFILE).decode("utf-8")
    except UnicodeDecodeError:
        raise BadRequest("client-file-unreadable", item=path, reason="UTF-8") from None
    return client_of_text(text, path, layer)
