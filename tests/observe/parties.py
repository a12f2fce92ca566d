"""A server, a client and a proxy that ends TLS between them: real OpenSSL on loopback, each connection tapped."""

import contextlib
import datetime as dt
import socket
import ssl
import threading
from dataclasses import dataclass, replace
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.live.tap import Tap
from tlswhy.evidence.types import Transcript
from tlswhy.packets.connection import Endpoint

NOW = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
HOST = "gadgets.example.test"


@dataclass
class Issued:
    """A certificate with its key. ``pem``: both, and what stands above it in the chain."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey
    pem: bytes

    def to(self, folder: Path, name: str) -> Path:
        path = folder / name
        path.write_bytes(self.pem)
        return path


def issue(
    common_name: str,
    by: Issued | None = None,
    *,
    organization: str | None = None,
    key: ec.EllipticCurvePrivateKey | None = None,
    days_old: int = 300,
    extensions: tuple[x509.ExtensionType, ...] = (),
) -> Issued:
    """A root, or a leaf for that host."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    attributes = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization)] if organization else []
    subject = x509.Name([*attributes, x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    start = NOW - dt.timedelta(days=days_old)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by.certificate.subject if by else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + dt.timedelta(days=3_000))
        .add_extension(x509.BasicConstraints(by is None, None), critical=True)
    )
    if by is not None:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(common_name)]), critical=False)
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    certificate = builder.sign(by.key if by else key, hashes.SHA256())
    own = certificate.public_bytes(serialization.Encoding.PEM)
    form = serialization.PrivateFormat.PKCS8
    secret = key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
    above = by.certificate.public_bytes(serialization.Encoding.PEM) if by else b""
    return Issued(certificate, key, own + above + secret)


def server_context(chain: Path, version: ssl.TLSVersion = ssl.TLSVersion.TLSv1_2) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)
    context.maximum_version = version
    return context


def client_context(trusted: Path | None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = trusted is not None
    context.verify_mode = ssl.CERT_REQUIRED if trusted is not None else ssl.CERT_NONE
    if trusted is not None:
        context.load_verify_locations(trusted)
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context


class Listening:
    """Takes one connection on loopback and handles it in a thread."""

    def __init__(self, handle) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(10)
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._run, args=(handle,), daemon=True)
        self._thread.start()

    def _run(self, handle) -> None:
        with contextlib.suppress(OSError):
            connection, _ = self._listener.accept()
            with connection:
                connection.settimeout(10)
                handle(connection)

    def join(self) -> None:
        self._thread.join(15)
        self._listener.close()


def greet(context: ssl.SSLContext):
    """Handle a connection as a server that answers one line with one line."""

    def handle(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as tls:
            tls.sendall(tls.recv(100) or b"nothing")

    return handle


def ask(port: int, context: ssl.SSLContext, host: str = HOST) -> bool:
    """Whether a client gets its line back."""
    try:
        with (
            socket.create_connection(("127.0.0.1", port), 10) as plain,
            context.wrap_socket(plain, server_hostname=host) as tls,
        ):
            tls.sendall(b"hello\n")
            return bool(tls.recv(100))
    except OSError:
        return False


class Tapped:
    """A tap before ``behind``, for one connection."""

    def __init__(self, behind: int) -> None:
        self._tap = Tap(behind)
        self._heard = self._tap.take_one()
        self.port = self._tap.port

    def captured(self, item: str, client: str, server: str) -> Transcript:
        """What the tap heard, as a capture between these ends would show it."""
        connection = self._heard.connection()
        self._tap.close()
        ends = [Endpoint(address, int(port)) for address, port in (end.split(":") for end in (client, server))]
        return Transcript(item, replace(connection, client=ends[0], server=ends[1]))
