"""Record protection undone: AEAD, CBC with either order of MAC, RC4, NULL. One object opens one side of one epoch.

Owns nonces, additional data, padding and MACs. Knows no handshake. Ciphers come from ``cryptography``, loaded only when
an opener is made: this module is imported only where there are keys.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, Final, Protocol

from tlswhy.wire.numbers import SSL3, TLS11, Suite
from tlswhy.wire.records import APPLICATION_DATA, Record
from tlswhy.wire.schedule import expand_label

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers import BlockCipherAlgorithm

HASHES: Final = {"MD5": "md5", "SHA": "sha1", "SHA256": "sha256", "SHA384": "sha384", "SHA512": "sha512", "SM3": "sm3"}


class Opener(Protocol):
    """Opens the records of one side and epoch."""

    stateless: bool
    """Whether a record can be opened without its predecessors."""

    def open(self, record: Record, sequence: int) -> tuple[int, bytes] | None:
        """Content type and plaintext; None when the record does not authenticate."""


class Tls13Opener:
    """RFC 8446, 5.2: the nonce is the IV xor the sequence number; the type hides behind the content."""

    stateless = True

    def __init__(self, suite: Suite, secret: bytes, *, header_authenticated: bool) -> None:
        digest = HASHES[suite.prf_hash]
        self._aead = _aead(suite, expand_label(secret, "key", suite.key_bits // 8, digest))
        self._iv = expand_label(secret, "iv", 12, digest)
        self._header_authenticated = header_authenticated  # not before draft 25

    def open(self, record: Record, sequence: int) -> tuple[int, bytes] | None:
        head = bytes([APPLICATION_DATA]) + record.version.to_bytes(2, "big") + len(record.body).to_bytes(2, "big")
        plaintext = self._aead.open(_xor(self._iv, sequence), record.body, head if self._header_authenticated else b"")
        if plaintext is None:
            return None
        content = plaintext.rstrip(b"\x00")
        return (content[-1], content[:-1]) if content else None


class Tls12AeadOpener:
    """RFC 5288, 6655 (explicit half of the nonce in the record) and RFC 7905 (ChaCha20: none)."""

    stateless = True

    def __init__(self, suite: Suite, key: bytes, iv: bytes) -> None:
        self._aead = _aead(suite, key)
        self._iv = iv
        self._explicit = 0 if suite.mode == "POLY1305" else 8
        self._tag = 8 if suite.mode == "CCM_8" else 16

    def open(self, record: Record, sequence: int) -> tuple[int, bytes] | None:
        body = record.body[self._explicit :]
        size = len(body) - self._tag
        if size < 0:
            return None
        nonce = self._iv + record.body[:8] if self._explicit else _xor(self._iv, sequence)
        plaintext = self._aead.open(nonce, body, _mac_head(record, sequence, size))
        return None if plaintext is None else (record.type, plaintext)


class CbcOpener:
    """RFC 5246, 6.2.3.2 and before; RFC 7366 when ``encrypt_then_mac``."""

    def __init__(
        self, suite: Suite, version: int, mac: Mac, key: bytes, iv: bytes, *, encrypt_then_mac: bool = False
    ) -> None:
        self._algorithm = _block_cipher(suite, key)
        self._block = self._algorithm.block_size // 8
        self._version, self._mac, self._iv = version, mac, iv
        self._encrypt_then_mac = encrypt_then_mac
        self.stateless = version >= TLS11

    def open(self, record: Record, sequence: int) -> tuple[int, bytes] | None:
        body = record.body
        if self._encrypt_then_mac:
            body, tag = body[: -self._mac.size], body[-self._mac.size :]
            if not hmac.compare_digest(tag, self._mac.digest(record, sequence, body)):
                return None
        if self._version >= TLS11:
            iv, body = body[: self._block], body[self._block :]
        else:
            iv, self._iv = self._iv, body[-self._block :]
        if len(iv) != self._block or not body or len(body) % self._block:
            return None
        content = self._unpad(self._decrypt(iv, body))
        if content is None or self._encrypt_then_mac:
            return None if content is None else (record.type, content)
        content, tag = content[: len(content) - self._mac.size], content[len(content) - self._mac.size :]
        return (record.type, content) if self._mac.fits(record, sequence, content, tag) else None

    def _decrypt(self, iv: bytes, body: bytes) -> bytes:
        from cryptography.hazmat.primitives.ciphers import Cipher
        from cryptography.hazmat.primitives.ciphers.modes import CBC

        decryptor = Cipher(self._algorithm, CBC(iv)).decryptor()
        return decryptor.update(body) + decryptor.finalize()

    def _unpad(self, content: bytes) -> bytes | None:
        padding = content[-1] + 1
        mac_size = 0 if self._encrypt_then_mac else self._mac.size
        if padding + mac_size > len(content):
            return None
        if self._version != SSL3 and content[-padding:] != bytes([padding - 1]) * padding:
            return None
        return content[:-padding]


class StreamOpener:
    """RC4, whose state runs on from record to record."""

    stateless = False

    def __init__(self, mac: Mac, key: bytes) -> None:
        from cryptography.hazmat.decrepit.ciphers.algorithms import ARC4
        from cryptography.hazmat.primitives.ciphers import Cipher

        self._cipher = Cipher(ARC4(key), mode=None).decryptor()
        self._mac = mac

    def open(self, record: Record, sequence: int) -> tuple[int, bytes] | None:
        return _strip_mac(self._mac, record, sequence, self._cipher.update(record.body))


class NullOpener:
    """Suites that do not encrypt; without keys (``mac.key`` empty) the MAC is cut off unchecked."""

    stateless = True

    def __init__(self, mac: Mac) -> None:
        self._mac = mac

    def open(self, record: Record, sequence: int) -> tuple[int, bytes] | None:
        if not self._mac.key and len(record.body) >= self._mac.size:
            return record.type, record.body[: len(record.body) - self._mac.size]
        return _strip_mac(self._mac, record, sequence, record.body)


class Mac:
    """HMAC of TLS, or the older construction of SSL 3.0 (RFC 6101, 5.2.3.1)."""

    def __init__(self, key: bytes, digest: str, version: int, *, truncated: bool = False) -> None:
        self.key = key
        self._digest = digest
        self._ssl3 = version == SSL3
        self.size = 10 if truncated else hashlib.new(digest, usedforsecurity=False).digest_size  # RFC 6066, 7

    def digest(self, record: Record, sequence: int, content: bytes) -> bytes:
        """The MAC of ``content`` as the payload of ``record``."""
        head = _mac_head(record, sequence, len(content))
        if not self._ssl3:
            return hmac.digest(self.key, head + content, self._digest)[: self.size]
        pad = 48 if self._digest == "md5" else 40
        inner = self._hash(self.key + b"\x36" * pad + head[:9] + head[11:] + content)  # without the version
        return self._hash(self.key + b"\x5c" * pad + inner)

    def fits(self, record: Record, sequence: int, content: bytes, tag: bytes) -> bool:
        """Whether ``tag`` is the MAC."""
        return hmac.compare_digest(tag, self.digest(record, sequence, content))

    def _hash(self, data: bytes) -> bytes:
        return hashlib.new(self._digest, data, usedforsecurity=False).digest()


class _Aead:
    """An AEAD cipher that answers None where ``cryptography`` raises."""

    def __init__(self, cipher: _AeadCipher) -> None:
        self._cipher = cipher

    def open(self, nonce: bytes, body: bytes, additional: bytes) -> bytes | None:
        from cryptography.exceptions import InvalidTag

        try:
            return self._cipher.decrypt(nonce, body, additional)
        except (InvalidTag, ValueError):  # ValueError: shorter than a tag or a nonce
            return None


class _AeadCipher(Protocol):
    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes: ...


def _aead(suite: Suite, key: bytes) -> _Aead:
    from cryptography.hazmat.primitives.ciphers.aead import AESCCM, AESGCM, ChaCha20Poly1305

    if suite.mode == "POLY1305":
        return _Aead(ChaCha20Poly1305(key))
    if suite.mode == "GCM":
        return _Aead(AESGCM(key))
    return _Aead(AESCCM(key, tag_length=8 if suite.mode == "CCM_8" else 16))


def _block_cipher(suite: Suite, key: bytes) -> BlockCipherAlgorithm:
    from cryptography.hazmat.decrepit.ciphers import algorithms as decrepit
    from cryptography.hazmat.primitives.ciphers.algorithms import AES

    match suite.cipher:
        case "AES":
            return AES(key)
        case "3DES_EDE":
            return decrepit.TripleDES(key)
        case "DES":  # three equal keys make 3DES the single one
            return decrepit.TripleDES(key * 3)
        case "SEED":
            return decrepit.SEED(key)
        case "IDEA":
            return decrepit.IDEA(key)
        case _:
            return decrepit.Camellia(key)


def _strip_mac(mac: Mac, record: Record, sequence: int, content: bytes) -> tuple[int, bytes] | None:
    if len(content) < mac.size:
        return None
    content, tag = content[: len(content) - mac.size], content[len(content) - mac.size :]
    return (record.type, content) if mac.fits(record, sequence, content, tag) else None


def _mac_head(record: Record, sequence: int, size: int) -> bytes:
    head = sequence.to_bytes(8, "big") + bytes([record.type])
    return head + record.version.to_bytes(2, "big") + size.to_bytes(2, "big")


def _xor(iv: bytes, sequence: int) -> bytes:
    return (int.from_bytes(iv, "big") ^ sequence).to_bytes(len(iv), "big")
