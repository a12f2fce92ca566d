"""What configurations of servers on OpenSSL say in the same words: cipher strings, versions, curves.

Owns how such words become ServerSettings, each with its place, and what becomes of a word that nobody knows: an oddity,
and the rest is used. Which directive holds them is the format's own business.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from tlswhy.evidence.types import ServerConfiguration
from tlswhy.model.settings import ServerSettings
from tlswhy.model.where import Where
from tlswhy.model.where import line as line_of
from tlswhy.oddity import Oddity
from tlswhy.unseen import UNSEEN
from tlswhy.wire.cipher_strings import read_cipher_string, usual_tls13_suites
from tlswhy.wire.numbers import SSL2, SSL3, TLS10, TLS11, TLS12, TLS13, group_number, suite_number

MOST_SERVERS = 1000
"""Blocks of one file; what stands behind them is not read."""
MOST_NAMES = 1000
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
class Told:
    """Settings of one block as they are read; what it leaves open its ``outer`` block tells, wherever it stands."""

    item: str
    platform: str
    oddities: list[Oddity]
    fields: dict[str, Any] = field(default_factory=dict)
    where: dict[str, Where] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)
    tls13: tuple[int, ...] | None = None
    below: tuple[int, ...] | None = None
    engine: bool | None = None
    """Whether TLS is on here, where the format has a switch for it."""
    outer: Told | None = None

    def inside(self) -> Told:
        """A block that inherits all of this but the names."""
        return Told(self.item, self.platform, self.oddities, outer=self)

    def tell(self, name: str, value: object, line: int) -> None:
        """One setting; the last one told counts."""
        self.fields[name] = value
        self.where[name] = line_of(self.item, line)

    def odd(self, what: str, line: int, name: str) -> None:
        """Something that was read past."""
        if len(self.oddities) < MOST_ODDITIES:
            self.oddities.append(Oddity(what, f"line {line}", self.item, {"name": name[:_LONGEST_SHOWN]}))

    def cipher_string(self, text: str, line: int) -> None:
        """Suites of TLS 1.2 and below."""
        read = read_cipher_string(text)
        for word in read.unknown:
            self.odd("configuration-suite-unknown", line, word)
        if read.level is not None:
            self.tell("security_level", read.level, line)
        if read.suites:
            self.below = read.suites
            self.where["suites"] = line_of(self.item, line)

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
        tls13, below = None, None
        for block in reversed(list(self._outwards())):
            told |= block.fields
            where |= block.where
            tls13 = tls13 if block.tls13 is None else block.tls13
            below = below if block.below is None else block.below
        if below is not None:
            told["suites"] = (*(usual_tls13_suites() if tls13 is None else tls13), *below)
        return ServerConfiguration(
            self.item, self.platform, ServerSettings(**told), tuple(self.names[:MOST_NAMES]), where
        )

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
