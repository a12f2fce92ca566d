"""ClientHello and ServerHello: read forgivingly, a ClientHello also written strictly.

Owns both hellos in every version's format. What an extension's body says that cannot be read is left out, with an
oddity; a hello that ends before its suites raises BadEvidence.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable
from typing import Final, TypeVar

from tlswhy.errors import BadEvidence
from tlswhy.oddity import Oddity
from tlswhy.wire import extensions as ext
from tlswhy.wire.codec import Reader, malformed, uint16_list
from tlswhy.wire.messages import ClientHello, KeyShare, ServerHello, Span
from tlswhy.wire.numbers import SSL2, TLS13

CLIENT_HELLO: Final = 1
SERVER_HELLO: Final = 2

EARLY_HELLO_RETRY: Final = 6
"""HelloRetryRequest as a message of its own, in drafts of TLS 1.3."""

DRAFTS: Final = 0x7F00
FIRST_DRAFT: Final = 0x7F12
LAST_EARLY_DRAFT: Final = 0x7F15
"""Up to this draft (the 21st) a ServerHello had its own shape, without session id and compression."""

TLS13_SUITES: Final = 0x13
"""First byte of the suites of TLS 1.3 (RFC 8446, B.4)."""

HELLO_RETRY_RANDOM: Final = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")
"""RFC 8446, 4.1.3: the random that makes a ServerHello a HelloRetryRequest."""

_EXTENSION_HEAD: Final = struct.Struct(">HH")

T = TypeVar("T")


def read_client_hello(raw: bytes, span: Span, record_version: int) -> tuple[ClientHello, tuple[Oddity, ...]]:
    """Read a ClientHello message (type and length included)."""
    reader = Reader(raw, 4)
    legacy_version = reader.pull_uint16()
    random = reader.pull_bytes(32)
    session_id = reader.pull_vector8()
    suites, compression, cut = _read_suites(reader, whole=int.from_bytes(raw[1:4]) == len(raw) - 4)
    bodies = _Bodies(reader)
    ticket = bodies.first.get(ext.SESSION_TICKET)
    hello = ClientHello(
        span=span,
        record_version=record_version,
        legacy_version=legacy_version,
        random=random,
        session_id=session_id,
        cipher_suites=suites,
        compression_methods=compression,
        extensions=bodies.numbers,
        server_name=bodies.read(ext.SERVER_NAME, ext.read_server_name),
        supported_versions=bodies.read(ext.SUPPORTED_VERSIONS, ext.read_client_versions),
        groups=bodies.read(ext.SUPPORTED_GROUPS, ext.read_uint16_vector),
        point_formats=bodies.read(ext.EC_POINT_FORMATS, ext.read_point_formats),
        signature_schemes=bodies.read(ext.SIGNATURE_ALGORITHMS, ext.read_uint16_vector),
        signature_schemes_cert=bodies.read(ext.SIGNATURE_ALGORITHMS_CERT, ext.read_uint16_vector),
        alpn=bodies.read(ext.ALPN, ext.read_alpn),
        key_shares=bodies.read(bodies.key_share, ext.read_client_key_shares),
        psk_offered=ext.PRE_SHARED_KEY in bodies.first,
        ticket_offered=bool(ticket),
        ssl2_format=False,
        raw=raw,
    )
    return hello, (*cut, *bodies.oddities)


def read_ssl2_client_hello(body: bytes, span: Span) -> ClientHello:
    """Read a hello in SSLv2 format (RFC 5246, E.2; RFC 6101, E): ``body`` is the record from msg_type on."""
    reader = Reader(body, 1)
    version = reader.pull_uint16()
    specs_size, session_size, challenge_size = reader.pull_uint16(), reader.pull_uint16(), reader.pull_uint16()
    specs = reader.pull_bytes(specs_size)
    session_id = reader.pull_bytes(session_size)
    challenge = reader.pull_bytes(challenge_size)
    kinds = (int.from_bytes(specs[i : i + 3], "big") for i in range(0, len(specs) - len(specs) % 3, 3))
    return ClientHello(
        span=span,
        record_version=SSL2,
        legacy_version=version,
        random=challenge[-32:].rjust(32, b"\x00"),
        session_id=session_id,
        cipher_suites=tuple(kind for kind in kinds if kind <= 0xFFFF),
        compression_methods=(),
        extensions=(),
        server_name=None,
        supported_versions=None,
        groups=None,
        point_formats=None,
        signature_schemes=None,
        signature_schemes_cert=None,
        alpn=None,
        key_shares=None,
        psk_offered=False,
        ticket_offered=False,
        ssl2_format=True,
        raw=body,
    )


def read_server_hello(raw: bytes, span: Span, record_version: int) -> tuple[ServerHello, tuple[Oddity, ...]]:
    """Read a ServerHello or HelloRetryRequest message (type and length included)."""
    reader = Reader(raw, 4)
    legacy_version = reader.pull_uint16()
    random = reader.pull_bytes(32)
    early = DRAFTS <= legacy_version <= LAST_EARLY_DRAFT
    session_id = b"" if early else reader.pull_vector8()
    suite = reader.pull_uint16()
    compression = 0 if early else reader.pull_uint8()
    bodies = _Bodies(reader)
    chosen = bodies.read(ext.SUPPORTED_VERSIONS, ext.read_server_version)
    if chosen is None and suite >> 8 == TLS13_SUITES and bodies.cut:
        chosen = TLS13  # the extension that says so was cut off, but these suites exist in TLS 1.3 only
    hello = ServerHello(
        span=span,
        record_version=record_version,
        legacy_version=legacy_version,
        version=legacy_version if chosen is None else chosen,
        random=random,
        session_id=session_id,
        cipher_suite=suite,
        compression_method=compression,
        extensions=bodies.numbers,
        hello_retry=random == HELLO_RETRY_RANDOM,
        key_share=bodies.read(bodies.key_share, ext.read_server_key_share),
        alpn=bodies.read(ext.ALPN, ext.read_server_alpn),
        psk_chosen=ext.PRE_SHARED_KEY in bodies.first,
        raw=raw,
    )
    return hello, tuple(bodies.oddities)


def read_early_hello_retry(raw: bytes, span: Span, record_version: int) -> tuple[ServerHello, tuple[Oddity, ...]]:
    """The HelloRetryRequest of the drafts up to the 21st, a message of its own; before the 19th without a suite."""
    reader = Reader(raw, 4)
    version = reader.pull_uint16()
    suite = reader.pull_uint16() if version > FIRST_DRAFT else 0
    bodies = _Bodies(reader)
    hello = ServerHello(
        span=span,
        record_version=record_version,
        legacy_version=version,
        version=version,
        random=HELLO_RETRY_RANDOM,
        session_id=b"",
        cipher_suite=suite,
        compression_method=0,
        extensions=bodies.numbers,
        hello_retry=True,
        key_share=bodies.read(bodies.key_share, ext.read_server_key_share),
        alpn=None,
        psk_chosen=False,
        raw=raw,
    )
    return hello, tuple(bodies.oddities)


def write_client_hello(
    *,
    legacy_version: int,
    random: bytes,
    session_id: bytes,
    cipher_suites: Iterable[int],
    compression_methods: Iterable[int] = (0,),
    extensions: Iterable[tuple[int, bytes]] | None = None,
) -> bytes:
    """The handshake message (type and length included); raises BadEvidence for what no ClientHello can carry.

    ``extensions`` are (number, body) in the order of the wire; None leaves the block out, as before TLS 1.2.
    """
    suites, methods = tuple(cipher_suites), tuple(compression_methods)
    if len(random) != 32:
        raise malformed(0, "random-not-32-bytes")
    if len(session_id) > 32:
        raise malformed(0, "session-id-too-long")
    if not suites or not methods:
        raise malformed(0, "empty-list")
    if any(not 0 <= method <= 0xFF for method in methods):
        raise malformed(0, "number-out-of-range")
    body = ext.uint16s((legacy_version,)) + random + ext.vector8(session_id)
    body += ext.vector16(ext.uint16s(suites)) + ext.vector8(bytes(methods))
    if extensions is not None:
        listed = list(extensions)
        numbers = [number for number, _ in listed]
        if len(set(numbers)) != len(numbers):
            raise malformed(0, "extension-twice")
        if ext.PRE_SHARED_KEY in numbers[:-1]:  # RFC 8446, 4.2.11: must be the last
            raise malformed(0, "pre-shared-key-not-last")
        body += ext.vector16(ext.write_extensions(listed))
    return bytes([CLIENT_HELLO]) + len(body).to_bytes(3, "big") + body


def write_record(content_type: int, version: int, payload: bytes) -> bytes:
    """``payload`` in as many plaintext records as it needs (at most 2^14 bytes each)."""
    pieces = [payload[start : start + (1 << 14)] for start in range(0, len(payload), 1 << 14)] or [b""]
    head = bytes([content_type]) + version.to_bytes(2, "big")
    return b"".join(head + len(piece).to_bytes(2, "big") + piece for piece in pieces)


def client_extension_bodies(hello: ClientHello) -> list[tuple[int, bytes]]:
    """The extensions of a hello that was read, with their bodies as sent: what ``write_client_hello`` takes."""
    if hello.ssl2_format:
        return []
    reader = Reader(hello.raw, 4 + 2 + 32)
    reader.pull_vector8()
    reader.pull_vector16()
    reader.pull_vector8()
    return _Bodies(reader).listed


def server_extension_bodies(hello: ServerHello) -> list[tuple[int, bytes]]:
    """The extensions of a ServerHello or HelloRetryRequest that was read, with their bodies as sent."""
    reader = Reader(hello.raw, 4 + 2 + 32)
    reader.pull_vector8()
    reader.pull_bytes(3)
    return _Bodies(reader).listed


def _read_suites(reader: Reader, *, whole: bool) -> tuple[tuple[int, ...], tuple[int, ...], tuple[Oddity, ...]]:
    """The suites and compression methods, as Wireshark reads them: of a hello that came whole and has lists longer than
    itself those that fit into it, and of a list with half a suite the whole ones.

    Of a hello that was cut nobody knows what else it offered: BadEvidence.
    """
    suites, methods = b"", b""
    try:
        suites = reader.pull_vector16()
        methods = reader.pull_vector8()
        return uint16_list(suites), tuple(methods), ()
    except BadEvidence:
        if not whole:
            raise
    if not methods:
        reader.pull_rest()
    return uint16_list(suites[: len(suites) & ~1]), tuple(methods), (Oddity("hello-lists-cut"),)


class _Bodies:
    """The extensions of one hello, and the oddities met while reading them."""

    def __init__(self, reader: Reader) -> None:
        self.oddities: list[Oddity] = []
        self.listed: list[tuple[int, bytes]] = []
        if reader.left:
            try:
                block = reader.pull_vector16()
            except BadEvidence:
                self._odd("extensions-cut")
                block = reader.pull_rest()[2:]
            if reader.left:
                self._odd("hello-trailing-bytes", size=reader.left)
            self._split(block)
        self.numbers = tuple(number for number, _ in self.listed)
        self.first = dict(reversed(self.listed))
        if len(self.first) != len(self.listed):
            self._odd("extension-twice")

    @property
    def key_share(self) -> int:
        """The number under which key shares stand here."""
        return ext.KEY_SHARE if ext.KEY_SHARE in self.first else ext.DRAFT_KEY_SHARE

    @property
    def cut(self) -> bool:
        """Whether extensions may be missing."""
        return any(oddity.what == "extensions-cut" for oddity in self.oddities) or not self.listed

    def read(self, number: int, parse: Callable[[bytes], T]) -> T | None:
        """The extension's content; None where it is absent or cannot be read."""
        body = self.first.get(number)
        if body is None:
            return None
        try:
            return parse(body)
        except BadEvidence as error:
            self._odd("extension-malformed", extension=number, why=error.code)
            return None

    def _split(self, block: bytes) -> None:
        position, size = 0, len(block)
        while position + 4 <= size:  # by hand: half of a hello's time would be spent here
            number, length = _EXTENSION_HEAD.unpack_from(block, position)
            end = position + 4 + length
            if end > size:
                break
            self.listed.append((number, block[position + 4 : end]))
            position = end
        if position < size:
            self._odd("extensions-cut")

    def _odd(self, what: str, **facts: str | int) -> None:
        self.oddities.append(Oddity(what, facts=facts))


__all__ = [
    "CLIENT_HELLO",
    "HELLO_RETRY_RANDOM",
    "SERVER_HELLO",
    "KeyShare",
    "client_extension_bodies",
    "read_client_hello",
    "read_early_hello_retry",
    "read_server_hello",
    "read_ssl2_client_hello",
    "server_extension_bodies",
    "write_client_hello",
    "write_record",
]
