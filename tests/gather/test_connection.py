"""Every wait of a connection ends: refused, unreachable, dripping, silent, unresolved."""

from __future__ import annotations

import socket
import time

import pytest

from tests.gather.servers import free_port, scripted
from tlswhy.gather import connection as module
from tlswhy.gather.connection import Address, Connection, Patience, Unreachable, addresses_of
from tlswhy.side import Side


def loopback(port: int) -> Address:
    return Address(socket.AF_INET, ("127.0.0.1", port))


def dripping(connection: socket.socket) -> None:
    while True:
        connection.sendall(b"x")
        time.sleep(0.05)


def test_what_is_allowed_counts_for_all_that_is_said_and_heard():
    with scripted(dripping) as port, Connection(loopback(port)) as connection:
        assert connection.connect(1) is None
        connection.allow(0.3)
        heard: list[bytes] = []
        began = time.monotonic()
        with pytest.raises(TimeoutError):
            heard.extend(iter(lambda: connection.receive(1000), b""))
        assert 0.25 < time.monotonic() - began < 0.6
        assert 2 < len(heard) < 12
        with pytest.raises(TimeoutError):
            connection.send(b"too late")
        connection.allow(1)
        assert connection.receive(1) == b"x"


def test_one_wait_may_be_shorter_than_the_whole():
    with scripted(lambda connection: time.sleep(2)) as port, Connection(loopback(port)) as connection:
        connection.connect(1)
        connection.allow(30)
        with pytest.raises(TimeoutError):
            connection.receive(1, 0.05)
        assert connection.seconds_left > 29


def test_who_ended_what_never_began():
    with Connection(loopback(free_port())) as connection:
        assert connection.connect(1) is Side.SERVER
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        where = full.getsockname()
        waiting = [socket.socket() for _ in range(3)]
        for one in waiting:  # a queue that is full answers nobody
            one.setblocking(False)
            one.connect_ex(where)
        with Connection(Address(socket.AF_INET, where)) as connection:
            assert connection.connect(0.2) is Side.CLIENT
        for one in waiting:
            one.close()


def test_where_no_packet_gets_the_systems_reason_is_given():
    with Connection(Address(socket.AF_INET, ("255.255.255.255", 9))) as connection, pytest.raises(Unreachable) as why:
        connection.connect(1)
    assert str(why.value) == str(why.value).lower() != ""


def test_a_system_without_that_family(monkeypatch):
    def refuse(*_):
        raise OSError(97, "Address family not supported by protocol")

    monkeypatch.setattr(module.socket, "socket", refuse)
    with pytest.raises(Unreachable, match="not supported"):
        Connection(Address(socket.AF_INET6, ("::1", 9, 0, 0)))


def test_literal_addresses_and_names():
    assert addresses_of("127.0.0.1", 443, 5) == [loopback(443)]
    assert addresses_of("::1", 443, 5) == [Address(socket.AF_INET6, ("::1", 443, 0, 0))]
    assert loopback(443) in addresses_of("localhost", 443, 5)
    for name in ("nosuch.invalid", "x" * 64, "\udc80"):
        with pytest.raises(OSError, match=r"\w"):
            addresses_of(name, 443, 5)


def test_one_number_for_all_patience():
    assert Patience.of(3) == Patience(3, 3, 3, 6)
