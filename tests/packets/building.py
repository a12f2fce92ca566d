"""Builds captures byte by byte for the tests: packets, records, whole TCP connections."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from ipaddress import ip_address
from random import Random

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
START_NS = 1_750_000_000_123_456_000


def tcp(
    sport: int, dport: int, seq: int, ack: int = 0, flags: int = ACK, payload: bytes = b"", options: bytes = b""
) -> bytes:
    """A TCP segment (the checksum is left zero: nobody here looks at it)."""
    offset = (20 + len(options)) // 4 << 4
    head = struct.pack("!HHIIBBHHH", sport, dport, seq & 0xFFFFFFFF, ack & 0xFFFFFFFF, offset, flags, 0xFFFF, 0, 0)
    return head + options + payload


def ipv4(
    source: str,
    target: str,
    body: bytes,
    *,
    protocol: int = 6,
    options: bytes = b"",
    fragment: int = 0,
    identity: int = 1,
    total: int | None = None,
) -> bytes:
    """An IPv4 packet; ``fragment`` is the word with the flags and the offset."""
    header = 20 + len(options)
    total = header + len(body) if total is None else total
    head = struct.pack("!BBHHHBBH", 0x40 | header // 4, 0, total, identity, fragment, 64, protocol, 0)
    return head + ip_address(source).packed + ip_address(target).packed + options + body


def ipv6(source: str, target: str, body: bytes, *, protocol: int = 6, length: int | None = None) -> bytes:
    """An IPv6 packet; extension headers stand in ``body``, ``protocol`` names the first."""
    length = len(body) if length is None else length
    return (
        struct.pack("!IHBB", 0x60000000, length, protocol, 64)
        + ip_address(source).packed
        + ip_address(target).packed
        + body
    )


def ip(source: str, target: str, body: bytes) -> bytes:
    """An IP packet of the version the addresses have."""
    return ipv6(source, target, body) if ":" in source else ipv4(source, target, body)


def ethernet(body: bytes, ethertype: int | None = None, tags: bytes = b"") -> bytes:
    """An Ethernet frame, padded to its least size, as a network card does."""
    if ethertype is None:
        ethertype = 0x86DD if body[0] >> 4 == 6 else 0x0800
    return (b"\x02\0\0\0\0\1\x02\0\0\0\0\2" + tags + struct.pack("!H", ethertype) + body).ljust(60, b"\0")


@dataclass(frozen=True)
class Packet:
    """What one record holds; ``original`` is the length on the wire."""

    data: bytes
    time_ns: int = START_NS
    original: int | None = None
    interface: int = 0

    @property
    def wire(self) -> int:
        return len(self.data) if self.original is None else self.original


def timed(frames: Iterable[bytes]) -> list[Packet]:
    """Packets a millisecond apart."""
    return [Packet(data, START_NS + number * 1_000_000) for number, data in enumerate(frames)]


def pcap(
    packets: Iterable[Packet | bytes],
    link: int = 1,
    *,
    order: str = "<",
    nano: bool = False,
    kuznetzov: bool = False,
    snap: int = 262_144,
) -> bytes:
    """A pcap file."""
    magic = 0xA1B2CD34 if kuznetzov else 0xA1B23C4D if nano else 0xA1B2C3D4
    parts = [struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, snap, link)]
    for packet in _packets(packets):
        seconds, rest = divmod(packet.time_ns, 1_000_000_000)
        parts.append(
            struct.pack(order + "IIII", seconds, rest if nano else rest // 1000, len(packet.data), packet.wire)
        )
        if kuznetzov:
            parts.append(bytes(8))
        parts.append(packet.data)
    return b"".join(parts)


def block(kind: int, body: bytes, order: str = "<") -> bytes:
    """A pcapng block, padded."""
    body += bytes(-len(body) & 3)
    total = len(body) + 12
    return struct.pack(order + "II", kind, total) + body + struct.pack(order + "I", total)


def section(order: str = "<") -> bytes:
    """A section header block."""
    return block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1), order)


def option(code: int, value: bytes, order: str = "<") -> bytes:
    """One option of a block."""
    return struct.pack(order + "HH", code, len(value)) + value + bytes(-len(value) & 3)


def interface(link: int = 1, order: str = "<", options: bytes = b"", snap: int = 0) -> bytes:
    """An interface description block."""
    ended = options + option(0, b"", order) if options else b""
    return block(1, struct.pack(order + "HHI", link, 0, snap) + ended, order)


def enhanced(packet: Packet | bytes, order: str = "<", ticks: int | None = None) -> bytes:
    """An enhanced packet block, in microseconds unless ``ticks`` are given."""
    packet = packet if isinstance(packet, Packet) else Packet(packet)
    ticks = packet.time_ns // 1000 if ticks is None else ticks
    head = struct.pack(
        order + "IIIII", packet.interface, ticks >> 32, ticks & 0xFFFFFFFF, len(packet.data), packet.wire
    )
    return block(6, head + packet.data, order)


def obsolete(packet: Packet, order: str = "<") -> bytes:
    """An obsolete packet block."""
    ticks = packet.time_ns // 1000
    head = struct.pack(
        order + "HHIIII", packet.interface, 0, ticks >> 32, ticks & 0xFFFFFFFF, len(packet.data), packet.wire
    )
    return block(2, head + packet.data, order)


def simple(data: bytes, order: str = "<", original: int | None = None) -> bytes:
    """A simple packet block."""
    return block(3, struct.pack(order + "I", len(data) if original is None else original) + data, order)


def secrets(text: bytes, order: str = "<", kind: int = 0x544C534B) -> bytes:
    """A decryption secrets block."""
    return block(10, struct.pack(order + "II", kind, len(text)) + text, order)


def pcapng(packets: Iterable[Packet | bytes], link: int = 1, order: str = "<") -> bytes:
    """A pcapng file with one section and one interface."""
    body = b"".join(enhanced(packet, order) for packet in _packets(packets))
    return section(order) + interface(link, order) + body


@dataclass
class Talk:
    """A TCP connection whose packets are made one by one; ``frames`` holds the IP packets."""

    client: str = "10.0.0.1"
    server: str = "10.0.0.2"
    sport: int = 40_000
    dport: int = 443
    client_seq: int = 1_000
    server_seq: int = 9_000
    frames: list[bytes] = field(default_factory=list)

    def open(self) -> Talk:
        """The three packets that open it."""
        self.client_sends(flags=SYN)
        self.server_sends(flags=SYN | ACK)
        return self.client_sends()

    def close(self) -> Talk:
        """An orderly end, begun by the client."""
        self.client_sends(flags=FIN | ACK)
        self.server_sends(flags=FIN | ACK)
        return self.client_sends()

    def client_sends(self, payload: bytes = b"", flags: int = ACK, **more: int) -> Talk:
        """One packet of the client; ``seq`` and ``ack`` say something else than what is due."""
        self.frames.append(self.packet(False, payload, flags, **more))
        if "seq" not in more:
            self.client_seq += len(payload) + bool(flags & (SYN | FIN))
        return self

    def server_sends(self, payload: bytes = b"", flags: int = ACK, **more: int) -> Talk:
        """One packet of the server."""
        self.frames.append(self.packet(True, payload, flags, **more))
        if "seq" not in more:
            self.server_seq += len(payload) + bool(flags & (SYN | FIN))
        return self

    def packet(self, server: bool, payload: bytes, flags: int, seq: int | None = None, ack: int | None = None) -> bytes:
        """An IP packet of this connection."""
        ends = [(self.client, self.sport, self.client_seq), (self.server, self.dport, self.server_seq)]
        (source, sport, due), (target, dport, other) = reversed(ends) if server else ends
        if ack is None:
            ack = other if flags & ACK else 0
        return ip(source, target, tcp(sport, dport, due if seq is None else seq, ack, flags, payload))

    def captured(self) -> bytes:
        """The frames as an Ethernet pcap."""
        return pcap(timed(ethernet(frame) for frame in self.frames))


def harmed(capture: bytes, chance: Random, most: int, largest: int = 0) -> bytes:
    """The capture with up to ``most`` places overwritten or taken out (or, of up to ``largest`` bytes, put in), cut off
    somewhere in its second half."""
    harmed = bytearray(capture)
    for _ in range(chance.randrange(most + 1)):
        at = chance.randrange(100, len(harmed))
        what = chance.randrange(4 if largest else 3)
        if what == 0:
            harmed[at : at + 4] = b"\xff\xff\xff\x7f"
        elif what == 1:
            del harmed[at : at + chance.randrange(1, 3_000)]
        elif what == 2:
            harmed[at : at + 40] = bytes(40)
        else:
            harmed[at:at] = chance.randbytes(chance.randrange(largest))
    return bytes(harmed[: chance.randrange(len(harmed) // 2, len(harmed))])


def _packets(packets: Iterable[Packet | bytes]) -> Iterator[Packet]:
    for packet in packets:
        yield packet if isinstance(packet, Packet) else Packet(packet)
