"""Password-based decryption as PKCS#12 files use it: PBES2 (RFC 8018) and the PKCS#12 schemes (RFC 7292 appendix B, C).

Owns key derivation and the ciphers; a wrong password is None, a scheme that is not implemented is ``NotDecryptable``.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from tlswhy.pki import der, rc2

_PBES2 = "1.2.840.113549.1.5.13"
_PBKDF2 = "1.2.840.113549.1.5.12"
_PKCS12_SCHEMES = {
    "1.2.840.113549.1.12.1.1": ("rc4", 16),
    "1.2.840.113549.1.12.1.2": ("rc4", 5),
    "1.2.840.113549.1.12.1.3": ("3des", 24),
    "1.2.840.113549.1.12.1.4": ("3des", 16),
    "1.2.840.113549.1.12.1.5": ("rc2", 16),
    "1.2.840.113549.1.12.1.6": ("rc2", 5),
}
_HMACS = {
    "1.2.840.113549.2.7": "sha1",
    "1.2.840.113549.2.8": "sha224",
    "1.2.840.113549.2.9": "sha256",
    "1.2.840.113549.2.10": "sha384",
    "1.2.840.113549.2.11": "sha512",
    "1.2.840.113549.2.12": "sha512_224",
    "1.2.840.113549.2.13": "sha512_256",
}
_CIPHERS = {
    "2.16.840.1.101.3.4.1.2": ("aes", 16),
    "2.16.840.1.101.3.4.1.22": ("aes", 24),
    "2.16.840.1.101.3.4.1.42": ("aes", 32),
    "1.2.840.113549.3.7": ("3des", 24),
}


class NotDecryptable(Exception):
    """This scheme is not implemented, or asks for more work than a certificate store is worth."""


@dataclass(slots=True)
class Budget:
    """How many rounds of key derivation one file may still cost; the file itself says how many it wants."""

    rounds: int = 3_000_000

    def spend(self, rounds: int) -> None:
        """Take ``rounds``; raises ``NotDecryptable`` when there are not enough left."""
        if rounds < 1 or rounds > self.rounds:
            raise NotDecryptable(f"{rounds} rounds of key derivation")
        self.rounds -= rounds


def decrypt(algorithm: der.Element, sealed: bytes, password: str | None, budget: Budget) -> bytes | None:
    """Decrypt ``sealed``; None when the padding shows that the password is wrong.

    Raises ``NotDecryptable`` and ``NotDer``.
    """
    parts = list(algorithm.expect(der.SEQUENCE).children())
    if len(parts) < 2:
        raise NotDecryptable("algorithm without parameters")
    oid = der.object_identifier(parts[0].expect(der.OBJECT_IDENTIFIER))
    parameters = list(parts[1].expect(der.SEQUENCE).children())
    if len(parameters) < 2:
        raise NotDecryptable(oid)
    if oid == _PBES2:
        return _decrypt_pbes2(parameters[0], parameters[1], sealed, password, budget)
    if oid not in _PKCS12_SCHEMES:
        raise NotDecryptable(oid)
    cipher, key_size = _PKCS12_SCHEMES[oid]
    salt, rounds = parameters[0].content, der.integer(parameters[1])
    key = derive("sha1", 1, password, salt, rounds, key_size, budget)
    iv = derive("sha1", 2, password, salt, rounds, 8, budget) if cipher != "rc4" else b""
    return _decipher(cipher, key + key[:8] if (cipher, key_size) == ("3des", 16) else key, iv, sealed)


def _decrypt_pbes2(
    derivation: der.Element, encryption: der.Element, sealed: bytes, password: str | None, budget: Budget
) -> bytes | None:
    kdf, settings = _algorithm(derivation)
    cipher_oid, iv = _algorithm(encryption)
    if kdf != _PBKDF2 or cipher_oid not in _CIPHERS:
        raise NotDecryptable(f"{kdf}, {cipher_oid}")
    cipher, key_size = _CIPHERS[cipher_oid]
    fields = list(settings.expect(der.SEQUENCE).children())
    if len(fields) < 2:
        raise NotDecryptable("PBKDF2 parameters")
    salt, count, *more = fields
    hash_name = "sha1"
    for extra in more:  # keyLength, prf
        if extra.tag == der.SEQUENCE:
            hash_name = _HMACS.get(der.object_identifier(extra.first()), "")
    if not hash_name:
        raise NotDecryptable("HMAC of PBKDF2")
    rounds = der.integer(count)
    budget.spend(rounds)
    secret = (password or "").encode("utf-8", "surrogatepass")
    key = hashlib.pbkdf2_hmac(hash_name, secret, salt.content, rounds, key_size)
    return _decipher(cipher, key, iv.content, sealed)


def _algorithm(element: der.Element) -> tuple[str, der.Element]:
    parts = list(element.expect(der.SEQUENCE).children())
    if len(parts) < 2:
        raise NotDecryptable("algorithm without parameters")
    return der.object_identifier(parts[0].expect(der.OBJECT_IDENTIFIER)), parts[1]


def derive(
    hash_name: str, purpose: int, password: str | None, salt: bytes, rounds: int, size: int, budget: Budget
) -> bytes:
    """RFC 7292 appendix B.2; ``purpose`` 1: key, 2: IV, 3: MAC key."""
    block = hashlib.new(hash_name).block_size
    secret = b"" if password is None else password.encode("utf-16-be", "surrogatepass") + b"\0\0"
    if len(secret) > 4096 or len(salt) > 4096:
        raise NotDecryptable("salt size")
    mixed = bytearray(_repeat(salt, block) + _repeat(secret, block))
    derived = b""
    while len(derived) < size:
        budget.spend(rounds)
        digest = hashlib.new(hash_name, bytes((purpose,)) * block + mixed).digest()
        for _ in range(rounds - 1):
            digest = hashlib.new(hash_name, digest).digest()
        derived += digest
        addend = int.from_bytes(_repeat(digest, block)[:block], "big") + 1
        for start in range(0, len(mixed), block):
            total = int.from_bytes(mixed[start : start + block], "big") + addend
            mixed[start : start + block] = (total & ((1 << 8 * block) - 1)).to_bytes(block, "big")
    return derived[:size]


def _repeat(pattern: bytes, block: int) -> bytes:
    """``pattern`` repeated to the next multiple of ``block``; nothing stays nothing."""
    size = -(-len(pattern) // block) * block
    return (pattern * (size // len(pattern) + 1))[:size] if pattern else b""


def _decipher(cipher: str, key: bytes, iv: bytes, sealed: bytes) -> bytes | None:
    if cipher == "rc2":
        return _unpad(rc2.decrypt_cbc(key, iv, sealed), 8) if sealed and len(sealed) % 8 == 0 else None
    from cryptography.hazmat.decrepit.ciphers.algorithms import ARC4, TripleDES
    from cryptography.hazmat.primitives.ciphers import Cipher, modes
    from cryptography.hazmat.primitives.ciphers.algorithms import AES

    if cipher == "rc4":
        return Cipher(ARC4(key), None).decryptor().update(sealed)
    block = 16 if cipher == "aes" else 8
    if not sealed or len(sealed) % block or len(iv) != block:
        return None
    algorithm = AES(key) if cipher == "aes" else TripleDES(key)
    decryptor = Cipher(algorithm, modes.CBC(iv)).decryptor()
    return _unpad(decryptor.update(sealed) + decryptor.finalize(), block)


def _unpad(plain: bytes, block: int) -> bytes | None:
    size = plain[-1]
    return plain[:-size] if 1 <= size <= block and plain.endswith(bytes((size,)) * size) else None
