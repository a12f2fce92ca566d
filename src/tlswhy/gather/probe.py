"""One connection to one address: a hello is sent, the server's flight is read, and nothing is committed to.

Owns the socket, the time limits of one connection and what of it is recorded. Which hellos are sent to whom is
``live``'s; what the bytes mean is found out by whoever reads the recording.
"""

from __future__ import annotations

import asyncio
import errno
import secrets
import socket
import time
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Final, TypeVar

from tlswhy.client.hello import Fresh, hello_of, record_of, retried
from tlswhy.errors import BadEvidence
from tlswhy.gather.exchange import KeyExchange
from tlswhy.gather.flight import ServerFlight, Step
from tlswhy.gather.proxy import Proxy, tunnel
from tlswhy.gather.recording import Recording, Wire
from tlswhy.gather.starttls import Plain, begin
from tlswhy.gather.targets import Target
from tlswhy.model.client import HelloForm, Offer
from tlswhy.packets.connection import Endpoint
from tlswhy.side import Side

MOST_BYTES: Final = 192 * 1024
"""Of the server's direction: as much as is kept of one in a capture (``packets.tcp.Limits``)."""
BLOCK: Final = 16 * 1024
LINGER_S: Final = 0.3
"""So long nothing more may come where nobody can read when the flight is over."""
_UNREACHABLE: Final = frozenset(
    {errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EHOSTDOWN, errno.ENETDOWN, errno.EACCES, errno.EPERM}
    | {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.EINVAL}
)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Hello:
    """What to say. ``server_name`` None: none is sent."""

    offer: Offer
    form: HelloForm
    server_name: str | None
    once: bool = False
    """No second hello: a HelloRetryRequest is the answer that was wanted."""


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds: for the name, the TCP connection, each wait for bytes, the whole connection."""

    name: float = 10.0
    connect: float = 10.0
    first_byte: float = 10.0
    whole: float = 20.0

    @staticmethod
    def of(seconds: float) -> Patience:
        """All of them by the one number of ``--timeout``."""
        return Patience(seconds, seconds, seconds, 2 * seconds)


@dataclass(frozen=True, slots=True)
class Address:
    """One address of a name: ``socket``'s family and address."""

    family: int
    where: tuple[str | int, ...]

    @property
    def endpoint(self) -> Endpoint:
        """Address and port."""
        return Endpoint(str(self.where[0]), int(self.where[1]))


@dataclass(frozen=True, slots=True)
class Way:
    """How to get to where TLS begins."""

    target: Target
    proxy: Proxy | None = None
    starttls: str | None = None


class Unreachable(Exception):
    """No packet gets there; the argument is the system's reason."""


async def probe(
    hello: Hello, address: Address, way: Way, patience: Patience, recording: Recording
) -> ServerFlight | None:
    """Ask, and record; None where TLS was not reached.

    Raises Unreachable, and BadEvidence where a proxy or STARTTLS does not go along.
    """
    sock = socket.socket(address.family, socket.SOCK_STREAM)
    sock.setblocking(False)
    asked_ns = time.time_ns()
    try:
        refused = await _connect(sock, address, patience.connect)
        wire = Wire(recording, _own_end(sock, address), address.endpoint)
        if refused is not None:
            wire.asked(asked_ns)
            wire.reset(refused, time.time_ns())
            return None
        # behind a proxy or a greeting TLS begins later: what came before is not recorded
        opened_ns = time.time_ns()
        if way.proxy is not None or way.starttls is not None:
            await _prepare(sock, way, patience)
            asked_ns = opened_ns = time.time_ns()
        wire.opened(asked_ns, opened_ns)
        return await _Talk(sock, wire, hello, patience, recording).run()
    finally:
        sock.close()


