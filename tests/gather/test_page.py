"""Documents fetched over TLS: statuses, redirects, sizes, and servers that break off."""

from __future__ import annotations

import socket
import ssl
import time
from contextlib import contextmanager

import pytest

from tests.gather.servers import scripted
from tlswhy.gather.connection import Patience
from tlswhy.gather.live import Manner
from tlswhy.gather.page import LARGEST_BODY, banner_of, fetch
from tlswhy.gather.targets import target_of

MANNER = Manner(Patience(1, 1, 1, 1))


@contextmanager
def web(certificates, answers: dict[str, bytes], version: ssl.TLSVersion | None = None):
    """Answers by path; gives the port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.chain, certificates.key)
    if version is not None:
        context.minimum_version = context.maximum_version = version

    def serve(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secured:
            head = b""
            while b"\r\n\r\n" not in head and (more := secured.recv(4096)):
                head += more
            secured.sendall(answers[head.split(b" ")[1].decode()].replace(b"PORT", str(port).encode()))

    with scripted(serve) as port:
        yield port


def page(port: int, path: str):
    return fetch(target_of(f"https://localhost:{port}{path}"), MANNER)


def test_statuses_types_and_bodies(certificates):
    answers = {
        "/a.xml": b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 4\r\n\r\n<a/>ignored",
        "/b?x=1": b"HTTP/1.0 404 Not Found\r\n\r\ngone",
        "/c": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n",
        "/big": b"HTTP/1.1 200 OK\r\n\r\n" + bytes(LARGEST_BODY + 5),
    }
    with web(certificates, answers) as port:
        first = page(port, "/a.xml")
        assert (first.status, first.content_type, first.body, first.is_gadget) == (200, "text/xml", b"<a/>", True)
        second = page(port, "/b?x=1")
        assert (second.status, second.body, second.is_gadget) == (404, b"gone", False)
        assert page(port, "/c").body == b"abcde"
        big = page(port, "/big")
        assert (len(big.body or b""), big.cut) == (LARGEST_BODY, True)


def test_what_the_server_calls_itself(certificates):
    cookies = b"Set-Cookie: BIGipServerpool=1677787402.20480.0000; path=/\r\nset-cookie: JSESSIONID=secret\r\n"
    answers = {
        "/": b"HTTP/1.1 404 Not Found\r\nServer: nginx\x1b[0m/1.22.1\r\nX-Powered-By: Express\r\n"
        + cookies
        + b"Content-Length: 74\r\n\r\n<html><style>p{}</style><h1>Gone</h1>\n<hr><h3>Apache Tomcat/10.1.34</h3>",
        "/fine": b"HTTP/1.1 200 OK\r\n\r\n<h1>Apache Tomcat/10.1.34</h1>",
        "/none": b"SSH-2.0\r\n\r\n",
    }
    with web(certificates, answers) as port:
        found = banner_of(target_of(f"https://localhost:{port}/fine"), MANNER)  # GET / whatever document is named
        assert found is not None
        assert (found.server, found.powered_by) == ("nginx[0m/1.22.1", "Express")
        assert found.cookies == ("BIGipServerpool", "JSESSIONID")
        assert (found.text, "secret" in repr(found)) == ("Gone Apache Tomcat/10.1.34", False)
        assert found.url == f"https://localhost:{port}/"
        named = page(port, "/fine").banner  # what an application writes is no sign
        assert named is not None
        assert named.text == ""
        assert page(port, "/none").banner is None


def test_redirects(certificates):
    def moved(to: bytes) -> bytes:
        return b"HTTP/1.1 302 Found\r\nLocation: " + to + b"\r\n\r\n"

    answers = {
        "/one": moved(b"/two"),
        "/two": moved(b"https://localhost:PORT/three"),
        "/three": b"HTTP/1.1 200 OK\r\n\r\nthere",
        "/loop": moved(b"/loop"),
        "/away": moved(b"http://localhost/"),
    }
    with web(certificates, answers) as port:
        found = page(port, "/one")
        assert (found.body, found.redirects) == (b"there", ("/two", f"https://localhost:{port}/three"))
        assert page(port, "/loop").fault == "redirect-loop"
        away = page(port, "/away")
        assert (away.fault, away.reason) == ("redirect-elsewhere", "http://localhost/")


def test_no_answer_and_no_http(certificates):
    with web(certificates, {"/x": b"", "/y": b"SSH-2.0-x\r\n\r\n"}) as port:
        assert page(port, "/x").fault == "no-answer"
        assert page(port, "/y").fault == "not-http"


@pytest.mark.parametrize("said", [b"\x15\x03\x03\x00\x02\x02\x28", b"HTTP/1.1 400\r\n\r\n"])
def test_what_pythons_tls_cannot_speak_with_is_said(said):
    def refuse(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(said)

    with scripted(refuse) as port:
        assert page(port, "/").fault == "tls"


def test_a_document_that_drips_ends_within_the_limit(certificates):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.chain, certificates.key)

    def drip(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secured:
            secured.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
            while True:
                secured.sendall(b"x")
                time.sleep(0.1)

    with scripted(drip) as port:
        began = time.monotonic()
        assert page(port, "/").fault == "no-answer"
        assert 0.9 < time.monotonic() - began < 2
