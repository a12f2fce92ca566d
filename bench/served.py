"""Captures of a real server: nginx and its clients on a loopback interface of their own, taken by tcpdump.

python bench/served.py bulk FILE [--megabytes 512] [--transfer 16]      curl, four downloads at a time
python bench/served.py dense FILE [--connections 5000]                  Python's ssl, every second one TLS 1.2

Needs root (a network namespace), unshare, ip, nginx, openssl, tcpdump and curl. The interface has the packet size of
Ethernet and cuts segments itself, so that a capture looks like one from a network card. ``captures.py`` makes larger
ones faster, packet by packet.
"""

from __future__ import annotations

import argparse
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ADDRESS = ("127.0.0.1", 4443)
INTERFACE = (
    ["ip", "link", "set", "lo", "up", "mtu", "1500"],
    ["ip", "link", "set", "lo", "gso_max_size", "1500", "gso_max_segs", "1", "gro_max_size", "1500"],
)
AT_ONCE = 4
NGINX = """
daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
  access_log off; client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
  uwsgi_temp_path {folder}; scgi_temp_path {folder};
  server {{
    listen {address}:{port} ssl backlog=4096; ssl_certificate {folder}/chain.pem; ssl_certificate_key {folder}/key.pem;
    ssl_protocols TLSv1.2 TLSv1.3; root {folder}/files;
  }}
}}
"""


def main() -> None:
    """Make one capture, in a network of its own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=("bulk", "dense"))
    parser.add_argument("file", type=Path)
    parser.add_argument("--megabytes", type=int, default=512, help="what the bulk capture holds")
    parser.add_argument("--transfer", type=int, default=16, help="megabytes for each connection of the bulk capture")
    parser.add_argument("--connections", type=int, default=5000, help="connections of the dense capture")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if not options.inside:
        sys.exit(subprocess.run(["unshare", "--net", sys.executable, *sys.argv, "--inside"], check=False).returncode)
    for command in INTERFACE:
        subprocess.run(command, check=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        with nginx(folder, options.transfer), tcpdump(options.file):
            if options.kind == "bulk":
                download(options.megabytes // options.transfer)
            else:
                shake_hands(options.connections)


@contextmanager
def nginx(folder: Path, megabytes: int) -> Iterator[None]:
    """A server with one large and one empty file."""
    files = folder / "files"
    files.mkdir(mode=0o755)
    (files / "large").write_bytes(bytes(megabytes << 20))
    (files / "empty").write_bytes(b"")
    key = ["-newkey", "rsa:2048", "-nodes", "-keyout", str(folder / "key.pem"), "-out", str(folder / "chain.pem")]
    subprocess.run(
        ["openssl", "req", "-x509", *key, "-subj", "/CN=served.example", "-days", "30"], check=True, capture_output=True
    )
    configuration = folder / "nginx.conf"
    configuration.write_text(NGINX.format(folder=folder, address=ADDRESS[0], port=ADDRESS[1]))
    with subprocess.Popen(["nginx", "-p", str(folder), "-c", str(configuration)]) as process:
        try:
            wait_for_server()
            yield
        finally:
            process.terminate()


def wait_for_server() -> None:
    """Until somebody listens, ten seconds at most."""
    for _ in range(200):
        try:
            socket.create_connection(ADDRESS).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise SystemExit("nginx does not listen")


@contextmanager
def tcpdump(file: Path) -> Iterator[None]:
    """A capture of what happens meanwhile; one that lost packets is none."""
    command = ["tcpdump", "-i", "lo", "-B", "262144", "-s", "0", "-Z", "root", "-w", str(file), "tcp"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        process.stderr.readline()  # it listens
        time.sleep(0.2)
        try:
            yield
            time.sleep(1)
        finally:
            process.terminate()
            told = process.stderr.read()
    if "\n0 packets dropped by kernel" not in told:
        file.unlink(missing_ok=True)
        raise SystemExit(f"tcpdump lost packets: {told.strip()}")


def download(count: int) -> None:
    """Fetch the large file so many times, each in a connection of its own."""
    url = f"https://{ADDRESS[0]}:{ADDRESS[1]}/large"
    for first in range(0, count, AT_ONCE):
        fetching = [
            subprocess.Popen(["curl", "-sk", "-o", "/dev/null", url]) for _ in range(min(AT_ONCE, count - first))
        ]
        if any(each.wait() for each in fetching):
            raise SystemExit("a download failed")


def shake_hands(count: int) -> None:
    """So many connections that ask for nothing but an empty file."""
    newest = ssl.create_default_context()
    newest.check_hostname = False
    newest.verify_mode = ssl.CERT_NONE
    older = ssl.create_default_context()
    older.check_hostname = False
    older.verify_mode = ssl.CERT_NONE
    older.maximum_version = ssl.TLSVersion.TLSv1_2
    numbers = iter(range(count))
    lock = threading.Lock()

    def work() -> None:
        while True:
            with lock:
                number = next(numbers, None)
            if number is None:
                return
            context = older if number % 2 else newest
            with (
                socket.create_connection(ADDRESS) as plain,
                context.wrap_socket(plain, server_hostname="served.example") as connection,
            ):
                connection.sendall(b"GET /empty HTTP/1.0\r\n\r\n")
                while connection.recv(4096):
                    pass

    workers = [threading.Thread(target=work) for _ in range(AT_ONCE)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


if __name__ == "__main__":
    main()
