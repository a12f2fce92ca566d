"""Servers on loopback for what goes out to them: small scripted ones in a thread, and real programs.

Owns ports, the certificates of a test and the end of every process. What a server is asked is the tests' business.
"""

from __future__ import annotations

import random
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.pki.minting import mint, name, rsa_key

HOST = "localhost"
CA_NAME = "tlswhy test CA"


@dataclass(frozen=True)
class Certificates:
    """PEM files: a server's key and chain for localhost and 127.0.0.1, and what trusts it."""

    key: Path
    chain: Path
    trust: Path
    folder: Path


def make_certificates(folder: Path) -> Certificates:
    """A CA and a leaf below it; both RSA."""
    root_key, leaf_key = rsa_key(), rsa_key(3072)
    constraints = x509.BasicConstraints(ca=True, path_length=None)
    root = mint(name(CA_NAME), key=root_key, extensions=[(constraints, True)])
    leaf = mint(
        name(HOST),
        issuer=name(CA_NAME),
        key=leaf_key,
        signer=root_key,
        dns=(HOST, "gadgets.example.test"),
        ip=(ip_address("127.0.0.1"), ip_address("::1")),
    )
    files = Certificates(folder / "key.pem", folder / "chain.pem", folder / "trust.pem", folder)
    files.key.write_bytes(leaf_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    files.chain.write_bytes(leaf.public_bytes(Encoding.PEM))
    files.trust.write_bytes(root.public_bytes(Encoding.PEM))
    return files


@contextmanager
def scripted(script: Callable[[socket.socket], None], family: int = socket.AF_INET) -> Iterator[int]:
    """A server that does this with every connection, one after the other; gives its port."""
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("::1" if family == socket.AF_INET6 else "127.0.0.1", 0))
    listener.listen(16)

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection, suppress(OSError):
                script(connection)

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.close()


def free_port() -> int:
    """A port that nobody listens on just now, below those that the system gives to connections, and never twice."""
    while True:
        port = random.randrange(12_000, 32_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            if port not in _GIVEN:
                _GIVEN.add(port)
                return port


_GIVEN: set[int] = set()


@contextmanager
def running(command: list[str], port: int, *, cwd: Path | None = None, wait: float = 15.0) -> Iterator[int]:
    """A program that listens on that port, ended afterwards; skips where it is not there."""
    program = shutil.which(command[0]) or shutil.which(command[0], path="/usr/sbin:/sbin")
    if program is None:
        pytest.skip(f"no {command[0]} here")
    process = subprocess.Popen(
        [program, *command[1:]], cwd=cwd, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        until = time.monotonic() + wait
        while not _listens(port):
            if process.poll() is not None:
                raise RuntimeError(f"{command[0]} ended with {process.returncode}")
            if time.monotonic() > until:
                raise RuntimeError(f"{command[0]} does not listen")
            time.sleep(0.03)
        yield port
    finally:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        assert process.stdin is not None
        process.stdin.close()


@contextmanager
def openssl_server(certificates: Certificates, *arguments: str) -> Iterator[int]:
    """openssl s_server; security level 0 unless the arguments say otherwise."""
    port = free_port()
    command = ["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-quiet"]
    command += ["-key", str(certificates.key), "-cert", str(certificates.chain)]
    with running([*command, *arguments], port) as listening:
        yield listening


def _listens(port: int) -> bool:
    """Told by the system, so that no program is asked."""
    wanted = f":{port:04X}"
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with suppress(OSError):
            for row in Path(table).read_text().splitlines()[1:]:
                fields = row.split()
                if fields[1].endswith(wanted) and fields[3] == "0A":
                    return True
    return False
