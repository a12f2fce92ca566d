"""An Apache httpd configuration as evidence: what each virtual host with TLS is told, with what it inherits.

Owns httpd's syntax (lines, continued lines, sections) and the directives of mod_ssl that decide an answer to a hello.
Of files that it includes those are read, in their place, that are given beside it; the others are named.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

from tlswhy.errors import BadEvidence
from tlswhy.evidence.beside import Beside
from tlswhy.evidence.server_words import MOST_SERVERS, Reading, Told, agreed
from tlswhy.evidence.text import LONGEST_LINE, lines, text_of
from tlswhy.evidence.types import Evidence, FileKind
from tlswhy.model.settings import ClientCertificate, Order
from tlswhy.source import Source
from tlswhy.wire.numbers import TLS10, TLS11, TLS12, TLS13

_KNOWN = re.compile(
    r"^\s*SSL(?:Engine|CipherSuite|Protocol|CertificateFile|HonorCipherOrder|OpenSSLConfCmd)\s+\S",
    re.MULTILINE | re.IGNORECASE,
)
_MAIN = re.compile(r"^\s*(?:ServerRoot|LoadModule|ErrorLog|Listen)\s+\S", re.MULTILINE | re.IGNORECASE)
_INCLUDES = re.compile(r"^\s*include(?:optional)?\s+\S", re.MULTILINE | re.IGNORECASE)
_INCLUDE = re.compile(r"^\s*include(?:optional)?\s+(?P<what>\S.*)$", re.IGNORECASE)
INCLUDES = True
_ALL = frozenset({TLS10, TLS11, TLS12, TLS13})
"""``all`` (ssl_cmd_protocol_parse): SSL 3.0 as well, which builds of OpenSSL since 1.1.0 do not have."""
_ASKED = {
    "require": ClientCertificate.DEMANDED,
    "optional": ClientCertificate.ASKED,
    "optional_no_ca": ClientCertificate.ASKED,
    "none": ClientCertificate.NOT_ASKED,
}


def likelihood(head: bytes) -> float:
    """A directive of mod_ssl; a main file that may only include those."""
    text = text_of(head)
    if _KNOWN.search(text):
        return 0.9
    return 0.6 if _MAIN.search(text) and _INCLUDES.search(text) else 0.0


def read(source: Source, progress: object = None, beside: Beside | None = None) -> Iterator[Evidence]:
    """One configuration for each virtual host with TLS. Raises BadEvidence where nothing concerns TLS."""
    reading = Reading(source.name, beside or Beside())
    sections = _Sections(Told(reading, "apache"))
    _read(source, reading, sections)
    servers = sections.finished()
    if not servers:
        raise BadEvidence(source.name, "line 1", "configuration-without-tls")
    yield from agreed([told.configuration() for told in servers])
    yield from reading.all_oddities()


def _read(source: Source, reading: Reading, sections: _Sections) -> None:
    for number, line in _logical(source):
        text = line.strip()
        if found := _INCLUDE.match(text):
            for included in reading.included(found["what"].strip(), number):
                _read(included, reading, sections)
        else:
            sections.feed(text, number)


class _Sections:
    """The section that is open, and the virtual hosts that are read."""

    def __init__(self, top: Told) -> None:
        self.top = top
        self.host: Told | None = None
        self.hosts: list[Told] = []
        self.deep = 0
        """Sections within (Directory, Location): mod_ssl renegotiates for those."""

    def feed(self, text: str, line: int) -> None:
        """One line."""
        lowered = text.lower()
        if lowered.startswith("<virtualhost"):
            self.host, self.deep = self.top.inside(), 0
        elif lowered.startswith("</virtualhost"):
            self._close()
        elif lowered.startswith(("<directory", "<location", "<files", "<proxy", "<limit")):
            self.deep += 1
        elif lowered.startswith(("</directory", "</location", "</files", "</proxy", "</limit")):
            self.deep = max(0, self.deep - 1)
        elif not self.deep:
            _apply(self.host or self.top, text, line)

    def finished(self) -> list[Told]:
        """The virtual hosts with TLS; where there is none what is told outside of them."""
        self._close()
        top = self.top
        return self.hosts or ([top] if top.where or top.engine is not None else [])

    def _close(self) -> None:
        """A virtual host with TLS: its own SSLEngine or certificate, or an inherited one."""
        if self.host is not None and _has_tls(self.host) and len(self.hosts) < MOST_SERVERS:
            self.hosts.append(self.host)
        self.host = None


def _has_tls(host: Told) -> bool:
    outer = host.outer.engine if host.outer is not None else None
    return bool(outer if host.engine is None else host.engine)


def _apply(told: Told, text: str, line: int) -> None:
    words = _words(text)
    if len(words) < 2 or text.startswith("<"):
        return
    name, rest = words[0].lower(), words[1:]
    match name:
        case "servername":
            told.names.insert(0, rest[0].partition("://")[2] or rest[0])
            told.names[0] = told.names[0].partition(":")[0]
        case "serveralias":
            told.names.extend(rest)
        case "sslengine":
            told.engine = rest[0].lower() == "on"
        case "sslciphersuite":
            _suites(told, rest, line)
        case "sslprotocol":
            _versions(told, rest, line)
        case "sslhonorcipherorder":
            told.tell("order", Order.SERVER if rest[0].lower() == "on" else Order.CLIENT, line)
        case "sslverifyclient":
            if rest[0].lower() in _ASKED:
                told.tell("client_certificate", _ASKED[rest[0].lower()], line)
        case "sslopensslconfcmd":
            _command(told, rest, line)
        case "sslcertificatefile":
            told.engine = True if told.engine is None else told.engine
            told.file(FileKind.CERTIFICATES, rest[0], line)
        case "sslcertificatechainfile":
            told.file(FileKind.CHAIN, rest[0], line)
        case _:
            pass  # another module's, or nothing that decides an answer


def _suites(told: Told, words: list[str], line: int) -> None:
    """``SSLCipherSuite [SSL|TLSv1.3] list``."""
    if words[0].lower() == "tlsv1.3" and len(words) > 1:
        told.tls13_suites(words[1], line)
    else:
        told.cipher_string(words[1] if words[0].lower() == "ssl" and len(words) > 1 else words[0], line)


def _versions(told: Told, words: list[str], line: int) -> None:
    """ssl_cmd_protocol_parse: a name without a sign stands alone, those with one add to what was named before."""
    numbers: set[int] = set()
    for word in words:
        sign, name = (word[0], word[1:]) if word[0] in "+-" else ("", word)
        number = None if name.lower() == "all" else told.version(name, line)
        if number is None and name.lower() != "all":
            continue
        chosen = set(_ALL) if number is None else {number}
        numbers = numbers - chosen if sign == "-" else chosen | (numbers if sign else set())
    told.versions(_without_holes(numbers), line)


def _without_holes(numbers: set[int]) -> set[int]:
    """ssl_init_ctx_protocol (with OpenSSL since 1.1.0): from the highest down to the first that is not there."""
    kept = {max(numbers)} if numbers else set()
    while kept and min(kept) - 1 in numbers:
        kept.add(min(kept) - 1)
    return kept


def _command(told: Told, words: list[str], line: int) -> None:
    if len(words) < 2:
        return
    match words[0].lower():
        case "curves" | "groups" | "ecdhparameters":
            told.curves(words[1], line)
        case "ciphersuites":
            told.tls13_suites(words[1], line)
        case "cipherstring":
            told.cipher_string(words[1], line)
        case "dhparameters":
            told.file(FileKind.DH_PARAMETERS, words[1], line)
        case _:
            told.odd("configuration-directive-unknown", line, words[0])


def _words(text: str) -> list[str]:
    """Words with their quotes taken off; where a quote stays open, as they stand."""
    try:
        return shlex.split(text, posix=True) if '"' in text or "'" in text else text.split()
    except ValueError:
        return text.split()


def _logical(source: Source) -> Iterator[tuple[int, str]]:
    """Lines with those that continue them (a backslash at the end), without comments."""
    parts: list[str] = []
    start = size = 0
    for number, line in lines(source):
        if not parts:
            if line.lstrip().startswith("#"):
                continue
            start, size = number, 0
        continued = line.endswith("\\")
        size += len(line)
        if size <= LONGEST_LINE:
            parts.append(line.removesuffix("\\"))
        if not continued:
            yield start, "".join(parts)
            parts = []
    if parts:
        yield start, "".join(parts)
