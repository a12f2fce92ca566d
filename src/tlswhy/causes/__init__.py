"""The causes: one file each, file name = cause ID. A cause exists because its file exists.

A cause file holds its page (the docstring), ``STAGE`` and ``check(situation) -> Iterable[Refusal]``, which raises
NotSeen where it lacks evidence. Where they apply:

- ``suspect(situation) -> float``: how likely the cause stands behind a server's bare handshake_failure (0: ruled out);
- ``SOURCES``: what a finding rests on that is no rule of the client's own;
- ``PRIOR``: how often it is why a client broke off without evidence that decides;
- ``cures(situation, refusal) -> Iterator[Change]``: what would heal it, the least invasive first;
- ``OF_THE_PATH``: its check looks at the certificate path alone, so that a path without objections rules it out;
- ``NEWER_CLIENTS_MAY``: a later release of the client may not mind.

Causes do not know each other.
"""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module
from types import ModuleType


@cache
def cause_modules() -> tuple[str, ...]:
    """The names of the cause files, in alphabetical order; the ID is the name with hyphens."""
    return tuple(sorted(found.name for found in pkgutil.iter_modules(__path__)))


@cache
def cause_ids() -> tuple[str, ...]:
    """All cause IDs."""
    return tuple(name.replace("_", "-") for name in cause_modules())


def cause_module(cause: str) -> ModuleType:
    """The file of a cause ID."""
    return import_module(f"{__name__}.{cause.replace('-', '_')}")
