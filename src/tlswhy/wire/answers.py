"""What a server says, written strictly: hello, certificates, key exchange, requests, alerts, up to TLS 1.2.

Owns the formats of the server's half; ``hello`` and ``handshake`` read them back. A message that its format can't
carry raises BadEvidence; that its content makes no sense is the caller's business.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tlswhy.wire import extensions as ext
from tlswhy.wire.codec import malformed
from tlswhy.wire.handshake import CERTIFICATE, CERTIFICATE_REQUEST, SERVER_HELLO_DONE, SERVER_KEY_EXCHANGE
from tlswhy.wire.hello import SERVER_HELLO
from tlswhy.wire.numbers import TLS12
from tlswhy.wire.search import ALERT

NAMED_CURVE = 3


def write_server_hello(
    *,
    version: int,
    random: bytes,
    session_id: bytes,
    cipher_suite: int,
    compression_method: int = 0,
    extensions: Sequence[tuple[int, bytes]] = (),
) -> bytes:
    """RFC 5246, 7.4.1.3; without extensions the block is left out."""
    if len(random) != 32:
        raise malformed(0, "random-not-32-bytes")
    if len(session_id) > 32:
        raise malformed(0, "session-id-too-long")
    body = ext.uint16s((version,)) + random + ext.vector8(session_id) + ext.uint16s((cipher_suite,))
    body += bytes([compression_method])
    if extensions:
        body += ext.vector16(ext.write_extensions(list(extensions)))
    return write_handshake(SERVER_HELLO, body)


def write_certificate(certificates: Iterable[bytes]) -> bytes:
    """RFC 5246, 7.4.2: the certificates as DER, in the order given."""
    return write_handshake(CERTIFICATE, vector24(b"".join(map(vector24, certificates))))


def write_dh_parameters(prime: int, generator: int, public_value: int) -> bytes:
    """RFC 5246, 7.4.3: ServerDHParams, each number as short as it can be; what the signature covers."""
    return b"".join(ext.vector16(_unsigned(number)) for number in (prime, generator, public_value))


def write_ec_parameters(group: int, point: bytes) -> bytes:
    """RFC 8422, 5.4: ServerECDHParams on a named curve."""
    return bytes([NAMED_CURVE]) + ext.uint16s((group,)) + ext.vector8(point)


def write_server_key_exchange(parameters: bytes, signature: bytes, scheme: int | None) -> bytes:
    """RFC 5246, 7.4.3: the signed parameters; ``scheme`` None before TLS 1.2."""
    head = b"" if scheme is None else ext.uint16s((scheme,))
    return write_handshake(SERVER_KEY_EXCHANGE, parameters + head + ext.vector16(signature))


def write_certificate_request(
    version: int, certificate_types: Iterable[int], schemes: tuple[int, ...], authorities: Iterable[bytes] = ()
) -> bytes:
    """RFC 5246, 7.4.4; the schemes came with TLS 1.2."""
    body = ext.vector8(bytes(certificate_types))
    if version >= TLS12:
        body += ext.write_uint16_vector(schemes)
    return write_handshake(CERTIFICATE_REQUEST, body + ext.vector16(b"".join(map(ext.vector16, authorities))))


def write_server_hello_done() -> bytes:
    """RFC 5246, 7.4.5."""
    return write_handshake(SERVER_HELLO_DONE, b"")


def write_handshake(kind: int, body: bytes) -> bytes:
    """A handshake message: type, length, body."""
    return bytes([kind]) + vector24(body)


def write_alert(version: int, level: int, description: int) -> bytes:
    """RFC 5246, 7.2: an alert in a record of its own."""
    return bytes([ALERT]) + ext.uint16s((version,)) + b"\0\2" + bytes([level, description])


def vector24(data: bytes) -> bytes:
    """An opaque vector with a length of three bytes."""
    if len(data) > 0xFFFFFF:
        raise malformed(0, "vector-too-long")
    return len(data).to_bytes(3, "big") + data


def _unsigned(number: int) -> bytes:
    return number.to_bytes(max(1, (number.bit_length() + 7) // 8), "big")
