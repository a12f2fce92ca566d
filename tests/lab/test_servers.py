"""Servers on real sockets: what they do to clients that are no TLS at all, and that they end."""

import socket
import ssl
import time

import pytest

from tlswhy.errors import BadRequest
from tlswhy.lab.cases import find_cases
from tlswhy.lab.servers import Lab


def connect(running, *, seconds=5):
    return socket.create_connection(("127.0.0.1", running.port), seconds)


def test_a_healthy_server_gives_its_page_to_pythons_own_client(zoo):
    context = ssl.create_default_context(cafile=zoo["healthy"].trust)
    with connect(zoo["healthy"]) as plain, context.wrap_socket(plain, server_hostname="localhost") as secured:
        secured.sendall(b"GET / HTTP/1.0\r\n\r\n")
        assert secured.recv(4096).endswith(b"you are in.\n")


def test_the_script_speaks_first_where_it_should(zoo):
    with connect(zoo["smtp-banner"]) as plain:
        assert plain.recv(100).startswith(b"220 ")


def test_a_reset_is_a_reset_and_a_close_a_close(zoo, hello):
    with connect(zoo["reset"]) as plain:
        plain.sendall(hello)
        with pytest.raises(ConnectionResetError):
            plain.recv(100)
    with connect(zoo["hangs-up"]) as plain:
        plain.sendall(hello)
        assert plain.recv(100) == b""


def test_one_byte_a_second_is_one_byte_a_second(zoo, hello):
    with connect(zoo["one-byte-a-second"]) as plain:
        plain.sendall(hello)
        began = time.monotonic()
        assert len(plain.recv(100)) == len(plain.recv(100)) == 1
        assert 0.5 < time.monotonic() - began < 3


def test_nobody_listens_where_nobody_should(zoo):
    with pytest.raises(ConnectionRefusedError):
        connect(zoo["nobody-listens"])


@pytest.mark.parametrize("case", ["healthy", "dh-768"])
def test_rubbish_and_vanishing_clients_harm_nobody(zoo, case, hello):
    for said in (b"", b"GET / HTTP/1.0\r\n\r\n", hello[:20], bytes(5000)):
        with connect(zoo[case]) as plain:
            plain.sendall(said)
    with connect(zoo[case]) as plain:
        plain.sendall(hello)
        assert plain.recv(5)[:1] == b"\x16"


def test_ports_are_the_ones_asked_for_and_free_again_at_the_end(tmp_path, moment):
    cases = find_cases(["hangs-up", "reset"])
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with Lab(tmp_path, moment) as lab:
        first = lab.start(cases[:1], port)[0]
        assert first.port == port
        assert first.url == f"https://localhost:{port}"
        with pytest.raises(BadRequest):
            lab.start(cases[1:], port)
    with pytest.raises(ConnectionRefusedError):
        connect(first)


def test_both_loopbacks_are_localhost(zoo):
    try:
        plain = socket.create_connection(("::1", zoo["smtp-banner"].port), 5)
    except OSError as error:
        if isinstance(error, ConnectionRefusedError):
            raise
        pytest.skip("no IPv6 here")
    with plain:
        assert plain.recv(100).startswith(b"220 ")


def test_only_loopback_listens(zoo):
    with socket.socket() as plain:
        plain.settimeout(0.3)
        assert plain.connect_ex(("127.0.0.2", zoo["healthy"].port)) != 0


def test_private_keys_are_for_the_owner_alone(zoo):
    key = zoo["healthy"].trust.with_name("key.pem")
    assert key.stat().st_mode & 0o077 == 0


@pytest.fixture(scope="module")
def hello():
    """A real ClientHello, of OpenSSL."""
    out = ssl.MemoryBIO()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.set_ciphers("ALL:@SECLEVEL=0")
    secured = context.wrap_bio(ssl.MemoryBIO(), out, server_hostname="localhost")
    with pytest.raises(ssl.SSLWantReadError):
        secured.do_handshake()
    return out.read()
