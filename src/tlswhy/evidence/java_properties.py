"""System properties of a Java client as evidence: a command line with ``-Dname=value``, what
``java -XshowSettings:properties`` or ``jcmd … VM.system_properties`` prints.

Owns where such a text has names and values. Which of them change a client is for ``client.system_properties``; those of
``data/java_system_properties.toml`` are kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from tlswhy.errors import BadEvidence
from tlswhy.evidence.java_version import runtime_of
from tlswhy.evidence.text import lines, text_of
from tlswhy.evidence.types import ClientWords, Evidence, SystemProperties
from tlswhy.model.where import Where
from tlswhy.model.where import line as line_of
from tlswhy.source import Source
from tlswhy.tables import load_table

LONGEST_VALUE = 1 << 16
_GIVEN = re.compile(r"""(?<![\w-])["']?-D(?P<name>[\w.]{1,100})=(?:"(?P<quoted>[^"]*)"|(?P<bare>[^\s"']*))""")
_SET = re.compile(r"^\s*(?P<name>[a-z][\w.]{1,100})\s?=\s?(?P<value>.*?)\s*$")
_RUNTIME = ("java.version ", "java.version=", "java.vendor ", "java.vendor=", "java.vm.name")


def likelihood(head: bytes) -> float:
    """A property that changes a TLS client, in one of these forms."""
    return 0.86 if any(_found_in(line) for line in text_of(head).splitlines()) else 0.0


def read(source: Source, progress: object = None) -> Iterator[Evidence]:
    """The properties we know of, the last of a name counts, and the runtime where the text names it."""
    values: dict[str, str] = {}
    where: dict[str, Where] = {}
    runtime: list[str] = []
    first = 0
    for number, line in lines(source):
        for name, value in _found_in(line):
            values[name], where[name] = value, line_of(source.name, number)
        if line.strip().startswith(_RUNTIME) and len(runtime) < len(_RUNTIME):
            runtime.append(line)
            first = first or number
    if not values:
        raise BadEvidence(source.name, "line 1", "no-security-properties")
    yield SystemProperties(source.name, values, where)
    if runtime and (named := runtime_of(runtime)) is not None:
        yield ClientWords(source.name, (line_of(source.name, first),), runtime=named)


def _found_in(line: str) -> list[tuple[str, str]]:
    given = [(found["name"], found["quoted"] or found["bare"] or "") for found in _GIVEN.finditer(line)]
    if not given and (found := _SET.match(line)) is not None:
        given = [(found["name"], found["value"])]
    return [(name, value[:LONGEST_VALUE]) for name, value in given if name in _known()]


@cache
def _known() -> Mapping[str, Any]:
    return load_table("java_system_properties.toml")["property"]  # type: ignore[no-any-return]
