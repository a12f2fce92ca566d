"""The document behind a target's URL, fetched once TLS is known to be no obstacle: status, redirects, type, bytes.

Spoken with Python's own TLS, which is not the client's: where that cannot speak with the server, that is said. The
certificate was judged already and is not looked at again. Owns HTTP as far as one GET needs it, and its limits.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import warnings
from dataclasses import replace
from typing import Final
from urllib.parse import urljoin

from tlswhy.errors import BadEvidence, BadRequest
from tlswhy.evidence.types import Page
from tlswhy.gather.live import Manner, addresses_of
from tlswhy.gather.proxy import tunnel
from tlswhy.gather.starttls import Plain
from tlswhy.gather.targets import Target, target_of

MOST_REDIRECTS: Final = 5
LARGEST_BODY: Final = 1 << 20
LARGEST_HEAD: Final = 64 * 1024
REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})


def fetch(target: Target, manner: Manner) -> Page:
    """GET the target's path, redirects followed within HTTPS."""
    return asyncio.run(_fetch(target, manner))


async def _fetch(target: Target, manner: Manner) -> Page:
    hops: list[str] = []
    here = target
    while True:
        page = await _one(here, manner)
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


async def _one(target: Target, manner: Manner) -> Page:
    empty = Page(target.text, f"https://{target.authority}{target.path or '/'}")
    try:
        async with asyncio.timeout(manner.patience.first_byte):
            reader, writer = await _connected(target, manner)
            try:
                return await _get(target, empty, reader, writer)
            finally:
                writer.transport.abort()
    except TimeoutError:
        return replace(empty, fault="no-answer")
    except ssl.SSLError as error:
        return replace(empty, fault="tls", reason=(error.reason or str(error)).lower().replace("_", " "))
    except (OSError, EOFError, BadEvidence, ValueError) as error:
        return replace(empty, fault="no-answer", reason=str(error).lower()[:120])


async def _connected(target: Target, manner: Manner) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    loop = asyncio.get_running_loop()
    address = (await addresses_of(target, manner))[0]
    sock = socket.socket(address.family, socket.SOCK_STREAM)
    sock.setblocking(False)
    try:
        await loop.sock_connect(sock, address.where)
        if manner.proxy is not None:
            plain = Plain(lambda size: loop.sock_recv(sock, size), lambda data: loop.sock_sendall(sock, data))
            await tunnel(manner.proxy, plain, target)
        return await asyncio.open_connection(sock=sock, ssl=_context(), server_hostname=target.host, limit=LARGEST_HEAD)
    except BaseException:
        sock.close()
        raise


def _context() -> ssl.SSLContext:
    """As little choosy as Python's OpenSSL can be."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
    context.set_ciphers("ALL:@SECLEVEL=0")
    return context


async def _get(target: Target, empty: Page, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Page:
    lines = [f"GET {target.path or '/'} HTTP/1.1", f"Host: {target.authority.removesuffix(':443')}"]
    lines += ["User-Agent: tlswhy", "Accept: */*", "Accept-Encoding: identity", "Connection: close", "", ""]
    writer.write("\r\n".join(lines).encode("ascii", "replace"))
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *rest = head.split("\r\n")
    words = first.split(" ", 2)
    if not words[0].startswith("HTTP/") or len(words) < 2 or not words[1].isdecimal():
        return replace(empty, fault="not-http", reason=first[:80])
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in rest)}
    body = await _body(headers, reader)
    return replace(
        empty,
        status=int(words[1]),
        location=headers.get("location", ""),
        content_type=headers.get("content-type", ""),
        body=body[:LARGEST_BODY],
        cut=len(body) > LARGEST_BODY,
    )


async def _body(headers: dict[str, str], reader: asyncio.StreamReader) -> bytes:
    """Up to the limit and one byte, whichever way the server marks the end (RFC 9112, 6.3)."""
    if "chunked" in headers.get("transfer-encoding", "").lower():
        return await _chunks(reader)
    length = headers.get("content-length", "")
    wanted = min(int(length), LARGEST_BODY + 1) if length.isdecimal() else LARGEST_BODY + 1
    body = b""
    while len(body) < wanted and (more := await reader.read(wanted - len(body))):
        body += more
    return body


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    body = b""
    while len(body) <= LARGEST_BODY:
        size = int((await reader.readline()).split(b";")[0].strip() or b"0", 16)
        if size == 0:
            break
        body += await reader.readexactly(min(size, LARGEST_BODY + 1 - len(body)))
        await reader.readline()
    return body


__all__ = ["fetch"]
