"""Real web servers with a fault, whose configuration a recipe's own text changes: nginx, Apache, HAProxy, Tomcat,
Jetty, Node.js, Caddy, openssl s_server.

Owns configurations, their files and how a line of a recipe takes the place of the line that was there. Knows no plan.
"""

from __future__ import annotations

import base64
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import ClassVar

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID

from tests.gather.servers import free_port, running
from tests.pki.minting import mint, name
from tlswhy.pki import der

HOST = "localhost"
OAKLEY_2 = int(  # RFC 2409, 6.2: 1024 bits, the least that OpenSSL 3 serves at any security level
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD"
    "EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED"
    "EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE65381FFFFFFFFFFFFFFFF",
    16,
)
LAX = """openssl_conf = init
[init]
ssl_conf = ssl
[ssl]
system_default = lax
[lax]
MinProtocol = TLSv1
CipherString = DEFAULT:@SECLEVEL=0
"""
TOMCATS = ("/usr/share/tomcat10", "/usr/share/tomcat9", "/usr/share/tomcat11")
PASSWORD = "changeit"
SHELL = ("openssl ", "cat ", "sed ", "printf ", "keytool ")
FOLDERS = re.compile(r"/etc/(?:nginx|ssl|haproxy|caddy)/")


@dataclass(frozen=True)
class Pki:
    """A root, an intermediate and a server below it, as PEM files in ``folder``."""

    folder: Path
    root: bytes

    @property
    def trust(self) -> str:
        """What JavaClient wants."""
        return base64.b64encode(self.root).decode()


def make_pki(
    folder: Path, *, server_name: str = HOST, days: tuple[int, int] = (-30, 300), usage: str = "serverAuth"
) -> Pki:
    """ca.pem and ca.key are the intermediate's: it issues the server's certificate, valid for these days around now."""
    root_key, ca_key, server_key = (rsa.generate_private_key(65537, bits) for bits in (2048, 2048, 2048))
    authority = (x509.BasicConstraints(ca=True, path_length=None), True)
    root = mint(name("Site Root"), key=root_key, extensions=[authority])
    ca = mint(name("Site CA"), issuer=name("Site Root"), key=ca_key, signer=root_key, extensions=[authority])
    server = _server(server_name, server_key, ca_key, days, usage)
    for file, certificate in (("root.pem", root), ("ca.pem", ca), ("intermediate.pem", ca), ("server.pem", server)):
        (folder / file).write_bytes(certificate.public_bytes(Encoding.PEM))
    for file, key in (("ca.key", ca_key), ("server.key", server_key)):
        (folder / file).write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    _make_key_store(folder, "ca", "ca.p12")
    request = x509.CertificateSigningRequestBuilder().subject_name(server.subject).sign(server_key, SHA256())
    (folder / "old.csr").write_bytes(request.public_bytes(Encoding.PEM))
    (folder / "old.ext").write_text(f"subjectAltName=DNS:{server_name}\nextendedKeyUsage={usage}\n")
    (folder / "both.pem").write_bytes((folder / "server.pem").read_bytes() + (folder / "ca.pem").read_bytes())
    numbers = der.encode(der.INTEGER, b"\0" + OAKLEY_2.to_bytes(128, "big")) + der.encode(der.INTEGER, b"\2")
    encoded = base64.encodebytes(der.encode(der.SEQUENCE, numbers)).decode()
    weak = f"-----BEGIN DH PARAMETERS-----\n{encoded}-----END DH PARAMETERS-----\n"
    (folder / "weak-group.pem").write_text(weak)
    (folder / "fullchain.pem").write_text((folder / "both.pem").read_text() + weak)
    return Pki(folder, root.public_bytes(Encoding.DER))


def _server(
    server_name: str, key: rsa.RSAPrivateKey, signer: rsa.RSAPrivateKey, days: tuple[int, int], usage: str
) -> x509.Certificate:
    now = datetime.now(UTC)  # noqa: TID251 - Java's clock can't be set
    purpose = {"serverAuth": ExtendedKeyUsageOID.SERVER_AUTH, "clientAuth": ExtendedKeyUsageOID.CLIENT_AUTH}[usage]
    builder = x509.CertificateBuilder(issuer_name=name("Site CA"), subject_name=name(server_name), serial_number=7)
    builder = builder.public_key(key.public_key())
    builder = builder.not_valid_before(now + timedelta(days=days[0])).not_valid_after(now + timedelta(days=days[1]))
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(server_name)]), critical=False)
    return builder.add_extension(x509.ExtendedKeyUsage([purpose]), critical=False).sign(signer, SHA256())


