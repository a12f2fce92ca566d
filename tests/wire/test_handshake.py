"""Certificates, plain and compressed, and what is broken in them."""

import zlib

import brotli
import pytest
import zstandard

from tlswhy.errors import BadEvidence
from tlswhy.side import Side
from tlswhy.wire import handshake
from tlswhy.wire.messages import Span

SPAN = Span(Side.SERVER, 0, 0)


def vector24(data):
    return len(data).to_bytes(3, "big") + data


OLD = vector24(vector24(b"leaf") + vector24(b"issuer"))
TLS13 = b"\x00" + vector24(vector24(b"leaf") + b"\x00\x00" + vector24(b"issuer") + b"\x00\x02ab")


def compressed(algorithm, data, size=None):
    packed = {1: zlib.compress, 2: brotli.compress, 3: zstandard.compress}.get(algorithm, bytes)(data)
    announced = len(data) if size is None else size
    return algorithm.to_bytes(2, "big") + announced.to_bytes(3, "big") + vector24(packed)


def test_certificates_in_both_formats():
    for version, body in ((0x0303, OLD), (0x0304, TLS13), (0x7F1C, TLS13)):
        message = handshake.read_certificate(body, SPAN, version)
        assert message.certificates == (b"leaf", b"issuer")
        assert message.size == len(body)
    assert handshake.read_certificate(vector24(b""), SPAN, 0x0303).certificates == ()


@pytest.mark.parametrize("algorithm", [1, 2, 3])
def test_compressed_certificates(algorithm):
    message = handshake.read_compressed_certificate(compressed(algorithm, TLS13), SPAN, 0x0304)
    assert message.certificates == (b"leaf", b"issuer")
    assert message.size == len(TLS13)


@pytest.mark.parametrize(
    "body",
    [
        compressed(9, TLS13),
        compressed(2, TLS13, size=7),
        compressed(2, bytes(1 << 22), size=1 << 20),
        compressed(2, TLS13)[:-9] + b"123456789",
        compressed(1, TLS13, size=7),
        compressed(3, TLS13, size=7),
        compressed(1, bytes(1 << 22), size=1 << 20),
        compressed(3, bytes(1 << 22), size=1 << 20),
        compressed(1, TLS13, size=(1 << 24) - 1),
        compressed(1, TLS13)[:-4],
        b"\x00\x01" + vector24(b"")[:3] + vector24(b"garbage"),
        b"\x00\x03" + vector24(b"")[:3] + vector24(b"garbage"),
    ],
)
def test_broken_and_bombing_compression_is_refused(body):
    with pytest.raises(BadEvidence):
        handshake.read_compressed_certificate(body, SPAN, 0x0304)


def test_more_certificates_than_anybody_reads():
    with pytest.raises(BadEvidence):
        handshake.read_certificate(vector24(vector24(b"") * 2000), SPAN, 0x0303)


def test_key_exchange_without_its_suite_is_told_by_its_bytes():
    named = handshake.read_server_key_exchange(b"\x03\x00\x1d\x20" + bytes(32), SPAN, 0x0303, None)
    assert named.ec is not None
    assert named.ec.group == 29
    prime = handshake.read_server_key_exchange(b"\x00\x80" + b"\xff" * 128 + b"\x00\x01\x02" * 2, SPAN, 0x0301, None)
    assert prime.dh is not None
    assert (prime.dh.prime_bits, prime.signed) == (1024, False)


def test_an_explicit_binary_curve():
    body = b"\x02\x00\xa3" + b"\x02" + b"\x01\x03\x01\x06\x01\x07" + b"\x01\x01" * 5 + b"\x03abc"
    message = handshake.read_server_key_exchange(body, SPAN, 0x0301, 0xC013)
    assert message.ec is not None
    assert (message.ec.group, message.ec.point_length) == (None, 3)


def test_encrypted_extensions():
    message = handshake.read_encrypted_extensions(bytes.fromhex("000d 0010 0005 0003 02 6832 000a 0000"), SPAN)
    assert (message.extensions, message.alpn) == ((16, 10), "h2")
