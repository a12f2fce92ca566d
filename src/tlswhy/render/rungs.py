"""What a handshake's messages become on the ladder: a name, what is worth knowing, runs of opaque records as one.

Owns which facts of a message are told. Knows nothing of drawing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from tlswhy.frozen import frozen
from tlswhy.model.handshake import Handshake, Opening, Told
from tlswhy.packets.connection import TcpEvent, TcpEventKind
from tlswhy.render.figures import version
from tlswhy.render.inert import item_name, shortened
from tlswhy.render.words import Words
from tlswhy.side import Side
from tlswhy.wire.messages import (
    Alert,
    ApplicationData,
    CertificateMessage,
    CertificateRequest,
    CertificateVerify,
    ChangeCipherSpec,
    ClientHello,
    EncryptedExtensions,
    EncryptedRecord,
    Message,
    NotTls,
    OtherHandshake,
    ServerHello,
    ServerKeyExchange,
)
from tlswhy.wire.numbers import handshake_name, is_grease, suite_name


@frozen
class Rung:
    """One arrow. ``kind`` names the message for ``blame``: server-hello, certificate, server-key-exchange, alert …"""

    sender: Side | None
    frame: int
    time_ns: int
    kind: str
    name: str
    details: tuple[str, ...] = ()
    count: int = 1
    size: int = 0


def rungs(handshake: Handshake, words: Words) -> Iterator[Rung]:
    """Messages and TCP events in the order of their frames; runs of opaque records as one. Where the connection goes on
    in another capture, that one's name stands between."""
    item = handshake.item
    for rung in _all_rungs(handshake, words):
        if not handshake.later:
            yield rung
            continue
        within, number = handshake.place(rung.frame)
        if within != item:
            item = within
            yield Rung(None, 0, rung.time_ns, "", item_name(item))
        yield replace(rung, frame=number)


def _all_rungs(handshake: Handshake, words: Words) -> Iterator[Rung]:
    ordered: list[tuple[int, int, Told[Message] | TcpEvent | Opening]] = [
        (event.frame, 0 if event.kind in (TcpEventKind.SYN, TcpEventKind.SYN_ACK) else 2, event)
        for event in handshake.tcp_events
    ]
    ordered += [(told.frame, 1, told) for told in handshake.messages]
    if handshake.opening is not None:
        ordered.append((handshake.opening.frame, 1, handshake.opening))
    ordered.sort(key=lambda row: row[:2])
    last: Rung | None = None
    for _, _, item in ordered:
        rung = _rung(handshake, item, words)
        if last is not None and rung.size and (rung.kind, rung.sender) == (last.kind, last.sender):
            last = Rung(last.sender, last.frame, last.time_ns, last.kind, "", (), last.count + 1, last.size + rung.size)
            continue
        if last is not None:
            yield _named_run(last, words)
        last = rung
    if last is not None:
        yield _named_run(last, words)


def _rung(handshake: Handshake, item: Told[Message] | TcpEvent | Opening, words: Words) -> Rung:
    match item:
        case TcpEvent():
            return _event(item, words)
        case Opening():
            told = item.banner or item.target
            details = (words.say("ladder.text", text=shortened(told, 60)),) if told else ()
            return Rung(Side.SERVER, item.frame, item.time_ns, "opening", words.say(f"opening.{item.kind}"), details)
        case _:
            return _message(handshake, item, words)


def _named_run(rung: Rung, words: Words) -> Rung:
    if not rung.size:
        return rung
    name = words.say(f"ladder.{rung.kind}", count=rung.count)
    details = (words.say("ladder.bytes", count=rung.size),)
    return Rung(rung.sender, rung.frame, rung.time_ns, rung.kind, name, details)


def _event(event: TcpEvent, words: Words) -> Rung:
    name = words.say(f"ladder.{event.kind.value}")
    details: tuple[str, ...] = ()
    if event.kind in (TcpEventKind.FIN, TcpEventKind.RST):
        does = "closes" if event.kind is TcpEventKind.FIN else "resets"
        details = (words.say(f"ladder.{does}-{event.sender.value}"),)
    return Rung(event.sender, event.frame, event.time_ns, event.kind.value, name, details)


def _message(handshake: Handshake, told: Told[Message], words: Words) -> Rung:
    message = told.message
    kind, details, size = _describe(handshake, message, words)
    sender = message.span.sender
    if isinstance(message, OtherHandshake):
        name = "".join(part.capitalize() for part in handshake_name(message.type).split("_"))
    elif isinstance(message, ClientHello) and _is_second(handshake, message):
        name = words.say("ladder.second-client-hello")
    else:
        name = "" if size else words.say(f"ladder.{kind}")
    return Rung(sender, told.frame, told.time_ns, kind, name, tuple(details), size=size)


def _is_second(handshake: Handshake, hello: ClientHello) -> bool:
    second = handshake.second_client_hello
    return second is not None and second.message is hello


