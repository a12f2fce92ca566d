"""``java -version`` output as evidence: which runtime it is, as a client's ID.

Owns the version strings of all schemes (1.8.0_212, 9.0.4, 17.0.15+6) and the vendors' ways to name themselves. Whether
a profile of that ID exists is not asked here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache

from tlswhy.errors import BadEvidence
from tlswhy.evidence.text import lines, text_of
from tlswhy.evidence.types import ClientWords, Evidence, Runtime
from tlswhy.model.where import line as line_of
from tlswhy.source import Source
from tlswhy.tables import load_table

LARGEST = 64
"""Lines that are read: the output has three, five with IBM's."""
_FIRST = re.compile(
    r'(?:^|[\s|>:#$\]])(?:java|openjdk|graalvm|zulu)(?: full)? version:? "(?P<version>[^"]{1,64})"', re.IGNORECASE
)
_PROPERTY = re.compile(r"\bjava\.(?:runtime\.)?version\s?[=:]\s?\"?(?P<version>\d[\w.+-]{0,40})")
_SHORT = re.compile(r"^(?:openjdk|java) (?P<version>\d{1,2}[\d.]{0,20}) \d{4}-\d\d-\d\d")
_OLD = re.compile(r"1\.(?P<line>[5-8])\.0(?:_(?P<update>\d{1,4}))?")
_BARE_UPDATE = re.compile(r"(?P<line>[5-8])u(?P<update>\d{1,4})")
_NEW = re.compile(r"(?P<version>\d{1,2}(?:\.\d{1,3}){0,5})")


def likelihood(head: bytes) -> float:
    """The line that begins the output, near the beginning of a short text."""
    text = text_of(head)
    if "ersion" not in text and "openjdk" not in text:
        return 0.0
    said = text.splitlines()
    found = any(_version_in(line) for line in said[:LARGEST])
    return (0.75 if len(said) <= LARGEST else 0.1) if found else 0.0


def read(source: Source, progress: object = None) -> Iterator[Evidence]:
    """The runtime as ClientWords. Raises BadEvidence where the version is none of Java's."""
    said: list[str] = []
    for number, line in lines(source):
        if number > LARGEST:
            break
        said.append(line)
    for number, line in enumerate(said, 1):
        if _version_in(line) and (runtime := runtime_of(said[number - 1 : number + 5])):
            yield ClientWords(source.name, (line_of(source.name, number),), runtime=runtime)
            return
    raise BadEvidence(source.name, "line 1", "java-version-unclear")


def runtime_of(said: Sequence[str]) -> Runtime | None:
    """The runtime that these lines name: a version in one of them, its vendor in any."""
    version = next((found for line in said if (found := _version_in(line))), None)
    if version is None:
        return None
    text = "\n".join(said)
    identifier = _identifier(version, text)
    if identifier is None:
        return None
    mark, name = next(((mark, name) for pattern, mark, name in _vendors() if pattern.search(text)), ("", ""))
    first = next(line.strip() for line in said if _version_in(line))
    return Runtime(f"java/{identifier}" + (f"+{mark}" if mark else ""), name, first[:200])


def _version_in(line: str) -> str | None:
    if "version" not in line and not line.startswith(("openjdk ", "java ")):
        return None
    found = _FIRST.search(line) or _PROPERTY.search(line) or _SHORT.search(line)
    return found["version"] if found else None


def _identifier(version: str, text: str) -> str | None:
    """A version as the family writes it: 8u212, 11.0.5, 17."""
    if old := _OLD.match(version):
        update = old["update"]
        if update is None:  # IBM's first line names no update, its build does: (build 1.8.0_221-b11) or 8.0.5.40
            built = re.search(rf"1\.{old['line']}\.0_(\d{{1,4}})", text)
            update = built[1] if built else None
        return f"{old['line']}u{int(update)}" if update else old["line"]
    if bare := _BARE_UPDATE.match(version):
        return f"{bare['line']}u{int(bare['update'])}"
    found = _NEW.match(version)
    if found is None:
        return None
    parts = found["version"].split(".")
    while len(parts) > 1 and set(parts[-1]) == {"0"}:
        parts.pop()
    return ".".join(str(int(part)) for part in parts)


@cache
def _vendors() -> tuple[tuple[re.Pattern[str], str, str], ...]:
    rows = load_table("java_vendors.toml")["vendor"]
    return tuple((re.compile(row["pattern"]), row["mark"], row["name"]) for row in rows)
