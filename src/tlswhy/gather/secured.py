"""TLS by Python's own ``ssl`` over a connection of ours, for what goes on behind a server's flight.

Owns how undemanding that is, and that every byte goes through the connection, whose time limits hold. It is not the
client's TLS: nothing that depends on the hello may be concluded from it.
"""

from __future__ import annotations

import io
import ssl
import warnings
from collections.abc import Callable
from typing import Final, TypeVar

from tlswhy.gather.connection import Connection
from tlswhy.side import Side

BLOCK: Final = 16 * 1024
_LEGACY_SERVER_CONNECT: Final = 0x4
"""OpenSSL's SSL_OP_LEGACY_SERVER_CONNECT: servers without RFC 5746, too; Python names it from 3.12 on."""
T = TypeVar("T")
Overheard = Callable[[Side, bytes], None]


class Secured(io.RawIOBase):
    """A handshake when it is made, then data to read and send: of ``ssl`` only the part that opens no socket is used.

    ``server_name``: None: none is sent; ``overheard`` is told of all bytes on the wire, none: the server's end.
    """

    def __init__(
        self,
        connection: Connection,
        context: ssl.SSLContext,
        server_name: str | None,
        overheard: Overheard | None = None,
    ) -> None:
        self._connection, self._overheard = connection, overheard
        self._received, self._to_send = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._received, self._to_send, server_hostname=server_name)
        self._until_done(self._tls.do_handshake)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        try:
            data = self._until_done(lambda: self._tls.read(len(buffer)))
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):  # with and without a word of goodbye
            return 0
        buffer[: len(data)] = data
        return len(data)

    def send(self, data: bytes) -> None:
        """All of it."""
        self._until_done(lambda: self._tls.write(data))

    def say_goodbye(self) -> None:
        """A close_notify, and the server's answer to it; raises SSLError where that is another one."""
        self._until_done(self._tls.unwrap)

    def _until_done(self, step: Callable[[], T]) -> T:
        while True:
            try:
                return step()
            except ssl.SSLWantReadError:
                self._flush()
                data = self._connection.receive(BLOCK)
                if self._overheard is not None:
                    self._overheard(Side.SERVER, data)
                self._received.write(data) if data else self._received.write_eof()
            finally:
                self._flush()

    def _flush(self) -> None:
        if self._to_send.pending:
            data = self._to_send.read()
            if self._overheard is not None:
                self._overheard(Side.CLIENT, data)
            self._connection.send(data)


def undemanding() -> ssl.SSLContext:
    """As little choosy as Python's OpenSSL can be; the certificate is judged elsewhere."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.options |= _LEGACY_SERVER_CONNECT
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
    context.set_ciphers("ALL:@SECLEVEL=0")
    return context


__all__ = ["BLOCK", "Overheard", "Secured", "undemanding"]
