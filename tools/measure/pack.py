"""Pack what was measured into tests/oracle/measured.tar.zst: of every row the outcome, of some clients the connection.

    python -m tools.measure.pack FOLDER...        folders that ``python -m tools.measure`` wrote, later ones win

A connection is cut behind the handshake: what a server's page holds is of no use and can't be compressed.
"""

from __future__ import annotations

import argparse
import io
import json
import struct
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import zstandard

PACKED = Path(__file__).resolve().parents[2] / "tests" / "oracle" / "measured.tar.zst"
WITH_CONNECTIONS = ("openssl/3.0", "chromium/156", "wget/1.21", "node/24.21.0")
"""One of each library and security level; the others are judged by what these met."""
WINDOW_LOG = 25
PCAP_HEADER, PACKET_HEADER = 24, 16
ETHERNET, IP_HEADER = 14, 20
CHANGE_CIPHER_SPEC = 6
"""Bytes of the record that TLS 1.3 clients send for old middleboxes' sake; it is no answer yet."""


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m tools.measure.pack", description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    rows = dict(_rows(parser.parse_args().folders))
    files = dict(_files(rows))
    PACKED.write_bytes(_compressed(files))
    print(f"{PACKED.name}: {len(rows)} rows, {PACKED.stat().st_size:,} bytes")


def _rows(folders: list[Path]) -> Iterator[tuple[tuple[str, str], tuple[dict[str, Any], Path]]]:
    for folder in folders:
        for path in sorted(folder.glob("*/rows.jsonl")):
            for line in path.read_text().splitlines():
                row = json.loads(line)
                if row["connected"] is not None:
                    yield (row["client"], row["case"]), (row, path.parent)


def _files(rows: dict[tuple[str, str], tuple[dict[str, Any], Path]]) -> Iterator[tuple[str, bytes]]:
    lines = [json.dumps(row, sort_keys=True) for _, (row, _) in sorted(rows.items())]
    yield "rows.jsonl", "\n".join(lines).encode()
    for (client, case), (row, folder) in sorted(rows.items(), key=lambda item: (item[0][1], item[0][0])):
        if client not in WITH_CONNECTIONS:
            continue
        capture = first_answered((folder / f"{case}.pcap").read_bytes(), row["port"])
        if capture is None:
            continue
        name = f"{client.replace('/', '')}/{case}"
        yield f"{name}.pcap", capture
        yield f"{name}.trust.pem", (folder / f"{case}.trust.pem").read_bytes()
        keys = folder / f"{case}.keys"
        secrets = [line for line in keys.read_text().splitlines() if "TRAFFIC_SECRET" in line] if keys.exists() else []
        randoms = [line for line in secrets if bytes.fromhex(line.split()[1]) in capture and "EXPORTER" not in line]
        if randoms:
            yield f"{name}.keys", "\n".join(randoms).encode()


def first_answered(capture: bytes, port: int) -> bytes | None:
    """Of the connections in a tcpdump of the loopback interface the first that the server answered, without what
    follows its handshake; else the first."""
    connections: dict[int, list[tuple[bytes, bool, int]]] = {}
    for packet, source, target, size in _packets(capture):
        connections.setdefault(target if source == port else source, []).append((packet, source == port, size))
    if not connections:
        return None
    answered = (c for c in connections.values() if any(by_server and size for _, by_server, size in c))
    chosen = next(answered, next(iter(connections.values())))
    return capture[:PCAP_HEADER] + b"".join(_without_data(chosen))


def _packets(capture: bytes) -> Iterator[tuple[bytes, int, int, int]]:
    place = PCAP_HEADER
    while place + PACKET_HEADER <= len(capture):
        (length,) = struct.unpack_from("<I", capture, place + 8)
        packet = capture[place : place + PACKET_HEADER + length]
        tcp = PACKET_HEADER + ETHERNET + IP_HEADER
        source, target = struct.unpack_from(">HH", packet, tcp)
        (total,) = struct.unpack_from(">H", packet, PACKET_HEADER + ETHERNET + 2)
        yield packet, source, target, total - IP_HEADER - (packet[tcp + 12] >> 4) * 4
        place += PACKET_HEADER + length


def _without_data(packets: list[tuple[bytes, bool, int]]) -> Iterator[bytes]:
    """Up to the server's first words after the client's second ones: there every handshake is over."""
    flights = 0
    for packet, by_server, size in packets:
        flights += size > CHANGE_CIPHER_SPEC and not by_server
        yield packet
        if flights > 1 and by_server and size:
            return


def _compressed(files: dict[str, bytes]) -> bytes:
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    plain = tar.getvalue()
    parameters = zstandard.ZstdCompressionParameters.from_level(
        19, source_size=len(plain), window_log=WINDOW_LOG, enable_ldm=True, write_checksum=True
    )
    return zstandard.ZstdCompressor(compression_params=parameters).compress(plain)


if __name__ == "__main__":
    main()
