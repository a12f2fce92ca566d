"""URIs in certificates as sun.security.x509.URIName and java.net.URI (RFC 2396) read them.

Owns the syntax alone: what is no URI for Java spoils the extension that it stands in.
"""

from __future__ import annotations

import re

from tlswhy.pki.java_values import Unreadable

_LEGAL = re.compile(r"(?:[A-Za-z0-9\-_.!~*'();/?:@&=+$,\[\]]|%[0-9A-Fa-f]{2}|[^\x00-\x7f])*")
_OUTSIDE_HOST = re.compile(r"(?:[A-Za-z0-9\-_.!~*'();/?:@&=+$,]|%[0-9A-Fa-f]{2}|[^\x00-\x7f])*")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*):(.*)", re.S)
_HOST_NAME = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)*[A-Za-z](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.?")
_IPV4 = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}")
_SERVER = re.compile(r"(?:(?P<user>[^@\[\]]*)@)?(?P<host>\[[^\]]*\]|[^:@\[\]]*)(?::(?P<port>\d*))?")


def check_uri(text: str) -> None:
    """new URIName(text); raises ``Unreadable``."""
    found = _SCHEME.fullmatch(text)
    if found is None or not found[2]:
        raise Unreadable("uri")
    body, hash_mark, fragment = found[2].partition("#")
    if not body or not _LEGAL.fullmatch(body) or (hash_mark and not _LEGAL.fullmatch(fragment)):
        raise Unreadable("uri")
    if not body.startswith("//"):
        if body.startswith("/") and not _OUTSIDE_HOST.fullmatch(body.partition("?")[0]):
            raise Unreadable("uri")
        return
    authority = re.split("[/?]", body[2:], maxsplit=1)[0]
    if not _OUTSIDE_HOST.fullmatch(body[2 + len(authority) :].partition("?")[0]):
        raise Unreadable("uri")
    if not authority and len(body) == 2:
        raise Unreadable("uri")
    host = _host(authority)
    if host is None:
        return
    if host.startswith("["):
        _check_ipv6(host[1:-1])
    elif not _IPV4.fullmatch(host):
        check_host(host)


def _host(authority: str) -> str | None:
    """URI.getHost: None where the authority is no server's (a name of a registry may be anything without brackets)."""
    found = _SERVER.fullmatch(authority)
    host = found["host"] if found else ""
    if host.startswith("["):
        return host
    if "[" in authority or "]" in authority:
        raise Unreadable("uri")
    octets = host.split(".")
    if _IPV4.fullmatch(host) and all(int(octet) < 256 for octet in octets):
        return host
    return host if _HOST_NAME.fullmatch(host) else None


def _check_ipv6(text: str) -> None:
    from ipaddress import AddressValueError, IPv6Address

    try:
        IPv6Address(text.partition("%")[0])
    except AddressValueError:
        raise Unreadable("uri") from None


def constraint_host(text: str) -> str:
    """URIName.nameConstraint: a host, or with a leading dot a domain, and no scheme."""
    if not _LEGAL.fullmatch(text) or _SCHEME.fullmatch(text):
        raise Unreadable("uri-constraint")
    return text.removeprefix(".")


_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")


def check_host(text: str) -> None:
    """new DNSName(text); raises ``Unreadable``."""
    if not text or len(text) > 253 or not all(_LABEL.fullmatch(label) for label in text.split(".")):
        raise Unreadable("host-name")
