"""What a server of TLS 1.3 signs: the hash of the handshake up to its CertificateVerify (RFC 8446, 4.4.1).

Owns which messages count and that all of them must have been read. Knows no signature and no key.
"""

from __future__ import annotations

from tlswhy.side import Side
from tlswhy.wire.assembly import Whole
from tlswhy.wire.numbers import suite

CLIENT_HELLO, SERVER_HELLO, CERTIFICATE_VERIFY, FINISHED = 1, 2, 15, 20
HELLOS = ([CLIENT_HELLO, SERVER_HELLO], [CLIENT_HELLO, SERVER_HELLO] * 2)
LARGEST = 1 << 21
"""Bytes kept of one handshake; a real one is a hundredth of it."""


class Transcript:
    """The messages of both sides from the first ClientHello on; of no use once one of them is missing."""

    __slots__ = ("_broken", "_messages", "_size")

    def __init__(self) -> None:
        self._messages: list[bytes] = []
        self._size = 0
        self._broken = False

    def add(self, sender: Side, whole: Whole) -> None:
        """The next message; what the client says behind its hellos comes later in the transcript."""
        if self._broken or (sender is Side.CLIENT and whole.type != CLIENT_HELLO):
            return
        self._messages.append(whole.raw)
        self._size += len(whole.raw)
        if whole.type in (CERTIFICATE_VERIFY, FINISHED) or self._size > LARGEST:
            self.break_off()

    def miss(self, sender: Side) -> None:
        """A record stayed closed. A client's is early data, or comes later in the transcript."""
        if sender is Side.SERVER:
            self.break_off()

    def break_off(self) -> None:
        """Something is missing, or nothing more is wanted: nothing is kept any more."""
        self._broken = True
        self._messages.clear()

    def before(self, sender: Side, number: int | None) -> bytes:
        """The hash of what was said so far, by this suite's hash; empty where not all of it is known, and for what a
        client signs."""
        chosen = suite(number) if number is not None else None
        hellos = [message[0] for message in self._messages if message[0] in (CLIENT_HELLO, SERVER_HELLO)]
        if self._broken or sender is Side.CLIENT or chosen is None or hellos not in HELLOS:
            return b""
        from tlswhy.wire.protection import HASHES  # neither is loaded where there are no keys
        from tlswhy.wire.schedule import transcript_hash

        return transcript_hash(self._messages, HASHES[chosen.prf_hash])
