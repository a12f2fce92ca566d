"""Bytes on the wire for tests: out of a pcap file, or from a relay between two programs on loopback.

Owns the least reader of a recording (classic pcap, one connection, no reassembly beyond dropping what was sent twice).
"""

import socket
import struct
import threading

from tlswhy.side import Side

_LINK_HEADERS = {1: 14, 113: 16, 276: 20, 101: 0, 12: 0}


def turns(capture, port):
    """(sender, data) in the order of the frames; the server is the side at ``port``."""
    return [(sender, data) for _, sender, data in frames(capture, port)]


def frames(capture, port):
    """(frame number, sender, data) of frames that carry new data."""
    (link,) = struct.unpack("<I", capture[20:24])
    position, number, expected, found = 24, 0, {}, []
    while position < len(capture):
        (size,) = struct.unpack("<8xI4x", capture[position : position + 16])
        number += 1
        packet = capture[position + 16 : position + 16 + size]
        position += 16 + size
        sender, sequence, flags, data = _segment(packet[_LINK_HEADERS[link] :], port)
        if flags & 2:
            expected[sender] = sequence + 1
        elif data and sequence >= expected.get(sender, sequence):
            assert sequence == expected.get(sender, sequence), "out of order: not for this reader"
            expected[sender] = sequence + len(data)
            found.append((number, sender, data))
    return found


def _segment(packet, port):
    (total,) = struct.unpack(">2xH", packet[:4])
    segment = packet[(packet[0] & 15) * 4 : total]
    source, sequence, offset, flags = struct.unpack(">H2xI4xBB", segment[:14])
    return (Side.SERVER if source == port else Side.CLIENT), sequence, flags, segment[(offset >> 4) * 4 :]


class Relay:
    """Passes one connection on to ``target`` and keeps what each side sent, in order."""

    def __init__(self, target):
        self.turns = []
        self._target = target
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def finish(self):
        """Wait for the connection's end."""
        self._thread.join(20)
        self._listener.close()
        assert not self._thread.is_alive()

    def _run(self):
        client, _ = self._listener.accept()
        with client, socket.create_connection(("127.0.0.1", self._target)) as server:
            back = threading.Thread(target=self._pump, args=(server, client, Side.SERVER), daemon=True)
            back.start()
            self._pump(client, server, Side.CLIENT)
            back.join(20)

    def _pump(self, source, sink, sender):
        try:
            while data := source.recv(65536):
                with self._lock:
                    self.turns.append((sender, data))
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass
