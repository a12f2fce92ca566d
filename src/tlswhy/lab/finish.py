"""The second half of a handshake: from the client's key exchange to a page of plain text. TLS 1.0 to 1.2, AES only.

So that a client which accepts the server sees that it did. Owns keys, Finished and sealing on the server's side;
opening is done by ``wire.protection``. What does not fit ends the connection with an alert.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from tlswhy.errors import BadEvidence
from tlswhy.frozen import frozen
from tlswhy.lab.actions import Action, Leave, Send
from tlswhy.lab.exchange import Share
from tlswhy.wire.answers import write_alert, write_handshake
from tlswhy.wire.handshake import CLIENT_KEY_EXCHANGE, FINISHED
from tlswhy.wire.hello import write_record
from tlswhy.wire.numbers import TLS10, TLS12, Suite
from tlswhy.wire.protection import HASHES, CbcOpener, Mac, Opener, Tls12AeadOpener
from tlswhy.wire.records import ALERT, APPLICATION_DATA, CHANGE_CIPHER_SPEC, HANDSHAKE, Record
from tlswhy.wire.schedule import key_block, prf

PAGE = b"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\ntlswhy lab: you are in.\n"
UNEXPECTED_MESSAGE, DECRYPT_ERROR, DECODE_ERROR = 10, 51, 50
CLOSE_NOTIFY = b"\1\0"
FATAL = 2
VERIFY_DATA = 12
LARGEST_WAITING = 1 << 17


@frozen
class Secrets:
    """What the keys of one connection are made of."""

    version: int
    suite: Suite
    client_random: bytes
    server_random: bytes
    share: Share


@dataclass(slots=True)
class Finisher:
    """Fed with what the client sends after ServerHelloDone. ``said``: all handshake messages so far, both sides'."""

    secrets: Secrets
    said: bytes
    _waiting: bytes = b""
    _master: bytes = b""
    _keys: _Keys | None = None
    _opened: int = 0
    _request: bytes = b""
    _over: bool = field(default=False)

    def received(self, data: bytes) -> Iterator[Action]:
        """What to answer."""
        self._waiting += data
        while not self._over and (record := self._next_record()) is not None:
            try:
                yield from self._take(record)
            except BadEvidence:
                yield from self._fail(DECODE_ERROR)
        if len(self._waiting) > LARGEST_WAITING:
            yield Leave()

    def _next_record(self) -> Record | None:
        if len(self._waiting) < 5:
            return None
        size = int.from_bytes(self._waiting[3:5], "big")
        if len(self._waiting) < 5 + size:
            return None
        version = int.from_bytes(self._waiting[1:3], "big")
        record = Record(self._waiting[0], version, 0, self._waiting[5 : 5 + size])
        self._waiting = self._waiting[5 + size :]
        return record

    def _take(self, record: Record) -> Iterator[Action]:
        if self._keys is None:
            if record.type == ALERT:
                self._over = True
                yield Leave()
            elif record.type == HANDSHAKE:
                yield from self._key_exchange(record.body)
            elif record.type == CHANGE_CIPHER_SPEC and self._master:
                self._keys = _Keys(self.secrets, self._master)
            else:
                yield from self._fail(UNEXPECTED_MESSAGE)
            return
        opened = self._keys.opener.open(record, self._opened)
        self._opened += 1
        if opened is None:
            yield from self._fail(DECRYPT_ERROR)
        elif opened[0] == HANDSHAKE:
            yield from self._finished(opened[1])
        elif opened[0] == APPLICATION_DATA:
            self._request = (self._request + opened[1])[-4096:]
            if b"\r\n\r\n" in self._request:
                self._over = True
                yield Send(self._keys.seal(APPLICATION_DATA, PAGE) + self._keys.seal(ALERT, CLOSE_NOTIFY))
                yield Leave()
        else:
            self._over = True
            yield Leave()

    def _key_exchange(self, message: bytes) -> Iterator[Action]:
        if message[:1] != bytes([CLIENT_KEY_EXCHANGE]) or self._master:
            yield from self._fail(UNEXPECTED_MESSAGE)
            return
        secrets = self.secrets
        premaster = secrets.share.agree(message[4:])
        seed = b"master secret" + secrets.client_random + secrets.server_random
        self._master = prf(secrets.version, premaster, seed, 48, HASHES[secrets.suite.prf_hash])
        self.said += message

    def _finished(self, message: bytes) -> Iterator[Action]:
        if self._keys is None or message != self._finish(b"client finished"):
            yield from self._fail(DECRYPT_ERROR)
            return
        self.said += message
        change = write_record(CHANGE_CIPHER_SPEC, self.secrets.version, b"\1")
        yield Send(change + self._keys.seal(HANDSHAKE, self._finish(b"server finished")))

    def _finish(self, label: bytes) -> bytes:
        """RFC 5246 and 2246, 7.4.9."""
        secrets, digest = self.secrets, HASHES[self.secrets.suite.prf_hash]
        if secrets.version >= TLS12:
            said = hashlib.new(digest, self.said).digest()
        else:
            said = hashlib.md5(self.said, usedforsecurity=False).digest()
            said += hashlib.sha1(self.said, usedforsecurity=False).digest()
        return write_handshake(FINISHED, prf(secrets.version, self._master, label + said, VERIFY_DATA, digest))

    def _fail(self, description: int) -> Iterator[Action]:
        self._over = True
        yield Send(write_alert(self.secrets.version, FATAL, description))
        yield Leave()


