"""Chromium's net log (``--log-net-log``, chrome://net-export) as evidence: its TLS connections, message by message.

Owns which events are about a TLS socket: net/log/net_log_event_type_list.h. Every handshake message stands there as
bytes, those that TLS 1.3 encrypts as well, so that a log is as good as a capture with keys. Each event has a line of
its own, so a log that was cut, or is huge, is read as far as it goes.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from tlswhy.errors import BadEvidence
from tlswhy.evidence.debug_talk import Talk
from tlswhy.evidence.java_trace import Heard
from tlswhy.evidence.types import ClientWords, Evidence, Runtime, Thrown, Transcript
from tlswhy.model.where import line as line_of
from tlswhy.oddity import Oddity
from tlswhy.packets.connection import Endpoint
from tlswhy.side import Side
from tlswhy.source import Source
from tlswhy.wire.handshake import FINISHED
from tlswhy.wire.numbers import is_tls13

MOST_SOCKETS = 4096
LONGEST_LINE = 4 << 20
PROGRAM = "chromium"
_EVENTS = (
    "SSL_HANDSHAKE_MESSAGE_SENT",
    "SSL_HANDSHAKE_MESSAGE_RECEIVED",
    "SSL_ALERT_SENT",
    "SSL_ALERT_RECEIVED",
    "SSL_HANDSHAKE_ERROR",
    "TCP_CONNECT",
    "SSL_CONNECT_JOB_CONNECT",
)
_TYPE = re.compile(rb'"type":(\d{1,6})\},?\s*$')
_ADDRESS = re.compile(r"^(?P<address>\[?[0-9a-fA-F:.]{2,45}?\]?):(?P<port>\d{1,5})$")


def likelihood(head: bytes) -> float:
    """The constants with which such a log begins."""
    begins = head.lstrip()[:200]
    return 0.98 if begins.startswith(b'{"constants":') and b'"logEventTypes"' in head else 0.0


def read(source: Source, progress: object = None) -> Iterator[Evidence]:
    """The connections, then what went wrong in Chromium's words. Raises BadEvidence where it holds none."""
    log = _Log(source.name)
    for number, line in _lines(source):
        log.feed(number, line)
    found = list(log.evidence())
    if not found:
        raise BadEvidence(source.name, "line 1", "log-without-tls")
    yield from found


def _lines(source: Source) -> Iterator[tuple[int, bytes]]:
    number, rest, dropping = 0, b"", False
    for block in source.blocks():
        *whole, rest = (rest + block).split(b"\n")
        for line in whole:
            number += 1
            if not dropping:
                yield number, line
            dropping = False
        if len(rest) > LONGEST_LINE:
            dropping, rest = True, b""
    if rest and not dropping:
        yield number + 1, rest


@dataclass(slots=True)
class _Socket:
    talk: Talk = field(default_factory=Talk)
    client: Endpoint | None = None
    server: Endpoint | None = None
    errors: list[tuple[int, str]] = field(default_factory=list)


