"""An nginx configuration as evidence: what each server block with TLS is told, with what it inherits.

Owns nginx's syntax (words, quotes, blocks, comments) and the directives of ngx_http_ssl_module that decide an answer to
a hello. Of files that it includes those are read, in their place, that are given beside it; the others are named.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tlswhy.errors import BadEvidence
from tlswhy.evidence.beside import Beside
from tlswhy.evidence.server_words import MOST_SERVERS, Reading, Told, agreed
from tlswhy.evidence.text import lines, text_of
from tlswhy.evidence.types import Evidence, FileKind
from tlswhy.model.settings import ClientCertificate, Order
from tlswhy.source import Source

INCLUDES = True
DEEPEST = 32
MOST_WORDS = 1000
"""Of one directive."""
_KNOWN = re.compile(
    r"(?:^|[{;])\s*(?:ssl_(?:certificate|certificate_key|ciphers|protocols|dhparam|ecdh_curve|prefer_server_ciphers|conf_command)"
    r"\s+[^\s;]|listen\s+[^;{}#\n]*\bssl\b[^;\n]*;)",
    re.MULTILINE,
)
_OUTERMOST = re.compile(r"^\s*(?:http|stream|mail)\s*\{", re.MULTILINE)
_INCLUDES = re.compile(r"(?:^|[{;])\s*include\s+[^\s;]+\s*;", re.MULTILINE)
_WORD = re.compile(
    r"""\s+|\#.*|(?P<mark>[{};])|"(?P<double>(?:[^"\\]|\\.)*)"|'(?P<single>(?:[^'\\]|\\.)*)'|(?P<bare>(?:[^\s{};"'\\]|\\.|(?<=\$)\{[^}]*\})(?:[^\s{};\\]|\\.|(?<=\$)\{[^}]*\})*)|."""
)
_ASKED = {"on": ClientCertificate.ASKED, "optional": ClientCertificate.ASKED, "off": ClientCertificate.NOT_ASKED}
"""nginx never demands it of OpenSSL (SSL_VERIFY_PEER alone): it answers with an HTTP status."""


def likelihood(head: bytes) -> float:
    """A directive of its TLS module; a file that may only include those."""
    text = text_of(head)
    if _KNOWN.search(text):
        return 0.9
    return 0.6 if _OUTERMOST.search(text) and _INCLUDES.search(text) else 0.0


def read(source: Source, progress: object = None, beside: Beside | None = None) -> Iterator[Evidence]:
    """One configuration for each server block with TLS. Raises BadEvidence where nothing concerns TLS."""
    reading = Reading(source.name, beside or Beside())
    blocks = _Blocks(Told(reading, "nginx"))
    _read(source, reading, blocks)
    found = agreed([told.configuration() for told in blocks.finished()])
    if not found:
        raise BadEvidence(source.name, "line 1", "configuration-without-tls")
    yield from found
    yield from reading.all_oddities()


def _read(source: Source, reading: Reading, blocks: _Blocks) -> None:
    for words, mark, line in _directives(source):
        if mark == ";" and len(words) > 1 and words[0] == "include":
            if not _concerns_no_tls(words[1]):
                for included in reading.included(words[1], line):
                    _read(included, reading, blocks)
        else:
            blocks.feed(words, mark, line)


def _concerns_no_tls(path: str) -> bool:
    """Debian's files of other modules' values."""
    return path in {"mime.types", "/etc/nginx/mime.types"} or path.endswith("_params")


@dataclass(slots=True)
class _Block:
    """An open block; ``tls``: something in it makes it one with TLS."""

    told: Told
    server: bool = False
    tls: bool = False


