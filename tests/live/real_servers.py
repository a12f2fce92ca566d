"""Real servers with good and bad certificates and settings, each program started once for all its sites.

Owns configuration files and the certificates; who connects is the tests' business. A site is a port of a program.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    pkcs12,
)

from tests.gather.servers import free_port, running
from tests.live.javas import classes
from tests.pki import minting
from tests.pki.minting import ec_key, mint, name, rsa_key

CA = x509.BasicConstraints(ca=True, path_length=None)


@dataclass(frozen=True)
class Identity:
    """What a server shows: key and chain in PEM files of their own, and both in one."""

    name: str
    key: Path
    chain: Path
    both: Path


@dataclass(frozen=True)
class Site:
    """One port of one program."""

    program: str
    identity: Identity
    port: int
    settings: str = ""

    @property
    def title(self) -> str:
        """For the tests' names."""
        return f"{self.program}-{self.identity.name}{'-' if self.settings else ''}{self.settings}"


def identities(folder: Path) -> tuple[dict[str, Identity], Path]:
    """Chains with one fault each, and the PEM file that trusts their root."""
    root_key, middle_key, leaf_key = rsa_key(), rsa_key(2049), rsa_key(3072)
    root = mint(name("Live Root"), key=root_key, extensions=[(CA, True)])
    middle = mint(
        name("Live Middle"), issuer=name("Live Root"), key=middle_key, signer=root_key, extensions=[(CA, True)]
    )

    def leaf(key=leaf_key, dns=("localhost",), **other):
        common = name(dns[0])
        return mint(common, issuer=name("Live Middle"), key=key, signer=middle_key, dns=dns, ip=_loopback(dns), **other)

    expired = _expired(lambda: leaf())
    chains = {
        "good": (leaf_key, [leaf(), middle]),
        "good-ec": (ec_key(), [leaf(ec_key()), middle]),
        "expired": (leaf_key, [expired, middle]),
        "wrong-name": (leaf_key, [leaf(dns=("elsewhere.example.test",)), middle]),
        "incomplete": (leaf_key, [leaf()]),
        "self-signed": (leaf_key, [mint(name("localhost"), key=leaf_key, dns=("localhost",))]),
        "small-key": (rsa_key(1024), [leaf(rsa_key(1024)), middle]),
    }
    trust = folder / "trust.pem"
    trust.write_bytes(root.public_bytes(Encoding.PEM))
    return {kind: _written(folder, kind, key, chain) for kind, (key, chain) in chains.items()}, trust


def _loopback(dns: Sequence[str]) -> tuple:
    return (ip_address("127.0.0.1"),) if "localhost" in dns else ()


def _expired(make: Callable[[], x509.Certificate]) -> x509.Certificate:
    kept, minting.NOT_AFTER = minting.NOT_AFTER, datetime(2021, 1, 1, tzinfo=UTC)
    try:
        return make()
    finally:
        minting.NOT_AFTER = kept


def _written(folder: Path, kind: str, key, chain: Sequence[x509.Certificate]) -> Identity:
    made = Identity(kind, folder / f"{kind}.key", folder / f"{kind}.pem", folder / f"{kind}.both")
    made.key.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()))
    made.chain.write_bytes(b"".join(certificate.public_bytes(Encoding.PEM) for certificate in chain))
    made.both.write_bytes(made.key.read_bytes() + made.chain.read_bytes())
    return made


Starter = Callable[[Sequence[Site], Path], tuple[list[str], Path]]
"""Writes what the program needs into a folder; the command, and where it runs."""


def nginx(sites: Sequence[Site], folder: Path) -> tuple[list[str], Path]:
    blocks = "".join(
        f"server {{ listen 127.0.0.1:{site.port} ssl; ssl_certificate {site.identity.chain};"
        f" ssl_certificate_key {site.identity.key}; ssl_ciphers ALL:@SECLEVEL=0;"
        f" ssl_protocols {'TLSv1 TLSv1.1' if site.settings == 'tls11' else 'TLSv1.2 TLSv1.3'}; }}\n"
        for site in sites
    )
    paths = "".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    own = f"pid {folder}/pid; error_log {folder}/log; daemon off; events {{}}"
    text = f"{own}\nhttp {{ access_log off; {paths}\n{blocks}}}"
    (folder / "nginx.conf").write_text(text)
    return ["nginx", "-e", str(folder / "log"), "-c", str(folder / "nginx.conf")], folder


