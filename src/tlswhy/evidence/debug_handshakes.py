"""The connections in javax.net.debug: which lines belong to which, thread by thread.

Owns the marks of both grammars: sun.security.ssl.SSLLogger and the toString of each message from 11 on; in 7 and 8
HandshakeMessage.print, InputRecord and OutputRecord. Records of 11 and later name their thread; of 7 and 8 only some
lines do, so a message belongs to the thread that read or wrote last. Whoever wrote the log is taken for the client.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from tlswhy.errors import BadEvidence
from tlswhy.evidence import debug_messages as messages
from tlswhy.evidence.debug_hello import HelloReader, written
from tlswhy.evidence.debug_talk import Talk
from tlswhy.evidence.hex_dump import row_of
from tlswhy.evidence.text import time_of
from tlswhy.evidence.types import Transcript
from tlswhy.packets.connection import TcpEventKind
from tlswhy.side import Side
from tlswhy.wire import handshake as hs
from tlswhy.wire.messages import ClientHello
from tlswhy.wire.records import looks_like_client_hello

MOST_CONNECTIONS = 4096
MOST_LINES = 4096
"""Of one block: a record of 2^14 bytes has a thousand rows."""
_MODERN = "javax.net.ssl|"
_HEAD = re.compile(
    r"^javax\.net\.ssl\|[A-Z]+\|(?P<thread>[^|]{0,40}\|[^|]{0,200})\|[^|]{0,80}\|[^|]{0,120}\|(?P<said>.*)$"
)
_CLASSIC_HELLO = re.compile(r"^\*\*\* ClientHello, (?P<version>(?:TLS|SSL)v[\d.]+)")
_RECORD = re.compile(r"^(?P<thread>.{1,200}?), (?P<way>READ|WRITE): (?:TLS|SSL)v[\d.]+ (?P<type>[\w ]{4,30}?), length")
_DUMP = re.compile(r"^\[Raw (?P<way>read|write)(?: \(bb\))?\]: length = \d+")
_BLOCKS = (
    ("Consuming ServerHello handshake message", "server-hello"),
    ("Consuming HelloRetryRequest handshake message", "server-hello"),
    ("ServerKeyExchange handshake message", "key-exchange"),
    ("Consuming CertificateRequest handshake message", "request"),
    ("Consuming CertificateVerify handshake message", "verify"),
    ("Raw read (", "raw-read"),
    ("Raw write (", "raw-write"),
    ("Plaintext after DECRYPTION (", "opened"),
    ("Plaintext before ENCRYPTION (", "to-seal"),
)
_CLASSIC_BLOCKS = {
    "*** ServerHello, ": "server-hello",
    "*** Diffie-Hellman ServerKeyExchange": "key-exchange",
    "*** ECDH ServerKeyExchange": "key-exchange",
    "*** CertificateRequest": "request",
}
_LAST_LINES = ("Signed with a DSA or RSA public key", "Anonymous", "Cert Authorities:", "  parameters: ")
"""The line that ends a block of 7 and 8 which has no closing mark."""
_CLOSED = (
    "Remote host terminated the handshake",
    "Remote host closed connection during handshake",
    "received EOFException",
)
_LEAVING = ("close the underlying socket", "called closeSocket()")
_FINISHED = messages.message(hs.FINISHED, bytes(12))
_DONE = messages.message(hs.SERVER_HELLO_DONE, b"")


@dataclass(slots=True)
class _Block:
    """A message, or a dump, while its lines are read."""

    kind: str
    talk: Talk | None
    line: int
    time_ns: int
    modern: bool
    said: list[str] = field(default_factory=list)
    data: bytearray = field(default_factory=bytearray)
    hello: HelloReader | None = None
    lines: int = 0


@dataclass(slots=True)
class Handshakes:
    """Feed every line; ``feed`` tells whether the line was part of a message, so of no interest to others."""

    item: str
    hello: ClientHello | None = None
    """The last ClientHello; ``hello_line`` is where it began."""
    hello_line: int = 0
    _talks: list[Talk] = field(default_factory=list)
    _open: dict[str, Talk] = field(default_factory=dict)
    _block: _Block | None = None
    _thread: str = ""
    _waiting: Talk | None = None
    """7 and 8: a connection whose ClientHello was printed before any line named its thread."""
    _read: list[tuple[int, bytes]] = field(default_factory=list)
    """7 and 8: dumps of what was read before a line named the thread."""
    _last_way: str = ""

    def feed(self, number: int, line: str) -> bool:
        """One line."""
        if self._block is not None:
            taken, over = self._take(self._block, line)
            if over:
                block, self._block = self._block, None
                self._end(block)
            if taken:
                return True
        if line.startswith(_MODERN):
            return self._modern(number, line)
        return self._classic(number, line)

    def alert(self, sender: Side, number: int, level: int, description: int, time: datetime | None = None) -> None:
        """An alert that the log tells of, in the thread of the line before."""
        if talk := self._open.get(self._thread):
            talk.print_alert(sender, number, _ns(time), level, description)

    def transcripts(self) -> Iterator[Transcript]:
        """The connections, in the order of their first line."""
        if self._block is not None:
            block, self._block = self._block, None
            self._end(block)
        self._assign_read(self._open.get(self._thread))
        for talk in self._talks:
            if (connection := talk.connection()) is not None:
                yield Transcript(self.item, connection)

    # -- the grammar of 11 and later

    def _modern(self, number: int, line: str) -> bool:
        found = _HEAD.match(line)
        if found is None:
            return False
        self._thread = found["thread"]
        said = found["said"]
        if said.startswith("Produced ClientHello"):
            begun = self._begin(self._thread)
            self._block = _Block("hello", begun, number, _ns(time_of(line)), True, hello=HelloReader(modern=True))
            self.hello_line = number
            return True
        for mark, kind in _BLOCKS:
            if mark in said and said.endswith("("):
                talk = self._open.get(self._thread) if kind == "raw-write" else self._talk_of(self._thread)
                self._block = _Block(kind, talk, number, _ns(time_of(line)), True)
                return True
        self._modern_mark(number, line, said)
        return False

    def _modern_mark(self, number: int, line: str, said: str) -> None:
        """What is told in one line, or in lines that others read as well."""
        talk = self._talk_of(self._thread)
        if talk is None:
            return
        if said.startswith(("Consuming ", "Produced ")):
            self._told(talk, number, _ns(time_of(line)), said)
        else:
            self._departure(talk, number, line, said)

    def _told(self, talk: Talk, number: int, time_ns: int, said: str) -> None:
        if "server Certificate handshake message" in said:
            self._certificates(talk, number, time_ns)
        elif "Consuming ServerHelloDone" in said:
            self._done(talk, number, time_ns)
        elif "ChangeCipherSpec" in said:
            talk.print_change(Side.SERVER if said.startswith("Consuming") else Side.CLIENT, number, time_ns)
        elif "Finished handshake message" in said:
            self._finish(talk, Side.SERVER if said.startswith("Consuming") else Side.CLIENT, number, time_ns)

    # -- the grammar of 7 and 8

    def _classic(self, number: int, line: str) -> bool:
        if line.startswith("*** "):
            return self._classic_message(number, line)
        if dump := _DUMP.match(line):
            self._block = _Block(f"raw-{dump['way']}", self._open.get(self._thread), number, 0, False)
            return True
        if found := _RECORD.match(line):
            self._classic_record(number, found)
        elif ", " in line and (talk := self._open.get(line.partition(", ")[0])) is not None:
            self._thread = line.partition(", ")[0]
            self._departure(talk, number, line, line)
        return False

    def _classic_record(self, number: int, found: re.Match[str]) -> None:
        self._thread = found["thread"]
        self._last_way = found["way"]
        if self._waiting is not None and found["way"] == "WRITE":
            self._open[self._thread] = self._waiting
            self._waiting = None
        talk = self._talk_of(self._thread)
        if found["way"] == "READ":
            self._assign_read(talk)
        if talk is not None and found["type"] == "Change Cipher Spec":
            talk.print_change(Side.SERVER if found["way"] == "READ" else Side.CLIENT, number, 0)

    def _classic_message(self, number: int, line: str) -> bool:
        if hello := _CLASSIC_HELLO.match(line):
            self._waiting = self._new()
            reader = HelloReader(modern=False, version=hello["version"])
            self._block = _Block("hello", self._waiting, number, 0, False, hello=reader)
            self.hello_line = number
            return True
        talk = self._waiting or self._talk_of(self._thread)
        if talk is None:
            return False
        if line.startswith("*** ServerHello, ") and self._waiting is not None:
            talk.serving = True  # it answers before it has written anything
            return False
        kind = next((kind for mark, kind in _CLASSIC_BLOCKS.items() if line.startswith(mark)), None)
        if kind is not None:
            self._block = _Block(kind, talk, number, 0, False, [line])
            return True
        if line.startswith("*** Certificate chain") and self._last_way != "WRITE":
            self._certificates(talk, number, 0)
        elif line.startswith("*** ServerHelloDone"):
            self._done(talk, number, 0)
        elif line.startswith("*** Finished"):
            self._finish(talk, Side.SERVER if self._last_way == "READ" else Side.CLIENT, number, 0)
        return False

    def _assign_read(self, talk: Talk | None) -> None:
        """What was read belongs to the thread that the line behind it names."""
        for number, data in self._read:
            if talk is not None:
                talk.dump(Side.SERVER, number, 0, data)
        self._read.clear()

    # -- what both tell

    def _take(self, block: _Block, line: str) -> tuple[bool, bool]:
        """Whether the line belongs to the block, and whether the block is over."""
        block.lines += 1
        if block.lines > MOST_LINES:
            return False, True
        if block.hello is not None:
            return True, block.hello.feed(line)
        if block.kind in {"raw-read", "raw-write", "opened", "to-seal"}:
            row = row_of(line)
            if row is not None:
                block.data += row
                return True, False
            return block.modern and line.strip() == ")", True
        if block.modern and line.startswith(_MODERN):
            return False, True
        if not block.modern and (line.startswith("***") or _RECORD.match(line) or _DUMP.match(line)):
            return line.strip() == "***", True
        block.said.append(line)
        return True, line == ")" if block.modern else line.startswith(_LAST_LINES)

    def _end(self, block: _Block) -> None:
        talk = block.talk
        begins = block.kind == "raw-write" and looks_like_client_hello(bytes(block.data[:64]))
        if begins and (talk is None or talk.dump_begins_anew):
            talk = self._open[self._thread] = self._new()
        if block.kind == "hello":
            self._say_hello(block)
        elif block.kind == "raw-read" and not block.modern:
            self._read.append((block.line, bytes(block.data)))
        elif talk is not None:
            try:
                _ENDS[block.kind](talk, block)
            except BadEvidence:
                return  # a message that is cut tells nothing

    def _say_hello(self, block: _Block) -> None:
        self.hello = block.hello.hello if block.hello is not None else None
        if block.talk is None or self.hello is None:
            return
        try:
            message = written(self.hello)
        except BadEvidence:
            return
        block.talk.retried = False
        block.talk.print_message(Side.CLIENT, block.line, block.time_ns, message)

    def _departure(self, talk: Talk, number: int, line: str, said: str) -> None:
        if any(mark in said for mark in _CLOSED):
            talk.leaves(Side.SERVER, number, _ns(time_of(line)), TcpEventKind.FIN)
        elif "Exception: Connection reset" in said:
            talk.leaves(Side.SERVER, number, _ns(time_of(line)), TcpEventKind.RST)
        elif any(mark in said for mark in _LEAVING) and Side.CLIENT not in talk.finished:
            talk.leaves(Side.CLIENT, number, _ns(time_of(line)), TcpEventKind.FIN)

    def _certificates(self, talk: Talk, number: int, time_ns: int) -> None:
        if talk.answered and not talk.certificates_told and not talk.flight_over:
            talk.certificates_told = True
            talk.print_message(Side.SERVER, number, time_ns, messages.unreadable_certificates(talk.version))

    def _done(self, talk: Talk, number: int, time_ns: int) -> None:
        talk.flight_over = True
        talk.print_message(Side.SERVER, number, time_ns, _DONE)

    def _finish(self, talk: Talk, sender: Side, number: int, time_ns: int) -> None:
        talk.finished.add(sender)
        talk.print_message(sender, number, time_ns, _FINISHED)

    def _begin(self, thread: str) -> Talk:
        talk = self._open.get(thread)
        if talk is None or talk.begins_anew:
            talk = self._open[thread] = self._new()
        return talk

    def _new(self) -> Talk:
        talk = Talk()
        if len(self._talks) < MOST_CONNECTIONS:
            self._talks.append(talk)
        return talk

    def _talk_of(self, thread: str) -> Talk | None:
        """The thread's connection; else the last that waits for an answer, since an SSLEngine changes threads."""
        if (talk := self._open.get(thread)) is not None:
            return talk
        waiting = next((talk for talk in reversed(self._talks[-16:]) if not talk.answered), None)
        if waiting is not None:
            self._open[thread] = waiting
        return waiting


