"""A way through a proxy: HTTP CONNECT and SOCKS5, with or without a name and password.

Owns both dialogues. The password goes to the proxy and nowhere else: no message, no recording has it.
"""

from __future__ import annotations

import base64
from dataclasses import field
from ipaddress import ip_address
from typing import Final
from urllib.parse import unquote, urlsplit

from tlswhy.errors import BadEvidence, BadRequest
from tlswhy.frozen import frozen
from tlswhy.gather.starttls import Plain
from tlswhy.gather.targets import Target, shown

SCHEMES: Final = {"http": 8080, "socks5": 1080, "socks5h": 1080}
MOST_HEADERS: Final = 200
_SOCKS_WORDS: Final = (
    "succeeded",
    "general SOCKS server failure",
    "connection not allowed by ruleset",
    "Network unreachable",
    "Host unreachable",
    "Connection refused",
    "TTL expired",
    "Command not supported",
    "Address type not supported",
)
"""RFC 1928, 6, in its own words; the other answers are those of RFC 1928, 3 and RFC 1929, 2."""


@frozen
class Proxy:
    """Where the proxy is and who asks."""

    scheme: str
    host: str
    port: int
    user: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)

    def __str__(self) -> str:
        return f"{self.scheme}://{self.host}:{self.port}"


def proxy_of(text: str) -> Proxy:
    """Parse the URL of ``--proxy``; raises BadRequest."""
    text = text if "://" in text else f"http://{text}"
    try:
        url = urlsplit(text)
        host, port = url.hostname, url.port
    except ValueError:
        host, port, url = None, None, urlsplit("http://")
    if host is None or url.scheme not in SCHEMES:
        raise BadRequest("bad-proxy", proxy=shown(text), known=", ".join(SCHEMES))
    user = unquote(url.username) if url.username is not None else None
    password = unquote(url.password) if url.password is not None else None
    return Proxy(url.scheme, host, port or SCHEMES[url.scheme], user, password)


def tunnel(proxy: Proxy, plain: Plain, target: Target) -> None:
    """Ask the proxy for a connection to the target. Raises BadEvidence where it refuses."""
    answer = (_connect if proxy.scheme == "http" else _socks5)(proxy, plain, target)
    if answer is not None:
        raise BadEvidence(target.text, "", "proxy-refused", proxy=str(proxy), said=answer or None)


def _connect(proxy: Proxy, plain: Plain, target: Target) -> str | None:
    """RFC 9110, 9.3.6; Basic authentication (RFC 7617)."""
    lines = [f"CONNECT {target.authority} HTTP/1.1", f"Host: {target.authority}"]
    if proxy.user is not None:
        secret = base64.b64encode(f"{proxy.user}:{proxy.password or ''}".encode()).decode()
        lines.append(f"Proxy-Authorization: Basic {secret}")
    plain.send("\r\n".join([*lines, "", ""]).encode())
    status = (plain.line()).decode("latin-1").strip()
    for _ in range(MOST_HEADERS):
        if not (plain.line()).strip():
            break
    words = status.split(" ", 1)
    if not words[0].startswith("HTTP/1.") or len(words) < 2:
        return status[:120]
    return None if words[1].startswith("2") else words[1][:120]


def _socks5(proxy: Proxy, plain: Plain, target: Target) -> str | None:
    """RFC 1928 and 1929; the proxy resolves the name."""
    methods = b"\x00" if proxy.user is None else b"\x00\x02"
    plain.send(b"\x05" + bytes([len(methods)]) + methods)
    chosen = plain.exactly(2)
    if len(chosen) < 2 or chosen[0] != 5 or chosen[1] not in methods:
        return "no acceptable methods" if chosen[:1] == b"\x05" else chosen.decode("latin-1")
    if chosen[1] == 2:
        user, password = (proxy.user or "").encode()[:255], (proxy.password or "").encode()[:255]
        plain.send(b"\x01" + bytes([len(user)]) + user + bytes([len(password)]) + password)
        if (plain.exactly(2))[1:] != b"\x00":
            return "authentication failure"
    plain.send(b"\x05\x01\x00" + _socks_address(target.host) + target.port.to_bytes(2, "big"))
    head = plain.exactly(4)
    if len(head) < 4:
        return ""
    if head[1]:
        return _SOCKS_WORDS[head[1]] if head[1] < len(_SOCKS_WORDS) else f"error {head[1]}"
    size = {1: 4, 4: 16}.get(head[3])
    if size is None:
        size = (plain.exactly(1) or b"\x00")[0]
    plain.exactly(size + 2)
    return None


def _socks_address(host: str) -> bytes:
    """Type and address (RFC 1928, 5); an address with a zone is nobody's but ours, and goes as a name."""
    try:
        literal = ip_address(host).packed if "%" not in host else None
    except ValueError:
        literal = None
    if literal is None:
        return b"\x03" + bytes([len(host)]) + host.encode()
    return (b"\x01" if len(literal) == 4 else b"\x04") + literal


__all__ = ["Proxy", "proxy_of", "tunnel"]