def _make_key_store(folder: Path, whose: str, file: str, *above: str) -> None:
    """Key and certificate of the CA (alias ca) or the server (alias tomcat), with the certificates above it."""
    words = ["openssl", "pkcs12", "-export", "-inkey", f"{whose}.key", "-in", f"{whose}.pem", "-out", file]
    words += [part for each in above for part in ("-certfile", each)]
    words += ["-name", "ca" if whose == "ca" else "tomcat", "-passout", f"pass:{PASSWORD}"]
    subprocess.run(words, cwd=folder, check=True, capture_output=True)


@dataclass
class Site:
    """One server. ``lines``: its TLS directives by name; ``aside``: those that stand in another section."""

    folder: Path
    lines: dict[str, str]
    aside: dict[str, str] = field(default_factory=dict)
    elsewhere: ClassVar[frozenset[str]] = frozenset()

    def apply(self, texts: Sequence[str]) -> None:
        """The recipe's own lines: commands are run in the site's folder, directives take the place of former ones."""
        for text in texts:
            for line in self._local(text).splitlines():
                if line.startswith(SHELL):
                    subprocess.run(
                        ["sh", "-ec", line],
                        cwd=self.folder,
                        check=True,
                        capture_output=True,
                        input=f"{PASSWORD}\nyes\n".encode(),  # what keytool asks
                    )
                else:
                    self.take(line.removeprefix("# "))

    def take(self, line: str) -> None:
        """One directive."""
        key = line.split(None, 1)[0]
        (self.aside if key in self.aside or key in self.elsewhere else self.lines)[key] = line

    def command(self, *words: str) -> list[str]:
        """What starts the server where OpenSSL lets it do what its default security level forbids."""
        config = self.folder / "openssl.cnf"
        config.write_text(LAX)
        return ["env", f"OPENSSL_CONF={config}", *words]

    def _local(self, text: str) -> str:
        return FOLDERS.sub(f"{self.folder}/", text).strip("\n")

    def up(self) -> AbstractContextManager[int]:
        """Started with the lines it has now; gives the port."""
        raise NotImplementedError


class Nginx(Site):
    """A server block."""

    @contextmanager
    def up(self) -> Iterator[int]:
        port = free_port()
        tls = "\n".join(f"    {line}" for line in self.lines.values())
        config = self.folder / "nginx.conf"
        config.write_text(
            f"daemon off; pid {self.folder}/nginx.pid; error_log {self.folder}/error.log;\n"
            "events {}\nhttp {\n  access_log off;\n"
            f"  client_body_temp_path {self.folder}/t1; proxy_temp_path {self.folder}/t2;"
            f" fastcgi_temp_path {self.folder}/t3; uwsgi_temp_path {self.folder}/t4; scgi_temp_path {self.folder}/t5;\n"
            f"  server {{\n    listen 127.0.0.1:{port} ssl;\n    ssl_certificate_key {self.folder}/server.key;\n"
            f'{tls}\n    location / {{ return 200 "ok"; }}\n  }}\n}}\n'
        )
        command = self.command("nginx", "-c", str(config), "-p", str(self.folder))
        with running(command, port, cwd=self.folder) as listening:
            yield listening


class Apache(Site):
    """A virtual host."""

    @contextmanager
    def up(self) -> Iterator[int]:
        port = free_port()
        modules = Path("/usr/lib/apache2/modules")
        wanted = ("mpm_event", "authz_core", "socache_shmcb", "ssl")
        loads = "".join(f"LoadModule {module}_module {modules}/mod_{module}.so\n" for module in wanted)
        config = self.folder / "httpd.conf"
        tls = "\n".join(f"  {line}" for line in self.lines.values())
        config.write_text(
            f"{loads}ServerRoot {self.folder}\nUser www-data\nGroup www-data\nServerName {HOST}\n"
            f"PidFile {self.folder}/httpd.pid\n"
            f"ErrorLog {self.folder}/error.log\nListen 127.0.0.1:{port}\nDocumentRoot {self.folder}\n"
            f"<VirtualHost 127.0.0.1:{port}>\n  SSLEngine on\n  SSLCertificateKeyFile {self.folder}/server.key\n{tls}\n"
            "</VirtualHost>\n"
        )
        with running(self.command("apache2", "-f", str(config), "-DFOREGROUND"), port, cwd=self.folder) as listening:
            yield listening


