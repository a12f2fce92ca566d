"""The pcapng format: sections, interfaces, packet blocks of three kinds, secrets.

Refuses to know: what stands in a packet, where the bytes come from.
"""

from __future__ import annotations

import re
import struct
from array import array
from collections.abc import Iterator
from struct import Struct

from tlswhy.frozen import frozen
from tlswhy.packets.framing import LARGEST_PACKET, NO_LINK, Chain, Framing, RecordNotes

LARGEST_BLOCK = 16 << 20
LARGEST_SECRETS = 4 << 20
_LARGEST_INTERFACE = 1 << 16

INTERFACE_BLOCK = 1
OBSOLETE_PACKET_BLOCK = 2
SIMPLE_PACKET_BLOCK = 3
ENHANCED_PACKET_BLOCK = 6
SECRETS_BLOCK = 10
SECTION_BLOCK = 0x0A0D0D0A
SECTION_MAGIC = b"\x0a\x0d\x0d\x0a"
BYTE_ORDERS = {b"\x1a\x2b\x3c\x4d": ">", b"\x4d\x3c\x2b\x1a": "<"}
_TLS_KEY_LOG = 0x544C534B
_MOST_TRIES = 1 << 17

# Wireshark gives these a frame number although they hold no packet, from this total length on: systemd journal, Sysdig
# events, custom blocks (measured with tshark 4.0).
_FRAMES_WITHOUT_PACKET = {9: 35, 0x204: 36, 0x216: 36, 0x221: 36, 0xBAD: 16, 0x40000BAD: 16}


@frozen
class Interface:
    """One interface of a section; a timestamp is ``ticks * multiply // divide + offset_ns``."""

    link: int
    snap_length: int
    multiply: int = 1000
    divide: int = 1
    offset_ns: int = 0


class Section:
    """The framing of one pcapng section; ``interfaces`` grows while its blocks are read."""

    __slots__ = ("interfaces", "order", "unpack", "unpack_obsolete", "unpack_short")

    def __init__(self, order: str) -> None:
        self.order = order
        self.interfaces: list[Interface] = []
        self.unpack = Struct(order + "7I").unpack_from
        self.unpack_short = Struct(order + "III").unpack_from
        self.unpack_obsolete = Struct(order + "8xHH").unpack_from

    def read(self, buffer: bytes, position: int) -> tuple[int, int, int, int, int]:
        """See ``Framing``."""
        try:
            kind, total, index, high, low, captured, original = self.unpack(buffer, position)
        except struct.error:  # a block shorter than that, at the end of the buffer
            kind, total, index = self.unpack_short(buffer, position)
            high = low = captured = original = 0
        if kind == SIMPLE_PACKET_BLOCK:
            return self._read_simple(position, total, index)
        if kind == OBSOLETE_PACKET_BLOCK:
            index, _drops = self.unpack_obsolete(buffer, position)
        elif kind != ENHANCED_PACKET_BLOCK:
            return NO_LINK, position + 8, 0, 0, 0
        captured = min(captured, total - 32)
        if index >= len(self.interfaces):
            return NO_LINK, position + 28, captured, original, 0
        interface = self.interfaces[index]
        time_ns = ((high << 32) | low) * interface.multiply // interface.divide + interface.offset_ns
        return interface.link, position + 28, captured, original, time_ns

    def _read_simple(self, position: int, total: int, original: int) -> tuple[int, int, int, int, int]:
        captured = min(original, total - 16)
        if not self.interfaces:
            return NO_LINK, position + 12, captured, original, 0
        interface = self.interfaces[0]
        if interface.snap_length:
            captured = min(captured, interface.snap_length)
        return interface.link, position + 12, captured, original, 0


