"""The conversation: two directions of bytes in, messages in the order in which they were completed out. Sans-IO.

Owns what must be remembered between messages: the version and suite chosen, who sends encrypted by now, messages that
span records. Knows stream offsets only; who holds the frames turns them into places. Never raises for any bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tlswhy.errors import BadEvidence
from tlswhy.frozen import frozen
from tlswhy.oddity import Oddity
from tlswhy.side import Side
from tlswhy.wire import handshake as hs
from tlswhy.wire import records as rec
from tlswhy.wire.assembly import Assembly, Whole
from tlswhy.wire.hello import (
    CLIENT_HELLO,
    EARLY_HELLO_RETRY,
    SERVER_HELLO,
    read_client_hello,
    read_early_hello_retry,
    read_server_hello,
    read_ssl2_client_hello,
)
from tlswhy.wire.keylog import KeyLog
from tlswhy.wire.messages import (
    Alert,
    ApplicationData,
    ChangeCipherSpec,
    ClientHello,
    EncryptedRecord,
    Message,
    NotTls,
    OtherHandshake,
    ServerHello,
    Span,
)
from tlswhy.wire.numbers import TLS12, is_tls13, suite
from tlswhy.wire.records import (
    Cut,
    Deframer,
    Found,
    Item,
    Lost,
    Plain,
    Record,
    looks_like_client_hello,
    looks_like_tls,
)
from tlswhy.wire.transcript import Transcript

if TYPE_CHECKING:
    from tlswhy.wire.decrypt import Decryptor

__all__ = ["Conversation", "Limits", "looks_like_client_hello", "looks_like_tls"]


@frozen
class Limits:
    """Bounds of what is remembered: bytes of one handshake message, messages of one direction, oddities."""

    handshake_message: int = 1 << 20
    messages: int = 1 << 18
    oddities: int = 1000


class Conversation:
    """Feed it what each side sent; it answers with the messages that those bytes complete."""

    def __init__(self, keys: KeyLog | None = None, limits: Limits | None = None) -> None:
        self.oddities: list[Oddity] = []
        self._limits = limits or Limits()
        self._keys = keys if keys else None
        self._decryptor: Decryptor | None = None
        self._transcript = Transcript()
        self._directions = {side: _Direction(side, self._limits) for side in Side}
        self._client_hello: ClientHello | None = None
        self._version: int | None = None
        self._suite: int | None = None
        self._messages: list[Message] = []

    def feed(self, sender: Side, data: bytes) -> list[Message]:
        """Take the next bytes of one side; return the messages that they complete, in order."""
        if data:
            self._other_spoke(sender)
            direction = self._directions[sender]
            self._take(direction, direction.frames.feed(data))
        return self._hand_out()

    def hole(self, sender: Side, size: int) -> None:
        """``size`` bytes of one side were never captured; what that completes comes with the next call."""
        if size <= 0:
            return
        direction = self._directions[sender]
        self._odd(sender, direction.frames.offset, "bytes-missing", size=size)
        self._transcript.break_off()
        self._take(direction, direction.frames.hole(size))
        direction.missing = direction.missing + size if direction.frames.searching else 0

    def skip(self, sender: Side, size: int = 0) -> None:
        """Bytes of one side were left out, ``size`` of them at least; what is fed next begins a record of its own.

        For single segments out of a long transfer. Offsets go on as if nothing lay between.
        """
        direction = self._directions[sender]
        self._take(direction, direction.frames.skip())
        direction.assembly.give_up()
        direction.begun = False
        self._transcript.break_off()
        if self._decryptor is not None:
            self._decryptor.lost(sender, size)

    def finish(self) -> list[Message]:
        """No more bytes will come: return what is left unfinished, with its oddities."""
        for direction in self._directions.values():
            self._take(direction, direction.frames.finish())
            self._give_up_message(direction)
        return self._hand_out()

    # -- records

    def _take(self, direction: _Direction, items: list[Item]) -> None:
        for item in items:
            match item:
                case Record():
                    self._record(direction, item)
                case Plain():
                    span = Span(direction.side, item.start, item.start + len(item.head))
                    self._say(direction, NotTls(span, item.head))
                    if _ssl2_answer(item.head):
                        self._odd(direction.side, item.start, "ssl2-answer")
                case Cut():
                    self._cut(direction, item)
                case Found():
                    self._found(direction, item)
                case Lost():
                    self._odd(direction.side, item.start, "framing-lost")

    def _record(self, direction: _Direction, record: Record) -> None:
        if record.damage:
            self._odd(direction.side, record.start, "record-damaged", type=record.type, length=len(record.body))
        if record.type == rec.HANDSHAKE:
            if not record.body and not direction.encrypts:  # forbidden (RFC 5246, 6.2.1), and clients differ over it
                span = Span(direction.side, record.start, record.end)
                self._say(direction, EncryptedRecord(span, record.type, 0, record.version))
                return
            if self._in_clear(direction, record):
                self._handshake(direction, record, record.body, record.start + record.header_size)
                return
        elif record.type == rec.ALERT:
            if self._alerts_in_clear(direction, record):
                self._alerts(direction, record, record.body, Span(direction.side, record.start, record.end))
                return
        elif record.type == rec.CHANGE_CIPHER_SPEC:
            if len(record.body) == 1:
                self._change_cipher_spec(direction, record)
                return
        elif record.type == rec.SSL2:
            self._ssl2_hello(direction, record)
            return
        elif record.type == rec.HEARTBEAT and not direction.encrypts:
            self._odd(direction.side, record.start, "heartbeat-in-clear", length=len(record.body))
            return
        self._protected(direction, record)

    def _in_clear(self, direction: _Direction, record: Record) -> bool:
        """Whether a handshake record can be read as it is."""
        if direction.encrypts:  # TLS 1.2 and before, after this side's ChangeCipherSpec
            return False
        tls13 = self._version is not None and is_tls13(self._version)
        if direction.begun and (tls13 or not direction.changed_cipher):
            return True
        # The beginning was not seen, or a ChangeCipherSpec came whose meaning depends on a version that was not seen
        # (in TLS 1.3 it is a dummy, a second ClientHello may follow): the bytes themselves must look like a message.
        return direction.assembly.pending or _looks_like_message(record.body)

    def _alerts_in_clear(self, direction: _Direction, record: Record) -> bool:
        # No cipher makes an alert of two bytes: also after a ChangeCipherSpec such a record is plaintext.
        if len(record.body) == 2:
            return record.body[0] in {1, 2} or not direction.encrypts
        if direction.encrypts or not direction.begun or direction.changed_cipher or not record.body:
            return False
        return len(record.body) % 2 == 0 and all(level in {1, 2} for level in record.body[::2])

    def _alerts(self, direction: _Direction, record: Record, body: bytes, span: Span) -> None:
        for level, description in zip(body[::2], body[1::2], strict=False):
            self._say(direction, Alert(span, level, description, record.version))

    def _change_cipher_spec(self, direction: _Direction, record: Record) -> None:
        self._say(direction, ChangeCipherSpec(Span(direction.side, record.start, record.end)))
        direction.changed_cipher = True
        if self._version is not None and not is_tls13(self._version):
            self._give_up_message(direction)
            direction.encrypts = True
            if self._decryptor is not None:
                self._decryptor.change_cipher_spec(direction.side)

    def _protected(self, direction: _Direction, record: Record) -> None:
        opened = self._open(direction, record)
        if opened is None:
            span = Span(direction.side, record.start, record.end)
            direction.opaque += 1
            self._transcript.miss(direction.side)
            self._say(direction, EncryptedRecord(span, record.type, len(record.body), record.version))
            return
        content_type, plaintext = opened
        span = Span(direction.side, record.start, record.end, decrypted=True)
        if content_type == rec.HANDSHAKE:
            self._handshake(direction, record, plaintext, None)
        elif content_type == rec.ALERT:
            self._alerts(direction, record, plaintext, span)
        elif content_type == rec.APPLICATION_DATA:
            first = direction.side is Side.SERVER and not direction.answered
            direction.answered = True
            self._say(direction, ApplicationData(span, len(plaintext), bytes(plaintext[:512]) if first else b""))
        elif content_type == rec.CHANGE_CIPHER_SPEC:  # renegotiation: not read as a second handshake
            self._say(direction, ChangeCipherSpec(span))
            if self._decryptor is not None:
                self._decryptor.cipher_changed_again(direction.side)
        else:
            self._odd(direction.side, record.start, "record-type-unknown", type=content_type)

    def _open(self, direction: _Direction, record: Record) -> tuple[int, bytes] | None:
        if self._decryptor is None:
            return None
        opened = self._decryptor.open(direction.side, record)
        for what in self._decryptor.take_complaints():
            self._odd(direction.side, record.start, what)
        return opened

    def _ssl2_hello(self, direction: _Direction, record: Record) -> None:
        span = Span(direction.side, record.start, record.end)
        try:
            hello = read_ssl2_client_hello(record.body, span)
        except BadEvidence as error:  # the framing has checked the lengths
            self._odd(direction.side, record.start, error.code)
            return
        direction.begun = True
        self._client_hello = self._client_hello or hello
        self._say(direction, hello)

    # -- handshake messages

    def _handshake(self, direction: _Direction, record: Record, body: bytes, body_start: int | None) -> None:
        """Add a record's content to the message it continues; ``body_start`` None: it was decrypted."""
        for whole in direction.assembly.add(record, body, body_start):
            self._message(direction, whole, record.version)
        if direction.assembly.out_of_step:
            self._odd(direction.side, record.start, "handshake-out-of-step")
            direction.begun = False

    def _message(self, direction: _Direction, whole: Whole, record_version: int) -> None:
        span = Span(direction.side, whole.start, whole.end, whole.decrypted, whole.taken)
        if whole.intact is not None:
            self._odd(direction.side, whole.start, "message-cut", type=whole.type, size=whole.size)
            self._transcript.break_off()
        try:
            message = self._read(whole, span, record_version)
        except BadEvidence as error:
            message = OtherHandshake(span, whole.type, whole.size)
            if whole.intact is None:
                self._odd(direction.side, whole.start, error.code, type=whole.type)
        direction.begun = True
        self._say(direction, message)
        if self._keys is not None:
            self._transcript.add(direction.side, whole)
        if isinstance(message, ServerHello):
            self._server_hello(message)
        if self._decryptor is not None and whole.decrypted:
            self._decryptor.handshake_read(direction.side, whole.type)

    def _read(self, whole: Whole, span: Span, record_version: int) -> Message:
        version = self._version if self._version is not None else record_version
        if whole.type in {CLIENT_HELLO, SERVER_HELLO} and whole.decrypted:
            return OtherHandshake(span, whole.type, whole.size)  # renegotiation
        if whole.type == SERVER_HELLO:  # what matters stands before the extensions: a cut one is worth reading
            server_hello, odd = read_server_hello(whole.raw[: whole.intact], span, record_version)
            self._odd_all(span, odd)
            return server_hello
        if whole.intact is not None:
            return OtherHandshake(span, whole.type, whole.size)
        if whole.type == EARLY_HELLO_RETRY and self._version is None and whole.raw[4:5] == b"\x7f":
            retry, odd = read_early_hello_retry(whole.raw, span, record_version)
            self._odd_all(span, odd)
            return retry
        if whole.type == CLIENT_HELLO:
            client_hello, odd = read_client_hello(whole.raw, span, record_version)
            self._odd_all(span, odd)
            self._client_hello = client_hello
            return client_hello
        return self._read_body(whole, span, version)

    def _read_body(self, whole: Whole, span: Span, version: int) -> Message:
        body = whole.raw[4:]
        match whole.type:
            case hs.CERTIFICATE:
                return hs.read_certificate(body, span, version)
            case hs.COMPRESSED_CERTIFICATE:
                return hs.read_compressed_certificate(body, span, version)
            case hs.SERVER_KEY_EXCHANGE:
                return hs.read_server_key_exchange(body, span, version, self._suite)
            case hs.CERTIFICATE_REQUEST:
                return hs.read_certificate_request(body, span, version)
            case hs.CERTIFICATE_VERIFY:
                signed = self._transcript.before(span.sender, self._suite)
                return hs.read_certificate_verify(body, span, version, signed)
            case hs.ENCRYPTED_EXTENSIONS:
                return hs.read_encrypted_extensions(body, span)
            case hs.CERTIFICATE_STATUS:
                return OtherHandshake(span, whole.type, whole.size, body)
            case _:
                return OtherHandshake(span, whole.type, whole.size)

    def _server_hello(self, hello: ServerHello) -> None:
        self._version = hello.version
        if hello.hello_retry:
            return
        self._suite = hello.cipher_suite
        client = self._directions[Side.CLIENT]
        if client.changed_cipher and not is_tls13(hello.version):
            client.encrypts = True
        chosen = suite(hello.cipher_suite)
        readable = chosen is not None and chosen.cipher == "NULL"
        if self._client_hello is not None and self._decryptor is None and (self._keys is not None or readable):
            from tlswhy.wire.decrypt import Decryptor  # not imported where there are no keys

            self._decryptor = Decryptor(self._keys or KeyLog(), self._client_hello, hello, client.opaque)

    def _give_up_message(self, direction: _Direction) -> None:
        whole = direction.assembly.give_up()
        if whole is not None:
            self._message(direction, whole, self._version or TLS12)

    # -- what is not as it should be

    def _cut(self, direction: _Direction, cut: Cut) -> None:
        facts = {"have": len(cut.body)}
        if cut.length is not None and cut.type is not None:
            facts |= {"type": cut.type, "length": cut.length}
        self._odd(direction.side, cut.start, "record-cut", **facts)
        if cut.type == rec.HANDSHAKE and cut.version is not None:
            record = Record(cut.type, cut.version, cut.start, cut.body)
            if self._in_clear(direction, record):
                self._handshake(direction, record, cut.body, cut.start + 5)
        self._give_up_message(direction)

    def _found(self, direction: _Direction, found: Found) -> None:
        skipped = found.start - found.searched_from
        if found.plain:
            self._odd(direction.side, found.start, "tls-after-plaintext", skipped=skipped)
            if direction.side is Side.CLIENT:
                server = self._directions[Side.SERVER]
                self._take(server, server.frames.restart())
            return
        self._odd(direction.side, found.start, "framing-found", skipped=skipped)
        direction.begun = False
        self._transcript.break_off()
        if self._decryptor is not None:
            self._decryptor.lost(direction.side, direction.missing)
        direction.missing = 0

    def _other_spoke(self, sender: Side) -> None:
        """A text's head is due when the other side answers it: so the story keeps its order."""
        other = self._directions[sender.other]
        if other.frames.text_waits:
            self._take(other, other.frames.flush())

    def _say(self, direction: _Direction, message: Message) -> None:
        direction.said += 1
        if direction.said <= self._limits.messages:
            self._messages.append(message)
        elif direction.said == self._limits.messages + 1:
            self._odd(direction.side, message.span.start, "too-many-messages")

    def _hand_out(self) -> list[Message]:
        messages, self._messages = self._messages, []
        return messages

    def _odd(self, sender: Side, offset: int, what: str, **facts: str | int) -> None:
        if len(self.oddities) < self._limits.oddities:
            place = f"{sender} byte {offset}"
            self.oddities.append(Oddity(what, place, facts={"sender": str(sender), "offset": offset, **facts}))

    def _odd_all(self, span: Span, oddities: tuple[Oddity, ...]) -> None:
        for oddity in oddities:
            self._odd(span.sender, span.start, oddity.what, **oddity.facts)