def apache(sites: Sequence[Site], folder: Path) -> tuple[list[str], Path]:
    modules = Path("/usr/lib/apache2/modules")
    lines = [f"LoadModule {part}_module {modules}/mod_{part}.so" for part in ("mpm_event", "authz_core", "ssl")]
    lines += [f"ServerName localhost\nPidFile {folder}/pid\nErrorLog {folder}/log\nMutex file:{folder}"]
    for site in sites:
        protocols = "-all +TLSv1.1" if site.settings == "tls11" else "all"
        lines += [
            f"Listen 127.0.0.1:{site.port}",
            f"<VirtualHost 127.0.0.1:{site.port}>\nSSLEngine on\nSSLProtocol {protocols}",
            f"SSLCipherSuite ALL:@SECLEVEL=0\nSSLCertificateFile {site.identity.chain}",
            f"SSLCertificateKeyFile {site.identity.key}\n</VirtualHost>",
        ]
    (folder / "apache.conf").write_text("\n".join(lines) + "\n")
    return ["apache2", "-X", "-f", str(folder / "apache.conf"), "-d", str(folder)], folder


def haproxy(sites: Sequence[Site], folder: Path) -> tuple[list[str], Path]:
    lines = ["defaults", " mode http", " timeout client 5s", " timeout connect 5s", " timeout server 5s"]
    for number, site in enumerate(sites):
        minimum = " ssl-min-ver TLSv1.0 ssl-max-ver TLSv1.1" if site.settings == "tls11" else ""
        bind = f" bind 127.0.0.1:{site.port} ssl crt {site.identity.both} ciphers ALL:@SECLEVEL=0{minimum}"
        lines += [f"frontend f{number}", bind, " http-request return status 200"]
    (folder / "haproxy.cfg").write_text("\n".join(lines) + "\n")
    return ["haproxy", "-db", "-f", str(folder / "haproxy.cfg")], folder


def stunnel(sites: Sequence[Site], folder: Path) -> tuple[list[str], Path]:
    lines = ["foreground = yes", f"output = {folder}/log", "pid =", "securityLevel = 0"]
    for number, site in enumerate(sites):
        lines += [f"[s{number}]", f"accept = 127.0.0.1:{site.port}", "connect = 127.0.0.1:9"]
        lines += [f"cert = {site.identity.chain}", f"key = {site.identity.key}"]
        if site.settings == "tls11":
            lines += ["sslVersion = TLSv1.1", "ciphers = ALL:@SECLEVEL=0"]
    (folder / "stunnel.conf").write_text("\n".join(lines) + "\n")
    return ["stunnel4", str(folder / "stunnel.conf")], folder


def lighttpd(sites: Sequence[Site], folder: Path) -> tuple[list[str], Path]:
    lines = [
        'server.modules = ("mod_openssl")',
        f'server.document-root = "{folder}"\nserver.port = {free_port()}\nserver.bind = "127.0.0.1"',
    ]
    for site in sites:
        limits = '"MinProtocol" => "TLSv1.1", "MaxProtocol" => "TLSv1.1"' if site.settings == "tls11" else ""
        limits = f'ssl.openssl.ssl-conf-cmd = ({limits}, "CipherString" => "ALL:@SECLEVEL=0")' if limits else ""
        lines += [
            f'$SERVER["socket"] == "127.0.0.1:{site.port}" {{ ssl.engine = "enable"',
            f'ssl.pemfile = "{site.identity.chain}"\nssl.privkey = "{site.identity.key}"\n{limits} }}',
        ]
    (folder / "lighttpd.conf").write_text("\n".join(lines) + "\n")
    return ["lighttpd", "-D", "-f", str(folder / "lighttpd.conf")], folder


def python(sites: Sequence[Site], folder: Path) -> tuple[list[str], Path]:
    script = Path(__file__).with_name("python_server.py")
    (folder / "sites.json").write_text(_as_json(sites))
    return [sys.executable, str(script), str(folder / "sites.json")], folder


