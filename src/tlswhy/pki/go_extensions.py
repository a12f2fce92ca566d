"""The values of extensions as Go's x509 parses them (processExtensions in src/crypto/x509/parser.go): an unreadable one
spoils the certificate, critical or not.

Owns the extensions that Go knows. What follows the elements it wants is mostly passed over.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from ipaddress import ip_address

from tlswhy.pki import extensions as oid
from tlswhy.pki.go_der import Input, Unreadable

SEQUENCE = 0x30


def check_extension(kind: str, value: bytes) -> None:
    """Raise ``Unreadable`` where Go can't parse it."""
    reader = _READERS.get(kind)
    if reader is not None:
        reader(Input(value))


def names_compare(dns: Iterable[str], email: Iterable[str]) -> bool:
    """Whether names can be held against constraints, of whatever kind these are (isValid: "cannot parse dnsName")."""
    domains = all(_is_domain(name.encode()) for name in dns)
    return domains and all("@" in name and _is_email_base(name.encode()) for name in email)


def _broken() -> Unreadable:
    return Unreadable("extension-broken")


def _basic_constraints(value: Input) -> None:
    inside = value.into(SEQUENCE)
    if inside.peek(0x01):
        inside.boolean()
    if inside.peek(0x02):
        inside.integer(8)


def _uses(value: Input) -> None:
    inside = value.into(SEQUENCE)
    while inside:
        inside.identifier()


def _policies(value: Input) -> None:
    inside = value.into(SEQUENCE)
    while inside:
        inside.into(SEQUENCE).identifier()


def _authority_key_id(value: Input) -> None:
    value.into(SEQUENCE).optional(0x80)


def _access(value: Input) -> None:
    inside = value.into(SEQUENCE)
    while inside:
        entry = inside.into(SEQUENCE)
        entry.identifier()
        entry.optional(0x86)


def _crl_points(value: Input) -> None:
    inside = value.into(SEQUENCE)
    while inside:
        name = inside.into(SEQUENCE).optional(0xA0)
        if name is None:
            continue
        full = Input(name).into(0xA0)
        while full.peek(0x86):
            full.take(0x86)


def _names(value: Input) -> None:
    """parseSANExtension."""
    inside = value.into(SEQUENCE)
    while inside:
        tag, name = inside.any()
        if tag in (0x81, 0x82, 0x86) and not name.isascii():
            raise _broken()
        if tag == 0x87 and len(name) not in (4, 16):
            raise _broken()
        if tag == 0x86 and not _is_uri(name.decode("ascii")):
            raise _broken()


def _constraints(value: Input) -> None:
    """parseNameConstraintsExtension."""
    inside = value.into(SEQUENCE)
    sides = [inside.optional(0xA0), inside.optional(0xA1)]
    if value or inside or not any(sides):
        raise _broken()
    for side in filter(None, sides):
        subtrees = Input(side)
        while subtrees:
            tag, base = subtrees.into(SEQUENCE).any()
            if tag in _BASES and not _BASES[tag](base):
                raise _broken()


def _is_domain(text: bytes) -> bool:
    """domainToReverseLabels."""
    return not text or all(re.fullmatch(rb"[!-~]+", label) for label in text.split(b"."))


def _is_domain_base(text: bytes) -> bool:
    return _is_domain(text.removeprefix(b"."))


_ATOM = rb"(?:\\?[\w!#$%&'*+/=?^`{|}~.-]|\\[\x00-\x7f])+"
_QUOTED = rb'"(?:[\x01-\x08\x0b\x0c\x0e-!#-\[\]-\x7f]|\\[\x01-\x09\x0b\x0c\x0e-\x7f])*"'
_MAILBOX = re.compile(rb"(?:(?P<atom>" + _ATOM + rb")|" + _QUOTED + rb")@(?P<domain>[\x00-\x7f]*)", re.DOTALL)


def _is_email_base(text: bytes) -> bool:
    """parseRFC2821Mailbox, or a domain."""
    if not text.isascii():
        return False
    if b"@" not in text:
        return _is_domain_base(text)
    found = _MAILBOX.fullmatch(text)
    if found is None or not _is_domain(found["domain"]):
        return False
    local = (found["atom"] or b"a").replace(b"\\", b"")
    return not (local.startswith(b".") or local.endswith(b".") or b".." in local)


def _is_uri_base(text: bytes) -> bool:
    try:
        ip_address(text.decode("latin-1"))
    except ValueError:
        return _is_domain_base(text)
    return False


def _is_address_base(text: bytes) -> bool:
    """An address and a mask of ones, then zeros (isValidIPMask)."""
    if len(text) not in (8, 32):
        return False
    size = len(text) // 2
    holes = ~int.from_bytes(text[size:], "big") & ((1 << 8 * size) - 1)
    return not holes & (holes + 1)


_BASES: dict[int, Callable[[bytes], bool]] = {
    0x81: _is_email_base,
    0x82: _is_domain_base,
    0x86: _is_uri_base,
    0x87: _is_address_base,
}

# net/url.Parse, and domainToReverseLabels of its host

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_HOST = re.compile(r"(?:\[[^\]]*\]|[A-Za-z0-9_.~!$&'()*+,;=:\[\]<>\"-]*)(?::[0-9]*)?")
_USER = re.compile(r"[A-Za-z0-9_.:~!$&'()*+,;=%@-]*")
_ESCAPES = re.compile(r"(?:[^%]|%[0-9A-Fa-f]{2})*")


def _is_uri(text: str) -> bool:
    """Whether it can be parsed; an empty one is."""
    if re.search(r"[\x00-\x1f\x7f]", text) or text.startswith(":"):
        return False
    rest = text.partition("#")[0]
    if _ESCAPES.fullmatch(text.partition("#")[2]) is None:
        return False
    scheme = _SCHEME.match(rest)
    rest = (rest[scheme.end() :] if scheme else rest).partition("?")[0]
    if not rest.startswith("/"):
        if scheme:  # an opaque one
            return True
        return ":" not in rest.partition("/")[0] and _ESCAPES.fullmatch(rest) is not None
    host = ""
    if rest.startswith("//") and (scheme or not rest.startswith("///")):
        authority, slash, rest = rest[2:].partition("/")
        rest = slash + rest
        user, _, host = authority.rpartition("@")
        if _USER.fullmatch(user) is None or _ESCAPES.fullmatch(user) is None or not _is_host(host):
            return False
    return _ESCAPES.fullmatch(rest) is not None and _is_domain(host.encode("ascii"))


def _is_host(host: str) -> bool:
    """parseHost: brackets close, and only digits follow the last colon."""
    if host.startswith("[") and re.fullmatch(r"\[.*\](?::[0-9]*)?", host) is None:
        return False
    colon = host.rfind(":")
    if not host.startswith("[") and colon >= 0 and not re.fullmatch(r"[0-9]*", host[colon + 1 :]):
        return False
    return _HOST.fullmatch(host) is not None


_READERS: dict[str, Callable[[Input], object]] = {
    oid.KEY_USAGE: Input.bits,
    oid.BASIC_CONSTRAINTS: _basic_constraints,
    oid.SUBJECT_ALTERNATIVE_NAME: _names,
    oid.NAME_CONSTRAINTS: _constraints,
    oid.CRL_DISTRIBUTION_POINTS: _crl_points,
    oid.AUTHORITY_KEY_ID: _authority_key_id,
    oid.EXTENDED_KEY_USAGE: _uses,
    oid.SUBJECT_KEY_ID: lambda value: value.take(0x04),
    oid.CERTIFICATE_POLICIES: _policies,
    oid.AUTHORITY_INFORMATION_ACCESS: _access,
}
