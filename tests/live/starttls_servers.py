"""Real servers that begin in the clear: mail, files, directory, chat and databases, each with and without TLS.

Owns their configuration, in a folder that the users they change to may enter. Who asks them is the tests' business.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from tests.gather.servers import free_port, running
from tests.live.identities import Identity

Starter = Callable[[Path, int, Identity | None], list[str]]
"""Writes what the server needs; the command. Without an identity it has no TLS."""
POSTGRESQL = "/usr/lib/postgresql"
AS_NOBODY = ["setpriv", "--reuid=nobody", "--clear-groups"]


def smtp(folder: Path, port: int, identity: Identity | None) -> list[str]:
    tls = "tls_advertise_hosts =\n"  # else Exim makes itself a certificate
    if identity is not None:
        tls = f"tls_advertise_hosts = *\ntls_certificate = {identity.chain}\ntls_privatekey = {identity.key}\n"
    own = f"spool_directory = {folder}/spool\nlog_file_path = {folder}/%slog\npid_file_path = {folder}/pid\n"
    own += f"local_interfaces = 127.0.0.1\ndaemon_smtp_ports = {port}\nkeep_environment =\n"
    return ["exim4", "-C", str(_written(folder / "exim.conf", own + tls + "begin acl\n")), "-bdf"]


def imap(folder: Path, port: int, identity: Identity | None, kind: str = "imap") -> list[str]:
    tls = "ssl = no\n"
    if identity is not None:
        tls = f"ssl = yes\nssl_cert = <{identity.chain}\nssl_key = <{identity.key}\n"
    listeners = f"inet_listener {kind} {{\n port = {port}\n}}\ninet_listener {kind}s {{\n port = 0\n}}\n"
    text = f"base_dir = {folder}/run\nstate_dir = {folder}/state\nlog_path = {folder}/log\nlisten = 127.0.0.1\n{tls}"
    text += f"protocols = {kind}\nservice {kind}-login {{\n{listeners}}}\npassdb {{\n driver = static\n}}\n"
    return ["dovecot", "-F", "-c", str(_written(folder / "dovecot.conf", text))]


def pop3(folder: Path, port: int, identity: Identity | None) -> list[str]:
    return imap(folder, port, identity, "pop3")


def ftp(folder: Path, port: int, identity: Identity | None) -> list[str]:
    lines = ["listen=YES", "listen_address=127.0.0.1", f"listen_port={port}", "background=NO", "seccomp_sandbox=NO"]
    lines += [f"secure_chroot_dir={folder}", "anonymous_enable=YES"]
    if identity is not None:
        lines += ["ssl_enable=YES", f"rsa_cert_file={identity.chain}", f"rsa_private_key_file={identity.key}"]
    return ["vsftpd", str(_written(folder / "vsftpd.conf", "\n".join(lines) + "\n"))]


def ldap(folder: Path, port: int, identity: Identity | None) -> list[str]:
    tls = ""
    if identity is not None:
        tls = f"TLSCertificateFile {identity.chain}\nTLSCertificateKeyFile {identity.key}\n"
    conf = _written(folder / "slapd.conf", f"{tls}pidfile {folder}/pid\ndatabase monitor\n")
    return ["slapd", "-d", "0", "-f", str(conf), "-h", f"ldap://127.0.0.1:{port}/"]


def xmpp(folder: Path, port: int, identity: Identity | None) -> list[str]:
    tls = f'ssl = {{ key = "{identity.key}", certificate = "{identity.chain}" }}\n' if identity is not None else ""
    modules = '"tls", "saslauth"' if identity is not None else '"saslauth"'
    (folder / "certs").mkdir()
    text = f'run_as_root = true\npidfile = "{folder}/pid"\ndata_path = "{folder}"\nmodules_enabled = {{ {modules} }}\n'
    text += f'modules_disabled = {{ "s2s" }}\ninterfaces = {{ "127.0.0.1" }}\nc2s_ports = {{ {port} }}\n'
    text += "".join(f"{name}_ports = {{}}\n" for name in ("c2s_direct_tls", "s2s", "http", "https"))
    conf = _written(folder / "prosody.cfg.lua", f'{text}{tls}VirtualHost "localhost"\n')
    return ["prosody", "-F", "--config", str(conf)]


def postgresql(folder: Path, port: int, identity: Identity | None) -> list[str]:
    binaries = _postgresql_programs()
    prefix = AS_NOBODY if os.geteuid() == 0 else []  # PostgreSQL refuses to run as root
    make = ["initdb", "-D", str(folder / "data"), "-A", "trust", "-N", "--locale=C"]
    subprocess.run([*prefix, str(binaries / make[0]), *make[1:]], check=True, capture_output=True, cwd=folder)
    settings = ["listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off"]
    if identity is not None:
        settings += ["ssl=on", f"ssl_cert_file={identity.chain}", f"ssl_key_file={identity.key}"]
    options = [word for setting in settings for word in ("-c", setting)]
    return [*prefix, str(binaries / "postgres"), "-D", str(folder / "data"), "-p", str(port), *options]


def mysql(folder: Path, port: int, identity: Identity | None) -> list[str]:
    (folder / "data").mkdir()
    command = ["mariadbd", "--no-defaults", "--skip-grant-tables", f"--datadir={folder}/data", f"--port={port}"]
    command += ["--bind-address=127.0.0.1", f"--socket={folder}/socket", f"--pid-file={folder}/pid"]
    command += ["--user=root"] if os.geteuid() == 0 else []
    return [*command, *([f"--ssl-cert={identity.chain}", f"--ssl-key={identity.key}"] if identity is not None else [])]


SERVERS: dict[str, Starter] = {
    starter.__name__: starter for starter in (smtp, imap, pop3, ftp, ldap, xmpp, postgresql, mysql)
}
ROOTS = ("smtp", "imap", "pop3", "ftp")
"""Servers that want to start as root."""


@contextmanager
def greeting(kind: str, identity: Identity | None) -> Iterator[int]:
    """The server, with that identity or without TLS; its port. Skips where it is not there."""
    if kind in ROOTS and os.geteuid() != 0:
        pytest.skip("a server that is started as root")
    with tempfile.TemporaryDirectory(prefix="starttls") as name:
        folder = Path(name)
        folder.chmod(0o755)
        own = _copied(folder, identity) if identity is not None else None
        if os.geteuid() == 0:
            _hand_over(folder, kind)
        port = free_port()
        with running(SERVERS[kind](folder, port, own), port, cwd=folder):
            yield port


def _copied(folder: Path, identity: Identity) -> Identity:
    key, chain, both = (Path(shutil.copy(file, folder)) for file in (identity.key, identity.chain, identity.both))
    key.chmod(0o600)
    return replace(identity, key=key, chain=chain, both=both)


def _hand_over(folder: Path, kind: str) -> None:
    """What the server's own user must own."""
    user = {"smtp": "Debian-exim", "postgresql": "nobody"}.get(kind)
    if kind == "smtp":
        (folder / "spool").mkdir()
        folder.chmod(0o777)
    if user is not None:
        try:
            for each in (folder, *folder.iterdir()):
                if not (kind == "smtp" and each == folder):
                    shutil.chown(each, user)
        except LookupError:
            pytest.skip(f"no user {user} here")


def _postgresql_programs() -> Path:
    if (program := shutil.which("initdb")) is not None:
        return Path(program).resolve().parent
    found = sorted(Path(POSTGRESQL).glob("*/bin"))
    if not found:
        pytest.skip("no PostgreSQL here")
    return found[-1]


def _written(path: Path, text: str) -> Path:
    path.write_text(text)
    return path
