"""The server's messages as javax.net.debug prints them, in both grammars, as the handshake messages they were.

Owns the text of ServerHello, HelloRetryRequest, ServerKeyExchange, CertificateRequest and CertificateVerify. What the
text leaves out (signatures, names of authorities, bodies of extensions that nobody judges by) is empty in the message;
a certificate, which it only describes, is one of no bytes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from tlswhy.errors import BadEvidence
from tlswhy.evidence.debug_hello import NO_RANDOM, random_in, scheme_of, session_in, version_of
from tlswhy.evidence.hex_dump import row_of
from tlswhy.wire import extensions as ext
from tlswhy.wire import handshake as hs
from tlswhy.wire.codec import malformed
from tlswhy.wire.hello import SERVER_HELLO
from tlswhy.wire.numbers import TLS12, extension_number, group_number, is_tls13, suite_number

_EXTENSION = re.compile(r'^\s+"[\w -]{1,60} \((?P<number>[\d,]{1,8})\)": \{')
_CLASSIC_EXTENSION = re.compile(r"^(?:Extension (?P<name>\w{1,60})|Unsupported extension type_(?P<number>\d{1,5}))")
_VERSION = re.compile(r'(?:"server version"\s*: "|^\*\*\* ServerHello, )(?P<version>(?:TLS|SSL)v[\d.]+)')
_SUITE = re.compile(r'"cipher suite"\s*: "\w{1,80}\(0x(?P<number>[0-9A-Fa-f]{4})\)"|^Cipher Suite: (?P<name>\w{1,80})')
_SELECTED = re.compile(r'"selected version": \[?(?P<version>TLSv[\d.]+)\]?')
_GROUP = re.compile(r'"(?:named|selected) group": \[?"?(?P<group>\w{1,40})"?\]?')
_CLASSIC_GROUP = re.compile(r"^\s*parameters: (?P<group>[\w.-]{1,40})")
_FIELD = re.compile(r'^\s*"(?P<name>dh_p|dh_g|dh_Ys|ecdh public|modulus|exponent)": \{')
_CLASSIC_FIELD = re.compile(
    r"^(?P<name>DH Modulus|DH Base|Server DH Public Key|RSA Modulus|RSA Public Exponent): +\{ (?P<bytes>[\d, ]+) \}"
)
_SCHEME = re.compile(r'(?:"signature algorithm": "?|^Signature Algorithm )(?P<name>[\w-]{1,40})"?')
_SCHEMES = re.compile(
    r'(?:"(?:supported signature algorithms|signature schemes)": \[|^Supported Signature Algorithms: )(?P<names>[^\]]*)'
)
_TYPES = re.compile(r'(?:"certificate types": \[|^Cert Types: )(?P<names>[^\]]*)')
_TYPE = {"rsa_sign": 1, "dss_sign": 2, "ecdsa_sign": 64, "RSA": 1, "DSS": 2, "ECDSA": 64}
_NAMES = {"DH Modulus": "dh_p", "DH Base": "dh_g", "Server DH Public Key": "dh_Ys"}
_DH = ("dh_p", "dh_g", "dh_Ys")
_PRE_SHARED_KEY = 41


def server_hello(said: Sequence[str]) -> tuple[bytes, int]:
    """A ServerHello or HelloRetryRequest, and the version that it chooses. Raises BadEvidence where the text is cut."""
    version = chosen = suite = None
    random, session = NO_RANDOM, b""
    numbers: list[int] = []
    group: int | None = None
    for line in said:
        if found := _VERSION.search(line):
            version = version_of(found["version"])
        elif found := _SUITE.search(line.strip()):
            suite = int(found["number"], 16) if found["number"] else suite_number(found["name"])
        elif found := _SELECTED.search(line):
            chosen = version_of(found["version"])
        elif found := _GROUP.search(line):
            group = group_number(found["group"])
        elif found := _EXTENSION.match(line):
            numbers.append(int(found["number"].replace(",", "")))
        elif found := _CLASSIC_EXTENSION.match(line.strip()):
            named = extension_number(_RENAMED.get(found["name"] or "", found["name"] or ""))
            numbers.append(int(found["number"]) if found["number"] else named or 0xFF01)
        else:
            random = random_in(line) or random
            session = session_in(line) or session
    if version is None or suite is None:
        raise _cut()
    bodies = {ext.SUPPORTED_VERSIONS: ext.uint16s((chosen or version,)), _PRE_SHARED_KEY: b"\0\0"}
    if group is not None:
        retry = any("selected group" in line for line in said)
        bodies[ext.KEY_SHARE] = ext.uint16s((group,)) + (b"" if retry else ext.vector16(b""))
    listed = [(number & 0xFFFF, bodies.get(number, b"")) for number in dict.fromkeys(numbers)]
    listed = [(number, body) for number, body in listed if body or number != ext.KEY_SHARE]
    body = ext.uint16s((version,)) + random + ext.vector8(session) + ext.uint16s((suite,)) + b"\0"
    body += ext.vector16(ext.write_extensions(listed)) if listed else b""
    return message(SERVER_HELLO, body), version if chosen is None else chosen


def server_key_exchange(said: Sequence[str], version: int) -> bytes:
    """With the prime, or the group, that it shows. Raises BadEvidence where the text is cut."""
    fields, group, scheme = _fields(said), None, 0
    for line in said:
        if found := _GROUP.search(line) or _CLASSIC_GROUP.match(line):
            group = group_number(found["group"])
        elif found := _SCHEME.search(line.strip()):
            scheme = scheme_of(found["name"]) or 0
    if all(fields.get(name) for name in _DH):
        body = b"".join(ext.vector16(fields[name]) for name in _DH)
    elif group is not None:
        body = b"\x03" + ext.uint16s((group,)) + ext.vector8(fields.get("ecdh public", b"")[:255])
    else:
        raise _cut()
    if not any(line.strip() == "Anonymous" for line in said):
        body += (ext.uint16s((scheme,)) if version >= TLS12 else b"") + ext.vector16(b"\0")
    return message(hs.SERVER_KEY_EXCHANGE, body)


def certificate_request(said: Sequence[str], version: int) -> bytes:
    """With its types and schemes; the authorities' names are left out."""
    types, schemes = b"", []
    for line in said:
        if found := _TYPES.search(line.strip()):
            types = bytes(_TYPE[name] for name in _listed(found["names"]) if name in _TYPE)
        elif found := _SCHEMES.search(line.strip()):
            schemes = [number for name in _listed(found["names"]) if (number := scheme_of(name)) is not None]
    vector = ext.write_uint16_vector(tuple(schemes))
    if is_tls13(version):
        body = b"\0" + ext.vector16(ext.write_extensions([(ext.SIGNATURE_ALGORITHMS, vector)]))
    else:
        body = ext.vector8(types) + (vector if version >= TLS12 else b"") + b"\0\0"
    return message(hs.CERTIFICATE_REQUEST, body)


