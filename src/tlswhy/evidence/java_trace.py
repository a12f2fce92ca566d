"""Java's exceptions in any text: stack traces with their "Caused by" chains, alone or behind the prefixes of a log.

Owns the grammar of java.lang.Throwable.printStackTrace and which exceptions can concern a connection. What an exception
means is not its business. Each format of logs feeds its lines to ``Traces``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache

from tlswhy.evidence.types import ClientWords, Runtime, SpokenAlert, Thrown
from tlswhy.model.where import line as line_of
from tlswhy.tables import load_table
from tlswhy.wire.messages import ClientHello

MOST_CHAINS = 512
"""Different chains that are kept of one text."""
MOST_CAUSES = 32
MOST_TIMES = 64
LONGEST_MESSAGE = 2000
_NAME = r"(?:[a-zA-Z_$][\w$]{0,80}\.){1,14}[A-Z][\w$]{0,100}?(?:Exception|Error|Throwable|FatalAlert(?:Received)?)"
_THROWN = re.compile(rf"(?<![\w$./]){_NAME}(?![\w$]|\.[a-zA-Z])")
_FRAME = re.compile(r"(?:^|[\s:])at\s(?:[\w.@$-]{0,80}/){0,2}([\w$.<>]{3,300})\(")
_MORE = re.compile(r"\.\.\. \d+ (?:more|common frames omitted)")
_NESTED = re.compile(r"(?:Caused by|nested exception is|Wrapped by|Root cause)\s?:?\s", re.IGNORECASE)
_URL = re.compile(r"https?://(?P<host>\[[0-9a-fA-F:.]{2,45}\]|[\w.-]{1,253})(?::(?P<port>\d{1,5}))?")
_HOSTS = tuple(
    re.compile(pattern)
    for pattern in (
        r"DNS name matching (?P<host>\S{1,253}) found",
        r"No name matching (?P<host>\S{1,253}) found",
        r"matching IP address (?P<host>[0-9a-fA-F.:]{2,45}) found",
        r"didn't match: <(?P<host>[^>]{1,253})>",
        r"Certificate for <(?P<host>[^>]{1,253})> doesn't match",
        r"Connect to (?P<host>[\w.-]{1,253}):(?P<port>\d{1,5})\b",
        r"Connect to (?:https?://)?(?P<host>[\w.-]{1,253}):(?P<port>\d{1,5})\b",
    )
)
_ADDRESS = re.compile(r"(?<![\d.])(\d{1,3}(?:\.\d{1,3}){3})(?::(\d{1,5}))?(?![\d.])")
_NEAR = 30
"""Lines: an address further above an exception is another one's."""
_SAME_RECORD = 3
"""Lines: a log writes the time once and the exception below."""
_PATIENCE = 8
"""Lines of something else after which a chain is over."""
_CONCERNS = (
    "javax.net.ssl.",
    "java.security.",
    "javax.security.cert.",
    "sun.security.",
    "com.sun.net.ssl.",
    "com.ibm.jsse2.",
    "com.ibm.security.",
    "com.rsa.",
    "org.bouncycastle.tls.",
    "org.bouncycastle.crypto.tls.",
    "org.apache.http.conn.",
    "org.apache.hc.client5.",
    "java.net.ConnectException",
    "java.net.NoRouteToHostException",
    "java.net.SocketException",
    "java.net.SocketTimeoutException",
    "java.net.UnknownHostException",
    "java.net.http.HttpConnectTimeoutException",
)
_SAYS_TLS = re.compile(r"\bSSL\b|\bTLS\b|\bHTTPS\b")


def thrown_in(text: str, number: int = 0) -> Thrown | None:
    """The first exception that a line or message names: its class, and all that follows as its message."""
    if "Exception" not in text and "Error" not in text and "FatalAlert" not in text and "Throwable" not in text:
        return None
    found = _THROWN.search(text)
    if found is None:
        return None
    message = text[found.end() :].lstrip()
    message = message[1:].strip() if message[:1] in {":", "："} else ""
    return Thrown(found[0], message[:LONGEST_MESSAGE], "", number)


def concerns_a_connection(exceptions: tuple[Thrown, ...]) -> bool:
    """Whether one of them is of the packages that a TLS client uses."""
    return any(
        thrown.kind.startswith(_CONCERNS)
        or any(name in thrown.message for name in _CONCERNS)
        or (thrown.kind.startswith("java.io.") and _SAYS_TLS.search(thrown.message) is not None)
        for thrown in exceptions
    )


def mask_of(exceptions: tuple[Thrown, ...], text: str = "") -> str | None:
    """The code of the mask that the innermost exception, which has no cause of its own, or a line without one, is."""
    for code, kind, pattern in _masks():
        if kind is not None and exceptions:
            thrown = exceptions[-1]
            if thrown.kind.endswith(kind) and (not thrown.message or pattern.search(thrown.message)):
                return code
        elif kind is None and text and pattern.search(text):
            return code
    return None


def _unquoted(thrown: Thrown) -> Thrown:
    """A message quoted in somebody's text ends with a quotation mark that is not its own."""
    message = thrown.message
    if message.endswith('"') and message.count('"') % 2:
        return replace(thrown, message=message[:-1].rstrip())
    if message.endswith("”") and "“" not in message:
        return replace(thrown, message=message[:-1].rstrip())
    return thrown


@dataclass(slots=True)
class Traces:
    """Feed lines in order; whole chains come out. ``hello``, ``alert``: what the log told since the last chain."""

    item: str
    runtime: Runtime | None = None
    hello: ClientHello | None = None
    host: str | None = None
    _chain: list[Thrown] | None = None
    _time: datetime | None = None
    _quiet: int = 0
    _tail: str = ""
    _suppressed: int = 0
    _clock: tuple[int, datetime | None] = (-(1 << 30), None)
    _peer: tuple[int, str | None, str | None, int | None] = (-(1 << 30), None, None, None)

    def feed(self, number: int, line: str, time: datetime | None = None) -> Iterator[ClientWords]:
        """One line; the chain that it ends, if any."""
        if time is not None:
            self.clock(number, time)
        elif number - self._clock[0] <= _SAME_RECORD:
            time = self._clock[1]
        if "at" in line and self._chain is not None and (frame := _FRAME.search(line)):
            self._throws_at(frame[1])
            return
        if _MORE.search(line) or self._is_suppressed(line):
            return
        self._see_peer(number, line)
        nested = _NESTED.search(line) if "aused by" in line or "xception is" in line or "oot cause" in line else None
        if nested is not None and thrown_in(line[: nested.start()]) is not None:
            nested = None  # a whole chain in one line: its first exception's message holds the others
        thrown = thrown_in(line[nested.end() :] if nested else line, number)
        if thrown is None:
            yield from self._otherwise(number, line, time)
        elif nested and self._chain is not None and not line[: nested.start()].rstrip().endswith(";"):
            if len(self._chain) < MOST_CAUSES:
                self._chain.append(thrown)
            self._quiet, self._tail = 0, ""
        else:
            yield from self.close()
            self._chain, self._time, self._quiet, self._tail, self._suppressed = [thrown], time, 0, "", 0

    def _is_suppressed(self, line: str) -> bool:
        """Throwable.printStackTrace indents what was suppressed, and its causes, by a tab more: not this chain's."""
        if "Suppressed: " in line:
            self._suppressed = len(line) - len(line.lstrip())
            return True
        if self._suppressed and "aused by" in line:
            if len(line) - len(line.lstrip()) >= self._suppressed:
                return True
            self._suppressed = 0
        return False

    def close(self) -> Iterator[ClientWords]:
        """The chain that is still open, if any."""
        if self._chain is None:
            return
        chain, self._chain = tuple(map(_unquoted, self._chain)), None
        if concerns_a_connection(chain):
            places = dict.fromkeys((chain[0].line, chain[-1].line))
            where = tuple(line_of(self.item, place) for place in places)
            yield self.words(where, exceptions=chain, mask=mask_of(chain), times=(self._time,) if self._time else ())

    def clock(self, number: int, time: datetime) -> None:
        """The moment of this line, and of those right below it."""
        self._clock = (number, time)

    def words(
        self,
        where: tuple[object, ...],
        *,
        exceptions: tuple[Thrown, ...] = (),
        alert: SpokenAlert | None = None,
        mask: str | None = None,
        times: tuple[datetime, ...] = (),
    ) -> ClientWords:
        """Words with all that the lines before them named."""
        host, address, port = self._named(exceptions, where)
        return ClientWords(
            item=self.item,
            where=where,  # type: ignore[arg-type]
            exceptions=exceptions,
            alert=alert,
            mask=mask,
            runtime=self.runtime,
            hello=self.hello,
            host=host or self.host,
            address=address,
            port=port,
            times=times,
        )

    def _throws_at(self, method: str) -> None:
        if self._chain is None:
            return
        last = self._chain[-1]
        if not last.at:
            message = f"{last.message} {self._tail}".strip()[:LONGEST_MESSAGE] if self._tail else last.message
            self._chain[-1] = replace(last, at=method, message=message)
        self._quiet, self._tail = 0, ""

    def _otherwise(self, number: int, line: str, time: datetime | None) -> Iterator[ClientWords]:
        """A line that is no part of a trace, or the second line of a message."""
        mask = mask_of((), line)
        if self._chain is not None:
            last = self._chain[-1]
            if not last.at and last.message.endswith("peer not") and line.strip():
                self._chain[-1] = replace(last, message=f"{last.message} {line.strip()}"[:LONGEST_MESSAGE])
            elif not last.at and self._quiet < 3:
                self._tail = f"{self._tail} {line.strip()}".strip()[:LONGEST_MESSAGE]
            self._quiet += 1
            if self._quiet >= _PATIENCE or mask is not None:
                yield from self.close()
        if mask is not None:
            yield self.words((line_of(self.item, number),), mask=mask, times=(time,) if time else ())

    def _see_peer(self, number: int, line: str) -> None:
        if "://" in line and (url := _URL.search(line)):
            address = _ADDRESS.fullmatch(url["host"])
            port = int(url["port"]) if url["port"] else None
            host = url["host"].strip("[]").rstrip(".")
            self._peer = (number, host, host if address else None, port)

    def _named(
        self, exceptions: tuple[Thrown, ...], where: tuple[object, ...]
    ) -> tuple[str | None, str | None, int | None]:
        """Host, address and port: those in the messages, else those of an address shortly above."""
        for thrown in reversed(exceptions):
            for pattern in _HOSTS:
                if found := pattern.search(thrown.message):
                    port = found.groupdict().get("port")
                    return found["host"].rstrip("."), None, int(port) if port else None
            if thrown.kind == "java.net.UnknownHostException" and re.fullmatch(r"[\w.-]{1,253}", thrown.message):
                return thrown.message, None, None
        place = str(getattr(where[0], "place", "")).rpartition(" ")[2] if where else ""
        seen_at, host, address, port_number = self._peer
        if place.isdigit() and 0 <= int(place) - seen_at <= _NEAR:
            return host, address, port_number
        return None, None, None


