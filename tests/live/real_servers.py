"""Real servers with good and bad certificates and settings, each program started once for all its sites.

Owns configuration files; who connects is the tests' business. A site is a port of a program.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import PrivateFormat, load_pem_private_key, pkcs12

from tests.gather.servers import free_port, running
from tests.live.identities import Identity
from tests.live.javas import classes


@dataclass(frozen=True)
class Site:
    """One port of one program. ``settings``: words with hyphens: "tls11" to "tls13": this version alone; "asked",
    "demanded": of the client a certificate; "path": one is demanded under Apache's /secure; "sni": clients without a
    server name are turned away."""

    program: str
    identity: Identity
    port: int
    settings: str = ""
    versions: tuple[str, ...] = ()
    """As "1.2", lowest first, without a gap; none: the program's own."""
    ciphers: str = ""
    """In the program's own language (GnuTLS: a part of its priority string); none: all."""
    groups: tuple[str, ...] = ()
    """By OpenSSL's names; none: the program's own."""
    server_order: bool | None = None
    dh: Path | None = None
    second: Identity | None = None
    """Of another kind of key."""

    @property
    def spoken(self) -> tuple[str, ...]:
        """Versions, by either way to tell."""
        return self.versions or tuple(f"1.{word[4]}" for word in self._words if word.startswith("tls"))

    @property
    def _words(self) -> list[str]:
        return self.settings.split("-")

    @property
    def needs_name(self) -> bool:
        """Of the client, in its hello."""
        return "sni" in self._words

    @property
    def cipher_string(self) -> str:
        """At OpenSSL's security level 0."""
        return f"{self.ciphers or 'ALL'}:@SECLEVEL=0"

    @property
    def identities(self) -> tuple[Identity, ...]:
        """One, or two."""
        return (self.identity,) if self.second is None else (self.identity, self.second)

    @property
    def asked(self) -> str | None:
        """Of the client's certificate."""
        return next((word for word in self._words if word in ("asked", "demanded")), None)

    @property
    def title(self) -> str:
        """For the tests' names."""
        return f"{self.program}-{self.identity.name}{'-' if self.settings else ''}{self.settings}"


Starter = Callable[[Sequence[Site], Path], tuple[list[str], Path]]
"""Writes what the program needs into a folder; the command, and where it runs."""


def nginx(sites: Sequence[Site], folder: Path) -> tuple[list[str], Path]:
    blocks = "\n".join(map(_nginx_server, sites))
    paths = "".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    own = f"pid {folder}/pid; error_log {folder}/log; daemon off; events {{}}"
    text = f"{own}\nhttp {{ access_log off; {paths}\n{blocks}}}"
    (folder / "nginx.conf").write_text(text)
    return ["nginx", "-e", str(folder / "log"), "-c", str(folder / "nginx.conf")], folder


def _nginx_server(site: Site) -> str:
    own = [f"ssl_certificate {each.chain}; ssl_certificate_key {each.key};" for each in site.identities]
    own.append(f"ssl_ciphers {site.cipher_string};")
    own.append(f"ssl_protocols {' '.join(_protocol(version) for version in site.spoken) or 'TLSv1.2 TLSv1.3'};")
    own.append(_asked(site, "ssl_client_certificate {trust}; ssl_verify_client {how};", "optional", "on"))
    if site.groups:
        own.append(f"ssl_ecdh_curve {':'.join(site.groups)};")
    if site.server_order is not None:
        own.append(f"ssl_prefer_server_ciphers {'on' if site.server_order else 'off'};")
    if site.dh:
        own.append(f"ssl_dhparam {site.dh};")
    listen = f"listen 127.0.0.1:{site.port} ssl"
    if not site.needs_name:
        return f"server {{ {listen}; {' '.join(own)} }}"
    nobody = f"server {{ {listen} default_server; ssl_reject_handshake on; }}"
    return f"{nobody}\nserver {{ {listen}; server_name named.example.test; {' '.join(own)} }}"


