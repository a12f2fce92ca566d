"""Hellos for real servers: those of known clients, and random ones; and what a server on loopback answers to them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import random
import socket
import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric import ec, x448, x25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tlswhy.client.hello import Fresh, hello_of, record_of, server_name_sent
from tlswhy.client.profiles import client_ids, load_client
from tlswhy.model.client import Offer
from tlswhy.model.flight import Flight
from tlswhy.negotiate import offer_of_hello
from tlswhy.pki import der
from tlswhy.side import Side
from tlswhy.unseen import Unseen
from tlswhy.wire import extensions as ext
from tlswhy.wire.hello import read_client_hello, write_client_hello, write_record
from tlswhy.wire.keylog import KeyLog
from tlswhy.wire.messages import (
    Alert,
    CertificateMessage,
    CertificateVerify,
    OtherHandshake,
    ServerHello,
    ServerKeyExchange,
    Span,
)
from tlswhy.wire.numbers import TLS12, TLS13, group_name, suite
from tlswhy.wire.stream import Conversation

HOST = "server.example.test"
FATAL, SERVER_HELLO_DONE, FINISHED = 2, 14, 20
SUITES = [
    *(0x1301, 0x1302, 0x1303, 0x1304),
    *(0xC02B, 0xC02C, 0xCCA9, 0xC009, 0xC00A, 0xC023, 0xC024, 0xC0AC, 0xC0AE),
    *(0xC02F, 0xC030, 0xCCA8, 0xC013, 0xC014, 0xC027, 0xC028, 0xC076),
    *(0x009E, 0x009F, 0xCCAA, 0x0033, 0x0039, 0x0067, 0x006B, 0x0045, 0xC09E),
    *(0x009C, 0x009D, 0x002F, 0x0035, 0x003C, 0x003D, 0x0041, 0xC09C, 0xC0A0),
    *(0x0032, 0x0038, 0x0040, 0x00A2, 0x0034, 0x003A, 0x00A6, 0xC018, 0x000A, 0x0005, 0x003B),
]
GROUPS = [29, 23, 24, 25, 30, 22, 26, 27, 28, 21, 256, 257, 258]
SCHEMES = [0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x0804, 0x0805, 0x0806, 0x0809, 0x080A, 0x080B]
SCHEMES += [0x0401, 0x0501, 0x0601, 0x0303, 0x0203, 0x0301, 0x0201, 0x0402, 0x0202]
CURVES = {23: ec.SECP256R1(), 24: ec.SECP384R1(), 25: ec.SECP521R1()}


class Asked(NamedTuple):
    """A hello as sent, and what it offers."""

    record: bytes
    random: bytes
    offer: Offer


class Answered(NamedTuple):
    """What came back, as far as a client can see it before it says more. ``alert`` is -1 where it only closed; ``leaf``
    the start of its SHA-256."""

    alert: int | None
    version: int | None = None
    suite: int | None = None
    retry: bool = False
    group: int | None = None
    dh_bits: int | None = None
    scheme: int | None = None
    leaf: str | None = None


def share(group: int) -> bytes:
    """A public value of that group, of the right size."""
    private = private_key(group)
    if group in CURVES:
        return private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    if private is not None:
        return private.public_key().public_bytes_raw()
    size = {256: 256, 257: 384, 258: 512}.get(group, 97)
    return (4).to_bytes(size, "big")  # RFC 7919, 5.1: the square of the generator is in the group


@cache
def private_key(group: int):
    """Behind the shares of curves; None for other groups."""
    made = {29: x25519.X25519PrivateKey.generate, 30: x448.X448PrivateKey.generate}.get(group)
    return ec.generate_private_key(CURVES[group]) if group in CURVES else made and made()


def known_hello(rng: random.Random) -> Asked:
    """The hello of a client that has a profile."""
    policy = rng.choice(_clients())
    fresh = Fresh(
        rng.randbytes(32),
        rng.randbytes(policy.hello_form.session_id_length),
        {group: share(group) for group in policy.offer.groups},
    )
    made = hello_of(policy.offer, policy.hello_form, fresh, server_name_sent(policy, HOST))
    return _asked(record_of(policy.offer, made))


def random_hello(rng: random.Random) -> Asked:
    """Any versions, suites, groups and schemes, in any order, with and without the extensions that name them."""
    modern = rng.random() < 0.5
    legacy = TLS12 if modern else rng.choice([TLS12, TLS12, 0x0302, 0x0301])
    suites = rng.sample(SUITES, rng.randint(1, 14 if rng.random() < 0.7 else 40))
    if rng.random() < 0.05:
        suites.append(0x5600)
    groups = rng.sample(GROUPS, rng.randint(1, 6))
    bodies: list[tuple[int, bytes]] = [(ext.SERVER_NAME, ext.write_server_name(HOST))]
    if rng.random() < 0.9:
        bodies.append((ext.SUPPORTED_GROUPS, ext.write_uint16_vector(tuple(groups))))
        bodies.append((ext.EC_POINT_FORMATS, b"\x01\x00"))
    if rng.random() < 0.9:
        schemes = rng.sample(SCHEMES, rng.randint(1, 12))
        bodies.append((ext.SIGNATURE_ALGORITHMS, ext.write_uint16_vector(tuple(schemes))))
        if rng.random() < 0.3:
            schemes = rng.sample(SCHEMES, rng.randint(1, 12))
            bodies.append((ext.SIGNATURE_ALGORITHMS_CERT, ext.write_uint16_vector(tuple(schemes))))
    if modern:
        versions = sorted(rng.sample([TLS13, TLS12, 0x0302, 0x0301], rng.randint(1, 4)), reverse=True)
        bodies.append((ext.SUPPORTED_VERSIONS, ext.write_client_versions(tuple(versions))))
        shared = [group for group in groups if group in {23, 24, 25, 29, 30, 256}][: rng.randint(0, 2)]
        if shared and rng.random() < 0.9:
            entries = b"".join(ext.uint16s((group,)) + ext.vector16(share(group)) for group in shared)
            bodies.append((ext.KEY_SHARE, ext.vector16(entries)))
    bodies.append((23, b""))
    made = write_client_hello(
        legacy_version=legacy,
        random=rng.randbytes(32),
        session_id=rng.randbytes(32) if modern else b"",
        cipher_suites=suites,
        extensions=bodies,
    )
    return _asked(write_record(22, 0x0301, made))


def ask(port: int, asked: Asked, keys: Callable[[], bytes] | None = None) -> Answered:
    """Send the hello, read what the server says by itself, go. ``keys`` reads the server's key log."""
    heard = b""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(asked.record)
        while not _has_said_all(messages := _read(asked, heard, None)):
            settled = any(isinstance(message, ServerHello) and message.version == TLS13 for message in messages)
            connection.settimeout(0.1 if settled else 10)
            try:
                data = connection.recv(65536)
            except (TimeoutError, ConnectionResetError):
                break
            if not data:
                break
            heard += data
    return _answered(_read(asked, heard, keys() if keys is not None else None))