class Haproxy(Site):
    """A bind line; what is set for all of them stands in global."""

    elsewhere: ClassVar = frozenset({"ssl-dh-param-file"})

    @contextmanager
    def up(self) -> Iterator[int]:
        port = free_port()
        site = self.folder / "site.pem"
        if not site.exists():
            site.write_text("".join((self.folder / part).read_text() for part in (self.chain, "server.key")))
        config = self.folder / "haproxy.cfg"
        glob = "\n".join(f"  {line}" for line in self.aside.values())
        config.write_text(
            f"global\n  maxconn 100\n{glob}\n"
            "defaults\n  mode http\n  timeout connect 5s\n  timeout client 5s\n  timeout server 5s\n"
            f"frontend site\n  bind 127.0.0.1:{port} ssl crt {site} {' '.join(self.lines.values())}\n"
            "  http-request return status 200 content-type text/plain string ok\n"
        )
        with running(self.command("haproxy", "-db", "-f", str(config)), port, cwd=self.folder) as listening:
            yield listening

    chain: str = "both.pem"
    """What stands before the key in the one file that it has."""


class Tomcat(Site):
    """The attributes of an SSLHostConfig; lines of setenv.sh, which sets what the JVM is started with."""

    def take(self, line: str) -> None:
        """An attribute; a line of setenv.sh comes after those that are there, as it says itself."""
        if line.startswith("CATALINA_OPTS="):
            self.aside[line] = line
        else:
            self.lines[line.partition("=")[0]] = line

    @contextmanager
    def up(self) -> Iterator[int]:
        port, home = free_port(), catalina_home()
        assert home is not None
        if not (self.folder / "keystore.p12").exists():
            _make_key_store(self.folder, "server", "keystore.p12", *([] if self.chain == "server.pem" else ["ca.pem"]))
        for part in ("conf", "bin", "temp", "logs", "work", "webapps"):
            (self.folder / part).mkdir(exist_ok=True)
        lax = self.folder / "lax.security"
        lax.write_text("jdk.tls.disabledAlgorithms=SSLv3, RC4\n")
        options = f'CATALINA_OPTS="-Djava.security.properties={lax} -XX:TieredStopAtLevel=1 -XX:+UseSerialGC"'
        (self.folder / "bin" / "setenv.sh").write_text("\n".join((options, *self.aside.values(), "")))
        (self.folder / "conf" / "server.xml").write_text(
            '<Server port="-1">\n<Service name="Catalina">\n'
            f'<Connector address="127.0.0.1" port="{port}" SSLEnabled="true" scheme="https" secure="true" '
            'protocol="org.apache.coyote.http11.Http11NioProtocol" sslImplementationName='
            '"org.apache.tomcat.util.net.jsse.JSSEImplementation">\n'
            f"<SSLHostConfig {' '.join(self.lines.values())}>\n"
            f'<Certificate certificateKeystoreFile="{self.folder}/keystore.p12" certificateKeystoreType="PKCS12" '
            f'certificateKeystorePassword="{PASSWORD}" certificateKeyAlias="tomcat"/>\n'
            "</SSLHostConfig>\n</Connector>\n"
            '<Engine name="Catalina" defaultHost="localhost"><Host name="localhost" appBase="webapps"/></Engine>\n'
            "</Service>\n</Server>\n"
        )
        command = ["env", f"CATALINA_BASE={self.folder}", f"CATALINA_HOME={home}", f"{home}/bin/catalina.sh", "run"]
        with running(command, port, cwd=self.folder) as listening:
            yield listening

    chain: str = "both.pem"
    """What stands in its key store."""


LEVEL_0 = ":@SECLEVEL=0"


class Node(Site):
    """The options of https.createServer in a script."""

    def take(self, line: str) -> None:
        """One property of the options."""
        self.lines[line.partition(":")[0]] = line

    @contextmanager
    def up(self) -> Iterator[int]:
        port = free_port()
        script = self.folder / "server.cjs"
        # Debian's Node is at its OpenSSL's level and reads no other configuration: here the list itself has to be lax
        lines = {
            name: line.replace("',", f"{LEVEL_0}',")
            for name, line in self.lines.items()
            if name == "ciphers" and LEVEL_0 not in line
        }
        script.write_text(
            "const fs = require('fs');\nconst options = {\n  key: fs.readFileSync('server.key'),\n"
            + "".join(f"  {line}\n" for line in (self.lines | lines).values())
            + "};\nrequire('https').createServer(options, (request, answer) => answer.end('ok'))"
            f".listen({port}, '127.0.0.1');\n"
        )
        with running(["node", str(script)], port, cwd=self.folder) as listening:
            yield listening


class OpensslServer(Site):
    """The options of openssl s_server."""

    def take(self, line: str) -> None:
        """One option."""
        self.lines[line.split(None, 1)[0]] = line

    @contextmanager
    def up(self) -> Iterator[int]:
        port = free_port()
        options = [word for line in self.lines.values() for word in line.split()]
        command = ["openssl", "s_server", "-accept", str(port), "-key", "server.key", "-cert", "server.pem", "-www"]
        with running(self.command(*command, *options), port, cwd=self.folder) as listening:
            yield listening


