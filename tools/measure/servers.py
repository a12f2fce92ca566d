"""The servers of the recorded cases, started again on loopback by the settings that a case's row names.

OpenSSL's and GnuTLS's own servers, and few lines of Python for those that speak no TLS or break off. Left out: servers
on an old Java (SSLv3, DES, RC4), which this machine does not have.
"""

from __future__ import annotations

import os
import shutil
import socket
import struct
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

from tools.measure.reissue import Reissued

VERSIONS = {"1.0": "-no_tls1", "1.1": "-no_tls1_1", "1.2": "-no_tls1_2", "1.3": "-no_tls1_3"}
ANYTHING_GOES = """
openssl_conf = init
[init]
ssl_conf = ssl
[ssl]
system_default = any
[any]
CipherString = ALL:COMPLEMENTOFALL:@SECLEVEL=0
MinProtocol = None
"""
MOST_PATIENCE = 15.0


def can_serve(server: Mapping[str, Any]) -> bool:
    """This machine has the program for it."""
    programs = {"openssl": "openssl", "proxy": "openssl", "gnutls": "gnutls-serv", "py": "", "none": ""}
    program = programs.get(server["kind"])
    return program == "" or (program is not None and shutil.which(program) is not None)


@contextmanager
def serving(server: Mapping[str, Any], pki: Reissued, port: int, folder: Path) -> Iterator[None]:
    """The case's server on that port of 127.0.0.1, ready to be connected to; TLS 1.3 secrets in folder/keys.log."""
    kind = server["kind"]
    if kind == "none":
        yield
    elif kind == "py":
        with _behaving(server, port):
            yield
    elif kind == "proxy":
        with _process(_openssl(server, pki, port + 1, folder), port + 1, folder), _between(server, port, port + 1):
            yield
    else:
        command = _openssl(server, pki, port, folder) if kind == "openssl" else _gnutls(server, pki, port, folder)
        with _process(command, port, folder):
            yield


def pem(ders: Sequence[bytes]) -> str:
    """Certificates as text."""
    from ssl import DER_cert_to_PEM_cert

    return "".join(map(DER_cert_to_PEM_cert, ders))


def _openssl(server: Mapping[str, Any], pki: Reissued, port: int, folder: Path) -> list[str]:
    files = {"leaf.pem": pem(pki.chain[:1]), "rest.pem": pem(pki.chain[1:]), "key.pem": pki.key.pem()}
    for name, text in files.items():
        (folder / name).write_text(text)
    (folder / "openssl.cnf").write_text(ANYTHING_GOES)
    command = ["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-www", "-quiet", "-no-CAfile", "-no-CApath"]
    command += ["-no-CAstore", "-cert", f"{folder}/leaf.pem", "-key", f"{folder}/key.pem"]
    command += ["-cert_chain", f"{folder}/rest.pem"] if pki.chain[1:] else []
    command += [flag for version, flag in VERSIONS.items() if version not in server["tls"]]
    command += ["-cipher", f"{server['ciphers']}:@SECLEVEL=0", "-keylogfile", f"{folder}/keys.log"]
    for option in ("ciphersuites", "groups"):
        command += [f"-{option}", server[option]] if server.get(option) else []
    command += ["-serverpref"] if server.get("serverpref") else []
    if server.get("dh"):
        (folder / "dh.pem").write_text(_dh_parameters(server["dh"]))
        command += ["-dhparam", f"{folder}/dh.pem"]
    return [*command, *server.get("extra", ())]


def _gnutls(server: Mapping[str, Any], pki: Reissued, port: int, folder: Path) -> list[str]:
    (folder / "chain.pem").write_text(pem(pki.chain))
    (folder / "key.pem").write_text(pki.key.pem())
    command = ["gnutls-serv", "--http", "--quiet", "-p", str(port), "--priority", server["priority"]]
    return [*command, "--x509certfile", f"{folder}/chain.pem", "--x509keyfile", f"{folder}/key.pem"]


@contextmanager
def _process(command: Sequence[str], port: int, folder: Path) -> Iterator[None]:
    environment = os.environ | {"OPENSSL_CONF": f"{folder}/openssl.cnf", "SSLKEYLOGFILE": f"{folder}/keys.log"}
    if "-dhparam" in command:
        environment["LD_PRELOAD"] = str(_lenient(folder))
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=environment)
        try:
            _wait_for(port, process, folder)
            yield
        finally:
            process.kill()
            process.wait()


LENIENT = """
#define _GNU_SOURCE
#include <dlfcn.h>
static int anything(const void *s, const void *c, int op, int bits, int nid, void *other, void *ex) { return 1; }
void *SSL_CTX_new_ex(void *library, const char *properties, const void *method) {
    void *(*make)(void *, const char *, const void *) = dlsym(RTLD_NEXT, "SSL_CTX_new_ex");
    void (*judge)(void *, void *) = dlsym(RTLD_NEXT, "SSL_CTX_set_security_callback");
    void *made = make(library, properties, method);
    judge(made, anything);
    return made;
}
"""


def _lenient(folder: Path) -> Path:
    """A library to preload: even at level 0 OpenSSL's server takes no DH below 1024 bits
    (ssl_security_default_callback)."""
    library = folder / "lenient.so"
    (folder / "lenient.c").write_text(LENIENT)
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", library, folder / "lenient.c", "-ldl"], check=True)
    return library


