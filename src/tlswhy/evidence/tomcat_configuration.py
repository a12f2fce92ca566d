"""Tomcat's server.xml as evidence: what each SSLHostConfig of a Connector with TLS is told; Tomcat 6 to 11.

Owns those elements and attributes: SSLHostConfig and Certificate since 8.5, the Connector's own attributes before, with
the names of JSSE and of APR. Declares no entity and opens none; ``${…}`` tells nothing. Of which release Tomcat is the
file does not say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final
from xml.parsers import expat

from tlswhy.errors import BadEvidence
from tlswhy.evidence.server_words import MOST_SERVERS, Reading, Told
from tlswhy.evidence.text import text_of
from tlswhy.evidence.types import Evidence, FileKind
from tlswhy.model.settings import ClientCertificate, Order
from tlswhy.source import Source
from tlswhy.wire.numbers import is_tls13, suite, suite_name_openssl, suite_number

LARGEST = 4 << 20
DEEPEST = 64
LONGEST_VALUE = 20_000
DEFAULT_CIPHERS: Final = "HIGH:!aNULL:!eNULL:!EXPORT:!DES:!RC4:!MD5:!kRSA"
"""SSLHostConfig.DEFAULT_TLS_CIPHERS (8.5 to 10.1; 11 leaves out !DES and what follows, which HIGH does not hold)."""
_KNOWN = re.compile(r"<(?:Connector|SSLHostConfig)\s[^>]*>", re.IGNORECASE)
_TLS = re.compile(r"SSLEnabled\s*=\s*[\"']true|<SSLHostConfig\s", re.IGNORECASE)
_JAVA_NAMES: Final = ("sslv2hello", "tlsv1", "tlsv1.1", "tlsv1.2", "tlsv1.3")
"""``all`` (Constants.SSL_PROTO_ALL_SET); SSLv2Hello is a form of the hello, no version."""
_ASKED: Final[Mapping[str, ClientCertificate]] = {
    "none": ClientCertificate.NOT_ASKED,
    "false": ClientCertificate.NOT_ASKED,
    "no": ClientCertificate.NOT_ASKED,
    "optional": ClientCertificate.ASKED,
    "optionalnoca": ClientCertificate.ASKED,
    "optional_no_ca": ClientCertificate.ASKED,
    "want": ClientCertificate.ASKED,
    "required": ClientCertificate.DEMANDED,
    "require": ClientCertificate.DEMANDED,
    "true": ClientCertificate.DEMANDED,
    "yes": ClientCertificate.DEMANDED,
}
_TRUE: Final = frozenset({"true", "yes", "on"})
_OLD_NAMES: Final = {
    "sslenabledprotocols": "protocols",
    "sslprotocol": "protocols",
    "sslciphersuite": "ciphers",
    "clientauth": "certificateverification",
    "sslverifyclient": "certificateverification",
    "useserverciphersuitesorder": "honorcipherorder",
    "sslhonorcipherorder": "honorcipherorder",
    "keystorefile": "certificatekeystorefile",
    "sslcertificatefile": "certificatefile",
    "sslcertificatechainfile": "certificatechainfile",
}
"""The Connector's attributes before SSLHostConfig, and what they are called since."""
_FILES: Final = {
    "certificatekeystorefile": FileKind.CERTIFICATES,
    "certificatefile": FileKind.CERTIFICATES,
    "certificatechainfile": FileKind.CHAIN,
}


def likelihood(head: bytes) -> float:
    """A Connector with TLS."""
    text = text_of(head)
    return 0.9 if _KNOWN.search(text) and _TLS.search(text) else 0.0


def read(source: Source, progress: object = None) -> Iterator[Evidence]:
    """One configuration for each SSLHostConfig. Raises BadEvidence where nothing concerns TLS or it is no XML."""
    file = _File(source.name)
    file.parse(source.read(LARGEST))
    if not file.hosts:
        raise BadEvidence(source.name, "line 1", "configuration-without-tls")
    for told, port, software in file.hosts:
        found = told.configuration()
        settings = found.settings if software is None else replace(found.settings, software=software)
        yield replace(found, settings=settings, port=port)
    yield from file.reading.all_oddities()


