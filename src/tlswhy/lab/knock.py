"""Knocks at a server as a client would: its hello, the server's flight, and away. A shell; stands in for gather.live.

Owns one plain connection to loopback, written down as a Transcript. Reads no certificate of TLS 1.3.
"""

from __future__ import annotations

import os
import socket
import time
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric import ec, x448, x25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tlswhy.client.hello import Fresh, hello_of, record_of, server_name_sent
from tlswhy.evidence.types import Transcript
from tlswhy.lab.keys import curve
from tlswhy.model.client import ClientPolicy
from tlswhy.packets.connection import Connection, Endpoint, Piece, TcpEvent, TcpEventKind
from tlswhy.side import Side
from tlswhy.wire.numbers import group, group_name

PATIENCE_S = 3.3
"""Longer than the silence that is a finding (causes.timeout)."""
HELLO_DONE = b"\x0e\0\0\0"
LARGEST_ANSWER = 1 << 20


@dataclass(slots=True)
class Recording:
    """A connection while it happens; frames are counted as a capture would show them."""

    item: str
    client: Endpoint
    server: Endpoint
    pieces: list[Piece] = field(default_factory=list)
    events: list[TcpEvent] = field(default_factory=list)
    frame: int = 0
    started_ns: int = field(default_factory=time.time_ns)

    def event(self, sender: Side, kind: TcpEventKind) -> None:
        """A SYN, SYN-ACK, FIN or RST."""
        self.frame += 1
        self.events.append(TcpEvent(sender, self.frame, time.time_ns(), kind))

    def data(self, sender: Side, data: bytes) -> None:
        """Bytes of one side."""
        self.frame += 1
        self.pieces.append(Piece(sender, self.frame, time.time_ns(), data))

    def transcript(self) -> Transcript:
        """What was written down."""
        both: list[Piece | TcpEvent] = [*self.pieces, *self.events]
        times = [each.time_ns for each in both]
        answered = any(each.sender is Side.SERVER for each in both)
        return Transcript(
            self.item,
            Connection(
                self.client,
                self.server,
                1,
                self.frame,
                self.started_ns,
                max(times, default=self.started_ns),
                tuple(self.pieces),
                tuple(self.events),
                roles_shown=True,
                answered=answered,
            ),
        )


def connect(port: int, item: str) -> tuple[socket.socket | None, Recording]:
    """A connection to loopback; None where it was refused, which is written down."""
    server = Endpoint("127.0.0.1", port)
    try:
        connection = socket.create_connection(("127.0.0.1", port), PATIENCE_S)
    except ConnectionRefusedError:
        recording = Recording(item, Endpoint("127.0.0.1", 0), server)
        recording.event(Side.CLIENT, TcpEventKind.SYN)
        recording.event(Side.SERVER, TcpEventKind.RST)
        return None, recording
    recording = Recording(item, Endpoint(*connection.getsockname()[:2]), server)
    recording.event(Side.CLIENT, TcpEventKind.SYN)
    recording.event(Side.SERVER, TcpEventKind.SYN_ACK)
    recording.frame += 1  # the ACK
    return connection, recording


def knock(port: int, client: ClientPolicy, host: str, item: str, *, sends_name: bool = True) -> Transcript:
    """Send this client's hello for ``host`` and write down what comes back."""
    connection, recording = connect(port, item)
    if connection is None:
        return recording.transcript()
    name = server_name_sent(client, host) if sends_name else None
    shares = {number: _share(number) for number in client.offer.key_shares}
    fresh = Fresh(os.urandom(32), os.urandom(client.hello_form.session_id_length), shares)
    hello = record_of(client.offer, hello_of(client.offer, client.hello_form, fresh, name))
    with connection:
        until = time.monotonic() + PATIENCE_S
        connection.sendall(hello)
        recording.data(Side.CLIENT, hello)
        received = b""
        while len(received) < LARGEST_ANSWER and not received.endswith(HELLO_DONE):
            connection.settimeout(max(0.01, until - time.monotonic()))
            try:
                block = connection.recv(1 << 16)
            except TimeoutError:
                recording.event(Side.CLIENT, TcpEventKind.FIN)
                break
            except ConnectionResetError:
                recording.event(Side.SERVER, TcpEventKind.RST)
                break
            if not block:
                recording.event(Side.SERVER, TcpEventKind.FIN)
                break
            recording.data(Side.SERVER, block)
            received += block
            if time.monotonic() > until:
                recording.event(Side.CLIENT, TcpEventKind.FIN)
                break
    return recording.transcript()


def _share(number: int) -> bytes:
    name, known = group_name(number), group(number)
    if name in ("x25519", "x448"):
        private = x25519.X25519PrivateKey.generate() if name == "x25519" else x448.X448PrivateKey.generate()
        return private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    if known is not None and known.kind == "ec":
        public = ec.generate_private_key(curve(name)).public_key()
        return public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return os.urandom((known.bits if known else 2048) // 8)
