"""A recorded connection told again with one thing changed: cut short, with another end, or with another DH prime.

Owns the few changes that cases and tests ask for; every byte that is not changed is the recorded one. The packets are
new ones (one for each flight, after the three that open the connection), the times begin where the recording's do.
"""

import struct
from collections.abc import Sequence
from dataclasses import replace

from tests.oracle import recorded
from tests.packets.building import ACK, FIN, RST, START_NS, Packet, Talk, ethernet, pcap, timed
from tests.wire import tapped
from tlswhy.evidence.capture import read
from tlswhy.evidence.types import Transcript
from tlswhy.model.handshake import Handshake
from tlswhy.observe.handshake import observe
from tlswhy.side import Side
from tlswhy.source import source_of_bytes
from tlswhy.wire.keylog import KeyLog

ADDRESS = "127.0.0.1"


def retold(
    row: recorded.Row,
    *,
    turns: int | None = None,
    then: Sequence[str] = (),
    prime_bits: int | None = None,
    stranger: bool = False,
    forged: bool = False,
    downgraded: bool = False,
) -> bytes:
    """A capture of the row's first ``turns`` (all: None) and of what comes ``then``.

    ``then``: "client 15 0303 0002 0250" (bytes as hex), "server fin", "client rst". ``prime_bits``: the server's DH
    prime has its highest bits taken away, so that it is of this size, and the public value is brought below it; both
    fields keep their length. ``stranger``: the
    hello's lists are turned round, so that it is nobody's. ``forged``: one bit of the signature in ServerKeyExchange is
    turned over (with another prime it does not verify either: nobody here has the server's key). ``downgraded``: the
    server's random ends in the mark of a server of TLS 1.3 that answers in TLS 1.2 (RFC 8446, 4.1.3).
    """
    capture = recorded.capture(row)
    told = tapped.turns(capture, row["port"])[:turns]
    if stranger:
        told = _with_strange_hello(told, row)
    if forged:
        told = _with_forged_signature(told, row)
    if downgraded:
        told = _with_mark_of_downgrade(told, row)
    if prime_bits is not None:
        told = _with_prime(told, row, prime_bits)
    talk = Talk(client=ADDRESS, server=ADDRESS, dport=row["port"]).open()
    for sender, data in told:
        _send(talk, sender, data)
    for step in then:
        sender, _, what = step.partition(" ")
        flags = {"fin": FIN | ACK, "rst": RST}.get(what, ACK)
        _send(talk, Side(sender), bytes.fromhex(what) if flags == ACK else b"", flags)
    (seconds, micros) = struct.unpack("<II", capture[24:32])
    begins_ns = seconds * 1_000_000_000 + micros * 1_000
    packets = timed(ethernet(frame) for frame in talk.frames)
    return pcap(Packet(packet.data, begins_ns + packet.time_ns - START_NS) for packet in packets)


def handshake(client: str, case: str, *, keys: bool = True, **changes: object) -> Handshake:
    """A recorded connection as observed; ``changes`` are those of `retold`."""
    row = recorded.row(client, case)
    return seen(retold(row, **changes) if changes else recorded.capture(row), row, keys=keys)


def seen(capture: bytes, row: recorded.Row, *, keys: bool = True, item: str = "capture.pcap") -> Handshake:
    """The only connection of a capture; ``keys``: with the row's key log, where it has one."""
    log = recorded.keylog(row) if keys else None
    (transcript,) = (found for found in read(source_of_bytes(item, capture)) if isinstance(found, Transcript))
    return replace(observe(transcript, KeyLog.parse(log) if log else None), item=item)


def _send(talk: Talk, sender: Side, data: bytes, flags: int = ACK) -> None:
    (talk.client_sends if sender is Side.CLIENT else talk.server_sends)(data, flags)


def _with_strange_hello(told: list[tuple[Side, bytes]], row: recorded.Row) -> list[tuple[Side, bytes]]:
    hello = seen(recorded.capture(row), row).hello
    assert hello is not None
    for numbers in (hello.cipher_suites, hello.groups or (), hello.signature_schemes or ()):
        old, new = (b"".join(n.to_bytes(2, "big") for n in order) for order in (numbers, numbers[::-1]))
        told = [(sender, data.replace(old, new) if sender is Side.CLIENT else data) for sender, data in told]
    return told


def _with_forged_signature(told: list[tuple[Side, bytes]], row: recorded.Row) -> list[tuple[Side, bytes]]:
    exchange = seen(recorded.capture(row), row).key_exchange
    assert exchange is not None
    old = exchange.message.signature
    assert sum(data.count(old) for _, data in told) == 1
    return [(sender, data.replace(old, old[:-1] + bytes([old[-1] ^ 1]))) for sender, data in told]


def _with_prime(told: list[tuple[Side, bytes]], row: recorded.Row, bits: int) -> list[tuple[Side, bytes]]:
    exchange = seen(recorded.capture(row), row).key_exchange
    assert exchange is not None
    assert exchange.message.dh is not None
    prime, public = exchange.message.dh.prime, exchange.message.dh.public_value
    smaller = prime % (1 << bits) | 1 << (bits - 1)
    for number, other in ((prime, smaller), (public, public % smaller)):
        size = (number.bit_length() + 7) // 8
        told = _replaced(told, number.to_bytes(size, "big"), other.to_bytes(size, "big"))
    return told


def _with_mark_of_downgrade(told: list[tuple[Side, bytes]], row: recorded.Row) -> list[tuple[Side, bytes]]:
    answer = seen(recorded.capture(row), row).server_hello
    assert answer is not None
    return _replaced(told, answer.message.random, answer.message.random[:-8] + b"DOWNGRD\x01")


def _replaced(told: list[tuple[Side, bytes]], old: bytes, new: bytes) -> list[tuple[Side, bytes]]:
    assert sum(data.count(old) for _, data in told) == 1
    return [(sender, data.replace(old, new)) for sender, data in told]
