"""DER and BER elements: where one begins and ends, its children, and the few primitive values certificates use.

Owns the tag-length-value walk and nothing else; what an element *means* is the caller's. Why not a library: a
cold command line pays 20-30 ms for importing one, and certificates that strict parsers refuse must still be read
field by field. Lengths need not be minimal and may be indefinite (PKCS#7 and PKCS#12 of some writers).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import TypeVar

INTEGER = 0x02
BIT_STRING = 0x03
OCTET_STRING = 0x04
OBJECT_IDENTIFIER = 0x06
UTF8_STRING = 0x0C
PRINTABLE_STRING = 0x13
T61_STRING = 0x14
IA5_STRING = 0x16
UTC_TIME = 0x17
GENERALIZED_TIME = 0x18
GENERAL_STRING = 0x1B
UNIVERSAL_STRING = 0x1C
BMP_STRING = 0x1E
SEQUENCE = 0x30
SET = 0x31

_CONSTRUCTED = 0x20
_DEEPEST_INDEFINITE = 32
_LONGEST_KEPT = 32
_MOST_ARC_BYTES = 40  # 280 bits: more than any UUID-based arc (2.25.x) needs


class NotDer(ValueError):
    """These bytes are no element, or not the element that was asked for."""


class Element:
    """One element inside ``data``: ``tag`` is its identifier octet, ``[body:stop]`` its content."""

    __slots__ = ("body", "data", "end", "start", "stop", "tag")

    def __init__(self, data: bytes, tag: int, start: int, body: int, stop: int, end: int) -> None:
        self.data = data
        self.tag = tag
        self.start = start
        self.body = body
        self.stop = stop
        self.end = end

    @property
    def content(self) -> bytes:
        """The content octets."""
        return self.data[self.body : self.stop]

    @property
    def raw(self) -> bytes:
        """The whole element, header included, exactly as it stood there."""
        return self.data[self.start : self.end]

    def children(self) -> Iterator[Element]:
        """The elements inside; raises ``NotDer`` at the first that is broken."""
        position = self.body
        while position < self.stop:
            child = element_at(self.data, position, self.stop)
            yield child
            position = child.end

    def expect(self, *tags: int) -> Element:
        """Return this element; raise ``NotDer`` unless its tag is one of ``tags``."""
        if self.tag not in tags:
            raise NotDer(f"tag {self.tag:#04x} at byte {self.start}")
        return self

    def first(self) -> Element:
        """The first child; raises ``NotDer`` when there is none."""
        return element_at(self.data, self.body, self.stop)


def read_element(data: bytes) -> Element:
    """Read the element at the start of ``data``; more may follow it (see ``end``)."""
    return element_at(data, 0, len(data))


def element_at(data: bytes, position: int, limit: int) -> Element:
    """Read the element at ``position``, which must end at or before ``limit``."""
    tag, body, length = _header(data, position, limit)
    if length >= 0:
        stop = body + length
        return Element(data, tag, position, body, stop, stop)
    stop = _end_of_contents(data, body, limit)
    return Element(data, tag, position, body, stop, stop + 2)


Read = TypeVar("Read")


def remembered(longest: int) -> Callable[[Callable[[Element], Read]], Callable[[Element], Read]]:
    """For what certificates have in common: an element of the same bytes is read once, if it has no more than
    ``longest`` of them. What can't be read is read anew, so that it raises again."""

    def remembering(read: Callable[[Element], Read]) -> Callable[[Element], Read]:
        @lru_cache(maxsize=256)
        def once(raw: bytes) -> Read:
            return read(read_element(raw))

        def reader(element: Element) -> Read:
            raw = element.raw
            return once(raw) if len(raw) <= longest else read(element)

        reader.__doc__ = read.__doc__
        return reader

    return remembering


def encode(tag: int, content: bytes) -> bytes:
    """One element in DER."""
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content


