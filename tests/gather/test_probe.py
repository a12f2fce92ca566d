"""One connection: real OpenSSL in every version, and servers that are slow, silent, endless, rude or something else."""

from __future__ import annotations

import socket
import time
from dataclasses import replace

import pytest

from tests.gather.servers import free_port, openssl_server, scripted
from tlswhy.client.profiles import load_client
from tlswhy.evidence.read import read_evidence
from tlswhy.gather.connection import Address, Patience, Unreachable
from tlswhy.gather.probe import Hello, Way, probe
from tlswhy.gather.recording import Recording
from tlswhy.gather.targets import Target
from tlswhy.model.handshake import Handshake, Outcome, Told
from tlswhy.observe.connections import observe_all
from tlswhy.side import Side
from tlswhy.source import source_of_bytes

SHORT = Patience(connect=2, first_byte=1, whole=2)


def hello(client="java/17.0.9", name="gadgets.example.test") -> Hello:
    (policy,) = load_client(client).members
    return Hello(policy.offer, policy.hello_form, name)


def asked(port: int, what: Hello | None = None, patience: Patience = SHORT, host="127.0.0.1") -> Handshake:
    recording = Recording()
    address = Address(socket.AF_INET6 if ":" in host else socket.AF_INET, (host, port))
    way = Way(Target(f"{host}:{port}", host, port))
    probe(what or hello(), address, way, patience, recording)
    (handshake,) = observe_all(read_evidence(source_of_bytes("probe", recording.pcapng()))).handshakes
    return handshake


@pytest.mark.parametrize(
    ("client", "arguments", "version", "group"),
    [
        ("java/17.0.9", [], 0x0304, 0x1D),
        ("java/17.0.9", ["-groups", "X448"], 0x0304, 0x1E),  # after a HelloRetryRequest
        ("java/17.0.9", ["-groups", "P-521"], 0x0304, 0x19),
        ("java/17.0.9", ["-groups", "ffdhe3072"], 0x0304, 0x101),
        ("java/8u504", ["-groups", "P-384"], 0x0304, 0x18),
        ("java/17.0.9", ["-ciphersuites", "TLS_CHACHA20_POLY1305_SHA256"], 0x0304, 0x1D),
        ("curl/8.14", ["-groups", "P-256"], 0x0304, 0x17),
        ("gnutls/3.7", [], 0x0304, 0x17),
        ("java/8u212", [], 0x0303, 0x17),
        ("java/8u51-tls10", ["-cipher", "ALL:@SECLEVEL=0"], 0x0301, 0x17),
        ("java/17.0.9", ["-tls1_2"], 0x0303, 0x1D),
    ],
)
def test_certificates_are_read_in_every_version_and_group(certificates, client, arguments, version, group):
    with openssl_server(certificates, *arguments) as port:
        seen = asked(port, hello(client))
    assert seen.server_hello is not None
    assert seen.server_hello.message.version == version
    share = seen.server_hello.message.key_share
    exchange = seen.key_exchange
    assert group == (share.group if share else exchange.message.ec.group)
    assert isinstance(seen.certificates, Told)
    assert len(seen.certificates.message.certificates) == 1
    assert seen.outcome is Outcome.OPEN
    assert seen.reaction_frame is None
    assert (seen.hello_retry is not None) == (seen.second_client_hello is not None)


def test_a_demand_for_a_client_certificate_is_seen(certificates):
    for version in ("-tls1_2", "-tls1_3"):
        with openssl_server(certificates, version, "-Verify", "1") as port:
            assert isinstance(asked(port).certificate_request, Told)


def silence(connection: socket.socket) -> None:
    connection.recv(4096)
    time.sleep(5)


def slow(connection: socket.socket) -> None:
    connection.recv(4096)
    for byte in b"\x16\x03\x03\x00\x7a\x02\x00\x00\x76\x03\x03" + bytes(20):
        connection.sendall(bytes([byte]))
        time.sleep(0.2)


def endless(connection: socket.socket) -> None:
    connection.recv(4096)
    while True:
        connection.sendall(b"\x15\x03\x03\x00\x02\x01\x5a" * 1000)  # warnings: user_canceled


def resetting(connection: socket.socket) -> None:
    connection.recv(4096)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")


def closing(connection: socket.socket) -> None:
    connection.recv(4096)


def http(connection: socket.socket) -> None:
    connection.recv(4096)
    connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")


def alerting(connection: socket.socket) -> None:
    connection.recv(4096)
    connection.sendall(b"\x15\x03\x03\x00\x02\x02\x28")
    time.sleep(5)


@pytest.mark.parametrize("script", [silence, slow, endless, resetting, closing, http, alerting])
def test_every_server_ends_within_the_limits(script):
    with scripted(script) as port:
        began = time.monotonic()
        patience = replace(SHORT, whole=20) if script is endless else SHORT  # it is the bytes that end it, not the time
        seen = asked(port, patience=patience)
        took = time.monotonic() - began
    assert took < patience.whole + 1
    assert seen.client_hello is not None
    by = seen.ending.by if seen.ending else None
    match script.__name__:
        case "silence" | "slow":
            assert by is Side.CLIENT
        case "resetting" | "closing":
            assert (by, seen.ending.how) == (Side.SERVER, "rst" if script is resetting else "fin")
        case "http":
            assert seen.not_tls is not None
        case "alerting":
            assert [told.message.description for told in seen.alerts] == [40]
            assert took < 1
        case "endless":
            assert seen.ending is None
            assert took < patience.whole


def test_a_port_where_nobody_listens():
    seen = asked(free_port())
    assert seen.ending is not None
    assert (seen.ending.by, seen.ending.how, seen.messages) == (Side.SERVER, "rst", ())


def test_ipv6(certificates):
    with scripted(http, socket.AF_INET6) as port:
        assert asked(port, host="::1").not_tls is not None


def test_where_there_is_no_way():
    with pytest.raises(Unreachable):
        asked(443, host="255.255.255.255")
