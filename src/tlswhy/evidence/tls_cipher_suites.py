"""A Windows server's list of cipher suites as evidence: output of ``Get-TlsCipherSuite`` (fields, a column, a table),
a policy's comma-separated string, ``reg query`` of it.

Owns those texts, and what is wrong with them as a policy: longer than Microsoft allows, with blanks, with names that
are none. They are what the server has on, in its order; where nobody documents what Windows makes of such a text, what
it may come down to stands beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from tlswhy.errors import BadEvidence
from tlswhy.evidence.text import lines, text_of
from tlswhy.evidence.types import Evidence, ServerConfiguration
from tlswhy.frozen import frozen
from tlswhy.model.settings import Order, ServerSettings
from tlswhy.model.where import line as line_of
from tlswhy.oddity import Oddity
from tlswhy.source import Source
from tlswhy.wire.numbers import suite
from tlswhy.wire.schannel_names import LONGEST_POLICY, read_name

MOST_SUITES = 1000
MOST_ODDITIES = 100
OF_SSL2: Final = "SSL_CK_"
"""Names of SSL 2.0, which stand in the default lists of old releases and are no suites of TLS."""
_NAME = r"(?:(?:TLS|SSL)_[A-Z0-9_]{2,50}_WITH|TLS_AES|TLS_CHACHA20|SSL_CK)_[A-Z0-9_]{2,60}"
_LISTED = re.compile(r"^\s*Name\s*:\s*(?P<name>(?:TLS|SSL)_[A-Z0-9_]{2,100})\s*$")
_ALONE = re.compile(rf"^\s*(?P<name>{_NAME})\s*,?\s*$")
_IN_A_TABLE = re.compile(rf"(?:^|\s)(?P<name>{_NAME}(?:\.\.\.|\u2026)?)(?:\s|$)")
_QUERIED = re.compile(r"^\s*Functions\s+REG_(?:MULTI_)?SZ\s+(?P<names>\S.*)$", re.IGNORECASE)
_HEADED = re.compile(r"^\s*Name\s*,?\s*$|^\s*-{4,}\s*$|Get-TlsCipherSuite")
_TABLE_HEAD = re.compile(r"^(?=.*\bName\b)[A-Za-z ]+$")
_DASHES = re.compile(r"^\s*-{2,}(?:\s+-{2,})*\s*$")
_KEY = re.compile(r"^HKEY_LOCAL_MACHINE\\", re.IGNORECASE)


@frozen
class ReadPolicy:
    """A policy's list. ``instead``, ``curveless``: as of ``ServerConfiguration``."""

    suites: tuple[int, ...] = ()
    instead: tuple[tuple[int, ...], ...] = ()
    curveless: frozenset[int] = frozenset()
    oddities: tuple[Oddity, ...] = ()


def likelihood(head: bytes) -> float:
    """Its fields, a column or table of names under its head, or nothing but names with commas."""
    found = [line for line in text_of(head).splitlines()[:200] if line.strip()]
    if any(map(_LISTED.match, found)) or any(_names_of_policy(line) for line in found if _QUERIED.match(line)):
        return 0.9
    if found and all(_names_of_policy(line) or _KEY.match(line) for line in found):
        return 0.9
    alone = sum(1 for line in found if _ALONE.match(line))
    if alone and all(_ALONE.match(line) or _HEADED.search(line) for line in found):
        return 0.85
    start = next((n for n, line in enumerate(found[:10]) if _TABLE_HEAD.match(line)), None)
    if start is None or len(found) < start + 3 or not _DASHES.match(found[start + 1]):
        return 0.0
    return 0.85 if all(map(_IN_A_TABLE.search, found[start + 2 : start + 12])) else 0.0