class PcapngWalk:
    """Steps from block to block; keeps the section it is in."""

    def __init__(self, notes: RecordNotes) -> None:
        self.framing: Framing | None = None
        self.damaged = False
        self.again = False
        self._notes = notes
        self._section: Section | None = None
        self._secrets_size = 0
        self._tries = 0

    def walk(self, buffer: bytes, position: int, place: int) -> tuple[array[int], int]:
        """See ``Walk``."""
        self.again = False
        positions = array("I")
        append = positions.append
        section = self._section
        unpack = Struct((section.order if section else "<") + "II").unpack_from
        try:
            while True:
                kind, total = unpack(buffer, position)
                if kind == ENHANCED_PACKET_BLOCK and 32 <= total <= LARGEST_PACKET and section is not None:
                    append(position)
                    position += total + (-total & 3)
                    continue
                if kind in (SECTION_BLOCK, INTERFACE_BLOCK) and positions:
                    self.again = True  # what it tells holds for the packets behind it only
                    break
                behind = self._step(kind, total, buffer, position, place)
                if self.damaged or behind > len(buffer) or self._section is not section:
                    self.again = self._section is not section
                    return positions, behind if self.again else position
                if self._counts:
                    append(position)
                position = behind
        except struct.error:
            pass
        if positions and position > len(buffer):
            position = positions.pop()
            self.again = False
        return positions, position

    def chain(self, buffer: bytes, position: int) -> Chain | None:
        """See ``Walk``: enhanced packet blocks."""
        if self._section is None:
            return None
        order, kind = self._section.order, ENHANCED_PACKET_BLOCK
        mark = struct.pack(order + "I", kind)
        return Chain(order, mark, 0, 4, 0, 32, LARGEST_PACKET, multiple=4, kind=kind, repeated=True)

    def note(self, buffer: bytes, position: int) -> None:
        """See ``Walk``; nothing that a search would need."""

    def resume(self, buffer: bytes, position: int, *, ended: bool) -> int:
        """See ``Walk``: a packet block whose two lengths agree, or a section header."""
        section = self._section
        order = section.order if section else "<"
        packet = struct.pack(order + "I", ENHANCED_PACKET_BLOCK)
        likely = re.compile(re.escape(packet) + b"|" + SECTION_MAGIC if section else SECTION_MAGIC)
        for match in likely.finditer(buffer, position):
            self._tries += 1
            if self._tries > _MOST_TRIES:
                break
            at = match.start()
            if match[0] == SECTION_MAGIC:
                sure = buffer[at + 8 : at + 12] in BYTE_ORDERS
            else:
                sure = _is_packet_block(buffer, at, order, ended=ended)
            if sure:
                return at
        return -1

    def _step(self, kind: int, total: int, buffer: bytes, position: int, place: int) -> int:
        """Take one block that is no ordinary packet; return the position behind it."""
        self._counts = False
        if kind == SECTION_BLOCK:
            return self._enter(buffer, position)
        section = self._section
        if total < 12 or total > LARGEST_BLOCK or section is None:
            self.damaged = True
            return position
        behind = position + total + (-total & 3)
        if behind <= len(buffer):
            self._counts = self._is_frame(kind, total, place + position)
            if not self._counts:
                self._read_block(section, kind, buffer[position + 8 : position + total - 4], place + position)
        return behind

    def _enter(self, buffer: bytes, position: int) -> int:
        """Begin the section whose header stands at ``position``, if it is whole."""
        if position + 28 > len(buffer):
            return position + 28
        order = BYTE_ORDERS.get(buffer[position + 8 : position + 12])
        total: int = Struct((order or "<") + "I").unpack_from(buffer, position + 4)[0]
        if order is None or total < 28 or total > LARGEST_BLOCK:
            self.damaged = True
            return position
        behind = position + total + (-total & 3)
        if behind <= len(buffer):
            self.framing = self._section = Section(order)
        return behind

    def _is_frame(self, kind: int, total: int, place: int) -> bool:
        """Whether Wireshark gives this block a frame number."""
        if kind == SIMPLE_PACKET_BLOCK:
            least = 16
        elif kind in (OBSOLETE_PACKET_BLOCK, ENHANCED_PACKET_BLOCK):
            least = 32
        else:
            return total >= _FRAMES_WITHOUT_PACKET.get(kind, LARGEST_BLOCK + 1)
        if total < least or total > LARGEST_PACKET:
            self._notes.note("capture-block-unreadable", f"byte {place}", block=kind)
            return False
        return True

    def _read_block(self, section: Section, kind: int, body: bytes, place: int) -> None:
        if kind == INTERFACE_BLOCK and len(section.interfaces) < _LARGEST_INTERFACE:
            section.interfaces.append(_read_interface(body, section.order))
        elif kind == SECRETS_BLOCK and len(body) >= 8:
            secrets_kind, length = Struct(section.order + "II").unpack_from(body)
            if secrets_kind != _TLS_KEY_LOG:
                return
            if self._secrets_size + length > LARGEST_SECRETS:
                self._notes.note("capture-secrets-too-large", f"byte {place}", size=length)
                return
            self._secrets_size += length
            self._notes.secrets.append(body[8 : 8 + length])


def _read_interface(body: bytes, order: str) -> Interface:
    if len(body) < 8:
        return Interface(NO_LINK, 0)
    link, snap_length = Struct(order + "H2xI").unpack_from(body)
    multiply, divide, offset_ns = 1000, 1, 0
    for code, value in _options(body, 8, order):
        if code == 9 and value:  # if_tsresol: a negative power of ten, or of two with the high bit set
            power = value[0] & 0x7F
            multiply, divide = (1_000_000_000, 1 << power) if value[0] & 0x80 else _decimal(power)
        elif code == 14 and len(value) == 8:  # if_tsoffset, seconds, signed
            offset_ns = Struct(order + "q").unpack(value)[0] * 1_000_000_000
    return Interface(link, snap_length, multiply, divide, offset_ns)


def _decimal(power: int) -> tuple[int, int]:
    return (10 ** (9 - power), 1) if power <= 9 else (1, 10 ** (power - 9))


def _options(body: bytes, position: int, order: str) -> Iterator[tuple[int, bytes]]:
    unpack = Struct(order + "HH").unpack_from
    while position + 4 <= len(body):
        code, length = unpack(body, position)
        if code == 0:
            return
        yield code, body[position + 4 : position + 4 + length]
        position += 4 + length + (-length & 3)


def _is_packet_block(buffer: bytes, position: int, order: str, *, ended: bool) -> bool:
    """An enhanced packet block that is whole, and a block or the end of the file behind it."""
    if position + 28 > len(buffer):
        return False
    total, captured, original = Struct(order + "4xI12xII").unpack_from(buffer, position)
    behind = position + total
    if total & 3 or not 32 <= total <= LARGEST_PACKET or captured > min(total - 32, original) or behind > len(buffer):
        return False
    if buffer[behind - 4 : behind] != buffer[position + 4 : position + 8]:
        return False
    return (ended and behind == len(buffer)) or buffer[behind + 1 : behind + 3] in (b"\0\0", b"\x0d\x0d")