def apache(sites: Sequence[Site], folder: Path) -> tuple[list[str], Path]:
    modules = Path("/usr/lib/apache2/modules")
    lines = [f"LoadModule {part}_module {modules}/mod_{part}.so" for part in ("mpm_event", "authz_core", "ssl")]
    lines += [f"ServerName localhost\nPidFile {folder}/pid\nErrorLog {folder}/log\nMutex file:{folder}"]
    for site in sites:
        protocols = " ".join(f"+{_protocol(version)}" for version in site.spoken)
        lines += [
            f"Listen 127.0.0.1:{site.port}",
            f"<VirtualHost 127.0.0.1:{site.port}>\nSSLEngine on",
            f"SSLProtocol {'-all ' + protocols if protocols else 'all'}",
            f"SSLCipherSuite {site.cipher_string}",
            *(f"SSLCertificateFile {_with_group(each, site, folder)}" for each in site.identities),
            *(f"SSLCertificateKeyFile {each.key}" for each in site.identities),
            f"SSLOpenSSLConfCmd Groups {':'.join(site.groups)}" if site.groups else "",
            f"SSLHonorCipherOrder {'on' if site.server_order else 'off'}" if site.server_order is not None else "",
            _asked(site, "SSLCACertificateFile {trust}\nSSLVerifyClient {how}", "optional", "require"),
            _PATH.format(trust=site.identity.trust) if site.settings.startswith("path") else "",
            "</VirtualHost>",
        ]
    (folder / "apache.conf").write_text("\n".join(lines) + "\n")
    return ["apache2", "-X", "-f", str(folder / "apache.conf"), "-d", str(folder)], folder


_PATH = "SSLCACertificateFile {trust}\n<Location /secure>\nSSLVerifyClient require\n</Location>"


def haproxy(sites: Sequence[Site], folder: Path) -> tuple[list[str], Path]:
    lines = ["defaults", " mode http", " timeout client 5s", " timeout connect 5s", " timeout server 5s"]
    for number, site in enumerate(sites):
        spoken = site.spoken
        limits = f" ssl-min-ver TLSv{spoken[0]} ssl-max-ver TLSv{spoken[-1]}" if spoken else ""
        limits += f" curves {':'.join(site.groups)}" if site.groups else ""
        limits += " prefer-client-ciphers" if site.server_order is False else ""
        limits += " strict-sni" if site.needs_name else ""
        limits += _asked(site, " ca-file {trust} verify {how}", "optional", "required")
        shown = " ".join(f"crt {_with_group(each, site, folder)}" for each in site.identities)
        bind = f" bind 127.0.0.1:{site.port} ssl {shown} ciphers {site.cipher_string}{limits}"
        lines += [f"frontend f{number}", bind, " http-request return status 200"]
    (folder / "haproxy.cfg").write_text("\n".join(lines) + "\n")
    return ["haproxy", "-db", "-f", str(folder / "haproxy.cfg")], folder


def stunnel(sites: Sequence[Site], folder: Path) -> tuple[list[str], Path]:
    """What answers behind it is a shell, once it has read the request: bytes that nobody read reset a connection."""
    answer = folder / "answer.sh"
    answer.write_text(r"""while read -r line && [ ${#line} -gt 1 ]; do :; done; printf 'HTTP/1.0 200 OK\r\n\r\n'""")
    lines = ["foreground = yes", f"output = {folder}/log", "pid =", "securityLevel = 0"]
    for number, site in enumerate(sites):
        lines += [f"[s{number}]", f"accept = 127.0.0.1:{site.port}", "exec = /bin/sh"]
        lines.append(f"execArgs = sh {answer}")
        lines += [f"cert = {_with_group(site.identity, site, folder)}", f"key = {site.identity.key}"]
        if site.spoken:
            lines += [f"sslVersionMin = {_protocol(site.spoken[0])}", f"sslVersionMax = {_protocol(site.spoken[-1])}"]
        if site.spoken or site.ciphers:
            lines.append(f"ciphers = {site.cipher_string}")
        if site.groups:
            lines.append(f"curves = {':'.join(site.groups)}")
        if site.server_order is not None:
            lines.append(f"options = {'' if site.server_order else '-'}CIPHER_SERVER_PREFERENCE")
        lines.append(_asked(site, "CAfile = {trust}\nverifyChain = yes\nrequireCert = {how}", "no", "yes"))
    (folder / "stunnel.conf").write_text("\n".join(lines) + "\n")
    return ["stunnel4", str(folder / "stunnel.conf")], folder