def encode_integer(number: int) -> bytes:
    """An INTEGER, as short as it can be."""
    return encode(INTEGER, number.to_bytes(number.bit_length() // 8 + 1, "big", signed=True))


def encode_object_identifier(dotted: str) -> bytes:
    """An OBJECT IDENTIFIER from its dotted form."""
    first, second, *rest = map(int, dotted.split("."))
    octets = bytearray()
    for arc in (40 * first + second, *rest):
        groups = [arc & 0x7F]
        while arc := arc >> 7:
            groups.append(arc & 0x7F | 0x80)
        octets += bytes(reversed(groups))
    return encode(OBJECT_IDENTIFIER, bytes(octets))


def integer(element: Element) -> int:
    """The value of an INTEGER (also of an implicitly tagged one)."""
    if element.stop == element.body:
        raise NotDer(f"empty integer at byte {element.start}")
    return int.from_bytes(element.content, "big", signed=True)


def boolean(element: Element) -> bool:
    """The value of a BOOLEAN (also of an implicitly tagged one); any non-zero octet is true, as in BER."""
    content = element.content
    if len(content) != 1:
        raise NotDer(f"boolean of {len(content)} bytes at byte {element.start}")
    return content != b"\0"


def object_identifier(element: Element) -> str:
    """The dotted form of an OBJECT IDENTIFIER (also of an implicitly tagged one); the octets in hex where an arc is too
    large to mean anything."""
    content = element.content
    if not content or content[-1] & 0x80:
        raise NotDer(f"object identifier at byte {element.start}")
    return _dotted(content) if len(content) <= _LONGEST_KEPT else _dotted.__wrapped__(content)


@lru_cache(maxsize=1024)
def _dotted(content: bytes) -> str:
    """Certificates are made of a few dozen of them."""
    arcs: list[int] = []
    arc = 0
    octets = 0
    for octet in content:
        octets += 1
        if octets > _MOST_ARC_BYTES:
            return f"0x{content.hex()}"
        arc = arc << 7 | octet & 0x7F
        if not octet & 0x80:
            arcs.append(arc)
            arc = octets = 0
    first = min(arcs[0] // 40, 2)
    return ".".join(map(str, (first, arcs[0] - 40 * first, *arcs[1:])))


def bit_string(element: Element) -> bytes:
    """The octets of a BIT STRING, its unused bits still in the last one."""
    content = element.content
    if not content or content[0] > 7:
        raise NotDer(f"bit string at byte {element.start}")
    return content[1:]


def named_bits(element: Element) -> frozenset[int]:
    """The numbers of the bits that are set in a BIT STRING, bit 0 being the first."""
    octets = bit_string(element)
    used = 8 * len(octets) - element.content[0]
    return frozenset(bit for bit in range(min(used, 64)) if octets[bit >> 3] & 0x80 >> (bit & 7))


def octets(element: Element) -> bytes:
    """The octets of an OCTET STRING, the pieces of a constructed one joined."""
    if not element.tag & _CONSTRUCTED:
        return element.content
    return b"".join(piece.expect(OCTET_STRING).content for piece in element.children())


def text(element: Element) -> str:
    """The characters of a string type; octets that its type does not allow become U+FFFD."""
    content = element.content
    match element.tag:
        case 0x0C:  # UTF8String
            return content.decode("utf-8", "replace")
        case 0x1E:  # BMPString
            return content.decode("utf-16-be", "replace")
        case 0x1C:  # UniversalString
            return content.decode("utf-32-be", "replace")
        case 0x14 | 0x1B:  # T61String, GeneralString: in practice ISO 8859-1, and the JDK reads them so
            return content.decode("latin-1")
        case _:
            return content.decode("ascii", "replace")


def _header(data: bytes, position: int, limit: int) -> tuple[int, int, int]:
    """Tag, start of the content, length of the content (-1: indefinite) of the element at ``position``."""
    if position + 2 > limit:
        raise NotDer(f"end of data at byte {position}")
    tag = data[position]
    if tag & 0x1F == 0x1F:
        raise NotDer(f"high tag number at byte {position}")  # nothing we read uses them
    length = data[position + 1]
    body = position + 2
    if length == 0x80:
        if not tag & _CONSTRUCTED:
            raise NotDer(f"indefinite length of a primitive at byte {position}")
        return tag, body, -1
    if length & 0x80:
        size = length & 0x7F
        if size > 8 or body + size > limit:
            raise NotDer(f"length at byte {position}")
        length = int.from_bytes(data[body : body + size], "big")
        body += size
    if length > limit - body:
        raise NotDer(f"element at byte {position} ends beyond its parent")
    return tag, body, length


def _end_of_contents(data: bytes, position: int, limit: int) -> int:
    """Where the end-of-contents octets stand that close an indefinite length begun just before ``position``."""
    depth = 1
    while True:
        if data[position : position + 2] == b"\0\0" and position + 2 <= limit:
            depth -= 1
            if not depth:
                return position
            position += 2
            continue
        _, body, length = _header(data, position, limit)
        if length < 0:
            depth += 1
            if depth > _DEEPEST_INDEFINITE:
                raise NotDer(f"indefinite lengths nested too deeply at byte {position}")
            position = body
        else:
            position = body + length
