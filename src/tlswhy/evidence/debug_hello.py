"""The ClientHello as javax.net.debug prints it, in the grammar of 7 and 8 and in that of 11 and later.

Owns the names that JSSE gives to suites, groups and schemes there. A hello with a line that is cut, or with a name that
nobody knows, is dropped: half a hello would be recognised as another client's.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from tlswhy.side import Side
from tlswhy.wire import extensions as ext
from tlswhy.wire.codec import malformed
from tlswhy.wire.hello import write_client_hello
from tlswhy.wire.messages import ClientHello, KeyShare, Span
from tlswhy.wire.numbers import group_number, scheme_number, suite_number

MOST_LINES = 600
_SERVER_NAME, _GROUPS, _POINT_FORMATS, _SCHEMES, _ALPN = 0, 10, 11, 13, 16
_TICKET, _PRE_SHARED_KEY, _VERSIONS, _SCHEMES_CERT, _KEY_SHARE = 35, 41, 43, 50, 51
_VERSION = {
    "SSLv3": 0x0300,
    "TLSv1": 0x0301,
    "TLSv1.0": 0x0301,
    "TLSv1.1": 0x0302,
    "TLSv1.2": 0x0303,
    "TLSv1.3": 0x0304,
}
_FORMATS = {"uncompressed": 0, "ansiX962_compressed_prime": 1, "ansiX962_compressed_char2": 2}
_HASHES = {"MD5": 1, "SHA1": 2, "SHA224": 3, "SHA256": 4, "SHA384": 5, "SHA512": 6}
_SIGNERS = {"RSA": 1, "DSA": 2, "ECDSA": 3}
_BY_NAME = {"rsa_sha224": 0x0301, "rsa_md5": 0x0101}
"""Schemes of JSSE that IANA has no name for (sun.security.ssl.SignatureScheme)."""
_CLASSIC_EXTENSIONS = {
    "elliptic_curves": _GROUPS,
    "ec_point_formats": _POINT_FORMATS,
    "signature_algorithms": _SCHEMES,
    "extended_master_secret": 23,
    "server_name": _SERVER_NAME,
    "renegotiation_info": 0xFF01,
    "max_fragment_length": 1,
    "status_request": 5,
    "status_request_v2": 17,
    "application_layer_protocol_negotiation": _ALPN,
    "ALPN": _ALPN,
}
_EXTENSION = re.compile(r'^\s+"[\w -]{1,60} \((?P<number>[\d,]{1,8})\)": \{')
_FIELD = re.compile(r'^\s*"(?P<name>[\w -]{1,40}?)"\s*: "?(?P<value>.*?)"?,?\s*$')
_SUITE = re.compile(r"\(0x([0-9A-Fa-f]{4})\)")
_NAME = re.compile(r"value=(?P<name>[^\],}\s]{1,253})")
_SHARE = re.compile(r'"named group": "?(?P<group>[\w ]{1,40}?)"?\s*$')
_CLASSIC_EXTENSION = re.compile(r"^Extension (?P<name>[\w]{1,60})(?:, [\w ]{1,40}: ?(?P<value>.*))?$")
# sun.security.ssl.Utilities.toHexString puts a blank between bytes up to 16, HexFormat of 17 does not
_RANDOM = re.compile(r'"random"\s*: "(?P<random>[0-9A-Fa-f]{2}(?: ?[0-9A-Fa-f]{2}){31})"')
_SESSION = re.compile(r'"session id"\s*: "(?P<session>(?:[0-9A-Fa-f]{2} ?){0,32})"')
_COOKIE = re.compile(r"^RandomCookie: +GMT: (?P<time>-?\d{1,10}) bytes = \{ (?P<bytes>[\d, ]{1,140}) \}")
_CLASSIC_SESSION = re.compile(r"^Session ID: +\{(?P<bytes>[\d, ]{0,160})\}")
NO_RANDOM = bytes(32)
"""What stands for a random that the log does not print in full."""
_CLASSIC_UNKNOWN = re.compile(r"^Unsupported extension type_(?P<number>\d{1,5})")


@dataclass(slots=True)
class HelloReader:
    """Feed the lines after the one that begins a hello; ``hello`` stands when ``feed`` says that it is over."""

    modern: bool
    version: str = ""
    hello: ClientHello | None = None
    _lines: int = 0
    _broken: bool = False
    _suites: list[int | None] = field(default_factory=list)
    _extensions: list[int] = field(default_factory=list)
    _lists: dict[int, list[int | None]] = field(default_factory=dict)
    _alpn: list[str] = field(default_factory=list)
    _server_name: str | None = None
    _compression: tuple[int, ...] = (0,)
    _random: bytes = NO_RANDOM
    _session: bytes = b""

    def feed(self, line: str) -> bool:
        """One line; True when the hello is over."""
        self._lines += 1
        if self._lines > MOST_LINES:
            return True
        if self.modern:
            if line.strip() == ")":
                self.hello = self._made()
                return True
            self._modern(line)
            return False
        if line.strip() == "***":
            self.hello = self._made()
            return True
        self._classic(line.strip())
        return False

    def _modern(self, line: str) -> None:
        """sun.security.ssl.ClientHello.ClientHelloMessage.toString and the SSLStringizer of each extension."""
        if extension := _EXTENSION.match(line):
            self._extensions.append(int(extension["number"].replace(",", "")))
            return
        current = self._extensions[-1] if self._extensions else None
        if current == _SERVER_NAME and (name := _NAME.search(line)):
            self._server_name = name["name"]
        elif current == _KEY_SHARE and (share := _SHARE.search(line)):
            self._lists.setdefault(_KEY_SHARE, []).append(group_number(share["group"]))
        elif current == _ALPN and line.strip().startswith("["):
            self._alpn = _names(line)
        elif random := random_in(line):
            self._random = random
        elif (session := session_in(line)) is not None:
            self._session = session
        elif found := _FIELD.match(line):
            self._field(found["name"].strip(), found["value"], current)

    def _field(self, name: str, value: str, current: int | None) -> None:
        if name == "client version":
            self.version = value
        elif name == "cipher suites":
            self._suites = [int(number, 16) for number in _SUITE.findall(value)]
            self._broken |= not value.endswith("]") or len(self._suites) != value.count(",") + 1
        elif name == "compression methods":
            self._compression = tuple(bytes.fromhex(value)) if re.fullmatch(r"(?:[0-9A-Fa-f]{2})+", value) else ()
        elif current is not None and value.startswith("[") and current in _NUMBER_OF:
            self._broken |= not value.endswith("]")
            self._lists[current] = [_NUMBER_OF[current](text) for text in _names(value)]

    def _classic(self, line: str) -> None:
        """sun.security.ssl.HandshakeMessage.ClientHello.print and HelloExtension.toString of 7 and 8."""
        if line.startswith("Cipher Suites: ["):
            self._broken |= not line.endswith("]")
            self._suites = [suite_number(name) for name in _names(line.partition(": ")[2])]
        elif line.startswith("Compression Methods:"):
            self._compression = tuple(int(number) for number in re.findall(r"\d{1,3}", line))
        elif random := random_in(line):
            self._random = random
        elif (session := session_in(line)) is not None:
            self._session = session
        elif unknown := _CLASSIC_UNKNOWN.match(line):
            self._extensions.append(int(unknown["number"]))
        elif found := _CLASSIC_EXTENSION.match(line):
            number = _CLASSIC_EXTENSIONS.get(found["name"])
            if number is None:
                self._broken = True
                return
            self._extensions.append(number)
            value = found["value"] or ""
            if number == _SERVER_NAME and (name := _NAME.search(value)):
                self._server_name = name["name"]
            elif number == _ALPN:
                self._alpn = _names(value)
            elif number in _NUMBER_OF:
                self._lists[number] = [_NUMBER_OF[number](text) for text in _names(value)]

    def _made(self) -> ClientHello | None:
        version = _VERSION.get(self.version.strip())
        numbers = [*self._suites, *(number for listed in self._lists.values() for number in listed)]
        if self._broken or not self._suites or version is None or None in numbers:
            return None

        def listed(extension: int) -> tuple[int, ...] | None:
            if extension not in self._extensions:
                return None
            return tuple(number for number in self._lists.get(extension, ()) if number is not None)

        shares = listed(_KEY_SHARE)
        return ClientHello(
            span=Span(Side.CLIENT, 0, 0),
            record_version=min(version, 0x0303),  # JSSE: the record carries the hello's own version
            legacy_version=version,
            random=self._random,
            session_id=self._session,
            cipher_suites=tuple(number for number in self._suites if number is not None),
            compression_methods=self._compression,
            extensions=tuple(self._extensions),
            server_name=self._server_name,
            supported_versions=listed(_VERSIONS),
            groups=listed(_GROUPS),
            point_formats=listed(_POINT_FORMATS),
            signature_schemes=listed(_SCHEMES),
            signature_schemes_cert=listed(_SCHEMES_CERT),
            alpn=tuple(self._alpn) if _ALPN in self._extensions else None,
            key_shares=None if shares is None else tuple(KeyShare(group, 0) for group in shares),
            psk_offered=_PRE_SHARED_KEY in self._extensions,
            ticket_offered=_TICKET in self._extensions,
            ssl2_format=False,
            raw=b"",
        )


def version_of(name: str) -> int | None:
    """The number of a version as JSSE names it."""
    return _VERSION.get(name.strip())


def random_in(line: str) -> bytes | None:
    """The 32 random bytes of a hello: as hex from 11 on, as RandomCookie.print of 7 and 8 writes them."""
    if found := _RANDOM.search(line):
        return bytes.fromhex(found["random"])
    if found := _COOKIE.match(line.strip()):
        rest = _bytes_in(found["bytes"])
        return _time_bytes(int(found["time"])) + rest if len(rest) == 28 else None
    return None


def session_in(line: str) -> bytes | None:
    """The session ID of a hello, empty where it has none; None where the line is about something else."""
    if found := _SESSION.search(line):
        return bytes.fromhex(found["session"])
    if found := _CLASSIC_SESSION.match(line.strip()):
        return _bytes_in(found["bytes"])[:32]
    return None


def written(hello: ClientHello) -> bytes:
    """The handshake message that shows all of a hello that a log tells: bodies that nobody judges by are empty.

    Raises BadEvidence where the text holds what no hello can carry.
    """
    bodies: dict[int, bytes] = {}
    if hello.server_name is not None:
        bodies[_SERVER_NAME] = ext.write_server_name(hello.server_name)
    for number, listed in (
        (_GROUPS, hello.groups),
        (_SCHEMES, hello.signature_schemes),
        (_SCHEMES_CERT, hello.signature_schemes_cert),
    ):
        if listed is not None:
            bodies[number] = ext.write_uint16_vector(listed)
    if hello.point_formats is not None:
        bodies[_POINT_FORMATS] = ext.vector8(bytes(hello.point_formats))
    if hello.alpn is not None:
        bodies[_ALPN] = ext.write_alpn(hello.alpn)
    if hello.supported_versions is not None:
        bodies[_VERSIONS] = ext.write_client_versions(hello.supported_versions)
    if hello.key_shares is not None:
        shares = b"".join(ext.uint16s((share.group,)) + ext.vector16(b"") for share in hello.key_shares)
        bodies[_KEY_SHARE] = ext.vector16(shares)
    if len(set(hello.extensions)) != len(hello.extensions):
        raise malformed(0, "extension-twice")
    return write_client_hello(
        legacy_version=hello.legacy_version,
        random=hello.random,
        session_id=hello.session_id,
        cipher_suites=hello.cipher_suites,
        compression_methods=hello.compression_methods or (0,),
        extensions=[(number, bodies.get(number, b"")) for number in hello.extensions] if hello.extensions else None,
    )


def _bytes_in(text: str) -> bytes:
    numbers = [int(number) for number in text.replace(",", " ").split()]
    return bytes(number for number in numbers if number <= 0xFF)


def _time_bytes(told: int) -> bytes:
    """The first four bytes of a random: RandomCookie.print adds them up as signed ones, each shifted to its place."""
    left, digits = told, []
    for _ in range(4):
        digits.append(left & 0xFF)
        signed = digits[-1] - 0x100 if digits[-1] & 0x80 else digits[-1]
        left = (left - signed) >> 8
    return bytes(reversed(digits))


def _names(text: str) -> list[str]:
    inner = text.strip().strip("[]{}")
    return [name.strip() for name in inner.split(",") if name.strip()]


def scheme_of(name: str) -> int | None:
    """As in the RFCs, or as 7 and 8 write it: SHA256withRSA."""
    digest, with_, signer = name.partition("with")
    if with_ and digest in _HASHES and signer in _SIGNERS:
        return _HASHES[digest] << 8 | _SIGNERS[signer]
    return _BY_NAME.get(name) or scheme_number(name)


_NUMBER_OF: dict[int, Callable[[str], int | None]] = {
    _GROUPS: group_number,
    _POINT_FORMATS: _FORMATS.get,
    _SCHEMES: scheme_of,
    _SCHEMES_CERT: scheme_of,
    _VERSIONS: _VERSION.get,
}