def _describe(handshake: Handshake, message: Message, words: Words) -> tuple[str, Iterable[str], int]:
    """The kind of a message, what is worth knowing of it, and the size of what cannot be read."""
    match message:
        case ClientHello():
            return "client-hello", _client_hello(message, words, short=_is_second(handshake, message)), 0
        case ServerHello():
            kind = "hello-retry" if message.hello_retry else "server-hello"
            return kind, _server_hello(handshake, message, words), 0
        case CertificateMessage():
            return _certificate(message, words)
        case ServerKeyExchange():
            return "server-key-exchange", [" · ".join(_key_exchange(message, words))], 0
        case CertificateRequest():
            count = len(message.authorities)
            return "certificate-request", [words.say("ladder.authorities", count=count)] if count else [], 0
        case CertificateVerify():
            signed = [] if message.scheme is None else [words.say("ladder.signed", scheme=message.scheme)]
            return "certificate-verify", signed, 0
        case Alert():
            level = {1: "ladder.warning", 2: "ladder.fatal"}.get(message.level)
            values = {"level": words.say(level) if level else message.level, "description": message.description}
            return "alert", [words.say("ladder.alert-text", values)], 0
        case EncryptedRecord(content_type=21):
            return "encrypted-alert", [], 0
        case EncryptedRecord(content_type=22):
            return "encrypted-handshake", [], 0
        case EncryptedRecord():
            return "encrypted", [], message.length or 1
        case ApplicationData():
            return "application-data", [], message.size or 1
        case ChangeCipherSpec():
            return "change-cipher-spec", [], 0
        case EncryptedExtensions():
            return "encrypted-extensions", [f"ALPN {shortened(message.alpn, 40)}"] if message.alpn else [], 0
        case OtherHandshake():
            return "other", [], 0
        case NotTls():
            line = message.head.split(b"\n", 1)[0].strip().decode("ascii", "replace")
            return "not-tls", [words.say("ladder.text", text=shortened(line, 60))], 0


def _client_hello(hello: ClientHello, words: Words, *, short: bool) -> Iterator[str]:
    if short:
        for share in hello.key_shares or ():
            yield words.say("ladder.key-share", group=share.group)
        return
    if hello.supported_versions is None:
        offer = words.say("ladder.up-to", version=hello.legacy_version)
    else:
        offered = [number for number in hello.supported_versions if not is_grease(number)]
        offer = words.say("ladder.versions", versions=offered)
    suites = sum(not is_grease(suite) and suite not in _SIGNALS for suite in hello.cipher_suites)
    parts = [offer, words.say("ladder.suites", count=suites)]
    if hello.ssl2_format:
        parts.append(words.say("ladder.legacy"))
    yield " · ".join(parts)
    if hello.server_name is None:
        yield words.say("ladder.no-name")
    else:
        yield words.say("ladder.name", name=hello.server_name)


_SIGNALS = frozenset({0x00FF, 0x5600})


def _server_hello(handshake: Handshake, hello: ServerHello, words: Words) -> Iterator[str]:
    if hello.hello_retry:
        if hello.key_share is not None:
            yield words.say("ladder.wants-group", group=hello.key_share.group)
        return
    chosen = [version(hello.version), suite_name(hello.cipher_suite)]
    yield " · ".join(chosen)
    offered = handshake.hello
    if offered is not None:
        listed = [s for s in offered.cipher_suites if not is_grease(s) and s not in _SIGNALS]
        if hello.cipher_suite in listed:
            position = listed.index(hello.cipher_suite) + 1
            yield words.say("ladder.position", position=position, total=len(listed))
        else:
            yield words.say("ladder.not-offered", total=len(listed))
    if hello.key_share is not None:
        yield words.say("ladder.key-share", group=hello.key_share.group)
    if handshake.resumed:
        yield words.say("ladder.resumed")


def _certificate(message: CertificateMessage, words: Words) -> tuple[str, list[str], int]:
    count = len(message.certificates)
    if count and not any(message.certificates):
        return "certificate", [words.say("ladder.certificates-described")], 0
    if message.span.sender is Side.SERVER:
        return "certificate", [words.say("ladder.certificates", count=count, size=message.size)], 0
    if count:
        return "client-certificate", [words.say("ladder.certificates-client", count=count)], 0
    return "client-certificate", [words.say("ladder.certificates-none")], 0


def _key_exchange(exchange: ServerKeyExchange, words: Words) -> Iterator[str]:
    if exchange.dh is not None:
        yield words.say("ladder.dh", bits=exchange.dh.prime_bits)
    elif exchange.ec is not None and exchange.ec.group is not None:
        yield words.say("ladder.ec", group=exchange.ec.group)
    elif exchange.ec is not None:
        yield words.say("ladder.ec-explicit")
    elif exchange.rsa_export_bits is not None:
        yield words.say("ladder.rsa-export", bits=exchange.rsa_export_bits)
    if not exchange.signed:
        yield words.say("ladder.unsigned")
    elif exchange.scheme is not None:
        yield words.say("ladder.signed", scheme=exchange.scheme)
