"""What one TLS connection showed: the messages in order, with frames, and how it ended.

Made by ``observe``; read by causes and renderers. Nothing here is an opinion.
"""

from __future__ import annotations

from dataclasses import field
from enum import Enum
from typing import Generic, TypeVar

from tlswhy.frozen import frozen
from tlswhy.model.where import Where
from tlswhy.oddity import Oddity
from tlswhy.packets.connection import Endpoint, TcpEvent
from tlswhy.side import Side
from tlswhy.unseen import UnseenType
from tlswhy.wire.messages import (
    Alert,
    CertificateMessage,
    CertificateRequest,
    ClientHello,
    EncryptedRecord,
    Message,
    NotTls,
    ServerHello,
    ServerKeyExchange,
)

M = TypeVar("M", covariant=True)


@frozen
class Told(Generic[M]):
    """A message with the 1-based frame that completes it and that frame's time (ns since 1970 UTC)."""

    message: M
    frame: int
    time_ns: int


class Outcome(Enum):
    """How far the handshake came, as far as the evidence shows."""

    COMPLETED = "completed"
    """Both ends finished it."""
    BROKEN = "broken"
    """It ended (alert, FIN, RST) before it was finished."""
    OPEN = "open"
    """The capture ends, or is cut, before an end is seen; or it ended, and what would tell whether it was finished was
    never captured."""


@frozen
class Ending:
    """The first FIN or RST: by whom, "fin" or "rst", in which frame."""

    by: Side
    how: str
    frame: int


@frozen
class Opening:
    """What was said in the clear before TLS. ``kind``: the protocol by the name that ``--starttls`` has for it, or
    "http-connect", "socks5", "unknown"; ``banner``: what the server says of itself there, "" for nothing; ``target``:
    what a proxy was asked for, as host:port."""

    kind: str
    banner: str
    target: str | None
    frame: int
    time_ns: int


@frozen
class Handshake:
    """One connection. ``item`` is the evidence's name; messages of a later renegotiation are left out.

    ``certificates``: UNSEEN where they were never readable (TLS 1.3 without keys, cut capture), None where the server
    sent none (resumption, anonymous suite, PSK). ``hello_retry`` is the HelloRetryRequest, ``server_hello`` never is.
    ``reaction_frame`` is the first frame in which the client reacts to the server's flight (None: no reaction seen).
    """

    item: str
    client: Endpoint
    server: Endpoint
    first_frame: int
    last_frame: int
    first_time_ns: int
    last_time_ns: int
    messages: tuple[Told[Message], ...]
    client_hello: Told[ClientHello] | None
    second_client_hello: Told[ClientHello] | None
    hello_retry: Told[ServerHello] | None
    server_hello: Told[ServerHello] | None
    certificates: Told[CertificateMessage] | UnseenType | None
    key_exchange: Told[ServerKeyExchange] | None
    certificate_request: Told[CertificateRequest] | UnseenType | None
    alerts: tuple[Told[Alert], ...]
    encrypted_alerts: tuple[Told[EncryptedRecord], ...]
    not_tls: Told[NotTls] | None
    """What the server said instead of TLS."""
    tcp_events: tuple[TcpEvent, ...]
    ending: Ending | None
    outcome: Outcome
    resumed: bool
    answered: bool
    """The server's side sent at least one packet."""
    roles_shown: bool
    reaction_frame: int | None
    ja3: str | None = None
    ja3s: str | None = None
    ja4: str | None = None
    oddities: tuple[Oddity, ...] = field(default=())
    counted: str = "frame"
    """What the frames of this handshake are: "frame" of a capture, "line" of a log."""
    twins: tuple[Handshake, ...] = ()
    """The same connection as other evidence shows it."""
    later: tuple[tuple[str, int], ...] = ()
    """The captures that it goes on in, each with the number of frames that are counted before its own."""
    opening: Opening | None = None
    """What came before TLS; None: nothing."""
    reset_seems_own: bool = False
    """The server's RST has the TTL and the sequence number of its other packets."""
    unseen: frozenset[Side] = frozenset()
    """Sides of whose bytes some were never captured."""
    whole_flight: bool = True
    """Nothing is missing of what the server said up to the end of its flight: what was not seen there was not sent."""

    def at(self, number: int) -> Where:
        """The place that has this number."""
        item, number = self.place(number)
        return Where(item, f"{self.counted} {number}")

    def place(self, number: int) -> tuple[str, int]:
        """The evidence in which this number stands, and what it is there."""
        item, before = self.item, 0
        for name, earlier in self.later:
            if number > earlier:
                item, before = name, earlier
        return item, number - before

    @property
    def hello(self) -> ClientHello | None:
        """The first ClientHello itself."""
        return self.client_hello.message if self.client_hello else None

    @property
    def hello_unseen(self) -> bool:
        """The client said something, and its hello is not among what was captured of that."""
        return self.client_hello is None and Side.CLIENT in self.unseen

    @property
    def server_name(self) -> str | None:
        """The name in the first ClientHello."""
        return self.client_hello.message.server_name if self.client_hello else None

    @property
    def not_tls_message(self) -> NotTls | None:
        """The NotTls message itself."""
        return self.not_tls.message if self.not_tls else None
