"""The primitive values of DER as sun.security.util.DerValue reads them: where it gives up, and where it does not.

Owns values alone; it knows no certificate.
"""

from __future__ import annotations

from itertools import pairwise

from tlswhy.pki import der


class Unreadable(Exception):
    """Java throws here; the text is a code for what it minds, ``oid`` the extension where it is one."""

    def __init__(self, code: str, oid: str | None = None) -> None:
        super().__init__(code)
        self.oid = oid


def whole(value: bytes) -> der.Element:
    """new DerValue(byte[]): one element and nothing after it; its length in four octets at most."""
    element = der.read_element(value)
    if element.end != len(value):
        raise Unreadable("trailing-bytes")
    return element


def identifier(element: der.Element) -> str:
    """ObjectIdentifier.check: ended, and no arc padded in front."""
    content = element.expect(der.OBJECT_IDENTIFIER).content
    return implicit_identifier(element, content)


def implicit_identifier(element: der.Element, content: bytes) -> str:
    """The same whatever the tag."""
    if not content or content[-1] & 0x80 or len(content) > _LONGEST_IDENTIFIER:
        raise Unreadable("object-identifier")
    if 0x80 in content and (content[0] == 0x80 or any(a < 0x80 and b == 0x80 for a, b in pairwise(content))):
        raise Unreadable("object-identifier")
    return der.object_identifier(element)


_LONGEST_IDENTIFIER = 4096  # ObjectIdentifier.MAXIMUM_OID_SIZE


def integer(element: der.Element) -> int:
    """DerValue.getBigInteger: redundant zeros are let pass, as the certificate is read as BER."""
    return der.integer(element)


def small_integer(element: der.Element, *, implicit: bool = False) -> int:
    """DerValue.getInteger: no more than a Java int."""
    number = der.integer(element if implicit else element.expect(der.INTEGER))
    if not -(1 << 31) <= number < 1 << 31:
        raise Unreadable("integer-too-large")
    return number


def check_lengths(element: der.Element) -> None:
    """DerInputStream.getLength of 8u121 to 15: no length is longer than it need be."""
    stack = [element]
    while stack:
        one = stack.pop()
        size = one.stop - one.body
        if one.body - one.start != 2 + (size > 0x7F) * ((size.bit_length() + 7) // 8) and one.end == one.stop:
            raise Unreadable("length-not-minimal")
        if one.tag & 0x20:
            stack += one.children()


def bits(element: der.Element, *, implicit: bool = False, may_be_empty: bool = False) -> bytes:
    """DerValue.getUnalignedBitString: the octets, bits that don't count set to zero."""
    content = (element if implicit else element.expect(der.BIT_STRING)).content
    if not content and may_be_empty:
        return b""
    if not content or content[0] > 7 or (content[0] and len(content) == 1):
        raise Unreadable("bit-string")
    unused = content[0]
    return content[1:-1] + bytes((content[-1] >> unused << unused,)) if len(content) > 1 else b""


@der.remembered(longest=128)  # the same few stand in all certificates, and every generation of Java reads them
def algorithm(element: der.Element) -> tuple[str, bytes | None]:
    """AlgorithmId.parse: the OID and the encoded parameters; NULL is none."""
    parts = list(element.expect(der.SEQUENCE).children())
    if not 1 <= len(parts) <= 2:
        raise Unreadable("algorithm")
    name = identifier(parts[0])
    if len(parts) == 1:
        return name, None
    if parts[1].tag == 0x05:
        if parts[1].content:
            raise Unreadable("algorithm")
        return name, None
    return name, parts[1].raw
