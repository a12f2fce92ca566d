"""What the user means by ``https://host:port/path`` or ``host:port``: a server to ask.

Owns the forms a target may have and what is said of those that are none. Opens nothing.
"""

from __future__ import annotations

import re
from pathlib import Path

from tlswhy.errors import BadRequest
from tlswhy.frozen import frozen

HTTPS_PORT = 443
LONGEST_NAME = 253
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_ZONED = r"[0-9A-Fa-f:.]+(?:%[\w.-]+)?"
"""An IPv6 address and the interface it is reached through (RFC 4007, 11)."""
_HOST_PORT = re.compile(rf"(?:\[{_ZONED}\]|[^\s/:\[\]]+):\d+")
_BARE_LITERAL = re.compile(rf"\[{_ZONED}\]|(?=(?:[^:]*:){{2}}){_ZONED}")
_LABEL = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)")


@frozen
class Target:
    """A server. ``text``: as typed, without a password; ``host`` in ASCII without brackets; ``path``: of a URL."""

    text: str
    host: str
    port: int
    path: str | None = None

    @property
    def names_document(self) -> bool:
        """Whether there is a document behind it that somebody wants: a bare host is named for its TLS alone."""
        return self.path is not None and self.path != "/"

    @property
    def authority(self) -> str:
        """``host:port`` as HTTP writes it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


def is_target(text: str) -> bool:
    """Whether an argument names a server rather than a file: a URL, or host:port where there is no such file."""
    if _SCHEME.match(text):
        return True
    if not (_HOST_PORT.fullmatch(text) or _BARE_LITERAL.fullmatch(text)):
        return False
    return (text[0] == "[" or not text.count(":") > 1 or _is_ipv6(text)) and not Path(text).exists()


def target_of(text: str) -> Target:
    """Parse; raises BadRequest that says what is wrong with it."""
    from urllib.parse import urlsplit  # not loaded where no target is named

    if not _SCHEME.match(text):
        text_url = f"https://[{text}]" if _is_ipv6(text) else f"https://{text}"
        path = None
    else:
        text_url, path = text, ""
    try:
        url = urlsplit(text_url)
        host, port = url.hostname or "", url.port
    except ValueError as error:
        raise BadRequest("target-malformed", target=shown(text), reason=str(error)) from None
    behind = url.netloc.rpartition("]")[2] if "]" in url.netloc else ""
    if behind and not behind.startswith(":"):  # urlsplit leaves it out without a word
        raise BadRequest("target-malformed", target=shown(text), reason=f"…]{behind}")
    if url.scheme.lower() == "http":
        raise BadRequest("target-http", target=shown(text))
    if url.scheme.lower() != "https":
        raise BadRequest("target-scheme", target=shown(text), scheme=url.scheme)
    if not host:
        raise BadRequest("target-without-host", target=shown(text))
    if port == 0:
        raise BadRequest("target-malformed", target=shown(text), reason="port 0")
    if path is not None:
        path = url.path or "/"
        path += f"?{url.query}" if url.query else ""
    return Target(shown(text), _ascii(host, text), port or HTTPS_PORT, path)


def shown(text: str) -> str:
    """A URL without the user and password that it may carry."""
    head, separator, rest = text.partition("://")
    if not separator:
        return text
    authority, slash, path = rest.partition("/")
    return f"{head}://{authority.rpartition('@')[2]}{slash}{path}"


def _is_ipv6(text: str) -> bool:
    if ":" not in text:
        return False
    from ipaddress import IPv6Address

    try:
        IPv6Address(text)
    except ValueError:
        return False
    return True


def _ascii(host: str, text: str) -> str:
    """A name as DNS takes it (IDNA), a literal address as it is. Raises BadRequest."""
    if ":" in host:
        host = host.replace("%25", "%", 1)  # RFC 6874, 2
        if not _is_ipv6(host):
            raise BadRequest("target-name", target=shown(text), name=host)
        return host
    try:
        name = host if host.isascii() else host.encode("idna").decode("ascii")
    except UnicodeError:
        raise BadRequest("target-name", target=shown(text), name=host) from None
    labels = name.rstrip(".").split(".")
    if len(name) > LONGEST_NAME or not all(_LABEL.fullmatch(label) for label in labels):
        raise BadRequest("target-name", target=shown(text), name=host)
    return name.lower()


__all__ = ["Target", "is_target", "shown", "target_of"]