def answered(asked: Asked, heard: bytes) -> Answered:
    """What these bytes of a server say; in TLS 1.3 read with the keys that our own share gives."""
    hello = next((m for m in _read(asked, heard, None) if isinstance(m, ServerHello)), None)
    keys = _own_keys(asked, hello) if hello is not None and hello.version == TLS13 and not hello.hello_retry else None
    return _answered(_read(asked, heard, keys))


def foretold(flight: Flight) -> Answered:
    """What the model says, as a client would see it."""
    if flight.refused:
        return Answered(-1 if flight.alert is None else flight.alert, retry=flight.hello_retry)
    leaf = flight.chain[0].sha256[:8] if flight.chain and not isinstance(flight.chain, Unseen) else None
    bits = flight.dh.prime_bits if flight.dh and not isinstance(flight.dh, Unseen) else None
    return Answered(None, flight.version, flight.suite, flight.hello_retry, flight.group, bits, flight.scheme, leaf)  # type: ignore[arg-type]


def alike(seen: Answered, said: Answered) -> bool:
    """The same answer, as far as it could be seen: after a HelloRetryRequest nothing more is."""
    if seen.retry and said.alert is not None:
        return said.retry
    if seen.alert is not None or said.alert is not None:
        return seen.alert == said.alert
    if seen.retry:
        return (seen.version, seen.suite, seen.retry, seen.group) == (said.version, said.suite, said.retry, said.group)
    if seen.version == TLS13 and seen.leaf is None:
        return seen[:6] == said[:6]
    return seen == said


def _asked(record: bytes) -> Asked:
    hello, _ = read_client_hello(record[5:], Span(Side.CLIENT, 0, len(record)), int.from_bytes(record[1:3], "big"))
    return Asked(record, hello.random, offer_of_hello(hello))