@dataclass(slots=True)
class _Log:
    item: str
    sockets: dict[int, _Socket] = field(default_factory=dict)
    dropped: int = 0
    _kinds: dict[int, str] = field(default_factory=dict)
    _errors: dict[int, str] = field(default_factory=dict)
    _start: int = 0
    _runtime: Runtime | None = None
    _failed: list[tuple[int, str]] = field(default_factory=list)

    def feed(self, number: int, line: bytes) -> None:
        """One line: the constants, or an event."""
        if not self._kinds:
            if line.lstrip().startswith(b'{"constants":'):
                self._constants(line)
            return
        found = _TYPE.search(line[-64:])
        if found is None or (kind := self._kinds.get(int(found[1]))) is None:
            return
        try:
            event = json.loads(line.rstrip().rstrip(b","))
            self._event(number, kind, event)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return  # a line that is cut, or of another shape, tells nothing

    def evidence(self) -> Iterator[Evidence]:
        """In the order of their sockets."""
        heard = Heard.nothing()
        for socket in self.sockets.values():
            connection = socket.talk.connection()
            if connection is None:
                continue
            client, server = socket.client or connection.client, socket.server or connection.server
            yield Transcript(self.item, replace(connection, client=client, server=server))
            heard.add(self._words(socket))
        heard.add(self._unreached())
        yield from heard
        if self.dropped:
            yield Oddity("connections-left-out", "", self.item, {"count": self.dropped})

    def _constants(self, line: bytes) -> None:
        try:
            constants = json.loads(line.rstrip().rstrip(b",") + b"}")["constants"]
            names = constants["logEventTypes"]
            self._kinds = {names[name]: name for name in _EVENTS if isinstance(names.get(name), int)}
            self._errors = {number: name for name, number in constants.get("netError", {}).items()}
            self._start = int(constants.get("timeTickOffset", 0))
            version = str(constants.get("clientInfo", {}).get("version", "")).partition(".")[0]
            if version.isdigit():
                self._runtime = Runtime(f"chromium/{version}", "chromium", str(constants["clientInfo"].get("name", "")))
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            raise BadEvidence(self.item, "line 1", "log-without-tls") from None

    def _event(self, number: int, kind: str, event: Mapping[str, Any]) -> None:
        told = event.get("params") or {}
        source = int(event["source"]["id"])
        time_ns = (self._start + int(event.get("time") or 0)) * 1_000_000
        if kind == "SSL_CONNECT_JOB_CONNECT":
            self._job(number, told)
            return
        if source not in self.sockets and len(self.sockets) >= MOST_SOCKETS:
            self.dropped += 1
            return
        socket = self.sockets.setdefault(source, _Socket())
        if kind == "TCP_CONNECT":
            socket.client = _endpoint(told.get("local_address")) or socket.client
            socket.server = _endpoint(told.get("remote_address")) or socket.server
        elif kind == "SSL_HANDSHAKE_ERROR":
            socket.errors.append((number, self._errors.get(told.get("net_error", 0), "ERR_SSL_PROTOCOL_ERROR")))
        else:
            sender = Side.CLIENT if kind.endswith("_SENT") else Side.SERVER
            data = base64.b64decode(told.get("bytes") or "", validate=True)
            self._said(socket.talk, sender, number, time_ns, data, alert="ALERT" in kind)

    @staticmethod
    def _said(talk: Talk, sender: Side, number: int, time_ns: int, data: bytes, *, alert: bool) -> None:
        if alert:
            if len(data) == 2:
                talk.print_alert(sender, number, time_ns, data[0], data[1])
            return
        if data[:1] == bytes((FINISHED,)) and not is_tls13(talk.version):
            talk.print_change(sender, number, time_ns)  # which this log leaves out
        if data:
            talk.say(sender, number, time_ns, data)

    def _job(self, number: int, told: Mapping[str, Any]) -> None:
        """An attempt that came to its end; without a socket it never got as far as TLS."""
        name = self._errors.get(told.get("net_error", 0))
        if name in {"ERR_NAME_NOT_RESOLVED", "ERR_CONNECTION_REFUSED", "ERR_CONNECTION_TIMED_OUT"}:
            self._failed.append((number, name))

    def _words(self, socket: _Socket) -> Iterator[ClientWords]:
        server = socket.server
        for number, name in socket.errors[:1]:
            yield ClientWords(
                item=self.item,
                where=(line_of(self.item, number),),
                exceptions=(Thrown("NSS", f"net::{name}", "", number),),
                runtime=self._runtime,
                address=server.address if server else None,
                port=server.port if server else None,
                speaker=PROGRAM,
            )

    def _unreached(self) -> Iterator[ClientWords]:
        """What failed before TLS, where nothing else did: browsers ask for much that nobody wanted."""
        if any(socket.errors for socket in self.sockets.values()):
            return
        for number, name in self._failed[:1]:
            where = (line_of(self.item, number),)
            said = (Thrown("system", f"net::{name}", "", number),)
            yield ClientWords(self.item, where, said, runtime=self._runtime, speaker=PROGRAM)


def _endpoint(text: object) -> Endpoint | None:
    found = _ADDRESS.match(text) if isinstance(text, str) else None
    return Endpoint(found["address"].strip("[]"), int(found["port"])) if found else None
