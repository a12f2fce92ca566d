"""The client programs that are measured: how each is told what to trust and whom to ask, and how its words read.

A client exists here because its program can be had from a package: Debian's, or Node.js out of npm's ``node`` packages,
whose folders are given by NODES (``10=/folder/of/bin/node …``).
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from ipaddress import ip_address
from pathlib import Path

SECONDS = 6


@dataclass(frozen=True)
class Asked:
    """One connection to make. ``trust`` is a PEM file, ``folder`` the client's own for this once."""

    host: str
    port: int
    trust: Path
    folder: Path

    @property
    def address(self) -> bool:
        """The host is an IP address."""
        try:
            return bool(ip_address(self.host))
        except ValueError:
            return False

    @property
    def url(self) -> str:
        """What an HTTPS client is given."""
        return f"https://{self.host}:{self.port}/"


@dataclass(frozen=True)
class Outcome:
    """What became of it; ``words``: what the client said, in one line."""

    connected: bool
    words: str


@dataclass(frozen=True)
class Client:
    """``command`` of a connection; ``done``: what its output holds when page or handshake came through."""

    id: str
    kind: str
    program: str = ""

    def connect(self, asked: Asked) -> Outcome:
        """Run the program once, to its end."""
        return KINDS[self.kind](self, asked)


def run(command: Sequence[str | Path], said: str = "", more: Mapping[str, str] | None = None) -> tuple[int, str]:
    """Exit code and everything it said; 124 when it took too long."""
    try:
        done = subprocess.run(
            command,
            input=said,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=SECONDS * 4,
            env=os.environ | (more or {}),
            check=False,
        )
    except subprocess.TimeoutExpired as late:
        return 124, f"timed out {late.stdout!r}"
    return done.returncode, done.stdout + done.stderr


def s_client(client: Client, asked: Asked) -> Outcome:
    """``openssl s_client`` as one that minds: -verify_return_error and the name."""
    command = ["timeout", str(SECONDS), "openssl", "s_client", "-connect", f"127.0.0.1:{asked.port}", "-CAfile"]
    command += [str(asked.trust), "-no-CApath", "-no-CAstore", "-verify_return_error", "-ign_eof"]
    own = ["-noservername", "-verify_ip"] if asked.address else ["-servername", asked.host, "-verify_hostname"]
    code, text = run([*command, *own, asked.host], f"GET / HTTP/1.0\r\nHost: {asked.host}\r\n\r\n")
    connected = "HTTP/1.0 200" in text and "Verify return code: 0 (ok)" in text
    said = re.findall(r"verify error:num=.*|error:[0-9A-F]+:.*|.*errno=.*|Could not .*", text)
    return Outcome(connected, " | ".join(said)[:400] or f"exit {code}")


def curl(client: Client, asked: Asked) -> Outcome:
    """curl with --cacert."""
    command = ["curl", "-sS", "-m", str(SECONDS), "--cacert", str(asked.trust), "--capath", "/nonexistent", "-o"]
    command += ["/dev/null", "--connect-to", f"::127.0.0.1:{asked.port}", asked.url]
    code, text = run(command)
    return Outcome(code == 0, f"{code} | {text.strip()[:400]}")


def wget(client: Client, asked: Asked) -> Outcome:
    """GNU Wget, which finds the host in a hosts file of its own."""
    command = ["wget", "-O", "/dev/null", "-t", "1", "-T", str(SECONDS), "--ca-certificate", str(asked.trust)]
    code, text = run(_with_hosts([*command, "--ca-directory=/nonexistent", asked.url], asked))
    said = [line for line in text.splitlines() if re.search(r"ERROR|GnuTLS|nable|failed|refused|timed", line)]
    return Outcome(code == 0, f"{code} | {' | '.join(said)[:400]}")


def git(client: Client, asked: Asked) -> Outcome:
    """git over libcurl-gnutls: a page that is no repository is a connection all the same."""
    more = {"GIT_SSL_CAINFO": str(asked.trust), "GIT_TERMINAL_PROMPT": "0", "HOME": str(asked.folder)}
    code, text = run(_with_hosts(["timeout", str(SECONDS), "git", "ls-remote", asked.url], asked), more=more)
    said = " | ".join(text.strip().splitlines())
    came = "not valid: is this a git repository" in said or "not found" in said or "The requested URL returned" in said
    return Outcome(came, f"{code} | {said[:400]}")