def _wait_for(port: int, process: subprocess.Popen[bytes], folder: Path) -> None:
    """Until somebody listens there; without connecting, since that would be a connection in the capture."""
    end = time.monotonic() + MOST_PATIENCE
    wanted = f":{port:04X} "
    while time.monotonic() < end:
        listening = Path("/proc/net/tcp").read_text() + Path("/proc/net/tcp6").read_text()
        if any(wanted in line and " 0A " in line for line in listening.splitlines()):
            return
        if process.poll() is not None:
            break
        time.sleep(0.01)
    raise OSError((folder / "server.log").read_text(errors="replace")[-500:])


# Diffie-Hellman parameters, RFC 2409, 3526 and 7919


@cache
def _dh_parameters(name: str) -> str:
    kind, _, bits = name.partition("-")
    if kind == "gen":
        command = ["openssl", "dhparam", bits]
    elif kind == "ffdhe":
        command = ["openssl", "genpkey", "-genparam", "-algorithm", "DH", "-pkeyopt", f"group:ffdhe{bits}"]
    else:
        return _dh_pem(_modp(int(bits)))
    return subprocess.run(command, capture_output=True, check=True, text=True).stdout


_MODP = {768: 149686, 1024: 129093, 1536: 741804, 2048: 124476, 3072: 1690314, 4096: 240904, 8192: 4743158}


def _modp(bits: int) -> int:
    """2^n - 2^(n-64) - 1 + 2^64 * ([2^(n-130) pi] + c), as the RFCs define the primes."""
    return (1 << bits) - (1 << bits - 64) - 1 + 2**64 * ((_pi(bits) >> 130) + _MODP[bits])


def _pi(bits: int) -> int:
    """[2^bits pi], by Machin's formula."""
    guard = 64
    one = 1 << (bits + guard)

    def arctan_of_inverse(n: int) -> int:
        term = total = one // n
        k, sign = 3, -1
        while term:
            term //= n * n
            total += sign * (term // k)
            k, sign = k + 2, -sign
        return total

    return 4 * (4 * arctan_of_inverse(5) - arctan_of_inverse(239)) >> guard


def _dh_pem(prime: int) -> str:
    from base64 import encodebytes

    from asn1crypto.algos import DHParameters

    der = DHParameters({"p": prime, "g": 2}).dump()
    return f"-----BEGIN DH PARAMETERS-----\n{encodebytes(der).decode()}-----END DH PARAMETERS-----\n"


# those that are no TLS server


@contextmanager
def _behaving(server: Mapping[str, Any], port: int) -> Iterator[None]:
    with _accepting(port, lambda peer: _behave(server, peer)):
        yield


def _behave(server: Mapping[str, Any], peer: socket.socket) -> None:
    behaviour = server["behaviour"]
    if behaviour == "banner":
        peer.sendall(b"220 mail.example.test ESMTP ready\r\n")
    hello = peer.recv(65536)
    said = {
        "http": b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n<html>no</html>\n",
        "http502": b"HTTP/1.0 502 Bad Gateway\r\nVia: 1.1 proxy\r\nContent-Length: 0\r\n\r\n",
        "garbage": b"\xa5" * 300,
    }.get(behaviour, b"")
    if behaviour == "alert":
        said = bytes((21, 3, 3, 0, 2, server["level"], server["code"]))
    elif behaviour == "alert-if-no-sni":
        said = bytes((21, 3, 3, 0, 2, 2, server["code"]))
    elif behaviour == "rst":
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    elif behaviour == "silent":
        peer.settimeout(MOST_PATIENCE)
        peer.recv(1)
    if hello:
        peer.sendall(said)


@contextmanager
def _between(server: Mapping[str, Any], port: int, behind: int) -> Iterator[None]:
    """A box before the server: it puts a warning first, or cuts after the server's flight."""

    def relay(peer: socket.socket) -> None:
        with closing(socket.create_connection(("127.0.0.1", behind))) as onward:
            onward.sendall(peer.recv(65536))
            first = onward.recv(65536)
            if server["transform"] == "sni-warning":
                peer.sendall(bytes((21, 3, 3, 0, 2, 1, 112)))
            peer.sendall(first)
            if server["transform"] == "cut":
                peer.shutdown(socket.SHUT_WR)
                peer.settimeout(MOST_PATIENCE)
                while peer.recv(65536):
                    pass
                return
            back = threading.Thread(target=_pump, args=(onward, peer), daemon=True)
            back.start()
            _pump(peer, onward)

    with _accepting(port, relay):
        yield


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)


@contextmanager
def _accepting(port: int, serve: Any) -> Iterator[None]:  # noqa: ANN401
    with closing(socket.create_server(("127.0.0.1", port))) as listener:

        def one(peer: socket.socket) -> None:
            with closing(peer), suppress(OSError):
                serve(peer)

        def loop() -> None:
            with suppress(OSError):
                while True:
                    threading.Thread(target=one, args=(listener.accept()[0],), daemon=True).start()

        threading.Thread(target=loop, daemon=True).start()
        yield
        listener.shutdown(socket.SHUT_RDWR)
