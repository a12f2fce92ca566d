"""RC2 in CBC mode, decryption only (RFC 2268).

Java before 8u301 and 11.0.12 and old OpenSSL encrypt the certificates of a PKCS#12 file with 40-bit RC2, which
``cryptography`` does not offer on its own.
"""

from __future__ import annotations

import struct

BLOCK = 8

_PI = bytes.fromhex(
    "d978f9c419ddb5ed28e9fd794aa0d89dc67e37832b76538e624c6488448bfba2"
    "179a59f587b34f1361456d8d09817d32bd8f40eb86b77b0bf09521225c6b4e82"
    "54d66593ce60b21c7356c014a78cf1dc1275ca1f3bbee4d1423dd430a33cb626"
    "6fbf0eda4669075727f21d9bbc944303f811c7f690ef3ee706c3d52fc8661ed7"
    "08e8eade8052eef784aa72ac354d6a2a961ad2715a1549744b9fd05e0418a4ec"
    "c2e0416e0f51cbcc2491af50a1f47039997c3a8523b8b47afc02365b25559731"
    "2d5dfa98e38a92ae05df2910676cbac9d300e6cfe19ea82c6316013f58e289a9"
    "0d38341bab33ffb0bb480c5fb9b1cd2ec5f3db47e5a59c770aa62068fe7fc1ad"
)


def decrypt_cbc(key: bytes, iv: bytes, data: bytes) -> bytes:
    """Decrypt whole blocks; the effective key length is that of ``key`` (1 to 128 bytes). Padding stays."""
    schedule = _expand(key)
    plain = bytearray()
    previous = iv
    for start in range(0, len(data) - BLOCK + 1, BLOCK):
        block = data[start : start + BLOCK]
        plain += bytes(a ^ b for a, b in zip(_decrypt_block(schedule, block), previous, strict=True))
        previous = block
    return bytes(plain)


def _expand(key: bytes) -> tuple[int, ...]:
    """RFC 2268 §2, with T1 = 8 * len(key)."""
    table = bytearray(key)
    for index in range(len(key), 128):
        table.append(_PI[(table[index - 1] + table[index - len(key)]) & 0xFF])
    table[128 - len(key)] = _PI[table[128 - len(key)]]
    for index in range(127 - len(key), -1, -1):
        table[index] = _PI[table[index + 1] ^ table[index + len(key)]]
    return struct.unpack("<64H", table)


def _decrypt_block(schedule: tuple[int, ...], block: bytes) -> bytes:
    """RFC 2268 §4: five, six and five mixing rounds backwards, a mashing round between them."""
    words = list(struct.unpack("<4H", block))
    position = 63
    for rounds in (5, 6, 5):
        for _ in range(rounds):
            for index, rotation in ((3, 5), (2, 3), (1, 2), (0, 1)):
                word = words[index]
                word = (word >> rotation | word << 16 - rotation) & 0xFFFF
                mask = words[index - 1]
                word -= schedule[position] + (mask & words[index - 2]) + (~mask & words[index - 3])
                words[index] = word & 0xFFFF
                position -= 1
        if position > 0:
            for index in (3, 2, 1, 0):
                words[index] = (words[index] - schedule[words[index - 1] & 63]) & 0xFFFF
    return struct.pack("<4H", *words)
