"""javax.net.debug as evidence, in the grammar of 7 and 8 and in that of 11 and later.

Owns what the client says there: exceptions, alerts, lists of certificates (which this log only describes), the lines at
which they stand. The connections themselves are ``debug_handshakes``' business.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from tlswhy.errors import BadEvidence
from tlswhy.evidence.debug_handshakes import Handshakes
from tlswhy.evidence.java_trace import Heard, Traces
from tlswhy.evidence.java_version import runtime_of
from tlswhy.evidence.text import Prefix, lines, text_of, time_of
from tlswhy.evidence.types import (
    ClientWords,
    DescribedCertificate,
    DescribedCertificates,
    Evidence,
    Role,
    SpokenAlert,
)
from tlswhy.model.where import Where
from tlswhy.model.where import line as line_of
from tlswhy.oddity import Oddity
from tlswhy.side import Side
from tlswhy.source import Source
from tlswhy.wire.messages import ClientHello
from tlswhy.wire.numbers import alert_number

MOST_CERTIFICATES = 2048
_WARNING, _FATAL = 1, 2
_MODERN = re.compile(r"^javax\.net\.ssl\|[A-Z]+\|", re.MULTILINE)
_MODERN_ANYWHERE = re.compile(r"\bjavax\.net\.ssl\|[A-Z]+\|")
_CLASSIC = re.compile(
    r"(?:^|[\s|)\]:])\*\*\* (?:ClientHello|ServerHello|Certificate chain)"
    r"|, (?:WRITE|READ): (?:TLS|SSL)v[\d.]+ (?:Handshake|Alert)"
    r"|, (?:SEND|RECV) (?:TLS|SSL)v[\d.]+ ALERT: |^adding as trusted cert:|, handling exception: ",
    re.MULTILINE,
)
_RECEIVED_ALERT = "Received alert message"
_SENT_ALERT = re.compile(r"\bFatal \((?P<name>[A-Z_]{3,40})\): (?P<why>.*)")
_ALERT_FIELD = re.compile(r'^\s*"(?P<name>level|description)"\s*: "(?P<value>\w{1,40})"')
_CLASSIC_ALERT = re.compile(
    r"(?P<way>SEND|RECV) (?:TLS|SSL)v[\d.]+ ALERT:\s+(?P<level>fatal|warning),\s+(?:description = )?(?P<name>\w{1,40})"
)
_DESCRIBED = re.compile(r'^\s*"?(?P<key>signature algorithm|issuer|subject)"?\s*: "(?P<value>.*)",?\s*$')
_CLASSIC_DESCRIBED = re.compile(r"^\s{2}(?P<key>Subject|Issuer|Signature Algorithm): +(?P<value>.*)$")
_CLASSIC_CERTIFICATE = re.compile(r"^chain \[\d+\] = \[|^adding as trusted cert:")


def likelihood(head: bytes) -> float:
    """A line of either grammar."""
    text = text_of(head)
    return 0.95 if text and (_MODERN_ANYWHERE.search(text) or _CLASSIC.search(text)) else 0.0


def read(source: Source, progress: object = None) -> Iterator[Evidence]:
    """Connections, certificates described, the words, the same ones once. Raises BadEvidence where it holds none."""
    log = _Log(source.name)
    prefix = Prefix()
    for number, line in lines(source):
        log.feed(number, prefix.taken_off(line))
    log.end()
    said = list(log.heard)
    shown = list(log.described())
    connections = list(log.handshakes.transcripts())
    if not said and not shown and not connections:
        began = log.handshakes.hello_line
        raise BadEvidence(source.name, f"line {began or 1}", "log-cut-early" if began else "log-without-tls")
    yield from connections
    yield from shown
    yield from said
    if log.heard.dropped:
        yield Oddity("words-left-out", "", source.name, {"count": log.heard.dropped})


@dataclass(slots=True)
class _Certificates:
    """One list of certificates while it is read."""

    role: Role
    found: list[dict[str, object]] = field(default_factory=list)


@dataclass(slots=True)
class _Log:
    """Reads line by line: a hello, an alert, a list of certificates, an exception, or nothing of interest."""

    item: str
    traces: Traces = field(init=False)
    handshakes: Handshakes = field(init=False)
    heard: Heard = field(default_factory=Heard.nothing)
    _hello_line: int = 0
    _alert: tuple[int, dict[str, str]] | None = None
    _alert_time: datetime | None = None
    _sent: SpokenAlert | None = None
    _received: list[ClientWords] = field(default_factory=list)
    _certificates: _Certificates | None = None
    _lists: list[_Certificates] = field(default_factory=list)
    _count: int = 0
    _before: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.traces = Traces(self.item)
        self.handshakes = Handshakes(self.item)

    def feed(self, number: int, line: str) -> None:
        """One line."""
        if self.handshakes.feed(number, line):
            self._message(number, line)
            return
        self._know(self.handshakes.hello)
        if "version" in line and (runtime := runtime_of([*self._before, line])):
            self.traces.runtime = runtime
        self._before = [*self._before[-2:], line]
        if self._alert is not None and self._field_of_alert(line):
            return
        if _MODERN.match(line) or _RECEIVED_ALERT in line or " Fatal (" in line:
            self._modern(number, line)
        elif not self._classic(number, line) and not self._certificate(number, line):
            self._hear(self.traces.feed(number, line, time_of(line)))

    def end(self) -> None:
        """The log is over; an alert that no exception followed stands for itself."""
        self._hear(self.traces.close())
        self._flush_alerts()

    def described(self) -> Iterator[DescribedCertificates]:
        """The lists of certificates, each once."""
        told: set[object] = set()
        for listed in self._lists:
            certificates = tuple(_described(row) for row in listed.found if row.get("subject") or row.get("issuer"))
            key = (listed.role, tuple((c.subject, c.issuer, c.signature) for c in certificates))
            if certificates and key not in told:
                told.add(key)
                yield DescribedCertificates(self.item, listed.role, certificates)

    def _message(self, number: int, line: str) -> None:
        """A line of a message, or of a dump: what was told before is over."""
        if self.handshakes.hello_line != self._hello_line:
            self._hello_line = self.handshakes.hello_line
            self._hear(self.traces.close())
            self._flush_alerts()
            if time := time_of(line):
                self.traces.clock(number, time)
        elif _MODERN.match(line):
            self._hear(self.traces.close())
            self._certificates = None

    def _modern(self, number: int, line: str) -> None:
        """The first line of a record of 11 and later."""
        self._hear(self.traces.close())
        self._certificates = None
        if time := time_of(line):
            self.traces.clock(number, time)
        if _RECEIVED_ALERT in line:
            self._alert, self._alert_time = (number, {}), time
        elif sent := _SENT_ALERT.search(line):
            description = alert_number(sent["name"].lower())
            if description is not None and not sent["why"].startswith("Received fatal alert"):
                self._sent = SpokenAlert(Side.CLIENT, _FATAL, description, number)
                self.handshakes.alert(Side.CLIENT, number, _FATAL, description, time)
        elif "server Certificate handshake message" in line or "Consuming server Certificate" in line:
            self._list(Role.SERVED)
        elif "adding as trusted certificate" in line:
            self._list(Role.TRUSTED)

    def _classic(self, number: int, line: str) -> bool:
        """The marks of 7 and 8; whether the line was one."""
        if alert := _CLASSIC_ALERT.search(line):
            self._hear(self.traces.close())
            self._classic_alert(number, alert)
        elif line.startswith("*** Certificate chain"):
            self._list(Role.SERVED)
        elif line.startswith("***"):
            self._certificates = None
        else:
            return False
        return True

    def _classic_alert(self, number: int, alert: re.Match[str]) -> None:
        description = alert_number(alert["name"])
        if description is None or description == 0:
            return
        sender = Side.CLIENT if alert["way"] == "SEND" else Side.SERVER
        spoken = SpokenAlert(sender, _FATAL if alert["level"] == "fatal" else _WARNING, description, number)
        if sender is Side.CLIENT:
            self._sent = spoken
            self.handshakes.alert(sender, number, spoken.level or _FATAL, description)
        else:
            self._receive(spoken)

    def _field_of_alert(self, line: str) -> bool:
        """The lines of a received alert; whether this was one of them."""
        if self._alert is None:
            return False
        number, fields = self._alert
        if found := _ALERT_FIELD.match(line):
            fields[found["name"]] = found["value"]
        if len(fields) == 2:
            self._alert = None
            description = alert_number(fields["description"].lower())
            if description:
                self._receive(
                    SpokenAlert(Side.SERVER, _FATAL if fields["level"] == "fatal" else _WARNING, description, number)
                )
            return True
        if _MODERN.match(line):
            self._alert = None
            return False
        return True

    def _receive(self, spoken: SpokenAlert) -> None:
        where = (line_of(self.item, spoken.line),)
        self.handshakes.alert(Side.SERVER, spoken.line, spoken.level or _FATAL, spoken.description, self._alert_time)
        if spoken.level == _FATAL:
            self._received = [self.traces.words(where, alert=spoken)]

    def _certificate(self, number: int, line: str) -> bool:
        """A line that describes a certificate; whether it was one."""
        trusted = self._certificates is not None and self._certificates.role is Role.TRUSTED
        if line.startswith("adding as trusted cert:") and not trusted:
            self._list(Role.TRUSTED)
        if self._certificates is None or self._count >= MOST_CERTIFICATES:
            return False
        found = self._certificates.found
        if line.lstrip().startswith('"certificate" :') or _CLASSIC_CERTIFICATE.match(line):
            found.append({"line": number})
            self._count += 1
            return True
        described = _DESCRIBED.match(line) or _CLASSIC_DESCRIBED.match(line)
        if described is None or not found:
            return False
        found[-1].setdefault(described["key"].lower(), described["value"][:500])
        found[-1]["item"] = self.item
        return True

    def _list(self, role: Role) -> None:
        self._certificates = _Certificates(role)
        self._lists.append(self._certificates)

    def _know(self, hello: ClientHello | None) -> None:
        if hello is not self.traces.hello:
            self.traces.hello = hello
            if hello is not None:
                self.traces.host = hello.server_name

    def _hear(self, words: Iterator[ClientWords]) -> None:
        """An exception goes with the alert that was sent for it, and speaks for one that was received."""
        for said in words:
            alert = self._sent or (self._received[0].alert if self._received else None)
            self.heard.add(iter((replace(said, alert=alert),)))
            self._received = []

    def _flush_alerts(self) -> None:
        self.heard.add(iter(self._received))
        self._received, self._sent = [], None


def _described(row: dict[str, object]) -> DescribedCertificate:
    def text(key: str) -> str:
        return str(row.get(key, ""))

    signature = text("signature algorithm").partition(",")[0]
    number = row["line"]
    return DescribedCertificate(text("subject"), text("issuer"), signature, Where(text("item"), f"line {number}"))
