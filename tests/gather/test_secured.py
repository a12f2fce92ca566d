"""TLS by Python over a connection of ours: what is overheard, how it ends, whom it can speak with."""

from __future__ import annotations

import socket
import ssl

import pytest

from tests.gather.servers import openssl_server, scripted
from tlswhy.gather.connection import Address, Connection
from tlswhy.gather.secured import Secured, undemanding
from tlswhy.side import Side


def spoken(port: int, said: bytes = b"", *, leave: bool = False) -> tuple[bytes, list[tuple[Side, bytes]]]:
    """What comes back, and what was on the wire."""
    wire: list[tuple[Side, bytes]] = []
    with Connection(Address(socket.AF_INET, ("127.0.0.1", port))) as connection:
        connection.connect(2)
        connection.allow(2)
        secured = Secured(connection, undemanding(), "localhost", lambda *heard: wire.append(heard))
        if said:
            secured.send(said)
        if leave:
            secured.say_goodbye()
            return b"", wire
        return secured.read(), wire


@pytest.mark.parametrize("arguments", [["-tls1_3"], ["-tls1", "-cipher", "ALL:@SECLEVEL=0"], ["-legacy_renegotiation"]])
def test_whatever_openssl_speaks(certificates, arguments):
    with openssl_server(certificates, "-www", *arguments) as port:
        page, wire = spoken(port, b"GET / HTTP/1.0\r\n\r\n")
    assert page.startswith(b"HTTP/1.0 200")
    assert [side for side, _ in wire[:2]] == [Side.CLIENT, Side.SERVER]
    assert wire[0][1][0] == 0x16


def test_the_end_is_overheard_too(certificates):
    with openssl_server(certificates, "-www") as port:
        _, wire = spoken(port, b"GET / HTTP/1.0\r\n\r\n")
    assert (Side.SERVER, b"") in wire or wire[-1][1].startswith(b"\x17\x03\x03"), (
        "the close, or a goodbye that spares it"
    )


def test_a_goodbye_is_answered(certificates):
    with openssl_server(certificates, "-www", "-tls1_2") as port:
        assert spoken(port, leave=True)[1][-1][0] is Side.SERVER


def test_a_server_that_refuses_is_an_error_of_tls():
    def refuse(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(b"\x15\x03\x03\x00\x02\x02\x28")

    with scripted(refuse) as port, pytest.raises(ssl.SSLError):
        spoken(port)
