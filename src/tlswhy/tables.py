"""The package's own TOML tables: found, parsed, cached. The only file access of the core.

Owns where ``data/`` lies and that a broken table says so (BadTable). Knows nothing of what the tables mean; each
room checks its own. A plain path next to this file and not ``importlib.resources``, whose import alone costs the
command line 16 ms.
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from tlswhy.errors import BadTable

DATA = Path(__file__).parent / "data"


@cache
def load_table(*path: str) -> dict[str, Any]:
    """The table at ``data/<path>``, e.g. ``load_table("iana", "suites.toml")``; shared, so never change it."""
    name = "/".join(path)
    try:
        with DATA.joinpath(*path).open("rb") as file:
            return tomllib.load(file)
    except OSError as error:
        raise BadTable("table-missing", table=name) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadTable("table-unreadable", table=name, reason=str(error)) from error


def parse_table(text: str, name: str) -> dict[str, Any]:
    """A table that somebody else brings, by its text; ``name`` is what it is called when it is wrong."""
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise BadTable("table-unreadable", table=name, reason=str(error)) from None


@cache
def table_names(*folder: str) -> tuple[str, ...]:
    """The tables below ``data/<folder>``, sorted: paths relative to that folder, with ``/`` and without ``.toml``."""
    root = DATA.joinpath(*folder)
    if not root.is_dir():
        raise BadTable("table-folder-missing", table="/".join(folder))
    return tuple(sorted(path.relative_to(root).with_suffix("").as_posix() for path in root.rglob("*.toml")))


def numbered_rows(table: str, rows: object) -> list[tuple[int, str]]:
    """Read a compact table: one string with a hexadecimal number, a blank and the rest on each line."""
    if not isinstance(rows, str):
        raise BadTable("table-rows-missing", table=table)
    try:
        pairs = [line.split(" ", 1) for line in rows.splitlines() if line]
        return [(int(number, 16), rest) for number, rest in pairs]
    except ValueError as error:
        raise BadTable("table-row-malformed", table=table, reason=str(error)) from error
