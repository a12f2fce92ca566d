"""What strangers' bytes may reach, one function for each door.

A target takes any bytes and must come back: with an answer or with a TlswhyError, in bounded time and memory. Whatever
else comes out is a fault, and its input belongs into found/<target>/.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from io import BytesIO

from tests.oracle import recorded
from tlswhy.client.hello import Fresh, hello_of, record_of
from tlswhy.client.profiles import load_client
from tlswhy.diagnose import diagnose
from tlswhy.errors import TlswhyError
from tlswhy.evidence.read import read_evidence, read_together, read_trust
from tlswhy.evidence.types import Page, Role, ShownCertificates, Transcript
from tlswhy.gather.exchange import KeyExchange
from tlswhy.gather.flight import ServerFlight, Step
from tlswhy.gather.page import _get
from tlswhy.gather.proxy import SCHEMES, Proxy, tunnel
from tlswhy.gather.starttls import DIALOGUES, Plain, begin
from tlswhy.gather.targets import Target
from tlswhy.model.where import Where
from tlswhy.observe.connections import spoke_tls
from tlswhy.observe.handshake import observe
from tlswhy.observe.legs import legs_among
from tlswhy.observe.line import line_of
from tlswhy.observe.noticed import noticed
from tlswhy.pki.certificate import read_certificate
from tlswhy.render.json import handshake_line, report_json
from tlswhy.render.line import line_text
from tlswhy.render.markdown import report_markdown
from tlswhy.render.text import report_text
from tlswhy.render.words import load_words
from tlswhy.side import Side
from tlswhy.source import source_of_bytes
from tlswhy.wire.keylog import KeyLog
from tlswhy.wire.stream import Conversation

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LARGEST = 1 << 16
"""Bytes of an input: enough for everything, and small enough for many tries."""

MOST_PIECES = 4
BETWEEN = b"\n--8<--\n"
"""Between the files of a target that takes several."""
READERS = ("java/8u212", "openssl/3.0", "go/1.24", "gnutls/3.7", "nss/3.87", "chromium/156")
"""A client of each kind of certificate reading."""
KEYED = recorded.row("j17.0.9", "base-tls12-13")
ASKED = Target("https://a.test/", "a.test", 443, "/")

Door = Callable[[bytes], None]


def captures(data: bytes) -> None:
    """A file that may be a capture: read, observed, listed both ways."""
    handshakes = []
    with suppress(TlswhyError):
        for item in read_evidence(source_of_bytes("fuzz", data, 4096)):
            if isinstance(item, Transcript):
                handshake = observe(item)
                handshakes.append(handshake)
                noticed(handshake)
                careful = json.dumps(handshake_line(handshake), ensure_ascii=False, separators=(",", ":"))
                line = line_of(item)
                assert line is None or (spoke_tls(handshake) and line_text(line) == careful)
    legs_among(handshakes)


def records(data: bytes) -> None:
    """Both directions of a connection: after each byte that says who speaks and how much, that much is said."""
    conversation = Conversation(KeyLog())
    position = 0
    while position < len(data):
        turn, position = data[position], position + 1
        sender = Side.SERVER if turn & 1 else Side.CLIENT
        if turn & 0xF0 == 0xF0:
            conversation.hole(sender, turn & 0x0E)
            continue
        size = (turn >> 1) * 8
        conversation.feed(sender, data[position : position + size])
        position += size
    conversation.finish()


def certificates(data: bytes) -> None:
    """One certificate in DER, as each program reads it, and judged as what a server shows."""
    with suppress(TlswhyError):
        read_certificate(data)
        shown = ShownCertificates("fuzz", Role.SERVED, (data,), (Where("fuzz", "certificate 0"),))
        diagnose([shown], clients=READERS, host="a.test", now=NOW, trust=[data], plans=False)


def stores(data: bytes) -> None:
    """A trust store of any format."""
    for password in (None, "changeit"):
        with suppress(TlswhyError):
            list(read_trust(source_of_bytes("fuzz", data), password=password))


def texts(data: bytes) -> None:
    """Logs, configurations, output of other programs: recognised by content, and judged."""
    with suppress(TlswhyError):
        diagnose(read_evidence(source_of_bytes("fuzz", data)), clients=["java/8u212"], now=NOW)


def keys(data: bytes) -> None:
    """A key log for a connection of TLS 1.3 that was recorded: it opens what it can."""
    log = KeyLog.parse(data)
    capture = recorded.capture(KEYED)
    for item in read_evidence(source_of_bytes("fuzz", capture)):
        if isinstance(item, Transcript):
            observe(item, log)
    with suppress(TlswhyError):
        list(read_evidence(source_of_bytes("fuzz", data)))


def answers(data: bytes) -> None:
    """What a live server says: its flight in answer to a hello, and all that is said before and behind TLS."""
    kind, data = data[:1], data[1:]
    number = kind[0] if kind else 0
    if number < 0x80:
        flight = _asked()
        size = 1 << (number & 0x0F)
        for start in range(0, len(data), size):
            if flight.take(data[start : start + size]) in (Step.DONE, Step.SECOND_HELLO):
                break
        return
    talks: list[Callable[[Plain], object]] = [
        *(partial(begin, kind, host="a.test", item="fuzz") for kind in DIALOGUES),
        *(partial(tunnel, Proxy(scheme, "p", 1, "u", "p"), target=ASKED) for scheme in SCHEMES),
    ]
    said = BytesIO(data)
    with suppress(TlswhyError):
        if number & 0x40:
            with suppress(ValueError):  # as ``fetch`` does
                _get(ASKED, Page("fuzz", "https://a.test/"), _Said(data))  # type: ignore[arg-type]
        else:
            talks[number % len(talks)](Plain(said.read, lambda sent: None))


def pieces(data: bytes) -> None:
    """Several files given together, each recognised by itself, and the whole report in every form."""
    parts = data.split(BETWEEN)[:MOST_PIECES]
    sources = [source_of_bytes(f"piece-{number}", part) for number, part in enumerate(parts)]
    with suppress(TlswhyError):
        evidence = list(read_together(sources, lambda failure: None))
        report = diagnose(evidence, now=NOW)
        words = load_words("en")
        json.dumps(report_json(report, words))
        report_text(report, words, 100, color=True, unicode=True)
        report_markdown(report, words)


class _Said(BytesIO):
    """A server that says this, whatever it is sent."""

    def send(self, data: bytes) -> None:
        """Into nothing."""


def _asked() -> ServerFlight:
    """A hello of Java 17 is under way."""
    made = ServerFlight(KeyExchange(), bytes(32))
    (policy,) = load_client("java/17.0.9").members
    fresh = Fresh(bytes(32), bytes(32), made.exchange.shares(policy.offer.key_shares))
    message = hello_of(policy.offer, policy.hello_form, fresh, "a.test")
    made.hello_sent(record_of(policy.offer, message), message)
    return made


TARGETS: dict[str, Door] = {
    "captures": captures,
    "records": records,
    "certificates": certificates,
    "stores": stores,
    "texts": texts,
    "logs": texts,
    "configurations": texts,
    "exports": texts,
    "keys": keys,
    "answers": answers,
    "pieces": pieces,
}
"""``logs``, ``configurations`` and ``exports`` are texts too; what differs is what the fuzzer begins with."""
