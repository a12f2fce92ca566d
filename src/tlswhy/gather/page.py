"""The document behind a target's URL, fetched once TLS is known to be no obstacle: status, redirects, type, bytes.

Spoken with Python's own TLS, which is not the client's: where that cannot speak with the server, that is said. The
certificate was judged already and is not looked at again. Owns HTTP as far as one GET needs it, and its limits.
"""

from __future__ import annotations

import io
import re
import ssl
from dataclasses import replace
from typing import Final
from urllib.parse import urljoin

from tlswhy.errors import BadEvidence, BadRequest
from tlswhy.evidence.types import Banner, Page
from tlswhy.gather.connection import Connection, Unreachable
from tlswhy.gather.live import Manner, way_in
from tlswhy.gather.probe import Way, pass_proxy
from tlswhy.gather.secured import BLOCK, Secured, undemanding
from tlswhy.gather.targets import Target, target_of
from tlswhy.observe.signs import shown
from tlswhy.wire.numbers import alert_number

MOST_REDIRECTS: Final = 5
LARGEST_BODY: Final = 1 << 20
LONGEST_LINE: Final = 64 * 1024
MOST_HEADERS: Final = 200
MOST_COOKIES: Final = 20
ENOUGH_OF_ERROR: Final = 4096
REPEATED: Final = frozenset({"set-cookie"})
_TAGS: Final = re.compile(r"<(?:style|script)\b.*?</(?:style|script)>|<[^<>]*>", re.DOTALL | re.IGNORECASE)
REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})


def fetch(target: Target, manner: Manner) -> Page:
    """GET the target's path, redirects followed within HTTPS."""
    hops: list[str] = []
    here = target
    while True:
        page = _one(here, manner)
        page = replace(page, item=target.text, redirects=tuple(hops))
        if page.status not in REDIRECTS or not page.location:
            return page
        hops.append(page.location)
        if len(hops) > MOST_REDIRECTS:
            return replace(page, fault="redirect-loop", redirects=tuple(hops))
        try:
            here = target_of(urljoin(f"https://{here.authority}{here.path or '/'}", page.location))
        except (BadRequest, ValueError):
            return replace(page, fault="redirect-elsewhere", reason=page.location, redirects=tuple(hops))


def banner_of(target: Target, manner: Manner) -> Banner | None:
    """What the server calls itself in its answer to GET /; None where it says nothing that is HTTP."""
    return _one(replace(target, path="/"), manner).banner


def _one(target: Target, manner: Manner) -> Page:
    empty = Page(target.text, f"https://{target.authority}{target.path or '/'}")
    try:
        with Connection(way_in(target, manner)[0]) as connection:
            if connection.connect(manner.patience.connect) is not None:
                return replace(empty, fault="no-answer")
            connection.allow(manner.patience.first_byte)
            if manner.proxy is not None:
                pass_proxy(connection, manner.proxy, Way(target, manner.proxy))
            try:
                secured = Secured(connection, undemanding(), target.host)
            except ssl.SSLError as error:
                return replace(empty, fault="tls", reason=_words(error))
            return _get(target, empty, secured)
    except TimeoutError:
        return replace(empty, fault="no-answer")
    except ssl.SSLError as error:  # a second handshake, for this path alone, or none at all
        return replace(empty, fault="no-answer", reason=_words(error), alert=_alert(error))
    except (OSError, Unreachable, BadEvidence, ValueError) as error:
        return replace(empty, fault="no-answer", reason=str(error).lower()[:120])


def _words(error: ssl.SSLError) -> str:
    return (error.reason or str(error)).lower().replace("_", " ")


def _alert(error: ssl.SSLError) -> int | None:
    """OpenSSL tells an alert by its name alone: SSLV3_ALERT_HANDSHAKE_FAILURE."""
    return alert_number((error.reason or "").lower().partition("_alert_")[2])


def _get(target: Target, empty: Page, secured: Secured) -> Page:
    secured.send(request_for(target.authority, target.path or "/"))
    reader = io.BufferedReader(secured, BLOCK)
    first = reader.readline(LONGEST_LINE).decode("latin-1").rstrip("\r\n")
    words = first.split(" ", 2)
    if not first:
        return replace(empty, fault="no-answer")
    if not words[0].startswith("HTTP/") or len(words) < 2 or not words[1].isdecimal():
        return replace(empty, fault="not-http", reason=first[:80])
    headers = _headers(reader)
    body = _body(headers, reader)
    return replace(
        empty,
        status=int(words[1]),
        location=headers.get("location", ""),
        content_type=headers.get("content-type", ""),
        banner=_banner(empty, headers, int(words[1]), body),
        body=body[:LARGEST_BODY],
        cut=len(body) > LARGEST_BODY,
    )


def _banner(page: Page, headers: dict[str, str], status: int, body: bytes) -> Banner:
    """Of cookies the names alone: what is in them is nobody's business."""
    names = (cookie.partition("=")[0].strip() for cookie in headers.get("set-cookie", "").split("\n"))
    cookies = tuple(name for name in map(shown, names) if name)[:MOST_COOKIES]
    text = " ".join(_TAGS.sub(" ", body[:ENOUGH_OF_ERROR].decode("utf-8", "replace")).split()) if status >= 400 else ""
    told = shown(headers.get("server", "")), shown(headers.get("x-powered-by", ""))
    return Banner(page.item, page.url, *told, cookies, text)


def request_for(authority: str, path: str) -> bytes:
    """A GET, after which the server closes."""
    lines = [f"GET {path} HTTP/1.1", f"Host: {authority.removesuffix(':443')}"]
    lines += ["User-Agent: tlswhy", "Accept: */*", "Accept-Encoding: identity", "Connection: close", "", ""]
    return "\r\n".join(lines).encode("ascii", "replace")


def _headers(reader: io.BufferedIOBase) -> dict[str, str]:
    """By their names in small letters."""
    headers: dict[str, str] = {}
    for _ in range(MOST_HEADERS):
        line = reader.readline(LONGEST_LINE).decode("latin-1").strip()
        if not line:
            return headers
        name, _colon, value = line.partition(":")
        key = name.strip().lower()
        headers[key] = f"{headers[key]}\n{value.strip()}" if key in REPEATED and key in headers else value.strip()
    raise ValueError("too many headers")


def _body(headers: dict[str, str], reader: io.BufferedIOBase) -> bytes:
    """Up to the limit and one byte, whichever way the server marks the end (RFC 9112, 6.3)."""
    if "chunked" in headers.get("transfer-encoding", "").lower():
        return _chunks(reader)
    length = headers.get("content-length", "")
    return reader.read(min(int(length), LARGEST_BODY + 1) if length.isdecimal() else LARGEST_BODY + 1)


def _chunks(reader: io.BufferedIOBase) -> bytes:
    body = b""
    while len(body) <= LARGEST_BODY:
        size = int(reader.readline(LONGEST_LINE).split(b";")[0].strip() or b"0", 16)
        if size <= 0:
            break
        body += reader.read(min(size, LARGEST_BODY + 1 - len(body)))
        reader.readline(LONGEST_LINE)
    return body


__all__ = ["banner_of", "fetch", "request_for"]
