"""A Windows server's list of cipher suites as evidence: output of ``Get-TlsCipherSuite``, or a policy's comma-separated
string.

Owns those texts, and Schannel's names of suites with their curves. They are what the server has on, in its order.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from tlswhy.errors import BadEvidence
from tlswhy.evidence.text import lines, text_of
from tlswhy.evidence.types import Evidence, ServerConfiguration
from tlswhy.model.settings import Order, ServerSettings
from tlswhy.model.where import line as line_of
from tlswhy.oddity import Oddity
from tlswhy.source import Source
from tlswhy.wire.schannel_names import read_name

MOST_SUITES = 1000
MOST_ODDITIES = 100
_NAME = r"(?:(?:TLS|SSL)_[A-Z0-9_]{2,50}_WITH|TLS_AES|TLS_CHACHA20|SSL_CK)_[A-Z0-9_]{2,60}"
_LISTED = re.compile(r"^\s*Name\s*:\s*(?P<name>(?:TLS|SSL)_[A-Z0-9_]{2,100})\s*$")
_ALONE = re.compile(rf"^\s*(?P<name>{_NAME})\s*$")
_POLICY = re.compile(rf"^\s*(?P<names>{_NAME}(?:,{_NAME})+)\s*$")
_HEADED = re.compile(r"^\s*Name\s*$|^\s*-{4,}\s*$|Get-TlsCipherSuite")


def likelihood(head: bytes) -> float:
    """Its fields, a column of names under its head, or nothing but names with commas."""
    text = text_of(head)
    found = [line for line in text.splitlines()[:200] if line.strip()]
    if any(map(_LISTED.match, found)) or (found and all(map(_POLICY.match, found))):
        return 0.9
    alone = sum(1 for line in found if _ALONE.match(line))
    return 0.85 if alone and all(_ALONE.match(line) or _HEADED.search(line) for line in found) else 0.0


def read(source: Source, progress: object = None) -> Iterator[Evidence]:
    """One configuration. Raises BadEvidence where no suite is named."""
    names: list[str] = []
    first = 0
    for number, line in lines(source):
        if found := _POLICY.match(line):
            here = found["names"].split(",")
        elif found := _LISTED.match(line) or _ALONE.match(line):
            here = [found["name"]]
        else:
            continue
        first = first or number
        names.extend(here[: MOST_SUITES - len(names)])
    suites, oddities = read_suite_names(names, source.name, first)
    if not suites:
        raise BadEvidence(source.name, "line 1", "configuration-without-tls")
    settings = ServerSettings(software="schannel", suites=suites, order=Order.SERVER)
    yield ServerConfiguration(source.name, None, settings, (), {"suites": line_of(source.name, first)})
    yield from oddities


def read_suite_names(names: Iterable[str], item: str, line: int) -> tuple[tuple[int, ...], list[Oddity]]:
    """The numbers of Schannel's names, each once; an oddity for each that is none."""
    numbers: dict[int, None] = {}
    oddities: list[Oddity] = []
    for name in names:
        known = read_name(name.strip())
        if known is not None:
            numbers[known[0]] = None
        elif len(oddities) < MOST_ODDITIES and name.strip():
            oddities.append(Oddity("configuration-suite-unknown", f"line {line}", item, {"name": name.strip()[:60]}))
    return tuple(numbers), oddities