async def _connect(sock: socket.socket, address: Address, limit: float) -> Side | None:
    """None: connected; else who ended it: the server refused, or we gave up."""
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(limit):
            await loop.sock_connect(sock, address.where)
    except TimeoutError:
        return Side.CLIENT
    except OSError as error:
        if error.errno in _UNREACHABLE:
            raise Unreachable(_words(error)) from None
        if error.errno == errno.ETIMEDOUT:
            return Side.CLIENT
        return Side.SERVER
    return None


async def _prepare(sock: socket.socket, way: Way, patience: Patience) -> None:
    loop = asyncio.get_running_loop()
    plain = Plain(lambda size: loop.sock_recv(sock, size), lambda data: loop.sock_sendall(sock, data))
    try:
        async with asyncio.timeout(patience.whole):
            if way.proxy is not None:
                await tunnel(way.proxy, plain, way.target)
            if way.starttls is not None:
                await begin(way.starttls, plain, way.target.host, way.target.text)
    except (TimeoutError, OSError) as error:
        code = "starttls-refused" if way.starttls is not None else "proxy-refused"
        said = error.strerror.lower() if error.strerror else None
        proxy = str(way.proxy) if way.proxy is not None else None
        raise BadEvidence(way.target.text, "", code, proxy=proxy, protocol=way.starttls, said=said) from None


class _Talk:
    """The TLS part of one connection."""

    def __init__(self, sock: socket.socket, wire: Wire, hello: Hello, patience: Patience, recording: Recording) -> None:
        self._sock, self._wire, self._hello = sock, wire, hello
        self._patience, self._recording = patience, recording
        self._random = secrets.token_bytes(32)
        self._session_id = secrets.token_bytes(hello.form.session_id_length)
        self._flight = ServerFlight(KeyExchange(), self._random)
        self._heard = 0

    async def run(self) -> ServerFlight:
        """Say hello, listen until the flight is over, or an end, or a limit."""
        try:
            async with asyncio.timeout(self._patience.whole):
                await self._say(second=False)
                await self._listen()
        except TimeoutError:
            self._wire.closed(Side.CLIENT, time.time_ns())
        except OSError:  # a reset, however the system calls it
            self._wire.reset(Side.SERVER, time.time_ns())
        self._recording.secrets.extend(self._flight.secrets)
        return self._flight

    async def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        step = Step.WAIT
        while step is not Step.DONE and self._heard < MOST_BYTES:
            wait = LINGER_S if step is Step.LINGER else self._patience.first_byte
            try:
                data = await _within(wait, loop.sock_recv(self._sock, BLOCK))
            except TimeoutError:
                if step is Step.LINGER:
                    return
                raise
            if not data:
                self._wire.closed(Side.SERVER, time.time_ns())
                return
            data = data[: MOST_BYTES - self._heard]
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
                await self._say(second=True)

    async def _say(self, *, second: bool) -> None:
        offer, retry = self._hello.offer, self._flight.retry if second else None
        if retry is not None:
            offer = retried(offer, retry)
        shares = self._flight.exchange.shares(offer.key_shares)
        fresh = Fresh(self._random, self._session_id, shares)
        message = hello_of(offer, self._hello.form, fresh, self._hello.server_name, retry)
        record = record_of(offer, message, second=second)
        self._flight.hello_sent(record, message)
        self._wire.said(Side.CLIENT, record, time.time_ns())
        await asyncio.get_running_loop().sock_sendall(self._sock, record)


async def _within(seconds: float, what: Awaitable[T]) -> T:
    async with asyncio.timeout(seconds):
        return await what


def _own_end(sock: socket.socket, address: Address) -> Endpoint:
    """Our address; of a connection that never came about the system may not tell one."""
    unspecified = "::" if address.family == socket.AF_INET6 else "0.0.0.0"
    try:
        name = sock.getsockname()
    except OSError:
        name = (unspecified, 0)
    return Endpoint(str(name[0]), int(name[1]))


def _words(error: BaseException) -> str:
    return (getattr(error, "strerror", None) or str(error)).lower()


__all__ = ["Address", "Hello", "Patience", "Unreachable", "Way", "probe"]
