"""What configurations of servers on OpenSSL say in the same words: cipher strings, versions, curves.

Owns how such words become ServerSettings, each with its place, and what becomes of a word that nobody knows: an oddity,
and the rest is used. Which directive holds them is the format's own business.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from tlswhy.evidence.beside import Beside
from tlswhy.evidence.types import FileKind, NamedFile, ServerConfiguration
from tlswhy.model.settings import ServerSettings
from tlswhy.model.where import Where
from tlswhy.model.where import line as line_of
from tlswhy.oddity import Oddity
from tlswhy.source import Source
from tlswhy.unseen import UNSEEN
from tlswhy.wire.cipher_strings import read_cipher_string, usual_tls13_suites
from tlswhy.wire.numbers import SSL2, SSL3, TLS10, TLS11, TLS12, TLS13, group_number, suite_number

MOST_SERVERS = 1000
"""Blocks of one file; what stands behind them is not read."""
MOST_NAMES = 1000
DEEPEST_INCLUDE = 10
MOST_INCLUDED = 500
MOST_NAMED = 20
"""Files that are missing: so many are told by name."""
MOST_ODDITIES = 100
OPENSSL_VERSIONS: Final = {
    "sslv2": SSL2,
    "sslv3": SSL3,
    "tlsv1": TLS10,
    "tlsv1.0": TLS10,
    "tlsv1.1": TLS11,
    "tlsv1.2": TLS12,
    "tlsv1.3": TLS13,
}
_LONGEST_SHOWN = 60


@dataclass(slots=True)
class Reading:
    """One configuration as it is read, with the files that it includes. ``item`` is the one whose lines are read now;
    ``missing``: what it includes that is not at hand."""

    item: str
    beside: Beside = field(default_factory=Beside)
    oddities: list[Oddity] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    missing_at: tuple[str, int, int] | None = None
    """Its file, its line, and how many oddities came before it."""
    _open: list[str] = field(default_factory=list)
    _read: int = 0

    def included(self, pattern: str, line: int) -> Iterator[Source]:
        """The files that an include means, one after the other, each while it is read."""
        found = [source for source in self.beside.named(pattern, self.item) if source.name not in self._open]
        if not found or len(self._open) >= DEEPEST_INCLUDE:
            self.lacks(pattern, line)
            return
        outer = self.item
        self._open.append(outer)
        for source in found:
            self._read += 1
            if self._read > MOST_INCLUDED:
                break
            self.beside.taken.add(source.name)
            self.item = source.name
            yield source
        self._open.pop()
        self.item = outer

    def lacks(self, name: str, line: int) -> None:
        """Something that is included and not at hand."""
        self.missing_at = self.missing_at or (self.item, line, len(self.oddities))
        self.missing.append(name[:_LONGEST_SHOWN])

    def odd_file(self, what: str, line: int) -> None:
        """Something about the whole file."""
        if len(self.oddities) < MOST_ODDITIES:
            self.oddities.append(Oddity(what, f"line {line}", self.item))

    def all_oddities(self) -> list[Oddity]:
        """What was read past; all that is missing at once, where the first of it is missed."""
        if self.missing_at is None:
            return self.oddities
        item, line, before = self.missing_at
        names = list(dict.fromkeys(self.missing))
        more = [f"… ({len(names)})"] if len(names) > MOST_NAMED else []
        facts = {"name": ", ".join([*names[:MOST_NAMED], *more])}
        missing = Oddity("configuration-include-missing", f"line {line}", item, facts)
        return [*self.oddities[:before], missing, *self.oddities[before:]]


@dataclass(slots=True)
class Told:
    """Settings of one block as they are read; what it leaves open its ``outer`` block tells, wherever it stands."""

    reading: Reading
    platform: str
    fields: dict[str, Any] = field(default_factory=dict)
    where: dict[str, Where] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)
    files: list[NamedFile] = field(default_factory=list)
    tls13: tuple[int, ...] | None = None
    below: tuple[int, ...] | None = None
    engine: bool | None = None
    """Whether TLS is on here, where the format has a switch for it."""
    outer: Told | None = None

    def inside(self) -> Told:
        """A block that inherits all of this but the names."""
        return Told(self.reading, self.platform, outer=self)

    def tell(self, name: str, value: object, line: int) -> None:
        """One setting; the last one told counts."""
        self.fields[name] = value
        self.tell_place(name, line)

    def tell_place(self, name: str, line: int) -> None:
        """Where a setting is told."""
        self.where[name] = line_of(self.reading.item, line)

    def file(self, kind: FileKind, path: str, line: int) -> None:
        """A file that is named here."""
        if path and len(self.files) < MOST_NAMES:
            self.files.append(NamedFile(kind, path, line_of(self.reading.item, line)))

    def odd(self, what: str, line: int, name: str) -> None:
        """Something that was read past."""
        if len(self.reading.oddities) < MOST_ODDITIES:
            self.reading.oddities.append(
                Oddity(what, f"line {line}", self.reading.item, {"name": name[:_LONGEST_SHOWN]})
            )

    def cipher_string(self, text: str, line: int) -> None:
        """Suites of TLS 1.2 and below."""
        read = read_cipher_string(text)
        for word in read.unknown:
            self.odd("configuration-suite-unknown", line, word)
        if read.level is not None:
            self.tell("security_level", read.level, line)
        if read.suites:
            self.below = read.suites
            self.tell_place("suites", line)

    def tls13_suites(self, text: str, line: int) -> None:
        """Suites of TLS 1.3, by their registered names."""
        self.tls13 = self._numbers(text.replace(",", ":").split(":"), "configuration-suite-unknown", line)

    def curves(self, text: str, line: int) -> None:
        """Groups with colons between them; "auto" tells nothing."""
        words = [word.lstrip("?*-/") for word in text.replace("/", ":").split(":")]
        found = [(word, group_number(word)) for word in words if word]
        for word, number in found:
            if number is None and word.lower() not in {"auto", "default"}:
                self.odd("configuration-group-unknown", line, word)
        if found and all(number is not None for _, number in found):
            self.tell("groups", tuple(dict.fromkeys(number for _, number in found)), line)

    def versions(self, numbers: Iterable[int], line: int) -> None:
        """Exactly these."""
        self.tell("versions", tuple(sorted(set(numbers), reverse=True)), line)

    def version(self, name: str, line: int) -> int | None:
        """The number of OpenSSL's name for a version."""
        number = OPENSSL_VERSIONS.get(name.lower())
        if number is None:
            self.odd("configuration-version-unknown", line, name)
        return number

    def configuration(self) -> ServerConfiguration:
        """What was told; suites of TLS 1.3 are OpenSSL's own where only the others were named."""
        told: dict[str, Any] = {}
        where: dict[str, Where] = {}
        files: dict[FileKind, list[NamedFile]] = {}
        tls13, below = None, None
        for block in reversed(list(self._outwards())):
            told |= block.fields
            where |= block.where
            for kind in {named.kind for named in block.files}:
                files[kind] = [named for named in block.files if named.kind is kind]
            tls13 = tls13 if block.tls13 is None else block.tls13
            below = below if block.below is None else block.below
        if below is not None:
            told["suites"] = (*(usual_tls13_suites() if tls13 is None else tls13), *below)
        named = tuple(each for kind in FileKind for each in files.get(kind, ()))
        names = tuple(self.names[:MOST_NAMES])
        return ServerConfiguration(self.reading.item, self.platform, ServerSettings(**told), names, where, named)

    def _outwards(self) -> Iterator[Told]:
        block: Told | None = self
        while block is not None:
            yield block
            block = block.outer

    def _numbers(self, words: Sequence[str], odd: str, line: int) -> tuple[int, ...]:
        numbers = [(word, suite_number(word)) for word in words if word]
        for word, number in numbers:
            if number is None:
                self.odd(odd, line, word)
        return tuple(dict.fromkeys(number for _, number in numbers if number is not None))


def agreed(configurations: Sequence[ServerConfiguration]) -> list[ServerConfiguration]:
    """Blocks of one file without versions in which they differ: on one address the first block's may count for all
    (nginx and httpd choose the block by server_name, which older releases do after the version)."""
    if len({configuration.settings.versions for configuration in configurations}) <= 1:
        return list(configurations)
    return [
        replace(configuration, settings=replace(configuration.settings, versions=UNSEEN))
        for configuration in configurations
    ]
