"""Packet records of a capture file: where each one starts, on which link it was taken, and when.

Owns the pcap and pcapng framing. A ``Batch`` is one stretch of bytes with the positions of the packet records in it;
what stands inside a packet is not looked at, so that a bulk reader can treat a whole batch at once.
Refuses to know: links, IP, TCP, compression.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from struct import Struct
from typing import Protocol

from tlswhy.oddity import Oddity

LARGEST_PACKET = 1 << 20
"""Wireshark refuses packets above 262,144 bytes; "big TCP" makes larger ones. Above this a length is damage."""

LARGEST_BLOCK = 16 << 20
LARGEST_SECRETS = 4 << 20
ODDITY_LIMIT = 32
_LARGEST_INTERFACE = 1 << 16
_JOINT = 4_096
_SMALL_BLOCK = 1 << 16
NO_LINK = -1

_PCAP_MAGICS = {
    b"\xd4\xc3\xb2\xa1": ("<", 1000, 16),
    b"\xa1\xb2\xc3\xd4": (">", 1000, 16),
    b"\x4d\x3c\xb2\xa1": ("<", 1, 16),
    b"\xa1\xb2\x3c\x4d": (">", 1, 16),
    # Alexey Kuznetzov's patched libpcap: interface, protocol and packet type follow each record header.
    b"\x34\xcd\xb2\xa1": ("<", 1000, 24),
    b"\xa1\xb2\xcd\x34": (">", 1000, 24),
}
_SECTION_MAGIC = b"\x0a\x0d\x0d\x0a"

INTERFACE_BLOCK = 1
OBSOLETE_PACKET_BLOCK = 2
SIMPLE_PACKET_BLOCK = 3
ENHANCED_PACKET_BLOCK = 6
SECRETS_BLOCK = 10
SECTION_BLOCK = 0x0A0D0D0A
_TLS_KEY_LOG = 0x544C534B

# Wireshark gives these a frame number although they hold no packet, from this total length on: systemd journal, Sysdig
# events, custom blocks (measured with tshark 4.0).
_FRAMES_WITHOUT_PACKET = {9: 35, 0x204: 36, 0x216: 36, 0x221: 36, 0xBAD: 16, 0x40000BAD: 16}


class Framing(Protocol):
    """How the records of a batch are laid out."""

    def read(self, buffer: bytes, position: int) -> tuple[int, int, int, int, int]:
        """Return (link type, start of packet, captured bytes, bytes on the wire, time in ns or 0)."""
        ...


@dataclass(frozen=True, slots=True)
class Batch:
    """Records at ``positions`` of ``buffer``; the first of them is frame ``first_frame``."""

    buffer: bytes
    positions: array[int]
    first_frame: int
    framing: Framing


@dataclass(slots=True)
class RecordNotes:
    """What a record reader met beside packets; filled while it reads."""

    secrets: list[bytes] = field(default_factory=list)
    oddities: list[Oddity] = field(default_factory=list)
    frames: int = 0

    def note(self, what: str, place: str, **facts: str | int) -> None:
        """Keep an oddity, up to a limit."""
        if len(self.oddities) < ODDITY_LIMIT:
            self.oddities.append(Oddity(what, place, facts=facts))


def is_record_file(head: bytes) -> bool:
    """Tell a pcap or pcapng file by its first bytes."""
    if head[:4] in _PCAP_MAGICS:
        return len(head) >= 24
    return head[:4] == _SECTION_MAGIC and head[8:12] in (b"\x1a\x2b\x3c\x4d", b"\x4d\x3c\x2b\x1a")


def read_records(head: bytes, blocks: Iterator[bytes], notes: RecordNotes) -> Iterator[Batch]:
    """Cut ``head`` and the ``blocks`` behind it into batches; ``head`` passed ``is_record_file``."""
    if head[:4] in _PCAP_MAGICS:
        return _read_pcap(head, blocks, notes)
    return _read_pcapng(head, blocks, notes)


class _Walk(Protocol):
    """Finds the records in a stretch of bytes.

    ``walk`` returns the positions of whole records and the position of the first byte it has not taken; ``place`` is
    the file offset of the buffer. ``again``: it stopped before the bytes ended: what follows is framed differently.
    """

    framing: Framing | None
    damaged: bool
    again: bool

    def walk(self, buffer: bytes, position: int, place: int) -> tuple[array[int], int]: ...


def _batches(walk: _Walk, position: int, buffer: bytes, blocks: Iterator[bytes], notes: RecordNotes) -> Iterator[Batch]:
    """Walk block after block without copying them: only a record that crosses a border is joined."""
    place = 0  # the file offset of the buffer
    spare: bytes | None = None  # the block whose first bytes were joined to the rest of the one before
    rest = 0
    while True:
        framing = walk.framing
        positions, position = walk.walk(buffer, position, place)
        framing = framing or walk.framing
        if positions and framing is not None:
            yield Batch(buffer, positions, notes.frames + 1, framing)
            notes.frames += len(positions)
        if walk.damaged:
            notes.note("capture-corrupt", f"byte {place + position}", frame=notes.frames + 1)
            return
        if walk.again:
            continue
        if spare is not None:
            if position >= rest:  # past the border: on in the block itself
                buffer, position, place = spare, position - rest, place + rest
            else:
                buffer, rest = buffer[position:rest] + spare, 0
                place, position = place + position, 0
            spare = None
            continue
        place += position
        buffer = buffer[position:]
        block = _next_block(blocks)
        if block is None:
            if buffer:
                notes.note("capture-truncated", f"byte {place}", frame=notes.frames + 1)
            return
        position, rest = 0, len(buffer)
        if rest == 0:
            buffer = block
        elif rest < _JOINT and len(block) > 4 * _JOINT:
            buffer, spare = buffer + block[:_JOINT], block
        else:
            buffer += block


def _next_block(blocks: Iterator[bytes]) -> bytes | None:
    """The next block; small ones are joined, so that the rest of a record is not copied for each of them."""
    block = next(blocks, None)
    if block is None or len(block) >= _SMALL_BLOCK:
        return block
    parts, size = [block], len(block)
    for part in blocks:
        parts.append(part)
        size += len(part)
        if size >= _SMALL_BLOCK:
            break
    return b"".join(parts)


# --- pcap ---


class PcapFraming:
    """One link, one byte order, a fixed record header."""

    __slots__ = ("fraction_ns", "header_size", "link", "order", "snap_length", "unpack")

    def __init__(self, header: bytes) -> None:
        self.order, self.fraction_ns, self.header_size = _PCAP_MAGICS[header[:4]]
        self.snap_length, network = Struct(self.order + "II").unpack_from(header, 16)
        self.link: int = network & 0xFFFF  # the bits above tell the length of a frame check sequence
        self.unpack = Struct(self.order + "IIII").unpack_from

    def read(self, buffer: bytes, position: int) -> tuple[int, int, int, int, int]:
        """See ``Framing``."""
        seconds, fraction, captured, original = self.unpack(buffer, position)
        time_ns = seconds * 1_000_000_000 + fraction * self.fraction_ns
        return self.link, position + self.header_size, captured, original, time_ns


def _read_pcap(head: bytes, blocks: Iterator[bytes], notes: RecordNotes) -> Iterator[Batch]:
    return _batches(_PcapWalk(PcapFraming(head)), 24, head, blocks, notes)


class _PcapWalk:
    """Steps from record to record."""

    def __init__(self, framing: PcapFraming) -> None:
        self.framing: Framing | None = framing
        self.damaged = False
        self.again = False
        self._header = framing.header_size
        self._unpack = Struct(framing.order + "8xI").unpack_from

    def walk(self, buffer: bytes, position: int, place: int) -> tuple[array[int], int]:
        """See ``_Walk``."""
        unpack, header = self._unpack, self._header
        positions = array("I")
        append = positions.append
        # The loop runs once for each packet of a capture: no test of the end in it, the last record is taken back.
        try:
            while True:
                (captured,) = unpack(buffer, position)
                if captured > LARGEST_PACKET:
                    self.damaged = True
                    return positions, position
                append(position)
                position += header + captured
        except struct.error:
            if positions and position > len(buffer):
                position = positions.pop()
        return positions, position


# --- pcapng ---


@dataclass(frozen=True, slots=True)
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


def _read_pcapng(head: bytes, blocks: Iterator[bytes], notes: RecordNotes) -> Iterator[Batch]:
    return _batches(_PcapngWalk(notes), 0, head, blocks, notes)


class _PcapngWalk:
    """Steps from block to block; keeps the section it is in."""

    def __init__(self, notes: RecordNotes) -> None:
        self.framing: Framing | None = None
        self.damaged = False
        self.again = False
        self._notes = notes
        self._section: Section | None = None
        self._secrets_size = 0

    def walk(self, buffer: bytes, position: int, place: int) -> tuple[array[int], int]:
        """See ``_Walk``."""
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
        order = {b"\x1a\x2b\x3c\x4d": ">", b"\x4d\x3c\x2b\x1a": "<"}.get(buffer[position + 8 : position + 12])
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
