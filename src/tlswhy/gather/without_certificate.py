"""A handshake that is brought to its end without a client certificate: does a server that asks for one insist?

Its flight does not tell; what it does to one who has none does. Owns that one connection, as far as an answer of the
server shows it. It is recorded like a probe's, so that whoever reads the capture finds the same.
"""

from __future__ import annotations

import ssl
import time
import warnings
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from tlswhy.errors import BadEvidence
from tlswhy.gather.connection import Address, Connection, Patience, Unreachable
from tlswhy.gather.page import request_for
from tlswhy.gather.probe import LINGER_S, Way, lead
from tlswhy.gather.recording import Recording, Wire
from tlswhy.gather.secured import Secured, undemanding
from tlswhy.side import Side
from tlswhy.wire.numbers import TLS10, TLS13

ROUND_TRIPS: Final = 3
"""So many times what it took to get to where TLS begins a server may take to hang up by itself."""


def finish_without_certificate(
    server_name: str | None, version: int, address: Address, way: Way, patience: Patience, recording: Recording
) -> None:
    """In that version, and with that name in the hello. Before TLS 1.3 the server's own Finished shows that it was
    content; one behind a URL that shows nothing in TLS 1.3 is asked for "/".

    Where it comes to nothing, nothing more is known than before.
    """
    if not TLS10 <= version <= TLS13:
        return  # no version of Python's
    asked_ns = time.time_ns()
    with suppress(Unreachable, BadEvidence), Connection(address) as connection:
        if connection.connect(patience.connect) is not None:
            return
        wire = Wire(recording, connection.own_end, address.endpoint)
        lead(connection, way, wire, asked_ns, patience)
        wait = max(LINGER_S, ROUND_TRIPS * (time.time_ns() - asked_ns) / 1e9)
        with TemporaryDirectory() as folder:
            keys = Path(folder, "keys")
            heard = _Heard(wire)
            try:
                secured = Secured(connection, _only(version, keys), server_name, heard)
                of_handshake = heard.by_server
                stays = _stays(connection, secured, min(wait, patience.first_byte))
                if stays and version == TLS13 and heard.by_server == of_handshake:
                    connection.allow(patience.first_byte)
                    _begin_to_talk(secured, way)
                wire.closed(Side.CLIENT, time.time_ns())
            except (TimeoutError, ssl.SSLError, ValueError):  # the last: a name that Python does not send
                wire.closed(Side.CLIENT, time.time_ns())
            except OSError:
                wire.reset(Side.SERVER, time.time_ns())
            if keys.exists():
                recording.secrets.extend(line for line in keys.read_text().splitlines() if not line.startswith("#"))


def _stays(connection: Connection, secured: Secured, seconds: float) -> bool:
    """Whether the server neither hangs up nor talks first. Who is asked at once may refuse and close with the question
    unread, and the alert is lost with it (RFC 2525, 2.17)."""
    connection.allow(seconds)
    try:
        secured.read(1)
    except TimeoutError:
        return True
    return False


def _begin_to_talk(secured: Secured, way: Way) -> None:
    """Nobody knows what to say to a server that is no web server: how does it take a goodbye?"""
    if way.target.path is not None and way.starttls is None:
        secured.send(request_for(way.target.authority, "/"))
        secured.read(1)
    else:
        secured.say_goodbye()


class _Heard:
    """Told of all that is on the wire, for the recording; counts what the server says."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self.by_server = 0

    def __call__(self, sender: Side, data: bytes) -> None:
        if sender is Side.SERVER:
            self.by_server += len(data)
        if data:
            self._wire.said(sender, data, time.time_ns())
        else:
            self._wire.closed(sender, time.time_ns())


def _only(version: int, keys: Path) -> ssl.SSLContext:
    context = undemanding()
    context.keylog_filename = str(keys)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = context.maximum_version = ssl.TLSVersion(version)
    return context


__all__ = ["finish_without_certificate"]