def _server_hello(talk: Talk, block: _Block) -> None:
    message, talk.version = messages.server_hello(block.said)
    talk.answered = talk.retried = False
    if any("HelloRetryRequest" in line for line in block.said[:2]):
        talk.retried = True
    else:
        talk.answered = True
    talk.print_message(Side.SERVER, block.line, block.time_ns, message)


def _printed(write: Callable[[list[str], int], bytes]) -> Callable[[Talk, _Block], None]:
    def end(talk: Talk, block: _Block) -> None:
        if talk.answered:
            talk.print_message(Side.SERVER, block.line, block.time_ns, write(block.said, talk.version))

    return end


_ENDS: dict[str, Callable[[Talk, _Block], None]] = {
    "server-hello": _server_hello,
    "key-exchange": _printed(messages.server_key_exchange),
    "request": _printed(messages.certificate_request),
    "verify": _printed(messages.certificate_verify),
    "raw-read": lambda talk, block: talk.dump(Side.SERVER, block.line, block.time_ns, bytes(block.data)),
    "raw-write": lambda talk, block: talk.dump(Side.CLIENT, block.line, block.time_ns, bytes(block.data)),
    "opened": lambda talk, block: talk.opened(bytes(block.data)),
    "to-seal": lambda talk, block: talk.to_seal(bytes(block.data)),
}


def _ns(time: datetime | None) -> int:
    return 0 if time is None else int(time.timestamp() * 1_000_000_000)
