"""The handshake messages behind the hellos: certificates, key exchange, requests. Bodies in, facts out.

Owns their formats in every version. Which key exchange a ServerKeyExchange carries is told by the suite; nothing
here remembers a conversation.
"""

from __future__ import annotations

import zlib
from typing import Final

from tlswhy.errors import BadEvidence
from tlswhy.wire import extensions as ext
from tlswhy.wire.codec import Reader, malformed
from tlswhy.wire.messages import (
    CertificateMessage,
    CertificateRequest,
    CertificateVerify,
    DhParameters,
    EcParameters,
    EncryptedExtensions,
    ServerKeyExchange,
    Span,
)
from tlswhy.wire.numbers import TLS12, is_tls13, suite

HELLO_REQUEST: Final = 0
NEW_SESSION_TICKET: Final = 4
END_OF_EARLY_DATA: Final = 5
ENCRYPTED_EXTENSIONS: Final = 8
CERTIFICATE: Final = 11
SERVER_KEY_EXCHANGE: Final = 12
CERTIFICATE_REQUEST: Final = 13
SERVER_HELLO_DONE: Final = 14
CERTIFICATE_VERIFY: Final = 15
CLIENT_KEY_EXCHANGE: Final = 16
FINISHED: Final = 20
CERTIFICATE_STATUS: Final = 22
KEY_UPDATE: Final = 24
COMPRESSED_CERTIFICATE: Final = 25

UNCOMPRESSED_LIMIT: Final = 1 << 20
"""A compressed certificate message may announce so many bytes at most."""

CERTIFICATE_LIMIT: Final = 1000
"""More certificates than this in one message are not read on: no client gets so far."""


def read_certificate(body: bytes, span: Span, version: int) -> CertificateMessage:
    """RFC 5246, 7.4.2; RFC 8446, 4.4.2. Raises BadEvidence."""
    reader = Reader(body)
    tls13 = is_tls13(version)
    if tls13:
        reader.pull_vector8()
    entries = Reader(reader.pull_vector24())
    certificates: list[bytes] = []
    extensions: list[tuple[tuple[int, bytes], ...]] = []
    while entries.left:
        if len(certificates) == CERTIFICATE_LIMIT:
            raise malformed(entries.position, "too-many-certificates")
        certificates.append(entries.pull_vector24())
        if tls13:
            extensions.append(_entry_extensions(entries.pull_vector16()))
    return CertificateMessage(span, tuple(certificates), len(body), tuple(extensions))


def read_compressed_certificate(body: bytes, span: Span, version: int) -> CertificateMessage:
    """RFC 8879: zlib, Brotli and zstd; ``size`` is that of the message inside. Raises BadEvidence."""
    reader = Reader(body)
    algorithm, size = reader.pull_uint16(), reader.pull_uint24()
    compressed = reader.pull_vector24()
    if size > UNCOMPRESSED_LIMIT:
        raise malformed(0, "compressed-certificate-too-large")
    plain = _uncompressed(algorithm, compressed, size)
    if len(plain) != size:
        raise malformed(0, "compression-size")
    return read_certificate(plain, span, version)


def read_server_key_exchange(body: bytes, span: Span, version: int, cipher_suite: int | None) -> ServerKeyExchange:
    """RFC 5246, 7.4.3 (DHE), RFC 8422, 5.4 (ECDHE), RFC 4279 and 5489 (PSK), RFC 5054 (SRP). Raises BadEvidence."""
    known = suite(cipher_suite) if cipher_suite is not None else None
    exchange = known.key_exchange if known else _guess_exchange(body)
    reader = Reader(body)
    dh = ec = rsa_bits = None
    if exchange.endswith("PSK"):
        reader.pull_vector16()  # the identity hint
    if exchange in {"DHE", "DH_anon", "DHE_PSK"}:
        dh = _read_dh(reader)
    elif exchange in {"ECDHE", "ECDH_anon", "ECDHE_PSK"}:
        ec = _read_ec(reader)
    elif exchange == "RSA_EXPORT":
        rsa_bits = int.from_bytes(reader.pull_vector16(), "big").bit_length()
        reader.pull_vector16()
    else:  # SRP and what is rarer: nothing in it is of use here
        return ServerKeyExchange(span, None, None, None, bool(known and known.authentication in {"RSA", "DSS"}))
    parameters = body[: reader.position]
    scheme, signed = _read_signature(reader, version)
    signature = _read_signature_value(reader) if signed else b""
    return ServerKeyExchange(span, dh, ec, scheme, signed, rsa_bits, parameters, signature)


