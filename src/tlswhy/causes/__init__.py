"""The causes: one file each, file name = cause ID. A cause exists because its file exists.

A cause file holds its page (the docstring), ``STAGE``, ``check(situation) -> Iterator[Refusal]`` and, where a server
can refuse for that reason without saying so, ``suspect(situation) -> float``: how likely it stands behind a bare
handshake_failure (0: ruled out). ``PRIOR`` (0 where it is left out): how often it is why a client broke off without
evidence that decides. ``check`` raises NotSeen where it lacks evidence. Causes do not know each other.
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
