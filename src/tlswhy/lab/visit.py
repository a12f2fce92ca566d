"""A whole visit to a server, by OpenSSL's client in this Python: for what shows only after the client's own flight.

A shell. A probe stops before it commits to anything; whether a server insists on a client certificate is said later.
Owns one connection and its recording, in the form of a probe's.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import time
from pathlib import Path

from tlswhy.gather.recording import Recording, Wire
from tlswhy.lab.servers import LOOPBACK, Running
from tlswhy.packets.connection import Endpoint
from tlswhy.side import Side

PATIENCE_S = 3.0
BLOCK = 1 << 14
REQUEST = b"GET / HTTP/1.0\r\n\r\n"


def visit(running: Running) -> Recording:
    """Shake hands, ask for the page, and record all of it."""
    recording = Recording()
    secrets = running.trust.with_name("visit.keys")
    context = ssl.create_default_context()
    context.load_verify_locations(running.trust)
    context.keylog_filename = str(secrets)
    with socket.create_connection((LOOPBACK, running.port), PATIENCE_S) as plain:
        wire = Wire(recording, Endpoint(*plain.getsockname()[:2]), Endpoint(LOOPBACK, running.port))
        wire.opened(time.time_ns(), time.time_ns())
        ended_by = _talk(plain, wire, context, running.case.host)
        wire.closed(ended_by, time.time_ns())
    recording.secrets.extend(_lines(secrets))
    return recording


def _talk(plain: socket.socket, wire: Wire, context: ssl.SSLContext, host: str) -> Side:
    """Until one of them has had enough; who it was."""
    into, out = ssl.MemoryBIO(), ssl.MemoryBIO()
    secured = context.wrap_bio(into, out, server_hostname=host)
    shaken = False
    while True:
        try:
            if not shaken:
                secured.do_handshake()
                shaken = True
                secured.write(REQUEST)
            secured.read(BLOCK)
            ended = not into.pending
        except ssl.SSLWantReadError:
            ended = False
        except ssl.SSLError:
            ended = True
        said = out.read()
        if said:
            wire.said(Side.CLIENT, said, time.time_ns())
            with contextlib.suppress(OSError):
                plain.sendall(said)
        if ended:
            return Side.CLIENT
        try:
            heard = plain.recv(BLOCK)
        except (TimeoutError, ConnectionResetError):
            return Side.SERVER
        if not heard:
            return Side.SERVER
        wire.said(Side.SERVER, heard, time.time_ns())
        into.write(heard)


def _lines(file: Path) -> list[str]:
    return [line for line in file.read_text().splitlines() if line] if file.exists() else []
