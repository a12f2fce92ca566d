"""One connection in javax.net.debug: what its lines show becomes the bytes that went over the wire, line by line.

Two ways to them: the records that the log dumps ("Raw read", "Raw write"), with the plaintext of TLS 1.3 in the place
of what was encrypted; else the messages that it prints. Both go the way of a capture, with lines for frames. Owns
nothing of the log's grammar.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from tlswhy.packets.connection import NOWHERE, Connection, Piece, TcpEvent, TcpEventKind
from tlswhy.side import Side
from tlswhy.wire.hello import HELLO_RETRY_RANDOM, write_record
from tlswhy.wire.numbers import TLS12, TLS13, is_tls13
from tlswhy.wire.records import looks_like_client_hello

CHANGE_CIPHER_SPEC, ALERT, HANDSHAKE, APPLICATION_DATA = 20, 21, 22, 23
MOST_BYTES = 1 << 20
"""Of one direction: what a handshake takes, and more."""
_LARGEST_RECORD = 5 + (1 << 14) + 2048
_ALERT_SIZE = 2


@dataclass(slots=True)
class Talk:
    """Tell it what the log shows, in order; ``connection`` is the whole. ``version`` is what the server chose."""

    version: int = TLS12
    retried: bool = False
    """A HelloRetryRequest came, and the second ClientHello has not been seen."""
    answered: bool = False
    finished: set[Side] = field(default_factory=set)
    certificates_told: bool = False
    flight_over: bool = False
    serving: bool = False
    """Whoever wrote the log is the server here."""
    _printed: list[Piece] = field(default_factory=list)
    _raw: list[Piece] = field(default_factory=list)
    _events: list[TcpEvent] = field(default_factory=list)
    _partial: dict[Side, bytes] = field(default_factory=lambda: dict.fromkeys(Side, b""))
    _size: dict[Side, int] = field(default_factory=lambda: dict.fromkeys(Side, 0))
    _plain: dict[Side, int] = field(default_factory=lambda: dict.fromkeys(Side, 0))
    """Bytes of a handshake message that are still to come in further plaintexts."""
    _dumped_hellos: int = 0
    _dumped_retry: bool = False
    _to_seal: bytes | None = None
    _opened: bool = False

    def say(self, sender: Side, line: int, time_ns: int, message: bytes) -> None:
        """A handshake message, whole, as a program shows it that is sure of its bytes; tells what it means for the
        connection besides."""
        kind = message[0] if message else 0
        if kind == _SERVER_HELLO and sender is Side.SERVER:
            self.retried = HELLO_RETRY_RANDOM in message[:_RANDOM_ENDS]
            self.answered = not self.retried
            self.version = TLS13 if _CHOOSES_TLS13 in message else TLS12
        elif kind == _CLIENT_HELLO:
            self.retried = False
        self.print_message(sender, line, time_ns, message)

    def print_message(self, sender: Side, line: int, time_ns: int, message: bytes) -> None:
        """A handshake message that the log prints."""
        self._print(sender, line, time_ns, HANDSHAKE, message)

    def print_change(self, sender: Side, line: int, time_ns: int) -> None:
        """A ChangeCipherSpec that the log tells of."""
        self._print(sender, line, time_ns, CHANGE_CIPHER_SPEC, b"\x01")

    def print_alert(self, sender: Side, line: int, time_ns: int, level: int, description: int) -> None:
        """An alert that the log tells of; it takes the place of the encrypted record that carried it."""
        body = bytes((level, description))
        self._print(sender, line, time_ns, ALERT, body)
        last = next((i for i in range(len(self._raw) - 1, -1, -1) if self._raw[i].sender is sender), None)
        if last is not None and self._raw[last].data[:1] == bytes((ALERT,)) and len(self._raw[last].data) != 7:
            self._raw[last] = self._raw[last]._replace(data=write_record(ALERT, TLS12, body))

    def dump(self, sender: Side, line: int, time_ns: int, data: bytes) -> None:
        """Bytes of the socket, as dumped."""
        if self._size[sender] + len(data) > MOST_BYTES:
            return
        self._size[sender] += len(data)
        partial = self._partial[sender] + data
        while len(partial) >= 5 and partial[0] in range(CHANGE_CIPHER_SPEC, APPLICATION_DATA + 2) and partial[1] == 3:
            end = 5 + int.from_bytes(partial[3:5], "big")
            if end > _LARGEST_RECORD:
                break
            if len(partial) < end:
                self._partial[sender] = partial
                return
            self._record(sender, line, time_ns, partial[:end])
            partial = partial[end:]
        self._partial[sender] = b""
        if 0 < len(partial) < 5 and partial[0] in range(CHANGE_CIPHER_SPEC, APPLICATION_DATA + 1):
            self._partial[sender] = partial
        elif partial:
            self._raw.append(Piece(sender, line, time_ns, partial))

    def opened(self, data: bytes) -> None:
        """The plaintext of the record read last."""
        if self._raw and self._raw[-1].sender is Side.SERVER and self._raw[-1].data[:1] == bytes((APPLICATION_DATA,)):
            self._raw[-1] = self._raw[-1]._replace(data=self._clear(Side.SERVER, data) or self._raw[-1].data)

    def to_seal(self, data: bytes) -> None:
        """The plaintext of the record that will be written next."""
        self._to_seal = data

    def leaves(self, sender: Side, line: int, time_ns: int, kind: TcpEventKind) -> None:
        """The log tells that one end closed, or reset, the connection."""
        if not self._events:
            self._events.append(TcpEvent(sender, line, time_ns, kind))

    @property
    def begins_anew(self) -> bool:
        """A ClientHello that comes now is another connection's."""
        return not self.retried and bool(self._printed or self._raw)

    @property
    def dump_begins_anew(self) -> bool:
        """A ClientHello that is dumped now is another connection's."""
        return self._dumped_hellos > self._dumped_retry

    def connection(self) -> Connection | None:
        """All of it; None where the log shows nothing of the client's."""
        pieces = self._pieces()
        if self.serving or not pieces or pieces[0].sender is not Side.CLIENT:
            return None
        told: list[Piece | TcpEvent] = [*pieces, *self._events]
        times = [piece.time_ns for piece in told if piece.time_ns]
        lines = [piece.frame for piece in told]
        return Connection(
            client=NOWHERE,
            server=NOWHERE,
            first_frame=min(lines),
            last_frame=max(lines),
            first_time_ns=min(times, default=0),
            last_time_ns=max(times, default=0),
            pieces=tuple(pieces),
            events=tuple(self._events),
            roles_shown=True,
            answered=any(piece.sender is Side.SERVER for piece in pieces),
            counted="line",
        )

    def _pieces(self) -> list[Piece]:
        """The dumped ones, unless they hide in encryption what the printed ones tell."""
        head = b"".join(_first(self._raw, Side.CLIENT))
        dumped = looks_like_client_hello(head)
        sealed = is_tls13(self.version) and any(piece.data[:1] == bytes((APPLICATION_DATA,)) for piece in self._raw)
        told = bool(self._printed) and self._printed[0].sender is Side.CLIENT
        if dumped and (not sealed or self._opened or not told):
            left = [(side, data) for side, data in self._partial.items() if data]
            last = self._raw[-1]
            return [*self._raw, *(Piece(side, last.frame, last.time_ns, data) for side, data in left)]
        return self._printed

    def _print(self, sender: Side, line: int, time_ns: int, kind: int, body: bytes) -> None:
        if sum(len(piece.data) for piece in self._printed[-1:]) <= MOST_BYTES and len(self._printed) < 4096:
            self._printed.append(Piece(sender, line, time_ns, write_record(kind, TLS12, body)))

    def _record(self, sender: Side, line: int, time_ns: int, data: bytes) -> None:
        if sender is Side.CLIENT and self._to_seal is not None:
            if data[0] == APPLICATION_DATA:
                data = self._unsealed(self._to_seal) or data
            self._to_seal = None
        if sender is Side.SERVER and HELLO_RETRY_RANDOM in data[:64]:
            self._dumped_retry = True
        if sender is Side.CLIENT and looks_like_client_hello(data):
            self._dumped_hellos += 1
        self._raw.append(Piece(sender, line, time_ns, data))

    def _unsealed(self, inner: bytes) -> bytes | None:
        """A TLSInnerPlaintext (RFC 8446, 5.2): content, its type, zeros. None: data."""
        content = inner.rstrip(b"\0")
        if content[-1:] not in (bytes((HANDSHAKE,)), bytes((ALERT,))):
            return None
        self._opened = True
        if content[0] == _FINISHED:
            self.finished.add(Side.CLIENT)
        return write_record(content[-1], TLS12, content[:-1])

    def _clear(self, sender: Side, plain: bytes) -> bytes | None:
        """A record of TLS 1.3 as if it had not been encrypted: its inner type shows by its content. None: data."""
        waiting = self._plain[sender]
        if not waiting:
            if len(plain) == _ALERT_SIZE and plain[0] in (1, 2):
                self._opened = True
                return write_record(ALERT, TLS12, plain)
            if not _is_handshake(plain, finished=sender in self.finished):
                return None
            if plain[0] == _FINISHED:
                self.finished.add(sender)
        self._opened = True
        self._plain[sender] = _still_missing(plain, waiting)
        return write_record(HANDSHAKE, TLS12, plain)


