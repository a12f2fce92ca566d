"""A wire tap on loopback: hands a connection on to a server and keeps what went over it, as a capture would."""

import socket
import threading
import time

from tlswhy.packets.connection import Connection, Endpoint, Piece, TcpEvent, TcpEventKind
from tlswhy.side import Side

LONGEST = 15.0
"""Seconds that a connection may last."""


class Tap:
    """Stands before ``port``; takes one connection after the other."""

    def __init__(self, port: int) -> None:
        self._behind = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]

    def take_one(self) -> "TappedConnection":
        """Be ready for the next connection."""
        return TappedConnection(self._listener, self._behind)

    def close(self) -> None:
        """Take no more."""
        self._listener.close()


class TappedConnection:
    """The next connection, while it lasts and afterwards."""

    def __init__(self, listener: socket.socket, behind: int) -> None:
        self._listener, self._behind = listener, behind
        self._heard: list[tuple[Side, bytes | None]] = []
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def connection(self) -> Connection:
        """What went over the wire, once both sides are done."""
        self._thread.join(LONGEST)
        assert not self._thread.is_alive(), "the connection never ended"
        start = time.time_ns()
        pieces: list[Piece] = []
        events = [
            TcpEvent(Side.CLIENT, 1, start, TcpEventKind.SYN),
            TcpEvent(Side.SERVER, 2, start, TcpEventKind.SYN_ACK),
        ]
        for frame, (side, block) in enumerate(self._heard, 3):
            if block:
                pieces.append(Piece(side, frame, start + frame, block))
            else:
                events.append(
                    TcpEvent(side, frame, start + frame, TcpEventKind.RST if block is None else TcpEventKind.FIN)
                )
        client, server = Endpoint("127.0.0.1", 50000), Endpoint("127.0.0.1", self._behind)
        last = len(self._heard) + 2
        return Connection(client, server, 1, last, start, start + last, tuple(pieces), tuple(events), True, True)

    def _serve(self) -> None:
        self._listener.settimeout(LONGEST)
        client, _ = self._listener.accept()
        with client, socket.create_connection(("127.0.0.1", self._behind)) as server:
            ways = ((client, server, Side.CLIENT), (server, client, Side.SERVER))
            pumps = [threading.Thread(target=self._pump, args=way, daemon=True) for way in ways]
            for pump in pumps:
                pump.start()
            for pump in pumps:
                pump.join(LONGEST)

    def _pump(self, source: socket.socket, sink: socket.socket, side: Side) -> None:
        source.settimeout(LONGEST)
        block: bytes | None = b"-"
        while block:
            try:
                block = source.recv(1 << 16)
            except OSError:
                block = None
            with self._lock:
                self._heard.append((side, block))
            try:
                sink.sendall(block) if block else sink.shutdown(socket.SHUT_WR)
            except OSError:
                return
