"""The evidence of one command line, read lazily (``reading``), and the files that its options name."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import KW_ONLY, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tlswhy.cli.failure import tell, tell_lines
from tlswhy.cli.reading import Reading
from tlswhy.errors import BadEvidence, BadRequest, TlswhyError
from tlswhy.evidence.captured import Secrets
from tlswhy.evidence.read import read_trust
from tlswhy.gather.files import STDIN, open_file, open_sources
from tlswhy.gather.targets import is_target
from tlswhy.model.moments import moment_of_ns
from tlswhy.model.where import Where
from tlswhy.oddity import Oddity
from tlswhy.render.figures import moment
from tlswhy.render.words import Words
from tlswhy.source import Source

if TYPE_CHECKING:
    from collections.abc import Callable

    from tlswhy.evidence.types import Evidence
    from tlswhy.report import Report

LARGEST_KEYLOG = 64 << 20
LARGEST_PASSWORD = 4096


@dataclass(slots=True)
class EvidenceReading(Reading):
    """The same with key log, properties and live targets, which come first."""

    keylog: str | None
    words: Words
    _: KW_ONLY
    properties: Sequence[str] = ()
    """Files of --java-security."""
    trusted_at: dict[bytes, Where] = field(default_factory=dict)
    """Where each certificate of --trust stands."""
    live: Callable[[str], Iterator[Evidence]] | None = None
    """Asks a live target; None where there is none among the names."""

    def __iter__(self) -> Iterator[Evidence]:
        if self.keylog is not None:
            yield Secrets(self.keylog, read_keylog(self.keylog))
        for name in self.properties:
            yield from read_java_security(name)
        yield from Reading.__iter__(self)

    def why_nothing(self, report: Report, only: str | None) -> TlswhyError:
        """Why there is nothing to judge: the error to tell."""
        if not self.read and self.failures:
            first = self.failures[0]
            if len(self.names) == 1 and self.names[0] and first.item != self.names[0]:  # a folder full of other things
                return BadEvidence(self.names[0], "", "no-captures")
            for failure in self.failures[:-1]:
                tell(failure, self.words)
            return self.failures[-1]
        if only is not None:
            return BadEvidence(", ".join(self.names), "", "no-connections-selected", expression=only)
        item = self.names[0] if len(self.names) == 1 else ", ".join(self.names)
        if any(oddity.what == "certificates-only-described" for oddity in report.oddities):
            return BadEvidence(item, "", "only-described")
        if not report.capture_facts:
            return BadEvidence(item, "", "nothing-to-judge")
        return BadEvidence(item, "", "no-tls", content=self._content(report))

    def _open(self, name: str, sources: list[Source]) -> Iterator[Evidence]:
        if self.live is None or not is_target(name):
            yield from Reading._open(self, name, sources)
            return
        try:
            yield from self.live(name)
            self.read += 1
        except BadEvidence as failure:
            self._failed(failure)

    def _content(self, report: Report) -> str | None:
        """What captures without TLS hold instead."""
        words, parts = self.words, []
        facts = report.capture_facts
        packets = sum(_number(fact.get("packets")) for fact in facts)
        if not facts:
            return None
        parts.append(words.say("content.packets", count=packets))
        protocols: dict[str, int] = {}
        for fact in facts:
            counts = fact.get("protocols")
            for name, count in counts.items() if isinstance(counts, dict) else ():
                protocols[name] = protocols.get(name, 0) + count
        listed = sorted(((count, name) for name, count in protocols.items() if count), reverse=True)
        if listed:
            shown = ", ".join(words.say("content.protocol", name=name, count=count) for count, name in listed)
            parts.append(f"({shown})")
        first = min((_number(fact.get("first_time_ns")) for fact in facts if fact.get("first_time_ns")), default=0)
        last = max((_number(fact.get("last_time_ns")) for fact in facts), default=0)
        if first and last:
            parts.append(words.say("content.span", first=moment(moment_of_ns(first)), last=moment(moment_of_ns(last))))
        return " ".join(parts)


def read_trust_files(names: Sequence[str], secret: str | None, reading: EvidenceReading) -> list[bytes] | None:
    """The certificates of --trust as DER; None where nothing of it could be read, so that trust stays not seen."""
    from tlswhy.evidence.types import ShownCertificates

    ders: list[bytes] = []
    readable = False
    for name in names:
        folder = Path(name).is_dir()
        try:
            for source in open_sources([name]):
                try:
                    for item in read_trust(source, password=secret):
                        if isinstance(item, ShownCertificates):
                            ders.extend(item.ders)
                            reading.trusted_at.update(zip(item.ders, item.where, strict=False))
                        elif isinstance(item, Oddity):
                            reading.oddities.append(item)
                    readable = True
                except BadEvidence as failure:
                    _trust_unreadable(source.name, failure, reading, loud=not folder)
        except BadEvidence as failure:
            if failure.code == "folder-empty":
                readable = True
            elif failure.code == "file-missing":
                raise BadRequest("trust-missing", item=failure.item) from None
            else:
                _trust_unreadable(name, failure, reading, loud=True)
    return ders if readable else None


def read_keylog(name: str) -> str:
    """The text of a key log; told where it holds no secrets."""
    from tlswhy.wire.keylog import KeyLog

    text = read_named("--keylog", name, LARGEST_KEYLOG).decode("ascii", "replace")
    keys = KeyLog()
    keys.add(text)
    if not len(keys):
        raise BadRequest("keylog-unreadable", item=name)
    return text


def read_java_security(name: str) -> Iterator[Evidence]:
    """The properties of a java.security file, whatever it is called."""
    from tlswhy.evidence import java_security

    try:
        yield from java_security.read(open_file(name))
    except BadEvidence as failure:
        raise _bad_option("--java-security", name, failure) from None


def read_password(name: str, evidence: Sequence[str] = ()) -> str:
    """The first line of a file, or what is typed; without a terminal the first line of standard input."""
    if name == STDIN:
        return _typed_password(evidence)
    text = read_named("--password", name, LARGEST_PASSWORD).decode("utf-8", "replace")
    return text.split("\n", 1)[0].rstrip("\r")


def read_named(option: str | None, name: str, limit: int) -> bytes:
    """The content of a file that an option names (None: the command itself); raises BadRequest where it can't be."""
    try:
        return open_file(name).read(limit)
    except BadEvidence as failure:
        raise _bad_option(option, name, failure) from None


