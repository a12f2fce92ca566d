"""What a server calls itself, wherever it does: in HTTP's headers, in a greeting, in an answer that is not TLS.

Owns which words count as such, the weightiest first, and their places. Which software they stand for is ``remedy``'s.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from tlswhy.evidence.types import Banner
from tlswhy.frozen import frozen
from tlswhy.model.handshake import Handshake
from tlswhy.model.where import Where
from tlswhy.wire.messages import ApplicationData

COOKIE, SERVER, PAGE, POWERED, GREETING = "cookie", "server", "page", "powered", "greeting"
LONGEST: Final = 160
_SERVER = re.compile(rb"\r?\nserver:[ \t]*([^\r\n]{1,200})\r?\n", re.IGNORECASE)


@frozen
class Sign:
    """``kind``: "cookie" (a name that whoever ends TLS has set), "server" (HTTP's header), "page" (the text of an error
    page), "powered" (X-Powered-By: what stands behind it, perhaps), "greeting" (before STARTTLS)."""

    kind: str
    text: str
    where: tuple[Where, ...]


def signs_of(banner: Banner | None, handshakes: Iterable[Handshake]) -> Iterator[Sign]:
    """Those of a document's headers, then those of the connections to the same server, in their order."""
    if banner is not None:
        yield from _of_banner(banner)
    for handshake in handshakes:
        yield from _of_connection(handshake)


def _of_banner(banner: Banner) -> Iterator[Sign]:
    """A cookie of a load balancer says who ends TLS: it can only be set there. Of the headers X-Powered-By is that of
    an application, before which any server may stand."""
    where = (Where(banner.item, banner.url),)
    yield from (Sign(COOKIE, name, where) for name in banner.cookies)
    if banner.server:
        yield Sign(SERVER, banner.server, where)
    yield from (Sign(PAGE, text, where) for text in (banner.text,) if text)
    if banner.powered_by and not banner.server:
        yield Sign(POWERED, banner.powered_by, where)


def _of_connection(handshake: Handshake) -> Iterator[Sign]:
    """An answer of HTTP, plain or decrypted; a greeting before STARTTLS."""
    answers = [(handshake.not_tls.message.head, handshake.not_tls.frame)] if handshake.not_tls is not None else []
    answers += [
        (told.message.head, told.frame)
        for told in handshake.messages
        if isinstance(told.message, ApplicationData) and told.message.head
    ]
    for head, frame in answers:
        if head.startswith(b"HTTP/") and (match := _SERVER.search(head)):
            yield Sign(SERVER, shown(match[1].decode("latin-1")), (handshake.at(frame),))
    opening = handshake.opening
    if opening is not None and opening.banner and opening.target is None:
        yield Sign(GREETING, shown(opening.banner), (handshake.at(opening.frame),))


def shown(text: str) -> str:
    """As much of it as can be printed, and no more than a line."""
    return "".join(letter for letter in text[:LONGEST] if letter.isprintable()).strip()


__all__ = ["COOKIE", "GREETING", "PAGE", "POWERED", "SERVER", "Sign", "shown", "signs_of"]
