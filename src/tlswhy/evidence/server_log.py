"""Logs of servers that say why a client did not get in: nginx, Apache httpd, HAProxy, Go's net/http.

Owns which lines are the server's own, whose address they name, and which alert they quote: in a server's log that is
one which the client sent. Where the server is itself a client (nginx "to upstream"), the words are its library's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from tlswhy.errors import BadEvidence
from tlswhy.evidence.java_trace import Heard
from tlswhy.evidence.library_errors import said_in
from tlswhy.evidence.text import lines, text_of, time_of
from tlswhy.evidence.types import ClientWords, Evidence, SpokenAlert, Thrown
from tlswhy.model.where import line as line_of
from tlswhy.oddity import Oddity
from tlswhy.side import Side
from tlswhy.source import Source
from tlswhy.wire.numbers import alert_number

SERVER = "server"
LONGEST = 2000
_ADDRESS = r"(?P<address>\[?[0-9a-fA-F:.]{3,45}?\]?)(?::(?P<port>\d{1,5}))?"
_NGINX = re.compile(
    rf"while (?:SSL handshaking|reading client request)\b.{{0,200}}?, client: (?:unix:|{_ADDRESS})(?:,|$)"
)
_UPSTREAM = re.compile(r"while SSL handshaking to upstream|\bupstream: \"https")
_APACHE = re.compile(
    rf"\[ssl:\w+\](?: \[pid (?P<thread>[\d:a-z ]{{1,40}})\])? (?:.{{0,80}}?\[(?:remote|client) {_ADDRESS}\] )?"
    r"(?P<what>SSL Library Error: |AH02008: |AH02006: |AH02033: )"
)
_HANDSHAKE_FAILED = "AH02008: "
"""The reason stands in the line behind it, which names no client."""
MOST_THREADS = 4096
_HAPROXY = re.compile(
    rf"(?:^|[\s:]){_ADDRESS} \[[^\]]{{8,40}}\] \S{{1,120}}: (?=(?:SSL handshake failure|Connection closed during SSL))"
)
_GO = re.compile(rf"http: TLS handshake error from {_ADDRESS}: ")
_LOGS = (_NGINX, _HAPROXY, _GO, _APACHE)
_ALERT = re.compile(
    r"SSL alert number (?P<number>\d{1,3})"
    r"|\b(?:sslv3|tlsv1|tlsv13|ssl/tls) alert (?P<name>[a-z_ ]{4,40}?)(?=[:)\s]*$|[:)])"
    r"|remote error: tls: (?P<go>[a-z ]{4,60})"
)
_GO_NAMES = {
    "unknown certificate authority": "unknown_ca",
    "unknown certificate": "certificate_unknown",
    "expired certificate": "certificate_expired",
    "revoked certificate": "certificate_revoked",
    "protocol version not supported": "protocol_version",
    "error decrypting message": "decrypt_error",
}
_FATAL = 2


def likelihood(head: bytes) -> float:
    """A line of one of these logs that is about a handshake."""
    text = text_of(head)
    if "SSL" not in text and "TLS" not in text:
        return 0.0
    return 0.6 if any(_line_of(line[:LONGEST]) for line in text.splitlines()) else 0.0


def read(source: Source, progress: object = None) -> Iterator[Evidence]:
    """What the server says, the same once for each client. Raises BadEvidence where it says nothing of a handshake."""
    heard = Heard.nothing()
    clients: dict[str, tuple[str, str]] = {}
    for number, line in lines(source):
        heard.add(_words(source.name, number, line[:LONGEST], clients))
    said = list(heard)
    if not said:
        raise BadEvidence(source.name, "line 1", "log-without-tls")
    yield from said
    if heard.dropped:
        yield Oddity("words-left-out", "", source.name, {"count": heard.dropped})


def alert_in(text: str) -> int | None:
    """The description of the alert that a line quotes."""
    found = _ALERT.search(text)
    if found is None:
        return None
    if found["number"]:
        return int(found["number"])
    name = (found["name"] or _GO_NAMES.get(found["go"].strip(), found["go"])).strip().replace(" ", "_")
    return alert_number(name)


def _line_of(line: str) -> re.Match[str] | None:
    return next((found for log in _LOGS if (found := log.search(line))), None)


def _words(item: str, number: int, line: str, clients: dict[str, tuple[str, str]]) -> Iterator[ClientWords]:
    """``clients``: who was served last by each thread of httpd."""
    found = _line_of(line)
    upstream = _UPSTREAM.search(line) is not None
    if found is None and not upstream:
        return
    time = time_of(line)
    words = ClientWords(item, (line_of(item, number),), times=(time,) if time else ())
    if upstream or found is None:
        if thrown := said_in(line, number):
            yield replace(words, exceptions=(thrown,), speaker="nginx")
        return
    told = found.groupdict()
    address, port = told.get("address"), told.get("port")
    if found.re is _APACHE:
        thread = told["thread"] or ""
        if told["what"] == _HANDSHAKE_FAILED:
            if len(clients) < MOST_THREADS:
                clients[thread] = (address or "", port or "")
            return
        address, port = (address, port) if address else clients.pop(thread, (None, None))
    words = replace(words, speaker=SERVER, client=(address or "").strip("[]") or None)
    words = replace(words, client_port=int(port) if port else None)
    if (description := alert_in(line)) is not None:
        yield replace(words, alert=SpokenAlert(Side.CLIENT, _FATAL, description, number))
    else:
        yield replace(words, exceptions=(Thrown(SERVER, line.strip(), "", number),))
