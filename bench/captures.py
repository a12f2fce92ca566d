"""Captures to measure with, made on the spot: a bulk one, mostly data, and one that is dense with handshakes.

python bench/captures.py bulk FILE [--megabytes 512] [--transfer 8] [--pcapng]
python bench/captures.py dense FILE [--connections 5000] [--pcapng]
"""

from __future__ import annotations

import argparse
import datetime as dt
import random
from collections.abc import Iterator
from pathlib import Path
from struct import Struct

SEGMENT = 1448


def main() -> None:
    """Make one capture."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=("bulk", "dense"))
    parser.add_argument("file", type=Path)
    parser.add_argument("--pcapng", action="store_true", help="write pcapng instead of pcap")
    parser.add_argument("--megabytes", type=int, default=512, help="size of the bulk capture")
    parser.add_argument("--transfer", type=int, default=8, help="megabytes for each connection of the bulk capture")
    parser.add_argument("--connections", type=int, default=5000, help="connections of the dense capture")
    options = parser.parse_args()
    packets = (
        bulk(options.megabytes << 20, options.transfer << 20) if options.kind == "bulk" else dense(options.connections)
    )
    write_capture(options.file, packets, pcapng=options.pcapng)


def write_capture(path: Path, packets: Iterator[bytes], *, pcapng: bool) -> None:
    """Write Ethernet packets, ten microseconds apart."""
    record, block = Struct("<IIII"), Struct("<IIIIIII")
    now = 1_750_000_000_000_000
    with path.open("wb", buffering=1 << 20) as file:
        if pcapng:
            file.write(Struct("<IIIHHqI").pack(0x0A0D0D0A, 28, 0x1A2B3C4D, 1, 0, -1, 28))
            file.write(Struct("<IIHHII").pack(1, 20, 1, 0, 262_144, 20))
        else:
            file.write(Struct("<IHHiIII").pack(0xA1B2C3D4, 2, 4, 0, 0, 262_144, 1))
        for packet in packets:
            now += 10
            size = len(packet)
            if pcapng:
                pad = -size & 3
                total = 32 + size + pad
                file.write(block.pack(6, total, 0, now >> 32, now & 0xFFFFFFFF, size, size) + packet)
                file.write(bytes(pad) + total.to_bytes(4, "little"))
            else:
                file.write(record.pack(now // 1_000_000, now % 1_000_000, size, size) + packet)


def bulk(size: int, transfer: int, at_once: int = 8) -> Iterator[bytes]:
    """Downloads of ``transfer`` bytes each over TLS, ``at_once`` of them interleaved, about ``size`` bytes in all."""
    count = max(1, size // transfer)
    for first in range(0, count, at_once):
        running = [download(number, transfer) for number in range(first, min(first + at_once, count))]
        while running:
            for one in list(running):
                for _ in range(12):  # a burst of each in turn
                    packet = next(one, None)
                    if packet is None:
                        running.remove(one)
                        break
                    yield packet


def dense(connections: int) -> Iterator[bytes]:
    """Handshakes with next to no data."""
    for number in range(connections):
        yield from download(number, 600)


def download(number: int, transfer: int) -> Iterator[bytes]:
    """One connection: a TLS 1.2 handshake, ``transfer`` bytes of application data, an orderly end."""
    ends = Ends(number)
    yield ends.client(0x02, b"")
    yield ends.server(0x12, b"")
    yield ends.client(0x10, b"")
    yield ends.client(0x18, _CLIENT_HELLO)
    yield ends.server(0x10, b"")
    flight = _SERVER_FLIGHT
    for start in range(0, len(flight), SEGMENT):
        yield ends.server(0x18, flight[start : start + SEGMENT])
    yield ends.client(0x10, b"")
    yield ends.client(0x18, _CLIENT_FLIGHT)
    yield ends.server(0x18, _CHANGE + _record(22, _NOISE[:40]))
    yield ends.client(0x18, _record(23, _NOISE[:300]))
    sent = 0
    stream = _record(23, _NOISE[:16_000]) if transfer > 16_000 else _record(23, _NOISE[:transfer])
    position = 0
    while sent < transfer:
        segment = stream[position : position + SEGMENT]
        position += SEGMENT
        if position >= len(stream):
            segment += stream[: position - len(stream)] if transfer > 16_000 else b""
            position -= len(stream)
        sent += len(segment)
        yield ends.server(0x10, segment)
        if sent // SEGMENT % 2 == 0:
            yield ends.client(0x10, b"")
    yield ends.client(0x10, b"")
    yield ends.client(0x18, _record(21, _NOISE[:26]))
    yield ends.client(0x11, b"")
    yield ends.server(0x11, b"")
    yield ends.client(0x10, b"")


class Ends:
    """The two ends of a connection and their sequence numbers."""

    def __init__(self, number: int) -> None:
        self.addresses = bytes([10, 1, number >> 8 & 255, number & 255]), bytes([10, 2, 0, 1 + number % 20])
        self.ports = (20_000 + number % 40_000).to_bytes(2, "big"), (443).to_bytes(2, "big")
        self.seq = [number * 7919 & 0xFFFFFFFF, number * 104_729 & 0xFFFFFFFF]

    def client(self, flags: int, payload: bytes) -> bytes:
        """A packet of the client."""
        return self._packet(0, flags, payload)

    def server(self, flags: int, payload: bytes) -> bytes:
        """A packet of the server."""
        return self._packet(1, flags, payload)

    def _packet(self, sender: int, flags: int, payload: bytes) -> bytes:
        ack = self.seq[1 - sender] if flags & 0x10 else 0
        packet = b"".join(
            (
                b"\x02\0\0\0\0\x01\x02\0\0\0\0\x02\x08\0E\0",
                (52 + len(payload)).to_bytes(2, "big"),
                b"\0\0@\0@\x06\0\0",
                self.addresses[sender],
                self.addresses[1 - sender],
                self.ports[sender],
                self.ports[1 - sender],
                _TCP.pack(self.seq[sender], ack, 0x80, flags, 0xFFFF, 0, 0, b"\1\1\x08\x0a\0\0\0\1\0\0\0\2"),
                payload,
            )
        )
        self.seq[sender] = (self.seq[sender] + len(payload) + (1 if flags & 3 else 0)) & 0xFFFFFFFF
        return packet


_TCP = Struct("!IIBBHHH12s")
_NOISE = random.Random(1).randbytes(16_384)


def _record(kind: int, body: bytes) -> bytes:
    return bytes([kind, 3, 3]) + len(body).to_bytes(2, "big") + body


def _message(kind: int, body: bytes) -> bytes:
    return bytes([kind]) + len(body).to_bytes(3, "big") + body


def _client_hello() -> bytes:
    suites = bytes.fromhex("c02bc02fc02cc030009e009fc013c014002f0035")
    name = b"bulk.example"
    server_name = (len(name) + 3).to_bytes(2, "big") + b"\0" + len(name).to_bytes(2, "big") + name
    extensions = b""
    for number, body in (
        (0, server_name),
        (10, bytes.fromhex("000400170018")),
        (11, bytes.fromhex("0100")),
        (13, bytes.fromhex("000a04010403050106010201")),
    ):
        extensions += number.to_bytes(2, "big") + len(body).to_bytes(2, "big") + body
    body = b"\3\3" + _NOISE[:32] + b"\0" + len(suites).to_bytes(2, "big") + suites + b"\1\0"
    return _record(22, _message(1, body + len(extensions).to_bytes(2, "big") + extensions))


def _server_flight() -> bytes:
    hello = _message(2, b"\3\3" + _NOISE[32:64] + b"\0" + b"\xc0\x2f" + b"\0")
    chain = b"".join(len(der).to_bytes(3, "big") + der for der in [_certificate()] * 3)
    certificate = _message(11, len(chain).to_bytes(3, "big") + chain)
    exchange = _message(12, b"\3\0\x17\x41\4" + _NOISE[64:128] + b"\4\1\1\0" + _NOISE[128:384])
    return b"".join(_record(22, message) for message in (hello, certificate, exchange, _message(14, b"")))


def _certificate() -> bytes:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.x509.oid import NameOID

    key = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "bulk.example")])
    start = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(start).not_valid_after(start + dt.timedelta(days=3650))
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


_CHANGE = _record(20, b"\1")
_CLIENT_HELLO = _client_hello()
_SERVER_FLIGHT = _server_flight()
_CLIENT_FLIGHT = _record(22, _message(16, b"\x41\4" + _NOISE[:64])) + _CHANGE + _record(22, _NOISE[:40])


if __name__ == "__main__":
    main()
