"""What ``curl -v`` tells of its connections, with OpenSSL, GnuTLS, NSS or Schannel behind it.

Owns which of its lines are about one connection: where it went, what was negotiated, what it made of the certificate,
which alerts it saw. The certificate is only described. Whose words these are is said: they are curl's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from tlswhy.errors import BadEvidence
from tlswhy.evidence.java_trace import Heard
from tlswhy.evidence.library_errors import said_in
from tlswhy.evidence.text import date_in, lines, text_of
from tlswhy.evidence.tool_names import group_named, suite_named, version_named
from tlswhy.evidence.types import (
    ClientWords,
    DescribedCertificate,
    DescribedCertificates,
    Evidence,
    Role,
    SpokenAlert,
    ToldConnection,
)
from tlswhy.model.where import Where
from tlswhy.model.where import line as line_of
from tlswhy.oddity import Oddity
from tlswhy.side import Side
from tlswhy.source import Source
from tlswhy.unseen import UNSEEN, Unseen, UnseenType
from tlswhy.wire.numbers import suite

MOST_RUNS = 256
PROGRAM = "curl"
_MARKS = re.compile(
    r"^\* {1,3}(?:Trying |Connected to |SSL connection using |ALPN[:,]|schannel: |Server certificate:"
    r"|(?:TLS|SSL)v[\d.]+ \((?:IN|OUT)\)|found \d+ certificates in |Initializing NSS|Host \S+ was resolved"
    r"|Could not resolve|Closing connection|Connection #\d)",
    re.MULTILINE | re.IGNORECASE,
)
_TRYING = re.compile(
    r"^\* {1,3}Trying (?P<address>\[[0-9a-fA-F:]+\]|[0-9a-fA-F:.]{3,45}?)(?::(?P<port>\d{1,5}))?\.\.\."
)
_CONNECTED = re.compile(
    r"^\* Connected to (?P<host>\S{1,253}) \((?P<address>[0-9a-fA-F:.]{3,45})\) port (?P<port>\d{1,5})"
)
_RESOLVED = re.compile(r"^\* (?:Host|Hostname) (?P<host>[\w.-]{1,253}?)(?::(?P<port>\d{1,5}))? was (?:resolved|found)")
_USING = re.compile(
    r"^\* SSL connection using (?:(?P<version>[A-Z]{3,4} ?v?[\d.]{1,3}) / )?(?P<suite>[\w-]{3,60})"
    r"(?: / (?P<group>[\w.-]{2,40}|\[blank\]))?"
)
_ALERT = re.compile(r"^\* (?:TLS|SSL)v[\d.]+ \((?P<way>IN|OUT)\), TLS alert, [\w -]{3,40} \((?P<number>\d{1,3})\)")
_ASKED = re.compile(r"^\* TLSv[\d.]+ \(IN\), TLS handshake, Request CERT \(13\)")
_AGENT = re.compile(r"^> User-Agent: curl/(?P<version>\d+\.\d+(?:\.\d+)?)|^curl (?P<own>\d+\.\d+\.\d+) \(")
_FIELD = re.compile(r"^\*\s+(?P<key>subject|issuer|start date|expire date): ?(?P<value>.{1,500})$")
_VERIFIED = re.compile(r"^\*\s+(?:SSL certificate verify ok\.|server certificate verification OK)")
_OVER = re.compile(r"^\* (?:Closing connection|closing connection|Connection #\d+ to host)", re.IGNORECASE)
_CURL = re.compile(r"^curl: \(\d{1,3}\) ")
_UNUSED_GROUPS = frozenset({"[blank]", "UNDEF"})
_FATAL = 2


def likelihood(head: bytes) -> float:
    """Two of the lines of its commentary."""
    found = {mark.strip("* ").split(" ")[0].lower() for mark in _MARKS.findall(text_of(head))}
    return 0.88 if len(found) >= 2 else 0.0


def read(source: Source, progress: object = None) -> Iterator[Evidence]:
    """Connections, certificates described, words. Raises BadEvidence where it tells of none."""
    output = _Output(source.name)
    for number, line in lines(source):
        output.feed(number, line)
    found = list(output.evidence())
    if not found:
        raise BadEvidence(source.name, "line 1", "log-without-tls")
    yield from found


@dataclass(slots=True)
class _Run:
    """One connection."""

    host: str | None = None
    address: str | None = None
    port: int | None = None
    using: re.Match[str] | None = None
    where: Where | None = None
    asked: bool = False
    verified: bool = False
    over: bool = False
    fields: dict[str, str] = field(default_factory=dict)
    described: Where | None = None
    words: list[ClientWords] = field(default_factory=list)

    def told(self, item: str, client: str | None) -> ToldConnection | None:
        """What was negotiated; None where nothing was."""
        if self.using is None or self.where is None:
            return None
        number, version, group = _negotiated(self.using)
        return ToldConnection(
            item=item,
            program=PROGRAM,
            where=(self.where,),
            client=client,
            version=version,
            suite=number,
            group=group,
            dh_bits=None if isinstance(group, int) else UNSEEN,
            asks_client_certificate=True if self.asked else UNSEEN,
            verified=True if self.verified and not self.words else None,
            host=self.host,
            address=self.address,
            port=self.port,
        )


@dataclass(slots=True)
class _Output:
    item: str
    runs: list[_Run] = field(default_factory=lambda: [_Run()])
    _client: str | None = None

    def feed(self, number: int, line: str) -> None:
        """One line."""
        if agent := _AGENT.match(line):
            self._client = f"curl/{agent['version'] or agent['own']}"
        elif line.startswith("*"):
            self._comment(number, line)
        elif _CURL.match(line):
            self._hear(self.runs[-1], number, line)

    def evidence(self) -> Iterator[Evidence]:
        """In the order of the connections; words once."""
        heard = Heard.nothing()
        for run in self.runs:
            if (told := run.told(self.item, self._client)) is not None:
                yield told
            if run.described is not None and run.fields.get("subject"):
                yield DescribedCertificates(self.item, Role.SERVED, (self._certificate(run),))
            heard.add(iter(self._located(run)))
        yield from heard
        if heard.dropped:
            yield Oddity("words-left-out", "", self.item, {"count": heard.dropped})

    def _comment(self, number: int, line: str) -> None:
        run = self.runs[-1]
        if trying := _TRYING.match(line) or _RESOLVED.match(line):
            if run.over and len(self.runs) < MOST_RUNS:
                self.runs.append(run := _Run())
            told = trying.groupdict()
            run.host = told.get("host") or run.host
            run.address = (told.get("address") or run.address or "").strip("[]") or None
            run.port = int(told["port"]) if told.get("port") else run.port
        elif connected := _CONNECTED.match(line):
            run.host = connected["host"] if connected["host"] != connected["address"] else run.host
            run.address, run.port = connected["address"], int(connected["port"])
        elif using := _USING.match(line):
            run.using, run.where = using, line_of(self.item, number)
        elif alert := _ALERT.match(line):
            self._alert(run, number, alert)
        elif told_field := _FIELD.match(line):
            run.described = run.described or line_of(self.item, number)
            run.fields.setdefault(told_field["key"], told_field["value"].strip())
        elif _ASKED.match(line):
            run.asked = True
        elif _VERIFIED.match(line):
            run.verified = True
        elif _OVER.match(line):
            run.over = True
        elif not line.endswith("continuing anyway."):
            self._hear(run, number, line)

    def _alert(self, run: _Run, number: int, alert: re.Match[str]) -> None:
        """The level and the description in one number (SSL_CB_ALERT); before 7.57 it was a message's type."""
        level, description = divmod(int(alert["number"]), 256)
        if level == _FATAL:
            sender = Side.SERVER if alert["way"] == "IN" else Side.CLIENT
            spoken = SpokenAlert(sender, level, description, number)
            run.words.append(ClientWords(self.item, (line_of(self.item, number),), alert=spoken, speaker=PROGRAM))

    def _hear(self, run: _Run, number: int, line: str) -> None:
        text = line.lstrip("* ")
        if thrown := said_in(text, number):
            where = (line_of(self.item, number),)
            run.words.append(ClientWords(self.item, where, (thrown,), speaker=PROGRAM))

    @staticmethod
    def _located(run: _Run) -> Iterator[ClientWords]:
        """What curl says at the end it has said before, in its commentary: the first place counts."""
        said: list[str] = []
        for words in run.words:
            text = words.exceptions[0].message if words.exceptions else ""
            if text and any(known and known in text for known in said):
                continue
            said.append(text)
            yield replace(words, host=run.host, address=run.address, port=run.port)

    def _certificate(self, run: _Run) -> DescribedCertificate:
        told = run.fields
        begins, ends = date_in(told.get("start date", "")), date_in(told.get("expire date", ""))
        where = run.described or line_of(self.item, 1)
        return DescribedCertificate(told.get("subject", ""), told.get("issuer", ""), "", where, begins, ends)


def _negotiated(using: re.Match[str]) -> tuple[int | UnseenType, int | UnseenType, int | UnseenType | None]:
    version = version_named(using["version"]) if using["version"] else UNSEEN
    name = using["suite"]
    number = suite_named(name)
    if isinstance(number, Unseen):  # GnuTLS names the key exchange before a suite of TLS 1.3 as well
        number = suite_named("TLS_" + re.sub(r"^(?:EC)?DHE_(?:RSA_|ECDSA_)?(?:PSS_)?", "", name.removeprefix("TLS_")))
    group = UNSEEN if not using["group"] or using["group"] in _UNUSED_GROUPS else group_named(using["group"])
    known = None if isinstance(number, Unseen) else suite(number)
    static = known is not None and known.key_exchange == "RSA"
    return number, version, None if static else group
