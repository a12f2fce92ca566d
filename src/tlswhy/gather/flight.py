"""What the probe makes of the server's bytes while they come: is the flight over, is a second hello wanted, which keys?

Owns no socket: bytes in, next step out. Reading is ``wire.stream``'s, as for any capture; here are only the questions
that nobody but an end of the connection has.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from tlswhy.client.hello import Retry
from tlswhy.errors import BadEvidence
from tlswhy.gather.exchange import KeyExchange
from tlswhy.side import Side
from tlswhy.wire import extensions as ext
from tlswhy.wire.codec import Reader
from tlswhy.wire.handshake import FINISHED, SERVER_HELLO_DONE
from tlswhy.wire.hello import server_extension_bodies
from tlswhy.wire.keylog import KeyLog
from tlswhy.wire.messages import (
    Alert,
    CertificateMessage,
    CertificateRequest,
    EncryptedRecord,
    Message,
    NotTls,
    OtherHandshake,
    ServerHello,
)
from tlswhy.wire.numbers import is_tls13, suite
from tlswhy.wire.protection import HASHES
from tlswhy.wire.records import looks_like_tls
from tlswhy.wire.schedule import handshake_traffic_secrets, transcript_hash
from tlswhy.wire.stream import Conversation

FATAL: Final = 2
RECORD_HEAD: Final = 5


class Step(Enum):
    """What to do next."""

    WAIT = "wait"
    SECOND_HELLO = "second hello"
    DONE = "done"
    """The server has said all that it says before the client speaks again."""
    LINGER = "linger"
    """What comes can't be opened, or is no TLS: nobody can tell when it ends, but silence."""


@dataclass(slots=True)
class ServerFlight:
    """Feed it the hellos sent and the bytes received. ``retry``: what a HelloRetryRequest asked for."""

    exchange: KeyExchange
    random: bytes
    retry: Retry | None = None
    retry_hello: ServerHello | None = None
    secrets: list[str] = field(default_factory=list)
    server_hello: ServerHello | None = None
    messages: list[Message] = field(default_factory=list)
    """The server's, behind its ServerHello."""
    _sent: list[tuple[Side, bytes]] = field(default_factory=list)
    _hellos: list[bytes] = field(default_factory=list)
    _conversation: Conversation = field(default_factory=Conversation)
    _sealed: bool = False
    _head: bytes = b""

    @property
    def hello_length(self) -> int:
        """Bytes of the first hello's message."""
        return len(self._hellos[0]) if self._hellos else 0

    @property
    def answered(self) -> bool:
        """Whether the server chose anything."""
        return (self.server_hello or self.retry_hello) is not None

    @property
    def asks_certificate(self) -> bool:
        """Whether the server wants to see one of the client's."""
        return any(isinstance(message, CertificateRequest) for message in self.messages)

    @property
    def chain(self) -> tuple[bytes, ...]:
        """The certificates that it showed, DER."""
        shown = (message.certificates for message in self.messages if isinstance(message, CertificateMessage))
        return next(shown, ())

    def hello_sent(self, record: bytes, message: bytes) -> None:
        """The client's own hello, as record and as message."""
        self._hellos.append(message)
        self._sent.append((Side.CLIENT, record))
        self._conversation.feed(Side.CLIENT, record)

    def take(self, data: bytes) -> Step:
        """The next bytes of the server."""
        self._sent.append((Side.SERVER, data))
        if len(self._head) < RECORD_HEAD:
            self._head += data[:RECORD_HEAD]
            # of another language nobody here knows where a sentence ends
            self._sealed = len(self._head) >= RECORD_HEAD and not looks_like_tls(self._head)
        return self._look_at(self._conversation.feed(Side.SERVER, data))

    def _look_at(self, messages: list[Message]) -> Step:
        step = Step.LINGER if self._sealed else Step.WAIT
        for message in messages:
            if message.span.sender is not Side.SERVER:
                continue
            self.messages.append(message)
            match message:
                case ServerHello(hello_retry=True) if self.retry_hello is None:
                    self.retry_hello = message
                    self.retry = _retry_of(message)
                    return Step.SECOND_HELLO
                case ServerHello(hello_retry=True):
                    return Step.DONE  # RFC 8446, 4.1.4: a second one ends the handshake
                case ServerHello() if self.server_hello is None:
                    self.server_hello = message
                    if is_tls13(message.version):
                        return self._unlock(message)
                case OtherHandshake(type=kind) if kind in (SERVER_HELLO_DONE, FINISHED):
                    return Step.DONE
                case Alert(level=level, description=description) if level == FATAL or description == 0:
                    return Step.DONE
                case NotTls():
                    return Step.DONE
                case EncryptedRecord():
                    self._sealed, step = True, Step.LINGER
                case _:
                    pass
        return step

    def _unlock(self, hello: ServerHello) -> Step:
        """With the secrets of the key exchange the connection is read once more from its start."""
        self.secrets = self._secrets_of(hello)
        self._conversation = Conversation(KeyLog.parse("\n".join(self.secrets)))
        again: list[Message] = []
        for sender, data in self._sent:
            again += self._conversation.feed(sender, data)
        behind = [message for message in again if message.span.sender is Side.SERVER]
        at = next(index for index, message in enumerate(behind) if _is_final_hello(message))
        return self._look_at(behind[at + 1 :])

    def _secrets_of(self, hello: ServerHello) -> list[str]:
        answer = _server_share(hello)
        chosen = suite(hello.cipher_suite)
        if answer is None or chosen is None or chosen.prf_hash not in HASHES:
            return []
        shared = self.exchange.secret(*answer)
        if shared is None:
            return []
        said = [self._hellos[0]]
        if self.retry_hello is not None:
            said += [self.retry_hello.raw, self._hellos[-1]]
        digest = HASHES[chosen.prf_hash]
        names = ("CLIENT_HANDSHAKE_TRAFFIC_SECRET", "SERVER_HANDSHAKE_TRAFFIC_SECRET")
        made = handshake_traffic_secrets(shared, transcript_hash([*said, hello.raw], digest), digest)
        return [f"{name} {self.random.hex()} {secret.hex()}" for name, secret in zip(names, made, strict=True)]


def _is_final_hello(message: Message) -> bool:
    return isinstance(message, ServerHello) and not message.hello_retry


def _server_share(hello: ServerHello) -> tuple[int, bytes] | None:
    body = dict(server_extension_bodies(hello)).get(ext.KEY_SHARE)
    try:
        reader = Reader(body or b"")
        return reader.pull_uint16(), reader.pull_vector16()
    except BadEvidence:
        return None


def _retry_of(hello: ServerHello) -> Retry:
    cookie = dict(server_extension_bodies(hello)).get(ext.COOKIE)
    try:
        handed = Reader(cookie).pull_vector16() if cookie is not None else None
    except BadEvidence:
        handed = None
    return Retry(hello.key_share.group if hello.key_share else None, handed)


__all__ = ["ServerFlight", "Step"]