def _with_hosts(command: Sequence[str], asked: Asked) -> list[str]:
    """In a mount namespace whose /etc/hosts names the host; no other program sees it."""
    hosts = asked.folder / "hosts"
    hosts.write_text(f"127.0.0.1 localhost {'' if asked.address else asked.host}\n")
    return ["unshare", "-m", "sh", "-c", f'mount --bind {hosts} /etc/hosts && exec "$@"', "sh", *command]


NODE_SCRIPT = """
const [host, port, trust] = process.argv.slice(1), net = require('net');
const options = {host, port, path: '/', ca: require('fs').readFileSync(trust), agent: false, timeout: %d,
  lookup: (name, how, done) => how.all ? done(null, [{address: '127.0.0.1', family: 4}]) : done(null, '127.0.0.1', 4)};
const say = (text) => { console.log(text); process.exit(); };
const asked = require('https').request(options, (answer) => { answer.resume(); say('came ' + answer.statusCode); });
asked.on('error', (error) => say('failed ' + error.code + ' | ' + error.message));
asked.on('timeout', () => say('failed timeout'));
asked.end();
"""


def node(client: Client, asked: Asked) -> Outcome:
    """Node.js, https.request with ca."""
    script = NODE_SCRIPT % (SECONDS * 1000)
    _, text = run([client.program, "-e", script, asked.host, str(asked.port), str(asked.trust)])
    return Outcome(text.startswith("came"), " ".join(text.split())[:400])


def chromium(client: Client, asked: Asked) -> Outcome:
    """Headless Chromium with an NSS database in a home of its own; its error page names the error."""
    home = asked.folder / "home"
    trust_in_nss(asked.trust, home)
    command = ["timeout", str(SECONDS * 3), "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic"]
    command += ["--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
    command += ["--user-data-dir=" + str(asked.folder / "profile"), "--host-resolver-rules=MAP * 127.0.0.1"]
    log = asked.folder / "net.json"
    command += ["--disable-dev-shm-usage", f"--log-net-log={log}", "--dump-dom", asked.url]
    code, text = run(command, more={"HOME": str(home)})
    found = re.findall(r"(?:net::)?ERR_[A-Z0-9_]+", text)
    refused = bool(found) or code != 0 or not text.strip()
    return Outcome(not refused, " | ".join(dict.fromkeys(found)) or f"exit {code}: {' '.join(text.split())[:200]}")


def trust_in_nss(trust: Path, home: Path) -> None:
    """$HOME/.pki/nssdb with these certificates as authorities for servers."""
    database = home / ".pki" / "nssdb"
    database.mkdir(parents=True)
    run(["certutil", "-N", "-d", f"sql:{database}", "--empty-password"])
    for number, block in enumerate(
        re.findall(r"-----BEGIN.*?-----END CERTIFICATE-----\n", trust.read_text(), re.DOTALL)
    ):
        run(["certutil", "-A", "-d", f"sql:{database}", "-a", "-t", "C,,", "-n", f"trusted {number}"], block)


def go(client: Client, asked: Asked) -> Outcome:
    """net/http with RootCAs, by a program beside this one."""
    _, text = run([client.program, asked.host, str(asked.port), str(asked.trust)])
    return Outcome(text.startswith("came"), " ".join(text.split())[:400])


KINDS = {function.__name__: function for function in (s_client, curl, wget, git, node, chromium, go)}


@cache
def clients() -> Mapping[str, Client]:
    """By ID, those whose program is at hand."""
    found = [
        Client("openssl/3.0", "s_client"),
        Client("curl/7.88", "curl"),
        Client("wget/1.21", "wget"),
        Client("git/2.39", "git"),
        Client("chromium/156", "chromium"),
    ]
    for pair in os.environ.get("NODES", "").split():
        version, _, program = pair.partition("=")
        found.append(Client(f"node/{version}", "node", program))
    return {client.id: client for client in found}
