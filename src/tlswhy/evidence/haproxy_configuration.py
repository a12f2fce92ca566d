"""A HAProxy configuration as evidence: what each ``bind … ssl`` line is told, with the defaults of ``global``.

Owns HAProxy's syntax (sections, words, quotes) and the keywords of bind lines that decide an answer to a hello.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from tlswhy.errors import BadEvidence
from tlswhy.evidence.beside import Beside
from tlswhy.evidence.server_words import MOST_SERVERS, Reading, Told
from tlswhy.evidence.text import lines, text_of
from tlswhy.evidence.types import Evidence, FileKind
from tlswhy.model.settings import ClientCertificate, DhGroup, Order, UnknownName
from tlswhy.source import Source
from tlswhy.wire.numbers import TLS10, TLS11, TLS12, TLS13

_KNOWN = re.compile(r"^\s*(?:bind\s+\S+\s[^\n]*\bssl\b|ssl-default-bind-\w+\s|ssl-server-verify\s)", re.MULTILINE)
INCLUDES = True
_SECTION = re.compile(r"(?:global|defaults|frontend|backend|listen|userlist|peers|resolvers|crt-store|cache)\b")
_WORD = re.compile(r"""\s+|\#.*|"(?P<double>(?:[^"\\]|\\.)*)"|'(?P<single>[^']*)'|(?P<bare>(?:[^\s"'#\\]|\\.)+)|.""")
_ASKED = {
    "none": ClientCertificate.NOT_ASKED,
    "optional": ClientCertificate.ASKED,
    "required": ClientCertificate.DEMANDED,
}
_LADDER: Final = (TLS10, TLS11, TLS12, TLS13)
_WITH_VALUE = frozenset(
    """
    crt ca-file crl-file alpn npn crt-list name maxconn mode user group uid gid ca-verify-file ca-sign-file ca-sign-pass
    crt-ignore-err ca-ignore-err process thread interface id level mss namespace nice severity-output tcp-ut backlog
    ciphers ciphersuites curves ecdhe verify ssl-min-ver ssl-max-ver
    """.split()  # noqa: SIM905 - a list of words
)


def likelihood(head: bytes) -> float:
    """A bind line with TLS, or the defaults of such lines."""
    return 0.9 if _KNOWN.search(text_of(head)) else 0.0


def read(source: Source, progress: object = None, beside: Beside | None = None) -> Iterator[Evidence]:
    """One configuration for each bind line with TLS. Raises BadEvidence where nothing concerns TLS."""
    reading = Reading(source.name, beside or Beside())
    top = Told(reading, "haproxy")
    binds = list(_binds(source, top))
    if not top.where and not top.files:  # several files are one configuration (-f for each, or a folder)
        for other in reading.beside.named("*.cfg", source.name):
            reading.item = other.name
            for _ in _binds(other, top):
                pass  # its own are told where it is read itself
        reading.item = source.name
    servers = binds or ([top] if top.where else [])
    if not servers:
        raise BadEvidence(source.name, "line 1", "configuration-without-tls")
    for told in servers:  # SSL_OP_CIPHER_SERVER_PREFERENCE, unless prefer-client-ciphers (src/ssl_sock.c)
        if "order" not in told.fields and "order" not in top.fields:
            told.fields["order"] = Order.SERVER
    yield from (told.configuration() for told in servers)
    yield from reading.all_oddities()


def _binds(source: Source, top: Told) -> Iterator[Told]:
    """The bind lines with TLS; what ``global`` tells goes to the top."""
    section = "global"
    count = 0
    for number, line in lines(source):
        words = _words(line)
        if not words:
            continue
        if _SECTION.fullmatch(words[0]):
            section = words[0]
        elif words[0] == "bind" and "ssl" in words[2:] and count < MOST_SERVERS:
            count += 1
            told = top.inside()
            _bind(told, words[2:], number)
            yield told
        elif section == "global" and len(words) > 1:
            _default(top, words, number)


def _default(top: Told, words: list[str], line: int) -> None:
    match words[0]:
        case "ssl-default-bind-ciphers":
            top.cipher_string(words[1], line)
        case "ssl-default-bind-ciphersuites":
            top.tls13_suites(words[1], line)
        case "ssl-default-bind-curves":
            top.curves(words[1], line)
        case "ssl-default-bind-options":
            _bind(top, words[1:], line)
        case "ssl-dh-param-file":
            top.file(FileKind.DH_PARAMETERS, words[1], line)
        case "tune.ssl.default-dh-param":
            if words[1].isdigit() and len(words[1]) < 6:
                top.tell("dh", DhGroup(int(words[1])), line)
        case _:
            pass  # the rest of global is not about answers to a hello


def _bind(told: Told, words: list[str], line: int) -> None:
    """Keywords of a bind line; those of versions together, since the last of them count."""
    lowest: int | None = None
    highest: int = TLS13
    without: set[int] = set()
    index = 0
    while index < len(words):
        word, value = words[index], words[index + 1] if index + 1 < len(words) else ""
        index += 1
        match word:
            case "ciphers":
                told.cipher_string(value, line)
            case "ciphersuites":
                told.tls13_suites(value, line)
            case "curves" | "ecdhe":
                told.curves(value, line)
            case "crt":
                told.file(FileKind.CERTIFICATES, value, line)
            case "verify":
                if value in _ASKED:
                    told.tell("client_certificate", _ASKED[value], line)
            case "ssl-min-ver":
                lowest = told.version(value, line) or lowest
            case "ssl-max-ver":
                highest = told.version(value, line) or highest
            case "prefer-client-ciphers":
                told.tell("order", Order.CLIENT, line)
            case "strict-sni":
                told.tell("needs_server_name", value=True, line=line)
                told.tell("unknown_name", UnknownName.REFUSED, line)
            case _ if word.startswith("no-tlsv"):
                without.add(_version(word.removeprefix("no-")) or 0)
            case _ if word.startswith("force-tlsv"):
                lowest = highest = _version(word.removeprefix("force-")) or highest
            case _:
                pass  # what comes with a connection, not with its handshake
        if word in _WITH_VALUE:
            index += 1
    if lowest is not None:
        told.versions((v for v in _LADDER if lowest <= v <= highest and v not in without), line)


def _version(name: str) -> int | None:
    """tlsv10 … tlsv13."""
    return {"tlsv10": TLS10, "tlsv11": TLS11, "tlsv12": TLS12, "tlsv13": TLS13}.get(name)


def _words(line: str) -> list[str]:
    found = (match for match in _WORD.finditer(line) if match.lastgroup)
    return [match[str(match.lastgroup)] for match in found]