@cache
def _clients():
    return tuple(member for name in client_ids() for member in load_client(name).members)


def _own_keys(asked: Asked, hello: ServerHello) -> bytes | None:
    """RFC 8446, 7.1, up to the server's handshake traffic secret, as a key log."""
    if hello.key_share is None:
        return None
    digest = suite(hello.cipher_suite).prf_hash.lower()
    shared = _agreed(hello.key_share.group, _share_in(hello))
    empty = hashlib.new(digest).digest()
    early = hmac.digest(bytes(len(empty)), bytes(len(empty)), digest)
    secret = hmac.digest(_derived(early, b"derived", empty, digest), shared, digest)
    transcript = hashlib.new(digest, asked.record[5:] + hello.raw).digest()
    traffic = _derived(secret, b"s hs traffic", transcript, digest)
    return f"SERVER_HANDSHAKE_TRAFFIC_SECRET {asked.random.hex()} {traffic.hex()}\n".encode()


def _agreed(group: int, theirs: bytes) -> bytes:
    private = private_key(group)
    if private is None:  # ours is the square of the generator: the shared value is the square of theirs
        return pow(int.from_bytes(theirs, "big"), 2, _prime(group)).to_bytes(len(theirs), "big")
    if group in CURVES:
        return private.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(CURVES[group], theirs))
    kind = x25519.X25519PublicKey if group == 29 else x448.X448PublicKey
    return private.exchange(kind.from_public_bytes(theirs))


@cache
def _prime(group: int) -> int:
    command = ["openssl", "genpkey", "-genparam", "-algorithm", "DH", "-pkeyopt", f"group:{group_name(group)}"]
    pem = subprocess.run(command, check=True, capture_output=True).stdout
    return der.integer(der.read_element(base64.b64decode(b"".join(pem.splitlines()[1:-1]))).first())


def _share_in(hello: ServerHello) -> bytes:
    head = ext.uint16s((hello.key_share.group, hello.key_share.length))
    start = hello.raw.rindex(head) + len(head)
    return hello.raw[start : start + hello.key_share.length]


def _derived(secret: bytes, label: bytes, transcript: bytes, digest: str) -> bytes:
    size = len(transcript)
    info = size.to_bytes(2, "big") + ext.vector8(b"tls13 " + label) + ext.vector8(transcript)
    return hmac.digest(secret, info + b"\x01", digest)[:size]


def _read(asked: Asked, heard: bytes, keys: bytes | None) -> list:
    conversation = Conversation(KeyLog.parse(keys) if keys else None)
    said = conversation.feed(Side.CLIENT, asked.record)
    return [*said, *conversation.feed(Side.SERVER, heard)]


def _has_said_all(messages: list) -> bool:
    return any(
        (isinstance(message, Alert) and message.level == FATAL)
        or (isinstance(message, OtherHandshake) and message.type == SERVER_HELLO_DONE)
        or (isinstance(message, ServerHello) and message.hello_retry)
        for message in messages
    )


def _answered(messages: list) -> Answered:
    def first(kind):
        return next((m for m in messages if isinstance(m, kind) and m.span.sender is Side.SERVER), None)

    alert = next((m for m in messages if isinstance(m, Alert) and m.level == FATAL), None)
    hello = first(ServerHello)
    if alert is not None or hello is None:
        return Answered(alert.description if alert is not None else -1)
    exchange, verify, chain = first(ServerKeyExchange), first(CertificateVerify), first(CertificateMessage)
    group = exchange.ec.group if exchange is not None and exchange.ec is not None else None
    if hello.version == TLS13:
        group = hello.key_share.group if hello.key_share is not None else None
    signed = verify if verify is not None else exchange
    static = (found := suite(hello.cipher_suite)) is not None and found.key_exchange == "RSA"
    return Answered(
        None,
        hello.version,
        hello.cipher_suite,
        hello.hello_retry,
        group,
        exchange.dh.prime_bits if exchange is not None and exchange.dh is not None else None,
        signed.scheme if signed is not None and not static else None,
        hashlib.sha256(chain.certificates[0]).hexdigest()[:8] if chain is not None and chain.certificates else None,
    )


def read_file(path: Path) -> Callable[[], bytes]:
    return lambda: path.read_bytes() if path.exists() else b""
