"""The lab's servers, running: a shell. Listens on loopback, moves bytes between sockets and what answers them.

Owns ports, threads and the files that OpenSSL and a user need. What is answered is for ``lab.responder`` or, through
Python's ``ssl``, for OpenSSL.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from tlswhy.errors import BadRequest
from tlswhy.frozen import frozen
from tlswhy.lab.actions import Action, Leave, Pause, Send
from tlswhy.lab.cases import Case, ServerPlan
from tlswhy.lab.chains import Authority, Credentials
from tlswhy.lab.finish import PAGE
from tlswhy.lab.groups import GENERATOR, modp_prime
from tlswhy.lab.keys import KeyPool
from tlswhy.lab.responder import UNRECOGNIZED_NAME, Responder
from tlswhy.pki import der
from tlswhy.pki.pem import pem_of
from tlswhy.wire.numbers import SSL3, TLS10, TLS11, TLS12, TLS13, group_name, suite_name_openssl

LOOPBACK = "127.0.0.1"
LONGEST_CONNECTION_S = 120
"""A connection that nobody ends is ended; ``up`` keeps servers for hours."""
MOST_CONNECTIONS = 256
LARGEST_REQUEST = 1 << 16
_VERSIONS = {
    SSL3: ssl.TLSVersion.SSLv3,
    TLS10: ssl.TLSVersion.TLSv1,
    TLS11: ssl.TLSVersion.TLSv1_1,
    TLS12: ssl.TLSVersion.TLSv1_2,
    TLS13: ssl.TLSVersion.TLSv1_3,
}
_NO_LINGER = struct.pack("ii", 1, 0)


@frozen
class Running:
    """One case, listening. ``trust`` is a PEM file of what a client shall trust, ``chain`` of what is served."""

    case: Case
    port: int
    credentials: Credentials
    trust: Path
    chain: Path

    @property
    def url(self) -> str:
        """Where it can be tried."""
        return f"https://localhost:{self.port}"


@dataclass(slots=True)
class Lab:
    """Servers in one folder; a context manager that ends them all. Certificates are good (or not) at ``moment``."""

    folder: Path
    moment: datetime
    running: list[Running] = field(default_factory=list)
    _authority: Authority | None = None
    _selector: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)
    _ending: threading.Event = field(default_factory=threading.Event)
    _sockets: list[socket.socket] = field(default_factory=list)
    _slots: threading.BoundedSemaphore = field(default_factory=lambda: threading.BoundedSemaphore(MOST_CONNECTIONS))
    _acceptor: threading.Thread | None = None

    def __enter__(self) -> Lab:
        self._acceptor = threading.Thread(target=self._accept, daemon=True)
        self._acceptor.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        if self._acceptor is not None:
            self._acceptor.join()
        for listening in self._sockets:
            listening.close()
        self._selector.close()

    def start(self, cases: Iterable[Case], first_port: int = 0) -> list[Running]:
        """Make what the cases need and let them listen; ports from ``first_port`` on, any free ones where it is 0."""
        started = []
        for number, case in enumerate(cases):
            started.append(self._start(case, first_port + number if first_port else 0))
        self.running.extend(started)
        return started

    def _start(self, case: Case, port: int) -> Running:
        if self._authority is None:
            self._authority = Authority(self.moment, KeyPool(os.urandom))
        credentials = self._authority.issue_chain(case)
        folder = self.folder / case.id
        folder.mkdir(parents=True, exist_ok=True)
        trust, chain = folder / "trust.pem", folder / "chain.pem"
        trust.write_text("".join(map(pem_of, credentials.trusted)))
        chain.write_text("".join(map(pem_of, credentials.served)))
        listening = socket.socket()
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._sockets.append(listening)
        try:
            listening.bind((LOOPBACK, port))
        except OSError as error:
            raise BadRequest("lab-port-taken", port=port, reason=(error.strerror or str(error)).lower()) from None
        if case.server.speaker != "nobody":  # a port that is bound but does not listen refuses
            serve = self._speaker(case.server, credentials, folder)
            for each in (listening, self._on_ipv6(listening.getsockname()[1])):
                if each is not None:
                    each.listen(16)
                    each.setblocking(False)
                    self._selector.register(each, selectors.EVENT_READ, serve)
        return Running(case, listening.getsockname()[1], credentials, trust, chain)

    def _on_ipv6(self, port: int) -> socket.socket | None:
        """The same port on ::1, which some systems also call localhost; None where there is no IPv6."""
        try:
            listening = socket.socket(socket.AF_INET6)
        except OSError:
            return None
        self._sockets.append(listening)
        try:
            listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(("::1", port))
        except OSError:
            return None
        return listening

    def _speaker(self, plan: ServerPlan, credentials: Credentials, folder: Path) -> Callable[[socket.socket], None]:
        if plan.speaker == "script":
            return lambda connection: _serve_script(connection, Responder(plan, credentials, os.urandom))
        context = openssl_context(plan, credentials, folder)
        return lambda connection: _serve_openssl(connection, context)

    def _accept(self) -> None:
        while not self._ending.is_set():
            if not self._selector.get_map():
                self._ending.wait(0.02)
                continue
            for ready, _ in self._selector.select(0.05):
                assert isinstance(ready.fileobj, socket.socket)
                with contextlib.suppress(OSError):
                    connection, _address = ready.fileobj.accept()
                    self._serve(connection, ready.data)

    def _serve(self, connection: socket.socket, serve: Callable[[socket.socket], None]) -> None:
        if not self._slots.acquire(blocking=False):
            connection.close()
            return

        def work() -> None:
            try:
                with connection, contextlib.suppress(OSError):
                    connection.settimeout(LONGEST_CONNECTION_S)
                    serve(connection)
            finally:
                self._slots.release()

        threading.Thread(target=work, daemon=True).start()


def openssl_context(plan: ServerPlan, credentials: Credentials, folder: Path) -> ssl.SSLContext:
    """Python's ``ssl`` set up as the plan says, with nothing forbidden (security level 0)."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers(":".join([*_openssl_names(plan), "@SECLEVEL=0"]))
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # TLS 1.0 and 1.1 are what some cases are about
        context.minimum_version = _VERSIONS[min(plan.versions)]
        context.maximum_version = _VERSIONS[max(plan.versions)]
    context.options |= ssl.OP_CIPHER_SERVER_PREFERENCE
    key = folder / "key.pem"
    key.touch(mode=0o600)
    key.write_text(credentials.key.pem())
    context.load_cert_chain(folder / "chain.pem", key)
    if any(name.startswith("DHE") for name in _openssl_names(plan)):
        parameters = folder / "dh.pem"
        numbers = der.encode_integer(modp_prime(plan.dh_bits)) + der.encode_integer(GENERATOR)
        parameters.write_text(pem_of(der.encode(der.SEQUENCE, numbers), "DH PARAMETERS"))
        context.load_dh_params(str(parameters))
    context.set_ecdh_curve(_OPENSSL_CURVES.get(group_name(plan.group), group_name(plan.group)))
    if plan.client_certificate != "no":
        context.verify_mode = ssl.CERT_REQUIRED if plan.client_certificate == "demanded" else ssl.CERT_OPTIONAL
        context.load_verify_locations(folder / "trust.pem")
    if plan.server_names:
        context.sni_callback = _name_check(plan.server_names)
    return context


