"""What a probe said and heard, as a capture: pcapng with made-up frames around true bytes, times and endpoints.

A live connection goes the same way as any capture, and a colleague can open it. Owns the frames (TCP over IP, no link
layer), the block of secrets and their order. What was said in the clear before TLS (a proxy's password) is left out by
whoever records.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from ipaddress import ip_address

from tlswhy.packets.connection import Endpoint
from tlswhy.side import Side

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
RAW_IP = 101
SEGMENT = 1440
"""Bytes of a segment, as on an Ethernet."""
APPLICATION = "tlswhy"
_SECTION, _INTERFACE, _PACKET, _SECRETS = 0x0A0D0D0A, 1, 6, 0x0A
_TLS_KEY_LOG = 0x544C534B
_NANOSECONDS = 9


@dataclass(slots=True)
class Recording:
    """Frames in the order of time, and the secrets that open them."""

    frames: list[tuple[int, bytes]] = field(default_factory=list)
    secrets: list[str] = field(default_factory=list)
    note: str = ""
    """A first line for the secrets: whom these connections asked."""

    def pcapng(self) -> bytes:
        """The capture; secrets stand before the packets that they open."""
        application = _option(4, APPLICATION.encode())  # shb_userappl
        out = [_block(_SECTION, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1) + application + _option(0, b""))]
        resolution = _option(9, bytes([_NANOSECONDS])) + _option(0, b"")
        out.append(_block(_INTERFACE, struct.pack("<HHI", RAW_IP, 0, 0) + resolution))
        if lines := [*([self.note] if self.note else []), *self.secrets]:
            text = "".join(f"{line}\n" for line in lines).encode()
            out.append(_block(_SECRETS, struct.pack("<II", _TLS_KEY_LOG, len(text)) + _padded(text)))
        for time_ns, packet in self.frames:
            head = struct.pack("<IIIII", 0, time_ns >> 32, time_ns & 0xFFFFFFFF, len(packet), len(packet))
            out.append(_block(_PACKET, head + _padded(packet)))
        return b"".join(out)


class Wire:
    """One TCP connection being recorded: call what happened, with the time it happened."""

    def __init__(self, recording: Recording, client: Endpoint, server: Endpoint) -> None:
        self._recording = recording
        self._ends = {Side.CLIENT: client, Side.SERVER: server}
        self._next = {Side.CLIENT: 1_000_000, Side.SERVER: 2_000_000}
        self._packet_number = 0

    def opened(self, asked_ns: int, answered_ns: int) -> None:
        """The three packets that open a connection."""
        self.asked(asked_ns)
        self._send(Side.SERVER, SYN | ACK, answered_ns)
        self._send(Side.CLIENT, ACK, answered_ns)

    def asked(self, time_ns: int) -> None:
        """The first packet, the SYN."""
        self._send(Side.CLIENT, SYN, time_ns)

    def said(self, sender: Side, data: bytes, time_ns: int) -> None:
        """Bytes of one side, and the other side's word that they came."""
        for start in range(0, len(data), SEGMENT):
            self._send(sender, PSH | ACK, time_ns, data[start : start + SEGMENT])
        if data:
            self._send(sender.other, ACK, time_ns)

    def closed(self, sender: Side, time_ns: int) -> None:
        """A FIN."""
        self._send(sender, FIN | ACK, time_ns)

    def reset(self, sender: Side, time_ns: int) -> None:
        """A RST."""
        self._send(sender, RST | ACK, time_ns)

    def _send(self, sender: Side, flags: int, time_ns: int, data: bytes = b"") -> None:
        source, target = self._ends[sender], self._ends[sender.other]
        sequence = self._next[sender]
        answered = self._next[sender.other] if flags & ACK else 0
        self._next[sender] += len(data) + bool(flags & (SYN | FIN))
        head = struct.pack("!HHIIBBHHH", source.port, target.port, sequence, answered, 5 << 4, flags, 0xFFFF, 0, 0)
        self._packet_number += 1
        packet = _packet(source.address, target.address, head + data, self._packet_number)
        self._recording.frames.append((time_ns, packet))


def _packet(source: str, target: str, segment: bytes, number: int) -> bytes:
    """The segment in an IP packet, with both checksums (RFC 9293, 3.1; RFC 8200, 8.1)."""
    ends = ip_address(source.partition("%")[0]).packed + ip_address(target.partition("%")[0]).packed
    pseudo = ends + (struct.pack("!HH", 6, len(segment)) if len(ends) == 8 else struct.pack("!II", len(segment), 6))
    checksum = _checksum(pseudo + segment)
    segment = segment[:16] + checksum.to_bytes(2, "big") + segment[18:]
    if len(ends) == 32:
        return struct.pack("!IHBB", 6 << 28, len(segment), 6, 64) + ends + segment
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(segment), number & 0xFFFF, 0x4000, 64, 6, 0) + ends
    return head[:10] + _checksum(head).to_bytes(2, "big") + head[12:] + segment


def _checksum(data: bytes) -> int:
    """The one's complement sum of RFC 1071: the remainder by 0xFFFF of the whole as one number."""
    total = int.from_bytes(data + bytes(len(data) % 2), "big") % 0xFFFF
    return 0xFFFF - total if total else (0 if any(data) else 0xFFFF)


def _block(kind: int, body: bytes) -> bytes:
    size = struct.pack("<I", len(body) + 12)
    return struct.pack("<I", kind) + size + body + size


def _option(code: int, value: bytes) -> bytes:
    return struct.pack("<HH", code, len(value)) + _padded(value)


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)


__all__ = ["Recording", "Wire"]