def read(source: Source, progress: object = None) -> Iterator[Evidence]:
    """One configuration. Raises BadEvidence where no suite is named."""
    names: list[str] = []
    policy: ReadPolicy | None = None
    first = 0
    for number, line in lines(source):
        if _names_of_policy(line) and not names:
            policy, first = read_policy(_policy_text(line), source.name, number), number
            break
        found = _LISTED.match(line) or _ALONE.match(line) or _IN_A_TABLE.search(line)
        if found and len(names) < MOST_SUITES:
            first = first or number
            names.append(found["name"])
    if policy is None:
        suites, oddities = read_suite_names(names, source.name, first)
        policy = ReadPolicy(suites, oddities=tuple(oddities))
    if not policy.suites:
        raise BadEvidence(source.name, "line 1", "configuration-without-tls")
    settings = ServerSettings(software="schannel", suites=policy.suites, order=Order.SERVER)
    yield ServerConfiguration(
        source.name,
        None,
        settings,
        where={"suites": line_of(source.name, first)},
        instead=policy.instead,
        curveless=policy.curveless,
    )
    yield from policy.oddities


def read_policy(text: str, item: str, line: int, most: int | None = LONGEST_POLICY) -> ReadPolicy:
    """The text of "SSL Cipher Suite Order", of at most so many characters (None: the list is no policy). One that is
    too long, or has blanks in it, Windows may take whole, in part or not at all: Microsoft only says that neither is
    allowed."""
    parts = text.split(",")[:MOST_SUITES]
    suites, oddities = read_suite_names(parts, item, line)
    instead: list[tuple[int, ...]] = []
    place = f"line {line}"
    if most is not None and len(text) > most:
        facts: dict[str, str | int] = {"length": len(text), "most": most}
        oddities.insert(0, Oddity("policy-too-long", place, item, facts))
        whole = text[: most + 1].split(",")[:-1]
        instead += [read_suite_names(whole, item, line)[0], ()]
    if most is not None and re.search(r"\s", text.strip()):
        oddities.insert(0, Oddity("policy-with-blanks", place, item))
        instead += [read_suite_names((part for part in parts if part == part.strip()), item, line)[0], ()]
    read = [known for part in parts if (known := read_name(part.strip())) is not None]
    with_curve = {number for number, curve in read if curve is not None}
    bare = {number for number, curve in read if curve is None and _wants_a_curve(number)} - with_curve
    return ReadPolicy(suites, tuple(dict.fromkeys(instead)), frozenset(bare), tuple(oddities[:MOST_ODDITIES]))


def read_suite_names(names: Iterable[str], item: str, line: int) -> tuple[tuple[int, ...], list[Oddity]]:
    """The numbers of Schannel's names, each once; an oddity for each that is none, or is cut."""
    numbers: dict[int, None] = {}
    oddities: list[Oddity] = []
    for name in names:
        known = read_name(name.strip())
        if known is not None:
            numbers[known[0]] = None
        elif len(oddities) < MOST_ODDITIES and name.strip() and not name.strip().startswith(OF_SSL2):
            oddities.append(Oddity("configuration-suite-unknown", f"line {line}", item, {"name": name.strip()[:60]}))
    return tuple(numbers), oddities


_OF_POLICY: Final = re.compile(_NAME)
_ANY_NAME: Final = re.compile(r"[A-Za-z0-9_.-]{2,100}")


def _names_of_policy(line: str) -> bool:
    """Names with commas between them, most of which are such as Schannel has."""
    parts = [part.strip() for part in _policy_text(line).rstrip(", \t").split(",")]
    if len(parts) < 2 or not all(_ANY_NAME.fullmatch(part) for part in parts):
        return False
    return sum(1 for part in parts if _OF_POLICY.fullmatch(part)) * 2 > len(parts)


def _policy_text(line: str) -> str:
    """What the policy holds: without the end of a line, and without what reg query writes before it."""
    queried = _QUERIED.match(line)
    text = line if queried is None else queried["names"].replace("\\0", ",")
    return text.strip().strip('"').rstrip(",")


def _wants_a_curve(number: int) -> bool:
    found = suite(number)
    return found is not None and found.key_exchange == "ECDHE"