def read_certificate_request(body: bytes, span: Span, version: int) -> CertificateRequest:
    """RFC 2246 to 5246, 7.4.4; RFC 8446, 4.3.2. Raises BadEvidence."""
    reader = Reader(body)
    if is_tls13(version):
        reader.pull_vector8()
        extensions = dict(ext.read_extensions(reader.pull_vector16()))
        schemes = extensions.get(ext.SIGNATURE_ALGORITHMS)
        authorities = extensions.get(ext.CERTIFICATE_AUTHORITIES)
        return CertificateRequest(
            span,
            (),
            ext.read_uint16_vector(schemes) if schemes is not None else (),
            _read_names(Reader(authorities).pull_vector16()) if authorities is not None else (),
            len(body),
        )
    types = tuple(reader.pull_vector8())
    schemes12 = reader.pull_uint16_list() if version >= TLS12 else ()
    names = reader.pull_vector16() if reader.left else b""  # RFC 2246 demands the list; some servers leave it out
    return CertificateRequest(span, types, schemes12, _read_names(names), len(body))


def read_certificate_verify(body: bytes, span: Span, version: int, transcript: bytes = b"") -> CertificateVerify:
    """RFC 5246, 7.4.8 (the scheme came with TLS 1.2); RFC 8446, 4.4.3. Raises BadEvidence."""
    reader = Reader(body)
    scheme = reader.pull_uint16() if version >= TLS12 else None
    return CertificateVerify(span, scheme, _read_signature_value(reader), transcript)


def read_encrypted_extensions(body: bytes, span: Span) -> EncryptedExtensions:
    """RFC 8446, 4.3.1. Raises BadEvidence."""
    extensions = ext.read_extensions(Reader(body).pull_vector16())
    alpn = dict(extensions).get(ext.ALPN)
    return EncryptedExtensions(
        span, tuple(number for number, _ in extensions), ext.read_server_alpn(alpn) if alpn is not None else None
    )


def _entry_extensions(block: bytes) -> tuple[tuple[int, bytes], ...]:
    """Those beside a certificate; none where they can't be read, which is no reason to lose the certificate."""
    try:
        return tuple(ext.read_extensions(block))
    except BadEvidence:
        return ()


def _uncompressed(algorithm: int, compressed: bytes, size: int) -> bytes:
    """At most ``size`` bytes and one; never more of a bomb."""
    if algorithm == 1:
        try:
            return zlib.decompressobj().decompress(compressed, size + 1)
        except zlib.error as error:
            raise malformed(0, "compression-broken") from error
    if algorithm == 2:
        return _unbrotlied(compressed, size)
    if algorithm == 3:
        from zstandard import ZstdDecompressor, ZstdError  # not loaded where nobody compresses

        try:
            return ZstdDecompressor(max_window_size=1 << 23).stream_reader(compressed).read(size + 1)
        except ZstdError as error:
            raise malformed(0, "compression-broken") from error
    raise malformed(0, "compression-unknown")


def _unbrotlied(compressed: bytes, size: int) -> bytes:
    import brotli  # type: ignore[import-untyped]

    decompressor = brotli.Decompressor()
    plain, given = b"", compressed
    try:
        while len(plain) <= size and not decompressor.is_finished():
            more: bytes = decompressor.process(given, output_buffer_limit=size + 1 - len(plain))
            if not more and not given:
                break
            plain, given = plain + more, b""
    except brotli.error as error:
        raise malformed(0, "compression-broken") from error
    return plain


def _read_dh(reader: Reader) -> DhParameters:
    prime, generator, public = (int.from_bytes(reader.pull_vector16(), "big") for _ in range(3))
    return DhParameters(prime, generator, public)


def _read_ec(reader: Reader) -> EcParameters:
    curve_type = reader.pull_uint8()
    if curve_type == 3:  # named_curve
        group: int | None = reader.pull_uint16()
    elif curve_type == 1:  # explicit_prime: p, a, b, base, order, cofactor (RFC 4492, 5.4)
        group = None
        for _ in range(6):
            reader.pull_vector8()
    elif curve_type == 2:  # explicit_char2: m, the basis with one or three exponents, then a, b, base, order, cofactor
        group = None
        reader.pull_uint16()
        for _ in range((1 if reader.pull_uint8() == 1 else 3) + 5):
            reader.pull_vector8()
    else:
        raise malformed(0, "curve-type")
    return EcParameters(group, len(reader.pull_vector8()))


def _read_signature(reader: Reader, version: int) -> tuple[int | None, bool]:
    if not reader.left:
        return None, False
    if version < TLS12:
        return None, True
    try:
        return reader.pull_uint16(), True
    except BadEvidence:
        return None, True


def _read_signature_value(reader: Reader) -> bytes:
    """Empty where it does not end the message, as it must."""
    try:
        value = reader.pull_vector16()
    except BadEvidence:
        return b""
    return b"" if reader.left else value


def _read_names(block: bytes) -> tuple[bytes, ...]:
    reader = Reader(block)
    names = []
    while reader.left:
        names.append(reader.pull_vector16())
    return tuple(names)


def _guess_exchange(body: bytes) -> str:
    """Without the suite: ECDHE begins with named_curve(3) and a group; a DH prime's length never looks so."""
    if len(body) > 4 and body[0] == 3 and body[1] < 2 and body[3] <= len(body) - 4:
        return "ECDHE"
    return "DHE"
