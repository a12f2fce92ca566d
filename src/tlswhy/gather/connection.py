"""One TCP connection whose every wait ends, and the addresses it may go to.

Owns sockets, names and time limits. The sockets block: a host is asked one question at a time, and an event loop takes
longer to load than the whole conversation.
"""

from __future__ import annotations

import errno
import socket
import threading
import time
from typing import Any, Final

from tlswhy.frozen import frozen
from tlswhy.packets.connection import Endpoint
from tlswhy.side import Side

_UNREACHABLE: Final = frozenset(
    {errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EHOSTDOWN, errno.ENETDOWN, errno.EACCES, errno.EPERM}
    | {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.EINVAL}
)


@frozen
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


@frozen
class Address:
    """One address of a name: ``socket``'s family and address."""

    family: int
    where: tuple[str | int, ...]

    @property
    def endpoint(self) -> Endpoint:
        """Address and port."""
        return Endpoint(str(self.where[0]), int(self.where[1]))


class Unreachable(Exception):
    """No packet gets there; the argument is the system's reason."""


class Connection:
    """To one address; a context manager that closes it. Waiting ends with TimeoutError, a reset is an OSError."""

    def __init__(self, address: Address) -> None:
        self._address = address
        try:
            self._socket = socket.socket(address.family, socket.SOCK_STREAM)
        except OSError as error:
            raise Unreachable(reason_of(error)) from None
        self._until = time.monotonic()

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def connect(self, seconds: float) -> Side | None:
        """None: connected; else who ended it: the server refused, or we gave up. Raises Unreachable."""
        self._socket.settimeout(seconds)
        try:
            self._socket.connect(self._address.where)
        except TimeoutError:
            return Side.CLIENT
        except OSError as error:
            if error.errno in _UNREACHABLE:
                raise Unreachable(reason_of(error)) from None
            return Side.SERVER
        return None

    def allow(self, seconds: float) -> None:
        """From now on so many seconds for all that is said and heard."""
        self._until = time.monotonic() + seconds

    @property
    def seconds_left(self) -> float:
        """Of what was allowed."""
        return self._until - time.monotonic()

    def receive(self, size: int, seconds: float | None = None) -> bytes:
        """What comes next, at most so many bytes; none at the end."""
        self._arm(seconds)
        return self._socket.recv(size)

    def send(self, data: bytes) -> None:
        """All of it."""
        self._arm(None)
        self._socket.sendall(data)

    @property
    def own_end(self) -> Endpoint:
        """Our address; of a connection that never came about the system may not tell one."""
        unspecified = "::" if self._address.family == socket.AF_INET6 else "0.0.0.0"
        try:
            name = self._socket.getsockname()
        except OSError:
            name = (unspecified, 0)
        return Endpoint(str(name[0]), int(name[1]))

    def _arm(self, seconds: float | None) -> None:
        left = self.seconds_left
        if left <= 0:
            raise TimeoutError
        self._socket.settimeout(left if seconds is None else min(left, seconds))


def addresses_of(host: str, port: int, seconds: float) -> list[Address]:
    """All addresses of the name, IPv4 first as Java has it (java.net.preferIPv6Addresses).

    Raises OSError. In a thread of its own that nobody waits for at the end: a resolver may take its time.
    """
    answers: list[Any] = []

    def resolve() -> None:
        try:
            # as bytes: for a str the codec of IDNA is loaded, even if it is ASCII already
            name = host.encode("ascii" if host.isascii() else "idna")
            answers.append(socket.getaddrinfo(name, port, type=socket.SOCK_STREAM))
        except OSError as error:
            answers.append(error)
        except UnicodeError as error:
            answers.append(OSError(str(error)))

    resolver = threading.Thread(target=resolve, daemon=True)
    resolver.start()
    resolver.join(seconds)
    answer = answers[0] if answers else OSError("no answer")
    if isinstance(answer, OSError):
        raise answer
    addresses = dict.fromkeys(Address(family, tuple(where)) for family, _, _, _, where in answer)
    return sorted(addresses, key=lambda address: address.family != socket.AF_INET)


def reason_of(error: OSError) -> str:
    """The system's words."""
    return (error.strerror or str(error)).lower()


__all__ = ["Address", "Connection", "Patience", "Unreachable", "addresses_of", "reason_of"]
