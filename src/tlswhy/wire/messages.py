"""The TLS messages and records as frozen facts; all numbers as on the wire (IANA), GREASE kept.

Owns the shape of what was said. ``start`` and ``end`` are offsets in the sender's TCP stream: of the first byte of
the first record that carries the message, and of the byte behind its last. Who sent it is ``sender``.
"""

from __future__ import annotations

from dataclasses import field

from tlswhy.frozen import frozen
from tlswhy.side import Side


@frozen
class Span:
    """Where something stands in one direction's stream; ``decrypted`` when keys were needed to read it.

    ``taken``: the end of the record with its last byte, before which nobody takes it (0: unknown).
    """

    sender: Side
    start: int
    end: int
    decrypted: bool = False
    taken: int = 0


@frozen
class KeyShare:
    """A group and the length in bytes of the public value that came with it (0 in a HelloRetryRequest)."""

    group: int
    length: int


@frozen
class ClientHello:
    """A ClientHello, SSLv2-format ones included (``ssl2_format``; SSLv2 cipher kinds are left out of cipher_suites).

    Lists are None where the extension is absent. ``record_version`` is that of the record layer.
    """

    span: Span
    record_version: int
    legacy_version: int
    random: bytes
    session_id: bytes
    cipher_suites: tuple[int, ...]
    compression_methods: tuple[int, ...]
    extensions: tuple[int, ...]
    server_name: str | None
    supported_versions: tuple[int, ...] | None
    groups: tuple[int, ...] | None
    point_formats: tuple[int, ...] | None
    signature_schemes: tuple[int, ...] | None
    signature_schemes_cert: tuple[int, ...] | None
    alpn: tuple[str, ...] | None
    key_shares: tuple[KeyShare, ...] | None
    psk_offered: bool
    ticket_offered: bool
    ssl2_format: bool
    raw: bytes
    """The handshake message (type and length included), as sent."""


@frozen
class ServerHello:
    """A ServerHello or, with ``hello_retry``, a HelloRetryRequest; ``version`` is the negotiated one."""

    span: Span
    record_version: int
    legacy_version: int
    version: int
    random: bytes
    session_id: bytes
    cipher_suite: int
    compression_method: int
    extensions: tuple[int, ...]
    hello_retry: bool
    key_share: KeyShare | None
    alpn: str | None
    psk_chosen: bool
    raw: bytes


@frozen
class EncryptedExtensions:
    """TLS 1.3 only; seen with keys."""

    span: Span
    extensions: tuple[int, ...]
    alpn: str | None


@frozen
class CertificateMessage:
    """The certificates in the order sent, each as DER bytes; ``size`` is the handshake message's body length.

    ``extensions``: in TLS 1.3 those of each certificate, (number, body) as sent.
    """

    span: Span
    certificates: tuple[bytes, ...]
    size: int
    extensions: tuple[tuple[tuple[int, bytes], ...], ...] = ()


@frozen
class DhParameters:
    """ServerDHParams: sizes in bits; ``prime`` as integer."""

    prime: int
    generator: int
    public_value: int

    @property
    def prime_bits(self) -> int:
        """The size of the prime's field: what a client's limits speak of."""
        return self.prime.bit_length()


@frozen
class EcParameters:
    """ServerECDHParams: the named group, or None for explicit curve parameters."""

    group: int | None
    point_length: int


@frozen
class ServerKeyExchange:
    """``scheme`` is the SignatureScheme (TLS 1.2), None before; ``signed`` False for anonymous key exchange."""

    span: Span
    dh: DhParameters | None
    ec: EcParameters | None
    scheme: int | None
    signed: bool
    rsa_export_bits: int | None = None
    parameters: bytes = b""
    """What is signed behind the two randoms (RFC 5246, 7.4.3): the parameters as sent; empty where not read."""
    signature: bytes = b""


@frozen
class CertificateRequest:
    """The server asks for a client certificate; authorities as DER-encoded names. ``size``: bytes of its body."""

    span: Span
    certificate_types: tuple[int, ...]
    signature_schemes: tuple[int, ...]
    authorities: tuple[bytes, ...]
    size: int = 0


@frozen
class CertificateVerify:
    """``scheme`` is None before TLS 1.2."""

    span: Span
    scheme: int | None
    signature: bytes = b""
    transcript: bytes = b""
    """TLS 1.3, a server's: the hash of all messages before this one (RFC 8446, 4.4.1), which it signs; empty where not
    every one of them was read."""


@frozen
class OtherHandshake:
    """Any other handshake message (ServerHelloDone, Finished, NewSessionTicket …); ``body``: of CertificateStatus."""

    span: Span
    type: int
    size: int
    body: bytes = b""


@frozen
class ChangeCipherSpec:
    """The ChangeCipherSpec record (in TLS 1.3 the compatibility one)."""

    span: Span


@frozen
class Alert:
    """An alert that could be read; ``level`` 1 warning, 2 fatal."""

    span: Span
    level: int
    description: int
    record_version: int


@frozen
class EncryptedRecord:
    """A record that could not be read without keys; ``length`` is the ciphertext's, without the record header.

    A handshake record in clear with nothing in it stands here too, its ``length`` 0.
    """

    span: Span
    content_type: int
    length: int
    record_version: int


@frozen
class ApplicationData:
    """An application-data record that was decrypted; only its plaintext's size is kept, and of the server's first one
    the ``head`` (at most 512 bytes): there HTTP says what answers."""

    span: Span
    size: int
    head: bytes = field(default=b"", repr=False)


@frozen
class NotTls:
    """The direction's bytes are not TLS from here on: ``head`` holds the first of them (at most 256)."""

    span: Span
    head: bytes


Message = (
    ClientHello
    | ServerHello
    | EncryptedExtensions
    | CertificateMessage
    | ServerKeyExchange
    | CertificateRequest
    | CertificateVerify
    | OtherHandshake
    | ChangeCipherSpec
    | Alert
    | EncryptedRecord
    | ApplicationData
    | NotTls
)
