"""DER as Go reads it (golang.org/x/crypto/cryptobyte, asn1.go): minimal lengths and integers, TRUE as 0xFF, no tag
above 30, nothing of indefinite length.

Owns values alone; what follows the wanted elements is for the caller to mind or, as Go does mostly, not to mind.
"""

from __future__ import annotations

from datetime import UTC, datetime

from tlswhy.pki.java_values import Unreadable

__all__ = ["Input", "Unreadable"]

_LARGEST_ARC = 1 << 31


class Input:
    """cryptobyte.String: what is left to read; every ``take`` reads from its front or raises ``Unreadable``."""

    __slots__ = ("_at", "_data", "_end")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0
        self._end = len(data)

    def __bool__(self) -> bool:
        return self._at < self._end

    def peek(self, *tags: int) -> bool:
        """PeekASN1Tag."""
        return self._at < self._end and self._data[self._at] in tags

    def any(self) -> tuple[int, bytes]:
        """ReadAnyASN1: the next element's tag and content."""
        data, at = self._data, self._at
        if at + 2 > self._end or data[at] & 0x1F == 0x1F:
            raise Unreadable("broken-encoding")
        length, body = data[at + 1], at + 2
        if length & 0x80:
            size = length & 0x7F
            length = int.from_bytes(data[body : body + size], "big")
            if not 1 <= size <= 4 or length < 0x80 or length >> 8 * (size - 1) == 0:
                raise Unreadable("length-not-minimal")
            body += size
        if length > self._end - body:
            raise Unreadable("broken-encoding")
        self._at = body + length
        return data[at], data[body : self._at]

    def take(self, tag: int) -> bytes:
        """ReadASN1: the content of the next element, which is of this tag."""
        if not self.peek(tag):
            raise Unreadable("broken-encoding")
        return self.any()[1]

    def into(self, tag: int) -> Input:
        """What is inside the next element."""
        return Input(self.take(tag))

    def optional(self, tag: int) -> bytes | None:
        """ReadOptionalASN1."""
        return self.take(tag) if self.peek(tag) else None

    def boolean(self) -> bool:
        """ReadASN1Boolean."""
        content = self.take(0x01)
        if content not in (b"\0", b"\xff"):
            raise Unreadable("broken-encoding")
        return content == b"\xff"

    def integer(self, most_octets: int | None = None) -> int:
        """ReadASN1Integer; into a Go int no more than eight octets go."""
        content = self.take(0x02)
        padded = len(content) > 1 and content[0] in (0, 0xFF) and content[0] >> 7 == content[1] >> 7
        if not content or padded or (most_octets and len(content) > most_octets):
            raise Unreadable("broken-encoding")
        return int.from_bytes(content, "big", signed=True)

    def identifier(self) -> bytes:
        """ReadASN1ObjectIdentifier: the octets; no arc above 31 bits, nor one of more than five octets."""
        content = self.take(0x06)
        arc = octets = 0
        for octet in content:
            arc, octets = arc << 7 | octet & 0x7F, octets + 1
            if arc >= _LARGEST_ARC or octets > 5:
                raise Unreadable("broken-encoding")
            if not octet & 0x80:
                arc = octets = 0
        if not content or content[-1] & 0x80:
            raise Unreadable("broken-encoding")
        return content

    def bits(self) -> bytes:
        """ReadASN1BitString: the bits that don't count are zero."""
        content = self.take(0x03)
        if not content or content[0] > 7 or (content[0] and len(content) == 1):
            raise Unreadable("broken-encoding")
        if content[-1] & ((1 << content[0]) - 1) and len(content) > 1:
            raise Unreadable("broken-encoding")
        return content[1:]

    def time(self) -> None:
        """ReadASN1UTCTime (the seconds may lack) and ReadASN1GeneralizedTime: a moment that is written again as it was
        read. "Z0700" takes an offset, but not one of zero."""
        tag, content = self.any()
        if tag not in (0x17, 0x18):
            raise Unreadable("validity")
        text = content.decode("latin-1")
        digits, zone = (text[:-1], "Z") if text.endswith("Z") else (text[:-5], text[-5:])
        sizes = (10, 12) if tag == 0x17 else (14,)
        if not (digits.isascii() and digits.isdigit()) or len(digits) not in sizes or not _is_zone(zone):
            raise Unreadable("validity")
        digits = digits if tag == 0x18 else "20" + digits
        if digits.startswith("0000"):  # a leap year to Go, none at all to datetime
            digits = "2000" + digits[4:]
        parts = [int(digits[:4]), *(int(digits[at : at + 2]) for at in range(4, len(digits), 2))]
        try:
            datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type]
        except ValueError:
            raise Unreadable("validity") from None


def _is_zone(zone: str) -> bool:
    if zone == "Z":
        return True
    hours, minutes = zone[1:3], zone[3:]
    return zone[:1] in ("+", "-") and zone[1:] != "0000" and f"{hours}{minutes}".isdigit() and minutes < "60" > hours