def certificate_verify(said: Sequence[str], version: int) -> bytes:
    """With its scheme."""
    found = next((found for line in said if (found := _SCHEME.search(line.strip()))), None)
    scheme = scheme_of(found["name"]) if found else None
    if scheme is None or version < TLS12:
        raise _cut()
    return message(hs.CERTIFICATE_VERIFY, ext.uint16s((scheme,)) + ext.vector16(b"\0"))


def unreadable_certificates(version: int) -> bytes:
    """A Certificate message that was sent, of which no certificate is shown as bytes."""
    entry = b"\0\0\0" + (b"\0\0" if is_tls13(version) else b"")
    body = (b"\0" if is_tls13(version) else b"") + len(entry).to_bytes(3, "big") + entry
    return message(hs.CERTIFICATE, body)


def message(kind: int, body: bytes) -> bytes:
    """A handshake message with its head."""
    return bytes([kind]) + len(body).to_bytes(3, "big") + body


def _fields(said: Sequence[str]) -> dict[str, bytes]:
    """Values that are printed as hex rows (11 on) or as lists of numbers (7 and 8)."""
    fields: dict[str, bytes] = {}
    current = None
    for line in said:
        if found := _FIELD.match(line):
            current = found["name"]
        elif found := _CLASSIC_FIELD.match(line.strip()):
            numbers = [int(number) for number in found["bytes"].replace(",", " ").split()]
            fields[_NAMES.get(found["name"], found["name"])] = bytes(n for n in numbers if n <= 0xFF)
        elif current is not None and (row := row_of(line)) is not None:
            fields[current] = fields.get(current, b"") + row
        elif line.strip().startswith("}"):
            current = None
    return fields


def _listed(names: str) -> list[str]:
    return [name.strip() for name in names.split(",") if name.strip()]


def _cut() -> BadEvidence:
    return malformed(0, "log-message-cut")


_RENAMED = {"elliptic_curves": "supported_groups"}
