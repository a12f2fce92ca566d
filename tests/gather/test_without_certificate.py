"""Handshakes finished without a client certificate: what servers do then, and what they show by it."""

from __future__ import annotations

import socket
import ssl
import time
from contextlib import contextmanager, suppress
from dataclasses import replace

import pytest

from tests.gather.servers import free_port, openssl_server, scripted
from tlswhy.evidence.read import read_evidence
from tlswhy.gather.connection import Address, Patience
from tlswhy.gather.probe import Way
from tlswhy.gather.recording import Recording
from tlswhy.gather.targets import target_of
from tlswhy.gather.without_certificate import finish_without_certificate
from tlswhy.model.settings import ClientCertificate
from tlswhy.observe.connections import observe_all
from tlswhy.source import source_of_bytes
from tlswhy.unseen import UNSEEN
from tlswhy.wire.numbers import SSL3, TLS11, TLS12, TLS13

PATIENCE = Patience(2, 2, 2, 4)
ASKED, DEMANDED = ClientCertificate.ASKED, ClientCertificate.DEMANDED


def shown(port: int, *, version: int = TLS13, url: bool = True, patience: Patience = PATIENCE):
    """What the recording of that one connection tells."""
    recording = Recording()
    target = target_of(f"https://localhost:{port}" if url else f"localhost:{port}")
    address = Address(socket.AF_INET, ("127.0.0.1", port))
    finish_without_certificate("localhost", version, address, Way(target), patience, recording)
    seen = observe_all(read_evidence(source_of_bytes("x", recording.pcapng()))).handshakes
    if not seen:
        return UNSEEN
    (handshake,) = seen
    return observe_all(read_evidence(source_of_bytes("x", recording.pcapng()))).insistence(handshake)


@pytest.mark.parametrize("url", [True, False])
@pytest.mark.parametrize("version", [TLS11, TLS12, TLS13])
@pytest.mark.parametrize(("demand", "insists"), [("-verify", ASKED), ("-Verify", DEMANDED)])
def test_whether_openssl_insists(certificates, demand, insists, version, url):
    with openssl_server(certificates, "-www", "-cipher", "ALL:@SECLEVEL=0", demand, "1") as port:
        assert shown(port, version=version, url=url) is insists


@pytest.mark.parametrize("url", [True, False])
def test_a_server_that_gives_no_tickets_shows_it_by_its_goodbye(certificates, url):
    with openssl_server(certificates, "-www", "-num_tickets", "0", "-verify", "1") as port:
        assert shown(port, url=url) is ASKED


@contextmanager
def asking(certificates, version: ssl.TLSVersion, behind):
    """Asks for a certificate, insists on none, and does that with the connection."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = context.maximum_version = version
    context.load_cert_chain(certificates.chain, certificates.key)
    context.verify_mode = ssl.CERT_OPTIONAL
    context.num_tickets = 0 if version is ssl.TLSVersion.TLSv1_3 else 2

    def serve(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secured:
            behind(secured)

    with scripted(serve) as port:
        yield port


@pytest.mark.parametrize("version", [TLS12, TLS13])
def test_a_server_that_hangs_up_without_a_word_shows_nothing(certificates, version):
    with asking(certificates, ssl.TLSVersion(version), lambda secured: None) as port:
        assert shown(port, version=version) is UNSEEN
        assert shown(port, version=version, url=False) is UNSEEN


def test_a_server_that_says_nothing_has_let_the_client_in_if_it_finished_last(certificates):
    def silent(secured: ssl.SSLSocket) -> None:
        with suppress(OSError):
            secured.recv(4096)
            time.sleep(2)

    impatient = replace(PATIENCE, first_byte=0.5)
    with asking(certificates, ssl.TLSVersion.TLSv1_2, silent) as port:
        assert shown(port, version=TLS12, patience=impatient) is ASKED
    with asking(certificates, ssl.TLSVersion.TLSv1_3, silent) as port:
        assert shown(port, version=TLS13, patience=impatient) is UNSEEN


def test_where_nothing_comes_of_it_nothing_is_known(certificates):
    assert shown(free_port()) is UNSEEN
    with openssl_server(certificates, "-www", "-verify", "1") as port:
        assert shown(port, version=SSL3) is UNSEEN