class _Blocks:
    """The blocks that are open, and the servers that are read."""

    def __init__(self, top: Told) -> None:
        self.open = [_Block(top)]
        self.too_deep = 0
        self.servers: list[Told] = []
        self.around: list[Told] = []
        """The last http block that tells something."""

    def feed(self, words: list[str], mark: str, line: int) -> None:
        """One directive with what ends it: ";", "{" or "}"."""
        if mark == "}":
            self._close()
        elif mark == "{":
            if len(self.open) >= DEEPEST:
                self.too_deep += 1
                return
            outer = self.open[-1]
            self.open.append(_Block(outer.told.inside(), bool(words) and words[0] == "server"))
        elif words and not self.too_deep:
            block = self.open[-1]
            _apply(block, words[0], words[1:], line)

    def finished(self) -> list[Told]:
        """The servers; where they stand in files that are included, what is told around them is one."""
        while len(self.open) > 1:
            self._close()
        top = self.open[0]
        around = [*([top.told] if top.told.where or top.tls else []), *self.around]
        return self.servers or around[-1:]

    def _close(self) -> None:
        if self.too_deep:
            self.too_deep -= 1
        elif len(self.open) > 1:
            block = self.open.pop()
            if block.server and block.tls and len(self.servers) < MOST_SERVERS:
                self.servers.append(block.told)
            elif len(self.open) == 1 and block.told.where:
                self.around = [block.told]


def _apply(block: _Block, name: str, words: list[str], line: int) -> None:
    told, first = block.told, words[0] if words else ""
    match name:
        case "listen":
            block.tls |= "ssl" in words[1:] or "quic" in words[1:]
        case "server_name":
            told.names = [word for word in words if word not in {"", "_"}]
        case "ssl_certificate":
            block.tls = True
            told.file(FileKind.CERTIFICATES, first, line)
        case "ssl_dhparam":
            told.file(FileKind.DH_PARAMETERS, first, line)
        case "ssl":
            block.tls |= first == "on"
        case "ssl_ciphers":
            told.cipher_string(first, line)
        case "ssl_protocols":
            numbers = [told.version(word, line) for word in words]
            if known := [number for number in numbers if number is not None]:
                told.versions(known, line)
        case "ssl_prefer_server_ciphers":
            told.tell("order", Order.SERVER if first == "on" else Order.CLIENT, line)
        case "ssl_ecdh_curve":
            told.curves(first, line)
        case "ssl_verify_client":
            if first in {*_ASKED, "optional_no_ca"}:
                told.tell("client_certificate", _ASKED.get(first, ClientCertificate.ASKED), line)
        case "ssl_conf_command":
            if first.lower() == "ciphersuites" and len(words) > 1:
                told.tls13_suites(words[1], line)
        case _ if name.startswith("ssl_") and name not in _OF_NO_ACCOUNT:
            told.odd("configuration-directive-unknown", line, name)


_OF_NO_ACCOUNT = frozenset(
    """
    ssl_certificate_key ssl_certificate_cache ssl_certificate_compression ssl_client_certificate ssl_trusted_certificate
    ssl_crl ssl_early_data ssl_buffer_size ssl_password_file ssl_session_cache ssl_session_ticket_key
    ssl_session_tickets ssl_session_timeout ssl_stapling ssl_stapling_file ssl_stapling_responder ssl_stapling_verify
    ssl_verify_depth ssl_ocsp ssl_ocsp_cache ssl_ocsp_responder ssl_key_log ssl_reject_handshake ssl_preread
    ssl_handshake_timeout ssl_alpn ssl_name ssl_server_name
    """.split()  # noqa: SIM905 - a list of words
)
"""None decides an answer by itself."""


def _directives(source: Source) -> Iterator[tuple[list[str], str, int]]:
    words: list[str] = []
    start = 0
    for number, line in lines(source):
        for found in _WORD.finditer(line):
            mark = found["mark"]
            if mark is not None:
                yield words, mark, start or number
                words, start = [], 0
            elif found.lastgroup in {"double", "single", "bare"} and len(words) < MOST_WORDS:
                start = start or number
                words.append(found[found.lastgroup])
    if words:
        yield words, ";", start