def lighttpd(sites: Sequence[Site], folder: Path) -> tuple[list[str], Path]:
    lines = [
        'server.modules = ("mod_openssl")',
        f'server.document-root = "{folder}"\nserver.port = {free_port()}\nserver.bind = "127.0.0.1"',
    ]
    for site in sites:
        told = {"CipherString": site.cipher_string} if site.spoken or site.ciphers else {}
        if site.spoken:
            told |= {"MinProtocol": _protocol(site.spoken[0]), "MaxProtocol": _protocol(site.spoken[-1])}
        if site.groups:
            told["Groups"] = ":".join(site.groups)
        if site.server_order is not None:
            told["Options"] = f"{'' if site.server_order else '-'}ServerPreference"
        limits = ", ".join(f'"{key}" => "{value}"' for key, value in told.items())
        limits = f"ssl.openssl.ssl-conf-cmd = ({limits})" if told else ""
        limits += f'\nssl.dh-file = "{site.dh}"' if site.dh else ""
        lines += [
            f'$SERVER["socket"] == "127.0.0.1:{site.port}" {{ ssl.engine = "enable"',
            f'ssl.pemfile = "{site.identity.chain}"\nssl.privkey = "{site.identity.key}"\n{limits}',
            _asked(
                site,
                'ssl.verifyclient.ca-file = "{trust}"\nssl.verifyclient.activate = "enable"\n'
                'ssl.verifyclient.enforce = "{how}"',
                "disable",
                "enable",
            ),
            "}",
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
  const limits = {};
  if (site.versions.length) {
    Object.assign(limits, {minVersion: 'TLSv' + site.versions[0], maxVersion: 'TLSv' + site.versions.at(-1)});
  }
  if (site.groups.length) { limits.ecdhCurve = site.groups.join(':'); }
  if (site.server_order !== null) { limits.honorCipherOrder = site.server_order; }
  if (site.dh) { limits.dhparam = fs.readFileSync(site.dh); }
  if (site.asked) {
    const demanded = {rejectUnauthorized: site.asked === 'demanded'};
    Object.assign(limits, {requestCert: true, ca: fs.readFileSync(site.trust), ...demanded});
  }
  https.createServer({key: site.keys.map(k => fs.readFileSync(k)), cert: site.chains.map(c => fs.readFileSync(c)),
    ciphers: site.ciphers, ...limits}, (q, r) => r.end('x')).listen(site.port, '127.0.0.1');
}
"""
    (folder / "server.js").write_text(script)
    (folder / "sites.json").write_text(_as_json(sites))
    return ["node", str(folder / "server.js"), str(folder / "sites.json")], folder


def java(sites: Sequence[Site], folder: Path) -> tuple[list[str], Path]:
    lines = [
        jsse_site(site, folder, ",".join(map(_protocol, site.spoken)) or "-", site.ciphers.replace(":", ",") or "-")
        for site in sites
    ]
    return jsse_server(lines, folder), folder


def jsse_site(site: Site, folder: Path, protocols: str = "-", suites: str = "-") -> str:
    """A line for Serve.java, whose key store is written."""
    leaf, *above = x509.load_pem_x509_certificates(site.identity.chain.read_bytes())
    key = load_pem_private_key(site.identity.key.read_bytes(), None)
    store = folder / f"{site.port}.p12"
    secret = pkcs12.PBES.PBESv2SHA256AndAES256CBC
    encryption = PrivateFormat.PKCS12.encryption_builder().key_cert_algorithm(secret).build(b"changeit")
    store.write_bytes(pkcs12.serialize_key_and_certificates(b"x", key, leaf, above, encryption))
    return f"{site.port} {store} {protocols} {suites} {site.asked or '-'}"


def jsse_server(lines: Sequence[str], folder: Path) -> list[str]:
    """The command that serves them all."""
    (folder / "sites").write_text("\n".join(lines))
    return ["java", "-cp", classes(), "Serve", str(folder / "sites")]


def caddy(sites: Sequence[Site], folder: Path) -> tuple[list[str], Path]:
    lines = [f"{{\n admin off\n auto_https off\n storage file_system {folder}\n}}"]
    for site in sites:
        spoken = site.spoken
        protocols = f" protocols tls{spoken[0]} tls{spoken[-1]}\n" if spoken else ""
        protocols += f" ciphers {site.ciphers.replace(':', ' ')}\n" if site.ciphers else ""
        protocols += f" curves {' '.join(site.groups)}\n" if site.groups else ""
        protocols += _asked(
            site, " client_auth {{\n mode {how}\n trusted_ca_cert_file {trust}\n }}\n", "request", "require"
        )
        certificate = f"tls {site.identity.chain} {site.identity.key} {{\n{protocols} }}"
        name = "named.example.test" if site.needs_name else ""
        lines.append(f"https://{name}:{site.port} {{\n bind 127.0.0.1\n {certificate}\n respond x\n}}")
    (folder / "Caddyfile").write_text("\n".join(lines) + "\n")
    return ["caddy", "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")], folder


def gnutls(sites: Sequence[Site], folder: Path) -> tuple[list[str], Path]:
    """A process of its own for each site, since gnutls-serv has one port; the shell ends them."""
    lines = ["trap 'kill $all' TERM"]
    for site in sites:
        priority = ["NORMAL", *(["-VERS-ALL"] if site.spoken else [])]
        priority += [f"+VERS-TLS{version}" for version in site.spoken] + ([site.ciphers] if site.ciphers else [])
        priority += ["%SERVER_PRECEDENCE"] if site.server_order else []
        options = [_asked(site, "--x509cafile {trust} {how}", "", "--require-client-cert") or "--disable-client-cert"]
        options += [f"--x509keyfile {each.key} --x509certfile {each.chain}" for each in site.identities]
        options += [f"--dhparams {site.dh}"] if site.dh else []
        options += ["--sni-hostname named.example.test --sni-hostname-fatal"] if site.needs_name else []
        serve = f"gnutls-serv --http -q -p {site.port} --priority '{':'.join(priority)}' {' '.join(options)}"
        lines.append(f'{serve} & all="$all $!"')
    return ["sh", "-c", "\n".join([*lines, "wait"])], folder


def openssl(sites: Sequence[Site], folder: Path) -> tuple[list[str], Path]:
    """Likewise, s_server having one port."""
    lines = ["trap 'kill $all' TERM"]
    for site in sites:
        options = [f"-cipher {site.cipher_string}", _asked(site, "-CAfile {trust} {how}", "-verify 1", "-Verify 1")]
        if site.spoken:
            options.append(f"-min_protocol {_protocol(site.spoken[0])} -max_protocol {_protocol(site.spoken[-1])}")
        for letter, each in zip(("", "d"), site.identities, strict=False):
            options.append(f"-{letter}key {each.key} -{letter}cert {each.chain}")
            options += [f"-{letter}cert_chain {each.above}"] if each.above else []
        options += [f"-groups {':'.join(site.groups)}"] if site.groups else []
        options += ["-serverpref"] if site.server_order else []
        options += [f"-dhparam {site.dh}"] if site.dh else []
        serve = f"openssl s_server -accept 127.0.0.1:{site.port} -www {' '.join(options)}"
        lines.append(f'{serve} & all="$all $!"')
    return ["sh", "-c", "\n".join([*lines, "wait"])], folder


def _protocol(version: str) -> str:
    """As OpenSSL, the servers on it, and Java call it."""
    return "TLSv1" if version == "1.0" else f"TLSv{version}"


def _with_group(identity: Identity, site: Site, folder: Path) -> Path:
    """Key, chain and Diffie-Hellman group in one file."""
    if site.dh is None:
        return identity.both
    made = folder / f"{site.port}-{identity.name}.both"
    made.write_bytes(identity.both.read_bytes() + site.dh.read_bytes())
    return made


def _asked(site: Site, text: str, optional: str, demanded: str) -> str:
    """The settings by which a site asks for the client's certificate; none where it does not."""
    if site.asked is None:
        return ""
    return text.format(trust=site.identity.trust, how=demanded if site.asked == "demanded" else optional)


PROGRAMS: dict[str, Starter] = {
    starter.__name__: starter
    for starter in (nginx, apache, haproxy, stunnel, lighttpd, python, node, java, caddy, gnutls, openssl)
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


@contextmanager
def all_started(folder: Path, sites_of: Callable[[str], list[Site]]) -> Iterator[list[Site]]:
    """Every program that is here with the sites that it is to have; all of them, in that order."""
    sites: list[Site] = []
    with ExitStack() as stack:
        for program in PROGRAMS:
            command = COMMANDS.get(program, program)
            if shutil.which(command) or shutil.which(command, path="/usr/sbin"):
                own = sites_of(program)
                stack.enter_context(started(program, own, folder / program))
                sites += own
        yield sites


def _as_json(sites: Sequence[Site]) -> str:
    rows = [
        {
            "port": site.port,
            "keys": [str(each.key) for each in site.identities],
            "chains": [str(each.chain) for each in site.identities],
            "trust": str(site.identity.trust),
            "versions": site.spoken,
            "ciphers": site.cipher_string,
            "groups": site.groups,
            "server_order": site.server_order,
            "dh": str(site.dh) if site.dh else None,
            "asked": site.asked,
        }
        for site in sites
    ]
    return json.dumps(rows)