class _File:
    """The elements that are open, and the hosts that are read: each with its port, and what makes its TLS if that is
    told (None: JSSE, or OpenSSL where Tomcat Native is there)."""

    def __init__(self, item: str) -> None:
        self.reading = Reading(item)
        self.hosts: list[tuple[Told, int | None, str | None]] = []
        self.native = False
        self.deep = 0
        self.connector: Mapping[str, str] | None = None
        self.own_hosts = 0
        self.host: Told | None = None
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._begin
        self.parser.EndElementHandler = self._end
        self.parser.EntityDeclHandler = self._entity

    def parse(self, data: bytes) -> None:
        """What stands before a fault counts."""
        try:
            self.parser.Parse(data, True)
        except (expat.ExpatError, ValueError, LookupError) as error:
            if not self.hosts:
                line = getattr(error, "lineno", 1)
                raise BadEvidence(self.reading.item, f"line {line}", "configuration-malformed") from None
            self.reading.odd_file("configuration-malformed", self.parser.CurrentLineNumber)

    def _entity(self, name: str, *rest: object) -> None:
        """An entity of its own may be a file (then it is missing here) or a bomb: its value is never used."""
        system = rest[3] if len(rest) > 3 else None
        self.reading.lacks(str(system) if system else f"&{name};", self.parser.CurrentLineNumber)
        if not system:
            raise ValueError("an internal entity")

    def _begin(self, name: str, attributes: dict[str, str]) -> None:
        self.deep += 1
        if self.deep > DEEPEST:
            raise ValueError("too deep")
        lowered = {key.lower(): value[:LONGEST_VALUE] for key, value in attributes.items()}
        line = self.parser.CurrentLineNumber
        match name:
            case "Listener":
                self.native |= lowered.get("classname", "").endswith(
                    ("AprLifecycleListener", "OpenSSLLifecycleListener")
                )
            case "Connector":
                self.connector, self.own_hosts, self.host = lowered, 0, None
                self.line = line
            case "SSLHostConfig" if self.connector is not None and _speaks_tls(self.connector):
                self.own_hosts += 1
                self.host = self._new_host(lowered)
                _apply(self.host, lowered, line, usual_ciphers=True)
            case "Certificate" if self.host is not None:
                _name_files(self.host, lowered, line)
            case _:
                pass

    def _end(self, name: str) -> None:
        self.deep -= 1
        if name == "SSLHostConfig":
            self.host = None
        elif name == "Connector" and self.connector is not None:
            if not self.own_hosts and _speaks_tls(self.connector):
                renamed = {_OLD_NAMES.get(key, key): value for key, value in self.connector.items()}
                if (
                    "sslenabledprotocols" not in self.connector
                    and self.connector.get("sslprotocol", "").upper() == "TLS"
                ):
                    renamed.pop("protocols", None)  # the name of an SSLContext, which has all versions on
                told = self._new_host({})
                _apply(told, renamed, self.line, usual_ciphers=False)
                _name_files(told, renamed, self.line)
            self.connector = None

    def _new_host(self, attributes: Mapping[str, str]) -> Told:
        connector = self.connector or {}
        told = Told(self.reading, "tomcat", tls13=())
        name = attributes.get("hostname", "_default_")
        default = connector.get("defaultsslhostconfigname", "_default_")
        told.names = [] if name.lower() == default.lower() else [name]
        if len(self.hosts) < MOST_SERVERS:
            port = connector.get("port", "")
            self.hosts.append(
                (told, int(port) if port.isdigit() and len(port) < 6 else None, self._software(connector))
            )
        return told

    def _software(self, connector: Mapping[str, str]) -> str | None:
        words = f"{connector.get('protocol', '')} {connector.get('sslimplementationname', '')}"
        if "Apr" in words or "OpenSSLImplementation" in words:
            return "openssl"
        return "jsse" if "JSSEImplementation" in words or not self.native else None


def _speaks_tls(connector: Mapping[str, str]) -> bool:
    return connector.get("sslenabled", "").strip().lower() in _TRUE


def _apply(told: Told, attributes: Mapping[str, str], line: int, *, usual_ciphers: bool) -> None:
    """What decides an answer. ``usual_ciphers``: where none are told they are those of SSLHostConfig, and the client's
    order counts (AbstractJsseEndpoint.createSSLEngine); before it everything is as the JVM has it."""
    given = {key: value.strip() for key, value in attributes.items() if "${" not in value}
    if protocols := given.get("protocols"):
        told.versions(_versions(told, protocols, line), line)
    if ciphers := given.get("ciphers"):
        _ciphers(told, ciphers, line)
    elif usual_ciphers and "ciphers" not in attributes:
        told.cipher_string(DEFAULT_CIPHERS, line)
        told.where.pop("suites", None)
    if suites := given.get("ciphersuites"):
        told.tls13_suites(suites, line)
    if order := given.get("honorcipherorder"):
        told.tell("order", Order.SERVER if order.lower() in _TRUE else Order.CLIENT, line)
    elif usual_ciphers:
        told.fields["order"] = Order.CLIENT
    if groups := given.get("groups"):
        told.curves(groups.replace(",", ":").replace(" ", ""), line)
    if wanted := _ASKED.get(given.get("certificateverification", "").lower()):
        told.tell("client_certificate", wanted, line)


def _name_files(told: Told, attributes: Mapping[str, str], line: int) -> None:
    for key, kind in _FILES.items():
        if path := attributes.get(key, "").replace("${catalina.base}/", "").replace("${catalina.home}/", ""):
            told.file(kind, path, line)


def _versions(told: Told, text: str, line: int) -> set[int]:
    """SSLHostConfig.setProtocols: from left to right, a comma is a plus."""
    numbers: set[int] = set()
    for token in re.split(r"(?=[-+,])", text):
        sign, name = (token[0], token[1:].strip()) if token[:1] in {"-", "+", ","} else ("+", token.strip())
        names = _JAVA_NAMES if name.lower() == "all" else (name,)
        chosen = {
            found for each in names if each.lower() not in {"", "sslv2hello"} and (found := told.version(each, line))
        }
        numbers = numbers - chosen if sign == "-" else numbers | chosen
    return numbers


def _ciphers(told: Told, text: str, line: int) -> None:
    """SSLHostConfig.setCiphers: a list of names of either kind with commas, or OpenSSL's own string."""
    words = [word.strip() for word in text.split(",")] if ":" not in text else text.split(":")
    known = [(word, suite_number(word)) for word in words if word]
    tls13 = [number for _, number in known if number is not None and _only_tls13(number)]
    told.tls13 = tuple(dict.fromkeys(tls13))
    if all(number is not None for _, number in known):
        told.below = tuple(dict.fromkeys(n for _, n in known if n is not None and not _only_tls13(n)))
        told.tell_place("suites", line)
        return
    others = ((word, number) for word, number in known if number is None or not _only_tls13(number))
    told.cipher_string(":".join((suite_name_openssl(n) or word) if n is not None else word for word, n in others), line)


def _only_tls13(number: int) -> bool:
    found = suite(number)
    return found is not None and is_tls13(found.minimum_version)
