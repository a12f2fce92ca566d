"""An export of Schannel's registry keys (``.reg``) as evidence: what a Windows server is told beyond its defaults.

Owns the syntax of regedit's exports and what the keys below SCHANNEL and Cryptography\\Configuration mean (Microsoft:
TLS registry settings; KB245030 for Ciphers, Hashes and KeyExchangeAlgorithms). What nobody set is as the release has
it: the release itself is known where CurrentBuild was exported, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from tlswhy.errors import BadEvidence
from tlswhy.evidence.text import LONGEST_LINE, lines, text_of
from tlswhy.evidence.tls_cipher_suites import MOST_ODDITIES, ReadPolicy, read_policy
from tlswhy.evidence.types import Evidence, ServerConfiguration
from tlswhy.model.settings import DhGroup, Order, ServerSettings, Switches
from tlswhy.model.where import Where
from tlswhy.model.where import line as line_of
from tlswhy.oddity import Oddity
from tlswhy.source import Source
from tlswhy.wire.numbers import SSL3, TLS10, TLS11, TLS12, TLS13, suite_name
from tlswhy.wire.schannel_names import LONGEST_POLICY, curve_number, curves_of

BUILDS: Final[Mapping[str, str]] = {
    "7601": "windows-2008r2",
    "9200": "windows-2012",
    "9600": "windows-2012r2",
    "14393": "windows-2016",
    "17763": "windows-2019",
    "20348": "windows-2022",
    "26100": "windows-2025",
}
"""CurrentBuild of each release (Microsoft, Windows Server release information)."""
FAMILY: Final = "schannel"
BEFORE_WINDOWS_10: Final = frozenset({"2008r2", "2012", "2012r2"})
"""Releases whose names of suites bring their curves, and which have no list of curves."""
_VERSIONS: Final = {"SSL 3.0": SSL3, "TLS 1.0": TLS10, "TLS 1.1": TLS11, "TLS 1.2": TLS12, "TLS 1.3": TLS13}
_OF_OLD = frozenset({"SSL 2.0", "PCT 1.0", "Multi-Protocol Unified Hello"})
_KNOWN = re.compile(
    r"SecurityProviders\\SCHANNEL|Cryptography\\Configuration\\(?:Local\\)?SSL\\00010002", re.IGNORECASE
)
_KEY = re.compile(r"^\[(?P<key>[^\]]{1,500})\]\s*$")
_VALUE = re.compile(r'^\s*"(?P<name>[^"]{1,100})"=(?P<value>.*)$')
_PROTOCOL = re.compile(r"\\SCHANNEL\\Protocols\\(?P<version>[^\\]+)\\Server$", re.IGNORECASE)
_POLICY = re.compile(r"\\Policies\\Microsoft\\Cryptography\\Configuration\\SSL\\00010002$", re.IGNORECASE)
_LOCAL = re.compile(r"\\Control\\Cryptography\\Configuration\\Local\\SSL\\00010002$", re.IGNORECASE)
_OF_SUITES = re.compile(r"\\SCHANNEL\\(?P<kind>Ciphers|Hashes|KeyExchangeAlgorithms)\\(?P<name>[^\\]+)$", re.IGNORECASE)
WORDS: Final[Mapping[tuple[str, str], str]] = {
    ("ciphers", "aes 128/128"): "AES_128",
    ("ciphers", "aes 256/256"): "AES_256",
    ("ciphers", "triple des 168"): "3DES_EDE",
    ("ciphers", "triple des 168/168"): "3DES_EDE",
    ("ciphers", "rc4 128/128"): "RC4_128",
    ("ciphers", "rc4 64/128"): "RC4_56",
    ("ciphers", "rc4 56/128"): "RC4_56",
    ("ciphers", "rc4 40/128"): "RC4_40",
    ("ciphers", "des 56/56"): "DES",
    ("ciphers", "null"): "NULL",
    ("hashes", "md5"): "MD5",
    ("hashes", "sha"): "SHA",
    ("keyexchangealgorithms", "diffie-hellman"): "DHE",
    ("keyexchangealgorithms", "ecdh"): "ECDHE",
    ("keyexchangealgorithms", "pkcs"): "RSA",
}
"""What Enabled=0 of such a key takes from every suite, as ``Switches.off`` names it."""
_SMALLEST_DH, _LARGEST_DH = 512, 16384
_RELEASE = re.compile(r"\\Windows NT\\CurrentVersion$", re.IGNORECASE)


def likelihood(head: bytes) -> float:
    """A key of Schannel's."""
    text = text_of(head)
    return (
        0.95
        if text.lstrip("\ufeff").startswith(("Windows Registry Editor", "REGEDIT4")) and _KNOWN.search(text)
        else 0.0
    )


