"""Schannel's events out of the Windows event log: as text of the viewer, of Get-WinEvent or wevtutil, or as XML.

Owns which event says what. Most are a server's; those about "the remote server", or with a target name, are a client's.
An alert that was received is taken for one that a client sent to this server: who reads this log asks about a server.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from tlswhy.errors import BadEvidence
from tlswhy.evidence.java_trace import Heard
from tlswhy.evidence.server_log import SERVER
from tlswhy.evidence.text import lines, text_of, time_of
from tlswhy.evidence.types import ClientWords, Evidence, SpokenAlert, Thrown
from tlswhy.model.where import line as line_of
from tlswhy.side import Side
from tlswhy.source import Source

PROGRAM = "schannel"
LONGEST = 4000
_ID = re.compile(
    r"(?:Event ?ID|事件 ?ID|事件識別碼|イベント ?ID|Ereignis-ID|Id)\W{1,20}(?P<id>368[678]\d)\b"
    r"|<EventID[^>]{0,40}>(?P<xml>368[678]\d)<"
)
_RECEIVED = re.compile(r"fatal alert was received from the remote endpoint", re.IGNORECASE)
_SENT = re.compile(r"fatal alert was generated and sent to the remote endpoint", re.IGNORECASE)
_CODE = re.compile(
    r"fatal alert code is (?P<code>\d{1,3})\b|Name=.AlertDesc.>(?P<data>\d{1,3})<"
    r"|TLS\D{4,60}?(?<!\d)(?P<other>\d{1,3})[.。]?\s*$"
)
_TARGET = re.compile(r"Target name: {0,4}(?P<name>[\w.-]{1,253})|Name=.TargetName.>(?P<data>[\w.-]{1,253})<")
_OF_SERVER = re.compile(
    r"none of the cipher suites supported by the client application|No suitable default server credential"
    r"|(?:creating an?|access the) (?:SSL|TLS) server credential"
    r"|certificate received from the remote client application"
)
_OF_CLIENT = re.compile(
    r"certificate received from the remote server (?:has either expired|was issued by an untrusted|has been revoked"
    r"|does not contain the expected name|has not validated)"
)
_FATAL = 2


def likelihood(head: bytes) -> float:
    """One of its sentences, or the number of one of its events beside its name."""
    text = text_of(head)
    if _RECEIVED.search(text) or _SENT.search(text) or _OF_SERVER.search(text) or _OF_CLIENT.search(text):
        return 0.7
    return 0.7 if "channel" in text and _ID.search(text) else 0.0


def read(source: Source, progress: object = None) -> Iterator[Evidence]:
    """What the events say, the same once. Raises BadEvidence where they say nothing of a handshake."""
    events, heard = _Events(source.name), Heard.nothing()
    for number, line in lines(source):
        heard.add(events.feed(number, line[:LONGEST]))
    heard.add(events.close())
    said = list(heard)
    if not said:
        raise BadEvidence(source.name, "line 1", "log-without-tls")
    yield from said


@dataclass(slots=True)
class _Events:
    """An alert may name its code, and its target, in the lines after the one that says what happened."""

    item: str
    _kind: str = ""
    _line: int = 0
    _code: int | None = None
    _target: str | None = None
    _words: ClientWords | None = field(default=None)

    def feed(self, number: int, line: str) -> Iterator[ClientWords]:
        """One line; the event that it ends, if any."""
        found = _ID.search(line)
        event = (found["id"] or found["xml"]) if found else None
        kind = "received" if _RECEIVED.search(line) or event == "36887" else ""
        kind = "sent" if _SENT.search(line) or event == "36888" else kind
        if kind and (kind != self._kind or self._code is not None):
            yield from self.close()
            self._kind, self._line = kind, number
        if self._kind:
            self._alert(line)
        if said := self._sentence(number, line, event):
            yield from self.close()
            yield said
        elif found and not kind:
            yield from self.close()

    def close(self) -> Iterator[ClientWords]:
        """The event that is still open, if any."""
        kind, self._kind = self._kind, ""
        code, target, self._code, self._target = self._code, self._target, None, None
        if not kind or not code:
            return
        words = ClientWords(self.item, (line_of(self.item, self._line),), speaker=SERVER)
        if kind == "sent" and target:  # only a client knows the name of the other end
            words = replace(words, speaker=PROGRAM, host=target)
        from_client = kind == "received" or bool(target)
        sender = Side.CLIENT if from_client else Side.SERVER
        yield replace(words, alert=SpokenAlert(sender, _FATAL, code, self._line))

    def _alert(self, line: str) -> None:
        if self._code is None and (code := _CODE.search(line)):
            self._code = int(code["code"] or code["data"] or code["other"])
        if self._target is None and (target := _TARGET.search(line)):
            self._target = target["name"] or target["data"]

    def _sentence(self, number: int, line: str, event: str | None) -> ClientWords | None:
        where = (line_of(self.item, number),)
        time = time_of(line)
        words = ClientWords(self.item, where, times=(time,) if time else (), speaker=SERVER)
        if _OF_SERVER.search(line) or (event == "36874" and "<" in line):
            return replace(words, exceptions=(Thrown(SERVER, line.strip(), "", number),))
        if _OF_CLIENT.search(line):
            return replace(words, speaker=PROGRAM, exceptions=(Thrown("Schannel", line.strip(), "", number),))
        return None