class Caddy(Site):
    """The tls directive of a site."""

    def take(self, line: str) -> None:
        """The directive's own line, or one inside of it."""
        self.lines[line.split(None, 1)[0]] = line

    @contextmanager
    def up(self) -> Iterator[int]:
        port = free_port()
        config = self.folder / "Caddyfile"
        inside = "\n".join(f"    {line}" for key, line in self.lines.items() if key != "tls")
        config.write_text(
            f"{{\n  admin off\n  auto_https off\n  storage file_system {self.folder}\n"
            f"  default_sni {HOST}\n}}\n"
            f"https://{HOST}:{port} {{\n  bind 127.0.0.1\n  {self.lines['tls']} {{\n{inside}\n  }}\n"
            '  respond "ok"\n}\n'
        )
        home = ["env", f"HOME={self.folder}", f"XDG_CONFIG_HOME={self.folder}", f"XDG_DATA_HOME={self.folder}"]
        command = [*home, "caddy", "run", "--config", str(config), "--adapter", "caddyfile"]
        with running(command, port, cwd=self.folder) as listening:
            yield listening


JETTY_HOME = Path("/usr/share/jetty9")


class Jetty(Site):
    """Properties of start.d/ssl.ini, elements of etc/tls.xml, options of the JVM."""

    chain: str = "both.pem"
    """What stands in its key store."""

    def apply(self, texts: Sequence[str]) -> None:
        """An element of XML is one piece; all else goes by lines."""
        for text in texts:
            if text.startswith("<Set name="):
                self.take(text)
            else:
                super().apply([text.replace("ALIAS", "tomcat")])

    def take(self, line: str) -> None:
        """One property, element or option."""
        key = line.split(">", 1)[0] if line.startswith("<") else line.partition("=")[0]
        (self.aside if line.startswith("-") else self.lines)[key] = line

    @contextmanager
    def up(self) -> Iterator[int]:
        port = free_port()
        if not (self.folder / "keystore.p12").exists():
            _make_key_store(self.folder, "server", "keystore.p12", *([] if self.chain == "server.pem" else ["ca.pem"]))
        for part in ("etc", "start.d", "logs"):
            (self.folder / part).mkdir(exist_ok=True)
        lax = self.folder / "lax.security"
        lax.write_text("jdk.tls.disabledAlgorithms=SSLv3, RC4\n")
        elements = "\n".join(line for line in self.lines.values() if line.startswith("<"))
        (self.folder / "etc" / "tls.xml").write_text(
            '<?xml version="1.0"?>\n<!DOCTYPE Configure PUBLIC "-//Jetty//Configure//EN" '
            '"http://www.eclipse.org/jetty/configure_9_3.dtd">\n<Configure id="sslContextFactory" '
            'class="org.eclipse.jetty.util.ssl.SslContextFactory$Server">\n'
            f'<Set name="ExcludeProtocols"><Array type="String"/></Set>\n{elements}\n</Configure>\n'
        )
        properties = [line for line in self.lines.values() if not line.startswith("<")]
        (self.folder / "start.ini").write_text(
            "\n".join(
                [
                    "--module=https",
                    "jetty.ssl.host=127.0.0.1",
                    f"jetty.ssl.port={port}",
                    "jetty.sslContext.keyStorePath=keystore.p12",
                    "jetty.sslContext.trustStorePath=keystore.p12",
                    *(
                        f"jetty.sslContext.{name}={PASSWORD}"
                        for name in ("keyStorePassword", "keyManagerPassword", "trustStorePassword")
                    ),
                    *properties,
                    "etc/tls.xml",
                    "",
                ]
            )
        )
        quick = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", f"-Djava.security.properties={lax}"]
        options = [line for line in self.aside.values() if line.startswith("-D")]
        command = ["java", *quick, *options, "-jar", f"{JETTY_HOME}/start.jar"]
        bases = [f"jetty.home={JETTY_HOME}", f"jetty.base={self.folder}"]
        with running([*command, *bases], port, cwd=self.folder) as listening:
            yield listening


def catalina_home() -> str | None:
    """Where Tomcat is: Debian's packages have no program of its name."""
    return next((home for home in TOMCATS if Path(home, "bin", "catalina.sh").is_file()), None)


def installed(program: str) -> bool:
    """Whether the program is there, in a folder for administrators perhaps."""
    if program == "tomcat":
        return catalina_home() is not None
    if program == "jetty":
        return (JETTY_HOME / "start.jar").is_file()
    return shutil.which(program, path=f"/usr/sbin:/sbin:{os.environ['PATH']}") is not None