def read(source: Source, progress: object = None) -> Iterator[Evidence]:
    """One configuration. Raises BadEvidence where no key of Schannel's sets anything."""
    registry = _Registry(source.name)
    key = ""
    for number, line in _logical(source):
        if found := _KEY.match(line):
            key = found["key"]
        elif found := _VALUE.match(line):
            registry.feed(key, found["name"], found["value"], number)
    settings, where = registry.settings()
    if not where and registry.platform is None:
        raise BadEvidence(source.name, "line 1", "configuration-without-tls")
    read = registry.policy or ReadPolicy()
    yield ServerConfiguration(
        source.name, registry.platform, settings, where=where, instead=read.instead, curveless=read.curveless
    )
    yield from registry.oddities


@dataclass(slots=True)
class _Registry:
    item: str
    platform: str | None = None
    enabled: dict[int, bool] = field(default_factory=dict)
    off: dict[str, int] = field(default_factory=dict)
    """What no suite may have, with the line that says so."""
    dh: tuple[int, int] | None = None
    """ServerMinKeyBitLength and its line."""
    lists: dict[tuple[str, bool], tuple[str, int]] = field(default_factory=dict)
    """Functions and EccCurves, by name and whether it is the policy: their text and line."""
    line: int = 0
    policy: ReadPolicy | None = None
    """The list of suites, as it was read."""
    oddities: list[Oddity] = field(default_factory=list)

    def feed(self, key: str, name: str, value: str, line: int) -> None:
        """One value."""
        lowered = name.lower()
        if found := _PROTOCOL.search(key):
            self._protocol(found["version"], lowered, value, line)
        elif found := _OF_SUITES.search(key):
            self._of_suites((found["kind"].lower(), found["name"].lower()), lowered, _number(value), line)
        elif _POLICY.search(key) or _LOCAL.search(key):
            if lowered in {"functions", "ecccurves"}:
                self.lists[lowered, bool(_POLICY.search(key))] = (",".join(_texts(value)), line)
        elif _RELEASE.search(key) and lowered in {"currentbuild", "currentbuildnumber"}:
            self.platform = BUILDS.get(",".join(_texts(value)), self.platform)

    def settings(self) -> tuple[ServerSettings, dict[str, Where]]:
        """What is told; a policy wins over the local list. Versions only where all that may be on are told: else they
        are switches, and the release decides about the rest."""
        told: dict[str, Any] = {"software": self._software()}
        where: dict[str, Where] = {}
        told["switches"] = Switches(tuple(sorted(self.enabled.items(), reverse=True)), frozenset(self.off))
        if self.enabled:
            where["versions"] = line_of(self.item, self.line)
        if set(self.enabled) >= {TLS10, TLS11, TLS12, TLS13}:
            told["versions"] = tuple(number for number in sorted(self.enabled, reverse=True) if self.enabled[number])
        if self.off:
            where["suites"] = line_of(self.item, min(self.off.values()))
        if self.dh is not None:
            told["dh"], where["dh"] = DhGroup(self.dh[0]), line_of(self.item, self.dh[1])
        self._suites(told, where)
        self._curves(told, where)
        return ServerSettings(**told), where

    def _software(self) -> str:
        return FAMILY if self.platform is None else f"{FAMILY}/{self.platform.removeprefix('windows-')}"

    def _suites(self, told: dict[str, Any], where: dict[str, Where]) -> None:
        """The list; before Windows 10 the curves behind its names are the server's, in that order."""
        if (listed := self._list("functions")) is None:
            return
        text, line = listed
        self.policy = read_policy(text.rstrip(","), self.item, line, most=self._most("functions"))
        self.oddities.extend(self.policy.oddities)
        if self.policy.suites:
            told["suites"], told["order"] = self.policy.suites, Order.SERVER
            where["suites"] = line_of(self.item, line)
        curves = curves_of(name.strip() for name in text.split(","))
        if told["software"].partition("/")[2] not in BEFORE_WINDOWS_10:
            return
        if curves:
            told["groups"], where["groups"] = curves, line_of(self.item, line)
        if self.policy.curveless:
            facts: dict[str, str | int] = {"suites": ", ".join(map(suite_name, sorted(self.policy.curveless)))}
            self.oddities.append(Oddity("suites-without-curve", f"line {line}", self.item, facts))

    def _curves(self, told: dict[str, Any], where: dict[str, Where]) -> None:
        if (listed := self._list("ecccurves")) is None or told["software"].partition("/")[2] in BEFORE_WINDOWS_10:
            return
        text, line = listed
        numbers = [curve_number(name) for name in text.split(",") if name]
        known = tuple(number for number in numbers if number is not None)
        if numbers and len(known) == len(numbers):
            told["groups"], where["groups"] = known, line_of(self.item, line)

    def _most(self, name: str) -> int | None:
        """How long the text may be: the local list is not typed by people, and has no limit."""
        return LONGEST_POLICY if (name, True) in self.lists else None

    def _list(self, name: str) -> tuple[str, int] | None:
        return self.lists.get((name, True)) or self.lists.get((name, False))

    def _protocol(self, version: str, name: str, value: str, line: int) -> None:
        """Enabled 0 switches it off whatever DisabledByDefault says (Microsoft, TLS registry settings)."""
        number = _VERSIONS.get(version)
        if number is None:
            if version not in _OF_OLD and name == "enabled" and len(self.oddities) < MOST_ODDITIES:
                facts = {"name": version[:60]}
                self.oddities.append(Oddity("configuration-version-unknown", f"line {line}", self.item, facts))
            return
        told = _number(value)
        if told is None or name not in {"enabled", "disabledbydefault"}:
            return
        on = (told != 0) == (name == "enabled")
        self.enabled[number] = self.enabled.get(number, True) and on
        self.line = self.line or line

    def _of_suites(self, key: tuple[str, str], name: str, value: int | None, line: int) -> None:
        """Enabled 0 of a cipher, hash or key exchange; the size of Diffie-Hellman."""
        word = WORDS.get(key)
        if name == "enabled" and value == 0 and word is not None:
            self.off.setdefault(word, line)
        elif name == "enabled" and value and word is not None:
            self.off.pop(word, None)
        elif word == "DHE" and name == "serverminkeybitlength" and value and _SMALLEST_DH <= value <= _LARGEST_DH:
            self.dh = (value, line)