_CLIENT_HELLO, _SERVER_HELLO = 1, 2
_RANDOM_ENDS = 38
_CHOOSES_TLS13 = b"\x00\x2b\x00\x02\x03\x04"
"""The extension supported_versions of a ServerHello (RFC 8446, 4.2.1)."""
_FINISHED = 20
_SEALED_MESSAGES = frozenset({4, 8, 11, 13, 15, _FINISHED, 24, 25})
"""Handshake messages that TLS 1.3 encrypts (RFC 8446, 4)."""


def _is_handshake(plain: bytes, *, finished: bool) -> bool:
    if len(plain) < 4 or plain[0] not in _SEALED_MESSAGES:
        return False
    size = int.from_bytes(plain[1:4], "big")
    return size < 1 << 17 and (4 + size <= len(plain) or not finished)


def _still_missing(plain: bytes, waiting: int) -> int:
    """How many bytes of the last message lie in further records."""
    position = min(waiting, len(plain))
    if position < waiting:
        return waiting - position
    while position + 4 <= len(plain):
        position += 4 + int.from_bytes(plain[position + 1 : position + 4], "big")
    return max(0, position - len(plain))


def _first(pieces: Iterable[Piece], sender: Side) -> Iterable[bytes]:
    size = 0
    for piece in pieces:
        if piece.sender is sender and size < 64:
            size += len(piece.data)
            yield piece.data