def node(sites: Sequence[Site], folder: Path) -> tuple[list[str], Path]:
    script = """
const fs = require('fs'), https = require('https');
for (const site of JSON.parse(fs.readFileSync(process.argv[2]))) {
  const limits = site.settings === 'tls11' ? {minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1'} : {};
  https.createServer({key: fs.readFileSync(site.key), cert: fs.readFileSync(site.chain),
    ciphers: 'ALL:@SECLEVEL=0', ...limits}, (q, r) => r.end('x')).listen(site.port, '127.0.0.1');
}
"""
    (folder / "server.js").write_text(script)
    (folder / "sites.json").write_text(_as_json(sites))
    return ["node", str(folder / "server.js"), str(folder / "sites.json")], folder


def java(sites: Sequence[Site], folder: Path) -> tuple[list[str], Path]:
    lines = [jsse_site(site, folder, "TLSv1.1" if site.settings == "tls11" else "-") for site in sites]
    return jsse_server(lines, folder), folder


def jsse_site(site: Site, folder: Path, protocols: str = "-", suites: str = "-") -> str:
    """A line for Serve.java, whose key store is written."""
    leaf, *above = x509.load_pem_x509_certificates(site.identity.chain.read_bytes())
    key = load_pem_private_key(site.identity.key.read_bytes(), None)
    store = folder / f"{site.port}.p12"
    secret = pkcs12.PBES.PBESv2SHA256AndAES256CBC
    encryption = PrivateFormat.PKCS12.encryption_builder().key_cert_algorithm(secret).build(b"changeit")
    store.write_bytes(pkcs12.serialize_key_and_certificates(b"x", key, leaf, above, encryption))
    return f"{site.port} {store} {protocols} {suites}"


def jsse_server(lines: Sequence[str], folder: Path) -> list[str]:
    """The command that serves them all."""
    (folder / "sites").write_text("\n".join(lines))
    return ["java", "-cp", classes(), "Serve", str(folder / "sites")]


def caddy(sites: Sequence[Site], folder: Path) -> tuple[list[str], Path]:
    lines = [f"{{\n admin off\n auto_https off\n storage file_system {folder}\n}}"]
    for site in sites:
        protocols = " protocols tls1.3\n" if site.settings == "tls13" else ""
        certificate = f"tls {site.identity.chain} {site.identity.key} {{\n{protocols} }}"
        lines.append(f"https://:{site.port} {{\n bind 127.0.0.1\n {certificate}\n respond x\n}}")
    (folder / "Caddyfile").write_text("\n".join(lines) + "\n")
    return ["caddy", "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")], folder


def gnutls(sites: Sequence[Site], folder: Path) -> tuple[list[str], Path]:
    """A process of its own for each site, since gnutls-serv has one port; the shell ends them."""
    lines = ["trap 'kill $all' TERM"]
    for site in sites:
        versions = ":-VERS-ALL:+VERS-TLS1.1" if site.settings == "tls11" else ""
        identity = f"--x509keyfile {site.identity.key} --x509certfile {site.identity.chain}"
        serve = f"gnutls-serv --http --disable-client-cert -q -p {site.port} --priority 'NORMAL{versions}' {identity}"
        lines.append(f'{serve} & all="$all $!"')
    return ["sh", "-c", "\n".join([*lines, "wait"])], folder


PROGRAMS: dict[str, Starter] = {
    starter.__name__: starter
    for starter in (nginx, apache, haproxy, stunnel, lighttpd, python, node, java, caddy, gnutls)
}
COMMANDS = {"apache": "apache2", "stunnel": "stunnel4", "python": "python3", "gnutls": "gnutls-serv"}
"""Programs that are called otherwise."""


def one_version(program: str) -> str:
    """The settings of a site that speaks one version alone: an old one, where the program has one."""
    return "tls13" if program == "caddy" else "tls11"


@contextmanager
def started(program: str, sites: Sequence[Site], folder: Path) -> Iterator[None]:
    """The program with all its sites."""
    folder.mkdir(exist_ok=True)
    command, where = PROGRAMS[program](sites, folder)
    with running(command, sites[-1].port, cwd=where, wait=30):
        yield


def _as_json(sites: Sequence[Site]) -> str:
    rows = [
        {"port": site.port, "key": str(site.identity.key), "chain": str(site.identity.chain), "settings": site.settings}
        for site in sites
    ]
    return json.dumps(rows)
