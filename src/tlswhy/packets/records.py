"""Packet records of a capture file: where each one starts, on which link it was taken, and when.

Owns the pcap and pcapng framing. A ``Batch`` is one stretch of bytes with the positions of the packet records in it;
what stands inside a packet is not looked at, so that a bulk reader can treat a whole batch at once.
Refuses to know: links, IP, TCP, compression.
"""

from __future__ import annotations

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

# Wireshark gives these a frame number although they hold no packet: systemd journal, Sysdig/Falco events, custom.
_FRAMES_WITHOUT_PACKET = frozenset({9, 0x204, 0x208, 0x213, 0x216, 0x221})


class Framing(Protocol):
    """How the records of a batch are laid out."""

    def read(self, buffer: bytes, position: int) -> tuple[int, int, int, int, int]:
        """Return (link type, start of packet, captured bytes, bytes on the wire, time in ns or 0)."""
        ...


@dataclass(frozen=True, slots=True)
class Batch:
    """Records at ``positions`` of ``buffer``; the first of them is frame ``first_frame``."""

    buffer: bytes
    positions: list[int]
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


def _read_pcap(buffer: bytes, blocks: Iterator[bytes], notes: RecordNotes) -> Iterator[Batch]:
    framing = PcapFraming(buffer)
    offset, position = 0, 24
    while True:
        positions, position, damaged = _walk_pcap(buffer, position, framing)
        if positions:
            yield Batch(buffer, positions, notes.frames + 1, framing)
            notes.frames += len(positions)
        if damaged:
            notes.note("capture-corrupt", f"byte {offset + position}", frame=notes.frames + 1)
            return
        rest = buffer[position:]
        offset += position
        block = next(blocks, None)
        if block is None:
            if rest:
                notes.note("capture-truncated", f"byte {offset}", frame=notes.frames + 1)
            return
        buffer, position = rest + block, 0


def _walk_pcap(buffer: bytes, position: int, framing: PcapFraming) -> tuple[list[int], int, bool]:
    """Return the positions of the complete records, the position behind them, and whether damage follows."""
    unpack = Struct(framing.order + "I").unpack_from
    header = framing.header_size
    size = len(buffer)
    last = size - header
    positions: list[int] = []
    append = positions.append
    while position <= last:
        (captured,) = unpack(buffer, position + 8)
        behind = position + header + captured
        if behind > size:
            return positions, position, captured > LARGEST_PACKET
        append(position)
        position = behind
    return positions, position, False


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

    __slots__ = ("interfaces", "order", "unpack", "unpack_obsolete")

    def __init__(self, order: str) -> None:
        self.order = order
        self.interfaces: list[Interface] = []
        self.unpack = Struct(order + "7I").unpack_from
        self.unpack_obsolete = Struct(order + "8xHH").unpack_from

    def read(self, buffer: bytes, position: int) -> tuple[int, int, int, int, int]:
        """See ``Framing``."""
        kind, total, index, high, low, captured, original = self.unpack(buffer, position)
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


def _read_pcapng(buffer: bytes, blocks: Iterator[bytes], notes: RecordNotes) -> Iterator[Batch]:
    walk = _PcapngWalk(notes)
    offset = position = 0
    while True:
        section = walk.section
        positions, position = walk.walk(buffer, position, offset)
        if positions and section is not None:
            yield Batch(buffer, positions, notes.frames + 1, section)
            notes.frames += len(positions)
        if walk.damaged:
            notes.note("capture-corrupt", f"byte {offset + position}", frame=notes.frames + 1)
            return
        if walk.section is not section:
            continue  # a new section begins: its records go into a batch of their own
        rest = buffer[position:]
        offset += position
        block = next(blocks, None)
        if block is None:
            if rest:
                notes.note("capture-truncated", f"byte {offset}", frame=notes.frames + 1)
            return
        buffer, position = rest + block, 0


class _PcapngWalk:
    """Steps from block to block; keeps the section it is in."""

    def __init__(self, notes: RecordNotes) -> None:
        self.notes = notes
        self.section: Section | None = None
        self.damaged = False
        self.secrets_size = 0

    def walk(self, buffer: bytes, position: int, offset: int) -> tuple[list[int], int]:
        """Collect packet records until the bytes end, damage shows, or a section header has been read."""
        positions: list[int] = []
        append = positions.append
        size = len(buffer)
        unpack = Struct((self.section.order if self.section else "<") + "II").unpack_from
        while position + 12 <= size:
            kind, total = unpack(buffer, position)
            if kind == ENHANCED_PACKET_BLOCK and 32 <= total <= LARGEST_PACKET:
                behind = position + total + (-total & 3)
                if behind > size:
                    break
                append(position)
                position = behind
                continue
            if kind == SECTION_BLOCK:
                return positions, self._enter(buffer, position)
            if total < 12 or total > LARGEST_BLOCK or self.section is None:
                self.damaged = True
                break
            behind = position + total + (-total & 3)
            if behind > size:
                break
            if self._counts(kind, total, offset + position):
                append(position)
            else:
                self._read_block(kind, buffer[position + 8 : position + total - 4], offset + position)
            position = behind
        return positions, position

    def _enter(self, buffer: bytes, position: int) -> int:
        """Begin the section whose header stands at ``position``; return the position behind it, if it is whole."""
        if position + 28 > len(buffer):
            return position
        magic = buffer[position + 8 : position + 12]
        order = {b"\x1a\x2b\x3c\x4d": ">", b"\x4d\x3c\x2b\x1a": "<"}.get(magic)
        if order is None:
            self.damaged = True
            return position
        (total,) = Struct(order + "I").unpack_from(buffer, position + 4)
        if total < 28 or total > LARGEST_BLOCK:
            self.damaged = True
            return position
        behind = position + total + (-total & 3)
        if behind > len(buffer):
            return position
        self.section = Section(order)
        return int(behind)

    def _counts(self, kind: int, total: int, place: int) -> bool:
        """Whether Wireshark gives this block a frame number."""
        if kind == SIMPLE_PACKET_BLOCK:
            least = 16
        elif kind in (OBSOLETE_PACKET_BLOCK, ENHANCED_PACKET_BLOCK):
            least = 32
        else:
            return kind in _FRAMES_WITHOUT_PACKET and total >= 28
        if total < least:
            self.notes.note("capture-block-unreadable", f"byte {place}", block=kind)
            return False
        return True

    def _read_block(self, kind: int, body: bytes, place: int) -> None:
        assert self.section is not None
        if kind == INTERFACE_BLOCK:
            self.section.interfaces.append(_read_interface(body, self.section.order))
        elif kind == SECRETS_BLOCK and len(body) >= 8:
            secrets_kind, length = Struct(self.section.order + "II").unpack_from(body)
            if secrets_kind != _TLS_KEY_LOG:
                return
            if self.secrets_size + length > LARGEST_SECRETS:
                self.notes.note("capture-secrets-too-large", f"byte {place}", size=length)
                return
            self.secrets_size += length
            self.notes.secrets.append(body[8 : 8 + length])


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