def _number(value: str) -> int | None:
    found = re.fullmatch(r"dword:([0-9a-fA-F]{1,8})", value.strip())
    return None if found is None else int(found[1], 16)


def _texts(value: str) -> list[str]:
    """The strings of a value: ``"…"``, or ``hex(7):`` with UTF-16."""
    stripped = value.strip()
    if found := re.match(r"hex\([0-9a-f]\):", stripped, re.IGNORECASE):
        digits = re.findall(r"[0-9a-fA-F]{2}", stripped[found.end() :])
        text = bytes(int(pair, 16) for pair in digits).decode("utf-16-le", "replace")
        return [part for part in text.split("\0") if part]
    return [stripped.strip('"')] if stripped.startswith('"') else []


def _logical(source: Source) -> Iterator[tuple[int, str]]:
    """Lines with those that continue them (a backslash at the end of hexadecimal digits)."""
    parts: list[str] = []
    start = size = 0
    for number, line in lines(source):
        if not parts:
            start, size = number, 0
        continued = line.endswith(",\\")
        size += len(line)
        if size <= LONGEST_LINE:
            parts.append(line.removesuffix("\\").strip() if parts or continued else line)
        if not continued:
            yield start, "".join(parts)
            parts = []
    if parts:
        yield start, "".join(parts)