class _Direction:
    """What is remembered of one side."""

    __slots__ = (
        "answered",
        "assembly",
        "begun",
        "changed_cipher",
        "encrypts",
        "frames",
        "missing",
        "opaque",
        "said",
        "side",
    )

    def __init__(self, side: Side, limits: Limits) -> None:
        self.side = side
        self.frames = Deframer()
        self.assembly = Assembly(limits.handshake_message)
        self.begun = False
        """A message was read from here on, with no gap since: what follows is what the protocol says."""
        self.changed_cipher = False
        self.encrypts = False
        self.answered = False
        """Application data of it was decrypted."""
        self.said = 0
        self.missing = 0
        """Bytes never captured since the framing was lost."""
        self.opaque = 0
        """Records that stayed closed so far; a client's before the ServerHello are early data."""


_SHORTEST_HELLO_HEAD = 6
_HELLOS = frozenset({bytes([CLIENT_HELLO]), bytes([SERVER_HELLO])})
_KNOWN_MESSAGES = frozenset({0, 1, 2, 4, EARLY_HELLO_RETRY, 11, 12, 13, 14, 15, 16, 21, 22, 23, 67})


def _ssl2_answer(head: bytes) -> bool:
    """A SERVER-HELLO or ERROR of SSLv2, where only that version is left (SSL 2.0 draft-hickman, 2.7 and 2.9)."""
    if len(head) < 5 or not head[0] & 0x80:
        return False
    return (head[2] == 4 and head[5:7] == b"\x00\x02") or (head[:3] == b"\x80\x03\x00")


def _looks_like_message(body: bytes) -> bool:
    if len(body) < _SHORTEST_HELLO_HEAD and body[:1] in _HELLOS:  # too short for any cipher: a hello in small records
        return body[1:2] in {b"", b"\0"}
    if len(body) < 4 or body[0] not in _KNOWN_MESSAGES:
        return False
    size = int.from_bytes(body[1:4], "big")
    if body[0] in {hs.HELLO_REQUEST, hs.SERVER_HELLO_DONE}:
        return size == 0 and (len(body) == 4 or body[0] == hs.SERVER_HELLO_DONE)
    if body[0] in {CLIENT_HELLO, SERVER_HELLO}:
        return 38 <= size < 1 << 17 and len(body) > 5 and body[4] in {3, 0x7F}
    return size + 4 <= len(body) or (size < 1 << 17 and len(body) >= 512)
