"""One connection to one address: a hello is sent, the server's flight is read, and nothing is committed to.

Owns what is said on one connection and what of it is recorded. Which hellos are sent to whom is ``live``'s; what the
bytes mean is found out by whoever reads the recording.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Final

from tlswhy.client.hello import Fresh, hello_of, record_of, retried
from tlswhy.errors import BadEvidence
from tlswhy.frozen import frozen
from tlswhy.gather.connection import Address, Connection, Patience
from tlswhy.gather.exchange import KeyExchange
from tlswhy.gather.flight import ServerFlight, Step
from tlswhy.gather.recording import Recording, Wire
from tlswhy.gather.targets import Target
from tlswhy.model.client import HelloForm, Offer
from tlswhy.side import Side

if TYPE_CHECKING:
    from tlswhy.gather.proxy import Proxy

MOST_BYTES: Final = 192 * 1024
"""Of the server's direction: as much as is kept of one in a capture (``packets.tcp.Limits``)."""
BLOCK: Final = 16 * 1024
LINGER_S: Final = 0.3
"""So long nothing more may come where nobody can read when the flight is over."""


@frozen
class Hello:
    """What to say. ``server_name`` None: none is sent."""

    offer: Offer
    form: HelloForm
    server_name: str | None
    once: bool = False
    """No second hello: a HelloRetryRequest is the answer that was wanted."""


@frozen
class Way:
    """How to get to where TLS begins."""

    target: Target
    proxy: Proxy | None = None
    starttls: str | None = None


def probe(hello: Hello, address: Address, way: Way, patience: Patience, recording: Recording) -> ServerFlight | None:
    """Ask, and record; None where TLS was not reached.

    Raises Unreachable, and BadEvidence where a proxy or STARTTLS does not go along.
    """
    asked_ns = time.time_ns()
    with Connection(address) as connection:
        refused = connection.connect(patience.connect)
        if refused is not None and way.proxy is not None:
            raise proxy_failed(way, "connection refused" if refused is Side.SERVER else "no answer")
        wire = Wire(recording, connection.own_end, address.endpoint)
        if refused is not None:
            wire.asked(asked_ns)
            wire.reset(refused, time.time_ns())
            return None
        lead(connection, way, wire, asked_ns, patience)
        return _Talk(connection, wire, hello, patience, recording).run()


def lead(connection: Connection, way: Way, wire: Wire, asked_ns: int, patience: Patience) -> None:
    """An open connection to where TLS begins; raises BadEvidence where somebody does not go along."""
    opened_ns = time.time_ns()
    if way.proxy is not None:  # who asks it, and with which password, is not recorded
        connection.allow(patience.whole)
        pass_proxy(connection, way.proxy, way)
        asked_ns = opened_ns = time.time_ns()
    wire.opened(asked_ns, opened_ns)
    connection.allow(patience.whole)
    if way.starttls is not None:
        _begin_tls(connection, way.starttls, way, wire)
        connection.allow(patience.whole)


def pass_proxy(connection: Connection, proxy: Proxy, way: Way) -> None:
    """To where it leads; raises BadEvidence where it does not go along."""
    from tlswhy.gather.proxy import tunnel
    from tlswhy.gather.starttls import Plain

    try:
        tunnel(proxy, Plain(connection.receive, connection.send), way.target)
    except OSError as error:
        raise proxy_failed(way, error.strerror.lower() if error.strerror else None) from None


def _begin_tls(connection: Connection, kind: str, way: Way, wire: Wire) -> None:
    """What is said in the clear, recorded turn by turn; raises BadEvidence where the server does not go along."""
    from tlswhy.gather.starttls import Plain, begin

    heard = bytearray()

    def receive(size: int) -> bytes:
        data = connection.receive(size)
        heard.extend(data)
        return data

    def send(data: bytes) -> None:
        turn_over()
        wire.said(Side.CLIENT, data, time.time_ns())
        connection.send(data)

    def turn_over() -> None:
        wire.said(Side.SERVER, bytes(heard), time.time_ns())
        heard.clear()

    try:
        begin(kind, Plain(receive, send), way.target.host, way.target.text)
    except OSError as error:
        said = error.strerror.lower() if error.strerror else None
        raise BadEvidence(way.target.text, "", "starttls-refused", protocol=kind, said=said) from None
    turn_over()


def proxy_failed(way: Way, said: str | None) -> BadEvidence:
    """Nothing is known of the server where its proxy is not there or says no."""
    return BadEvidence(way.target.text, "", "proxy-refused", proxy=str(way.proxy), said=said)


class _Talk:
    """The TLS part of one connection."""

    def __init__(
        self, connection: Connection, wire: Wire, hello: Hello, patience: Patience, recording: Recording
    ) -> None:
        self._connection, self._wire, self._hello = connection, wire, hello
        self._patience, self._recording = patience, recording
        self._random = os.urandom(32)
        self._session_id = os.urandom(hello.form.session_id_length)
        self._flight = ServerFlight(KeyExchange(), self._random)
        self._heard = 0

    def run(self) -> ServerFlight:
        """Say hello, listen until the flight is over, or an end, or a limit."""
        try:
            self._say(second=False)
            self._listen()
        except TimeoutError:
            self._wire.closed(Side.CLIENT, time.time_ns())
        except OSError:  # a reset, however the system calls it
            self._wire.reset(Side.SERVER, time.time_ns())
        self._recording.secrets.extend(self._flight.secrets)
        return self._flight

    def _listen(self) -> None:
        step = Step.WAIT
        while step is not Step.DONE and self._heard < MOST_BYTES:
            wait = LINGER_S if step is Step.LINGER else self._patience.first_byte
            try:
                data = self._connection.receive(min(BLOCK, MOST_BYTES - self._heard), wait)
            except TimeoutError:
                if step is Step.LINGER and self._connection.seconds_left > 0:
                    return
                raise
            if not data:
                self._wire.closed(Side.SERVER, time.time_ns())
                return
            self._heard += len(data)
            self._wire.said(Side.SERVER, data, time.time_ns())
            step = self._flight.take(data)
            if step is Step.SECOND_HELLO:
                if (
                    self._hello.once
                    or self._flight.retry is None
                    or self._flight.retry.group not in (None, *self._hello.offer.groups)
                ):
                    return  # the client would not go on with a group that it did not offer (RFC 8446, 4.2.8)
                self._say(second=True)

    def _say(self, *, second: bool) -> None:
        offer, retry = self._hello.offer, self._flight.retry if second else None
        if retry is not None:
            offer = retried(offer, retry)
        shares = self._flight.exchange.shares(offer.key_shares)
        fresh = Fresh(self._random, self._session_id, shares)
        message = hello_of(offer, self._hello.form, fresh, self._hello.server_name, retry)
        record = record_of(offer, message, second=second)
        self._flight.hello_sent(record, message)
        self._wire.said(Side.CLIENT, record, time.time_ns())
        self._connection.send(record)


__all__ = ["Hello", "Way", "lead", "pass_proxy", "probe", "proxy_failed"]
