"""From secrets to keys: the TLS 1.3 key schedule's last steps, and the key blocks of TLS 1.2 and before.

Owns HKDF-Expand-Label and the three PRFs. Pure hashing of the standard library; knows no cipher.
"""

from __future__ import annotations

import hashlib
import hmac

from tlswhy.wire.numbers import SSL3, TLS12


def expand_label(secret: bytes, label: str, length: int, digest: str, context: bytes = b"") -> bytes:
    """HKDF-Expand-Label (RFC 8446, 7.1; RFC 5869, 2.3)."""
    name = b"tls13 " + label.encode()
    info = length.to_bytes(2, "big") + bytes([len(name)]) + name + bytes([len(context)]) + context
    block, out, counter = b"", b"", 0
    while len(out) < length:
        counter += 1
        block = hmac.digest(secret, block + info + bytes([counter]), digest)
        out += block
    return out[:length]


def handshake_traffic_secrets(shared: bytes, transcript: bytes, digest: str) -> tuple[bytes, bytes]:
    """RFC 8446, 7.1: the client's and the server's handshake secret, without a PSK.

    ``transcript`` is the hash of the messages up to the ServerHello.
    """
    size = hashlib.new(digest).digest_size
    early = hmac.digest(bytes(size), bytes(size), digest)
    derived = expand_label(early, "derived", size, digest, hashlib.new(digest).digest())
    secret = hmac.digest(derived, shared, digest)
    client = expand_label(secret, "c hs traffic", size, digest, transcript)
    return client, expand_label(secret, "s hs traffic", size, digest, transcript)


def transcript_hash(messages: list[bytes], digest: str) -> bytes:
    """RFC 8446, 4.4.1: with a HelloRetryRequest (a second ClientHello comes third) the first one counts as its own
    hash."""
    if len(messages) > 2 and messages[2][0] == _CLIENT_HELLO:
        first = hashlib.new(digest, messages[0]).digest()
        messages = [bytes([254, 0, 0, len(first)]) + first, *messages[1:]]
    return hashlib.new(digest, b"".join(messages)).digest()


_CLIENT_HELLO = 1


def next_traffic_secret(secret: bytes, digest: str) -> bytes:
    """RFC 8446, 7.2: what a KeyUpdate makes of a traffic secret."""
    return expand_label(secret, "traffic upd", len(secret), digest)


def key_block(version: int, master: bytes, client_random: bytes, server_random: bytes, size: int, digest: str) -> bytes:
    """RFC 6101, 6.2.2 (SSL 3.0); RFC 2246 and 5246, 6.3: all keys of a connection in one block."""
    seed = server_random + client_random
    if version == SSL3:
        return _ssl3_expand(master, seed, size)
    return prf(version, master, b"key expansion" + seed, size, digest)


def prf(version: int, secret: bytes, seed: bytes, size: int, digest: str) -> bytes:
    """RFC 2246 and 5246, 5: the pseudorandom function from TLS 1.0 on; ``seed`` begins with the label."""
    if version >= TLS12:
        return _p_hash(secret, seed, size, digest)
    half = (len(secret) + 1) // 2
    one = _p_hash(secret[:half], seed, size, "md5")
    two = _p_hash(secret[-half:], seed, size, "sha1")
    return bytes(a ^ b for a, b in zip(one, two, strict=True))


def _p_hash(secret: bytes, seed: bytes, size: int, digest: str) -> bytes:
    out, link = b"", seed
    while len(out) < size:
        link = hmac.digest(secret, link, digest)
        out += hmac.digest(secret, link + seed, digest)
    return out[:size]


def _ssl3_expand(master: bytes, seed: bytes, size: int) -> bytes:
    out, round_ = b"", 0
    while len(out) < size:
        round_ += 1
        salt = bytes([0x40 + round_]) * round_  # "A", "BB", "CCC" …
        inner = hashlib.sha1(salt + master + seed, usedforsecurity=False).digest()
        out += hashlib.md5(master + inner, usedforsecurity=False).digest()
    return out[:size]