_OPENSSL_CURVES = {"secp256r1": "prime256v1"}


def _openssl_names(plan: ServerPlan) -> Iterator[str]:
    return (name for number in plan.suites if (name := suite_name_openssl(number)) and number >> 8 != 0x13)


def _name_check(known: tuple[str, ...]) -> Callable[[ssl.SSLObject, str | None, ssl.SSLContext], int | None]:
    def check(_: ssl.SSLObject, name: str | None, __: ssl.SSLContext) -> int | None:
        if name in known:
            return None
        return UNRECOGNIZED_NAME if name else ssl.ALERT_DESCRIPTION_HANDSHAKE_FAILURE

    return check


def _serve_openssl(connection: socket.socket, context: ssl.SSLContext) -> None:
    try:
        with context.wrap_socket(connection, server_side=True) as secured:
            request = b""
            while b"\r\n\r\n" not in request and len(request) < LARGEST_REQUEST:
                block = secured.recv(4096)
                if not block:
                    return
                request += block
            secured.sendall(PAGE)
            secured.unwrap()
    except (ssl.SSLError, OSError):
        return


def _serve_script(connection: socket.socket, responder: Responder) -> None:
    actions = list(responder.connected())
    while True:
        for action in actions:
            if not _act(connection, action):
                return
        block = connection.recv(4096)
        if not block:
            return
        actions = list(responder.received(block))


def _act(connection: socket.socket, action: Action) -> bool:
    """Do it; False where that was the end."""
    match action:
        case Send(data, 0):
            connection.sendall(data)
        case Send(data, pace):
            for position in range(len(data)):
                connection.sendall(data[position : position + 1])
                time.sleep(1 / pace)
        case Pause(seconds):
            time.sleep(seconds)
        case Leave(reset):
            if reset:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
            return False
    return True