class _Keys:
    """The keys of one connection: the client's to open with, the server's to seal with (RFC 5246, 6.3)."""

    def __init__(self, secrets: Secrets, master: bytes) -> None:
        suite = secrets.suite
        self._version, self._aead = secrets.version, suite.aead
        mac_size = 0 if suite.aead else hashlib.new(HASHES[suite.hash], usedforsecurity=False).digest_size
        key_size, iv_size = suite.key_bits // 8, 4 if suite.aead else 16
        block = key_block(
            secrets.version,
            master,
            secrets.client_random,
            secrets.server_random,
            2 * (mac_size + key_size + iv_size),
            HASHES[suite.prf_hash],
        )
        parts = []
        for size in (mac_size, mac_size, key_size, key_size, iv_size, iv_size):
            parts.append(block[:size])
            block = block[size:]
        client_mac, self._mac_key, client_key, self._key, client_iv, self._iv = parts
        self._digest = HASHES[suite.hash]
        self._sequence = 0
        self.opener: Opener = (
            Tls12AeadOpener(suite, client_key, client_iv)
            if suite.aead
            else CbcOpener(
                suite, secrets.version, Mac(client_mac, self._digest, secrets.version), client_key, client_iv
            )
        )

    def seal(self, content_type: int, content: bytes) -> bytes:
        """One record."""
        head = self._sequence.to_bytes(8, "big") + bytes([content_type]) + self._version.to_bytes(2, "big")
        head += len(content).to_bytes(2, "big")
        explicit = self._sequence.to_bytes(8, "big")
        self._sequence += 1
        if self._aead:
            body = explicit + AESGCM(self._key).encrypt(self._iv + explicit, content, head)
        else:
            body = self._seal_cbc(content + hmac.digest(self._mac_key, head + content, self._digest))
        return write_record(content_type, self._version, body)

    def _seal_cbc(self, content: bytes) -> bytes:
        padding = 15 - len(content) % 16
        content += bytes([padding]) * (padding + 1)
        # From TLS 1.1 on the IV stands before the record; before, it is the last block of the one before.
        explicit = self._version > TLS10
        iv = hashlib.shake_128(self._key + self._sequence.to_bytes(8, "big")).digest(16) if explicit else self._iv
        encryptor = Cipher(AES(self._key), CBC(iv)).encryptor()
        sealed = encryptor.update(content) + encryptor.finalize()
        self._iv = sealed[-16:]
        return iv + sealed if explicit else sealed