def _bad_option(option: str | None, name: str, failure: BadEvidence) -> BadRequest:
    """The hint of a missing piece of evidence is of patterns and servers, which no option takes."""
    if failure.code == "file-missing":
        return BadRequest("option-file-missing", item=failure.item, option=option)
    if failure.code == "not-a-file" and Path(name).is_dir():
        return BadRequest("option-file-is-a-folder", item=name, option=option)
    return BadRequest(failure.code, item=name, **failure.facts)


def _typed_password(evidence: Sequence[str]) -> str:
    import warnings
    from getpass import GetPassWarning, getpass

    with warnings.catch_warnings():
        # getpass warns, with a line of its own source, before it reads what would be seen: there is no terminal.
        warnings.simplefilter("error", GetPassWarning)
        try:
            return getpass("password: ")
        except EOFError:
            return ""
        except GetPassWarning:
            if STDIN in evidence:
                raise BadRequest("stdin-twice") from None
            return sys.stdin.readline(LARGEST_PASSWORD).rstrip("\r\n")


def _trust_unreadable(name: str, failure: BadEvidence, reading: EvidenceReading, *, loud: bool) -> None:
    """Keep it as an oddity; a file that was named is told at once, one in a folder may be anything."""
    words = reading.words
    reading.oddities.append(Oddity("trust-unreadable", failure.place, name, {"reason": failure.code}))
    if loud:
        why = (
            words.say_if(f"error.{failure.code}", {**failure.facts, "item": name, "place": failure.place})
            or failure.code
        )
        hint = words.say_if(f"error.{failure.code}-hint") or words.say("error.trust-unreadable-hint")
        tell_lines(words.say("error.trust-unreadable", item=name, reason=why.removeprefix(f"{name}: ")), hint)


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0
