"""Ways to a server through real proxies: tinyproxy (HTTP CONNECT) and microsocks (SOCKS5), willing and not."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from tests.cli.command import tlswhy
from tests.gather.servers import Certificates, free_port, make_certificates, running

NAME, PASSWORD = "agent", "s3cretWord9"
INLINE = "agent:s3cr%65tWord9@"


@pytest.fixture(scope="module")
def certificates(tmp_path_factory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="module")
def ports(tmp_path_factory, certificates):
    """Of every proxy by its name, of a server at both addresses of localhost, and one where nobody is."""
    folder = tmp_path_factory.mktemp("proxies")
    settings = {"http": "", "http-password": f"BasicAuth {NAME} {PASSWORD}", "http-443": "ConnectPort 443"}
    found = {name: free_port() for name in (*settings, "socks", "socks-password", "server", "nobody")}
    with ExitStack() as stack:
        for name, more in settings.items():
            lines = [f"Port {found[name]}", "Listen 127.0.0.1", "Allow 127.0.0.1", "Timeout 20", more]
            lines.append(f'LogFile "{folder / name}.log"')
            (folder / name).write_text("\n".join(lines) + "\n")
            stack.enter_context(running(["tinyproxy", "-d", "-c", str(folder / name)], found[name]))
        socks = ["microsocks", "-i", "127.0.0.1", "-p"]
        stack.enter_context(running([*socks, str(found["socks"])], found["socks"]))
        locked = [*socks, str(found["socks-password"]), "-u", NAME, "-P", PASSWORD]
        stack.enter_context(running(locked, found["socks-password"]))
        serve = ["openssl", "s_server", "-accept", str(found["server"]), "-quiet"]
        serve += ["-key", str(certificates.key), "-cert", str(certificates.chain)]
        stack.enter_context(running(serve, found["server"]))
        yield found


def explained(ports, certificates, proxy: str, host: str, port: str = "server"):
    scheme = "http" if proxy.startswith("http") else "socks5"
    name, _, inline = proxy.partition(" ")
    target = f"https://{host}:{ports[port]}"
    way = f"{scheme}://{inline}127.0.0.1:{ports[name]}"
    done = tlswhy("explain", target, "--client", "java/17.0.9", "--trust", certificates.trust, "--proxy", way)
    told = done.stdout + done.stderr
    assert PASSWORD not in told
    assert "s3cr" not in told
    assert "Traceback" not in told
    return done


@pytest.mark.parametrize("host", ["[::1]", "localhost"])
@pytest.mark.parametrize("proxy", ["http", f"http-password {INLINE}", "socks", f"socks-password {INLINE}"])
def test_who_is_let_through_reaches_the_server(ports, certificates, proxy, host):
    done = explained(ports, certificates, proxy, host)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("proxy", "host", "port", "words"),
    [
        ("http-password", "[::1]", "server", "407"),
        ("http-password agent:wrong@", "[::1]", "server", "401"),
        ("http-443", "[::1]", "server", "403"),
        ("http", "nosuch.invalid", "server", "500"),
        ("http", "[::1]", "nobody", "500"),
        ("socks-password", "[::1]", "server", "no acceptable methods"),
        ("socks-password agent:wrong@", "[::1]", "server", "authentication failure"),
        ("socks", "nosuch.invalid", "server", "general SOCKS server failure"),
        ("socks", "[::1]", "nobody", "Connection refused"),
        ("nobody", "[::1]", "server", "connection refused"),
    ],
)
def test_who_is_not_let_through_is_told_in_one_line(ports, certificates, proxy, host, port, words):
    done = explained(ports, certificates, proxy, host, port)
    assert (done.returncode, done.stdout) == (4, "")
    first, *rest = done.stderr.splitlines()
    assert first.startswith("tlswhy: https://")
    assert words in first
    assert all(line.startswith("hint:") for line in rest)


def test_one_kind_of_proxy_taken_for_the_other(ports, certificates):
    for way in (f"socks5://127.0.0.1:{ports['http']}", f"http://127.0.0.1:{ports['socks']}"):
        done = tlswhy("explain", f"https://[::1]:{ports['server']}", "--timeout", "1", "--proxy", way)
        assert (done.returncode, done.stdout) == (4, "")
        assert "does not let us through" in done.stderr
