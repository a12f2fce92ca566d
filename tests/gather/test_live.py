"""Targets asked as a whole: names, addresses, proxies, STARTTLS, the pace."""

from __future__ import annotations

import socket
import threading
import time

import pytest

from tests.gather.servers import free_port, openssl_server, running, scripted
from tests.gather.test_probe import hello, http
from tlswhy.errors import BadEvidence
from tlswhy.evidence.types import Asked, Transcript
from tlswhy.gather import live
from tlswhy.gather.connection import Patience
from tlswhy.gather.live import Manner, ask
from tlswhy.gather.proxy import Proxy
from tlswhy.gather.targets import Target, target_of
from tlswhy.model.handshake import Told
from tlswhy.model.survey import Survey
from tlswhy.observe.connections import observe_all

MANNER = Manner(Patience(2, 2, 2, 4))


def test_every_address_of_a_name_is_asked_ipv4_first(monkeypatch):
    def resolve(host, port, **_):
        rows = [(socket.AF_INET6, ("::1", port, 0, 0)), (socket.AF_INET, ("127.0.0.1", port))]
        return [(family, socket.SOCK_STREAM, 6, "", where) for family, where in rows]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with scripted(http, socket.AF_INET6) as port:
        answers = ask(Target("two.example", "two.example", port), [hello()], MANNER)
    seen = observe_all(answers.evidence)
    assert [str(handshake.server) for handshake in seen.handshakes] == [f"127.0.0.1:{port}", f"[::1]:{port}"]
    assert [handshake.not_tls is not None for handshake in seen.handshakes] == [False, True]


def test_several_hellos_and_a_survey_go_to_an_address_that_answers(monkeypatch, certificates):
    port = free_port()
    rows = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (where, port)) for where in ("127.0.0.2", "127.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: rows)
    command = ["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-quiet", "-tls1_2"]
    command += ["-key", str(certificates.key), "-cert", str(certificates.chain)]
    with running(command, port):
        target = Target("two.example", "two.example", port)
        answers = ask(target, [hello("java/17.0.9"), hello("java/8u212")], Manner(MANNER.patience, survey=True))
    servers = [str(handshake.server) for handshake in observe_all(answers.evidence).handshakes]
    assert servers[:3] == [f"127.0.0.2:{port}", f"127.0.0.1:{port}", f"127.0.0.1:{port}"]
    assert any(isinstance(item, Survey) and item.versions for item in answers.evidence)


def test_more_addresses_than_are_asked_are_told(monkeypatch):
    rows = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (f"127.0.0.{n}", 9)) for n in range(1, 6)]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: rows)
    answers = ask(Target("five.example", "five.example", 9), [hello()], MANNER)
    assert sum(isinstance(item, Transcript) for item in answers.evidence) == 3
    assert [odd.facts for odd in observe_all(answers.evidence).oddities] == [{"count": 2}]


def test_a_name_without_address_and_a_resolver_that_hangs(monkeypatch):
    (found,) = ask(Target("x", "nosuch.invalid", 443), [hello()], MANNER).evidence
    assert isinstance(found, Asked)
    assert found.fault == "dns"
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: time.sleep(3))
    began = time.monotonic()
    (found,) = ask(Target("x", "slow.example", 443), [hello()], Manner(Patience(name=0.3))).evidence
    assert time.monotonic() - began < 2
    assert isinstance(found, Asked)
    assert (found.fault, found.reason) == ("dns", "no answer")


def test_an_address_without_a_way():
    (found,) = ask(target_of("255.255.255.255:443"), [hello()], MANNER).evidence
    assert isinstance(found, Asked)
    assert found.fault == "unreachable"


def relay(one: socket.socket, other: socket.socket) -> None:
    while data := one.recv(65536):
        other.sendall(data)


def test_through_a_proxy(certificates):
    with openssl_server(certificates) as port:

        def proxy(connection: socket.socket) -> None:
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                head += connection.recv(1)
            assert head.startswith(f"CONNECT 127.0.0.1:{port} ".encode())
            with socket.create_connection(("127.0.0.1", port)) as behind:
                connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                threading.Thread(target=relay, args=(connection, behind), daemon=True).start()
                relay(behind, connection)

        with scripted(proxy) as at:
            manner = Manner(MANNER.patience, Proxy("http", "127.0.0.1", at))
            answers = ask(target_of(f"https://127.0.0.1:{port}/"), [hello()], manner)
    (handshake,) = observe_all(answers.evidence).handshakes
    assert isinstance(handshake.certificates, Told)
    assert b"CONNECT" not in answers.recording.pcapng()


def test_a_proxy_that_is_not_there_or_hangs_up():
    port = free_port()
    for at, script in ((port, None), (None, lambda connection: connection.recv(10))):
        with scripted(script or http) as listening:
            manner = Manner(MANNER.patience, Proxy("http", "127.0.0.1", at or listening))
            with pytest.raises(BadEvidence, match="proxy-refused") as failure:
                ask(target_of("https://127.0.0.1:1/"), [hello()], manner)
            assert failure.value.facts["said"] == "connection refused" or not at


@pytest.mark.parametrize("host", ["nosuch.invalid", "255.255.255.255"])
def test_a_proxy_to_which_there_is_no_way_is_not_the_servers_fault(host):
    with pytest.raises(BadEvidence, match="proxy-refused") as failure:
        ask(target_of("https://127.0.0.1:1/"), [hello()], Manner(MANNER.patience, Proxy("http", host, 8080)))
    assert failure.value.facts["said"]


def test_starttls_against_openssl(certificates):
    for kind in ("smtp",):
        with openssl_server(certificates) as port:

            def greet(connection: socket.socket, port: int = port) -> None:
                connection.sendall(b"220 mail\r\n")
                connection.recv(4096)
                connection.sendall(b"250 STARTTLS\r\n")
                connection.recv(4096)
                with socket.create_connection(("127.0.0.1", port)) as behind:
                    connection.sendall(b"220 go\r\n")
                    threading.Thread(target=relay, args=(connection, behind), daemon=True).start()
                    relay(behind, connection)

            with scripted(greet) as at:
                answers = ask(target_of(f"127.0.0.1:{at}"), [hello()], Manner(MANNER.patience, None, kind))
        (handshake,) = observe_all(answers.evidence).handshakes
        assert isinstance(handshake.certificates, Told)


def test_never_two_at_once_and_only_so_many_a_second(monkeypatch):
    monkeypatch.setattr(live, "A_SECOND", 5)
    open_now, most, times = 0, 0, []

    def count(connection: socket.socket) -> None:
        nonlocal open_now, most
        open_now += 1
        most = max(most, open_now)
        times.append(time.monotonic())
        connection.recv(4096)
        connection.sendall(b"\x15\x03\x03\x00\x02\x02\x28")
        open_now -= 1

    with scripted(count) as port:
        ask(target_of(f"127.0.0.1:{port}"), [hello()] * 12, MANNER)
    assert most == 1
    assert len(times) == 12
    assert all(later - earlier > 0.9 for earlier, later in zip(times, times[5:], strict=False))