@dataclass(slots=True)
class Heard:
    """All words of one text, the same ones once: the first place, every time, how often."""

    _kept: dict[object, ClientWords]
    dropped: int = 0

    @classmethod
    def nothing(cls) -> Heard:
        """An empty one."""
        return cls({})

    def add(self, words: Iterator[ClientWords]) -> None:
        """Keep what is new, count what is not."""
        for said in words:
            chain = tuple((thrown.kind, thrown.message, thrown.at) for thrown in said.exceptions)
            spoken = (said.alert.sender, said.alert.description) if said.alert else None
            connection = said.hello.random if said.hello is not None else b""
            key = (chain, spoken, said.mask, said.host, said.port, said.client, connection)
            known = self._kept.get(key)
            if known is not None:
                times = (*known.times, *said.times)[-MOST_TIMES:]
                self._kept[key] = replace(known, times=times, times_told=known.times_told + 1)
            elif len(self._kept) < MOST_CHAINS:
                self._kept[key] = said
            else:
                self.dropped += 1

    def __iter__(self) -> Iterator[ClientWords]:
        return iter(self._kept.values())


@cache
def _masks() -> tuple[tuple[str, str | None, re.Pattern[str]], ...]:
    rows = load_table("masks.toml")["mask"]
    return tuple((row["code"], row.get("exception"), re.compile(row["text"])) for row in rows)
