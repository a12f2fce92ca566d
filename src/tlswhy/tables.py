"""The package's own TOML tables: found, parsed, cached. The only file access of the core.

Owns where ``data/`` lies and that a broken table says so (BadTable). Knows nothing of what the tables mean; each
room checks its own. A plain path next to this file and not ``importlib.resources``, whose import alone costs the
command line 16 ms.
"""

from __future__ import annotations

import re
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


class Sections:
    """A table of which each section ``[a.b]`` is parsed when somebody asks for it: a start needs few of many.

    Only for files that are nothing but such sections, one after the other, each header in a line of its own.
    """

    def __init__(self, text: str, name: str) -> None:
        found = list(_HEADER.finditer(text))
        ends = [header.start() for header in found[1:]] + [len(text)]
        self._texts = {header[1]: text[header.end() : end] for header, end in zip(found, ends, strict=True)}
        self._name = name
        self._parsed: dict[str, dict[str, Any]] = {}

    def table(self, name: str) -> dict[str, Any]:
        """The section and what is below it; empty where there is none. Shared, so never change it."""
        if name not in self._parsed:
            found = parse_table(self._texts[name], self._name) if name in self._texts else {}
            below = f"{name}." if name else ""
            for other in self._texts:
                if other.startswith(below) and other != name:
                    child = other[len(below) :].partition(".")[0]
                    found[child] = self.table(f"{below}{child}")
            if not found and name:  # a table within a section
                above, _, last = name.rpartition(".")
                within = self.table(above).get(last) if above else None
                found = within if isinstance(within, dict) else {}
            self._parsed[name] = found
        return self._parsed[name]


_HEADER = re.compile(r"^\[([\w.-]+)\][ \t]*$", re.MULTILINE)


@cache
def load_sections(*path: str) -> Sections:
    """The table at ``data/<path>``, by its sections."""
    name = "/".join(path)
    try:
        return Sections(DATA.joinpath(*path).read_text(encoding="utf-8"), name)
    except (OSError, UnicodeDecodeError) as error:
        raise BadTable("table-missing", table=name) from error


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
