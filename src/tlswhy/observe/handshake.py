"""One transcript becomes one Handshake: messages with frames, how far it came, who ended it, where the client reacted.

Owns the passage from stream offsets to frames. Has no opinion about what was said.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypedDict

from tlswhy.evidence.types import Transcript
from tlswhy.model.handshake import Ending, Handshake, Opening, Outcome, Told
from tlswhy.observe.opening import opening_of
from tlswhy.observe.outcome import is_fatal, is_flight_whole, missing_of, outcome_of
from tlswhy.observe.resets import foreign_resets, seems_own
from tlswhy.observe.roles import with_roles_by_content
from tlswhy.observe.wrapped import unwrapped
from tlswhy.oddity import Oddity
from tlswhy.packets.connection import Connection, Piece, TcpEvent, TcpEventKind
from tlswhy.side import Side
from tlswhy.unseen import UNSEEN, UnseenType
from tlswhy.wire.handshake import FINISHED, SERVER_HELLO_DONE
from tlswhy.wire.messages import (
    Alert,
    CertificateMessage,
    CertificateRequest,
    ChangeCipherSpec,
    ClientHello,
    EncryptedRecord,
    Message,
    NotTls,
    OtherHandshake,
    ServerHello,
    ServerKeyExchange,
)
from tlswhy.wire.numbers import is_tls13
from tlswhy.wire.stream import Conversation

if TYPE_CHECKING:
    from tlswhy.wire.decrypt import KeyLog


def observe(transcript: Transcript, keys: KeyLog | None = None) -> Handshake:
    """Read the transcript's TLS messages; a connection without any gives a Handshake without messages."""
    wrapped = with_roles_by_content(transcript.connection)
    connection = unwrapped(wrapped)
    reading = _read(connection, keys)
    opening = _opening(connection, reading, is_wrapped=connection is not wrapped)
    handshake = _handshake(transcript, connection, reading, opening)
    return replace(handshake, oddities=_in_their_files(handshake)) if transcript.later else handshake


def cut_before_reaction(handshake: Handshake) -> Handshake:
    """The same handshake as if the capture ended with the server's flight (contract: ``--foretell``)."""
    frame = handshake.reaction_frame
    if frame is None:
        return replace(handshake, outcome=Outcome.OPEN) if handshake.outcome is Outcome.COMPLETED else handshake
    kept = tuple(told for told in handshake.messages if told.frame < frame)
    events = tuple(event for event in handshake.tcp_events if event.frame < frame)
    ending = _ending(events)
    reading = _Reading(list(kept), list(handshake.oddities))
    facts = _facts(reading, whole=handshake.whole_flight)
    broken = ending is not None or any(is_fatal(told.message) for told in kept)
    return replace(
        handshake,
        **facts,
        messages=kept,
        tcp_events=events,
        ending=ending,
        outcome=Outcome.BROKEN if broken else Outcome.OPEN,
        reaction_frame=None,
        last_frame=max((told.frame for told in kept), default=handshake.first_frame),
        last_time_ns=_time_ns(handshake, frame),
    )


class _Facts(TypedDict):
    """The named messages of a Handshake."""

    client_hello: Told[ClientHello] | None
    second_client_hello: Told[ClientHello] | None
    hello_retry: Told[ServerHello] | None
    server_hello: Told[ServerHello] | None
    certificates: Told[CertificateMessage] | UnseenType | None
    key_exchange: Told[ServerKeyExchange] | None
    certificate_request: Told[CertificateRequest] | UnseenType | None
    alerts: tuple[Told[Alert], ...]
    encrypted_alerts: tuple[Told[EncryptedRecord], ...]
    not_tls: Told[NotTls] | None
    resumed: bool


def _time_ns(handshake: Handshake, frame: int) -> int:
    """When that frame came; what the server did not do until then is its doing, not the client's."""
    times = [told.time_ns for told in handshake.messages if told.frame == frame]
    times += [event.time_ns for event in handshake.tcp_events if event.frame == frame]
    return min(times, default=handshake.last_time_ns)


@dataclass(slots=True)
class _Reading:
    """Messages in the order in which they were completed."""

    told: list[Told[Message]] = field(default_factory=list)
    oddities: list[Oddity] = field(default_factory=list)

    def first(self, sender: Side, kind: type[Message]) -> Told[Message] | None:
        return next((t for t in self.told if isinstance(t.message, kind) and t.message.span.sender is sender), None)


def _read(connection: Connection, keys: KeyLog | None) -> _Reading:
    conversation = Conversation(keys)
    reading = _Reading(oddities=[*connection.oddities, *foreign_resets(connection)])
    streams = {side: _Stream() for side in (Side.CLIENT, Side.SERVER)}
    for piece in connection.pieces:
        stream = streams[piece.sender]
        if piece.picked:
            conversation.skip(piece.sender, piece.left_out)
        if piece.missing:
            conversation.hole(piece.sender, piece.missing)
        start = stream.take(piece)
        for message in conversation.feed(piece.sender, piece.data):
            span = message.span
            # a record completes in the piece just fed; what was given up behind a hole stands where it was cut
            end = max(span.end, span.taken)
            earlier = span.sender is not piece.sender or end <= start or isinstance(message, NotTls)
            reading.told.append(
                _told_in_stream(message, streams) if earlier else Told(message, piece.frame, piece.time_ns)
            )
    reading.told.extend(_told_in_stream(message, streams) for message in conversation.finish())
    reading.told.sort(key=lambda told: told.frame)
    reading.oddities.extend(_placed(oddity, streams, connection.counted) for oddity in conversation.oddities)
    return reading


@dataclass(slots=True)
class _Stream:
    """Where the bytes of one direction came from: ends of pieces in the stream, and their frames."""

    ends: list[int] = field(default_factory=list)
    pieces: list[Piece] = field(default_factory=list)

    def take(self, piece: Piece) -> int:
        """Add a piece; return the offset of its first byte."""
        start = (self.ends[-1] if self.ends else 0) + piece.missing
        self.ends.append(start + len(piece.data))
        self.pieces.append(piece)
        return start

    def carrier(self, offset: int) -> Piece | None:
        """The piece that carries the byte at ``offset``, the last one for what lies behind."""
        if not self.pieces:
            return None
        return self.pieces[min(bisect_right(self.ends, offset), len(self.pieces) - 1)]


def _told_in_stream(message: Message, streams: Mapping[Side, _Stream]) -> Told[Message]:
    """What is not TLS stands where it begins, everything else where the last byte of its record is."""
    span = message.span
    offset = span.start if isinstance(message, NotTls) else max(span.start, span.end - 1, span.taken - 1)
    piece = streams[span.sender].carrier(offset) or streams[span.sender.other].carrier(0)
    return Told(message, piece.frame, piece.time_ns) if piece is not None else Told(message, 0, 0)


def _placed(oddity: Oddity, streams: Mapping[Side, _Stream], counted: str) -> Oddity:
    """Turn a stream offset into the frame that carries it."""
    sender, offset = oddity.facts.get("sender"), oddity.facts.get("offset")
    if sender not in {side.value for side in Side} or not isinstance(offset, int):
        return oddity
    piece = streams[Side(str(sender))].carrier(offset)
    return replace(oddity, place=f"{counted} {piece.frame}") if piece is not None else oddity


def _in_their_files(handshake: Handshake) -> tuple[Oddity, ...]:
    """The oddities of a connection that goes through several captures, each where its frame is."""
    found = []
    for oddity in handshake.oddities:
        kind, _, number = oddity.place.partition(" ")
        if kind == handshake.counted and number.isdecimal():
            where = handshake.at(int(number))
            oddity = replace(oddity, item=where.item, place=where.place)
        found.append(oddity)
    return tuple(found)


def _opening(connection: Connection, reading: _Reading, *, is_wrapped: bool) -> Opening | None:
    """What came before TLS; taken out of the reading, in which it would look like an answer that is not TLS."""
    hello = reading.first(Side.CLIENT, ClientHello)
    answered = any(t.message.span.sender is Side.SERVER and not isinstance(t.message, NotTls) for t in reading.told)
    opening = opening_of(connection, hello, answered=answered, is_wrapped=is_wrapped)
    if opening is not None and hello is not None:
        reading.told = [t for t in reading.told if not isinstance(t.message, NotTls) or t.frame > hello.frame]
    return opening


def _handshake(transcript: Transcript, connection: Connection, reading: _Reading, opening: Opening | None) -> Handshake:
    item = transcript.item
    missing = missing_of(connection, reading.told)
    unseen = frozenset(side for side, size in missing.items() if size)
    whole = Side.SERVER not in unseen or is_flight_whole(connection, reading.told)
    facts = _facts(reading, whole=whole)
    ending = _ending(connection.events)
    return Handshake(
        item=item,
        client=connection.client,
        server=connection.server,
        first_frame=connection.first_frame,
        last_frame=connection.last_frame,
        first_time_ns=connection.first_time_ns,
        last_time_ns=connection.last_time_ns,
        messages=tuple(reading.told),
        tcp_events=connection.events,
        ending=ending,
        outcome=outcome_of(reading.told, ending, missing),
        answered=connection.answered,
        roles_shown=connection.roles_shown,
        reaction_frame=_reaction_frame(reading, connection.events),
        counted=connection.counted,
        later=transcript.later,
        opening=opening,
        reset_seems_own=bool(connection.resets) and seems_own(connection, Side.SERVER),
        unseen=unseen,
        whole_flight=whole,
        oddities=tuple(oddity if oddity.item else oddity.of(item) for oddity in reading.oddities),
        **facts,
        **_fingerprints(facts["client_hello"], facts["server_hello"]),
    )


def _facts(reading: _Reading, *, whole: bool) -> _Facts:
    """The named messages of a handshake; of a later renegotiation nothing is taken. ``whole``: nothing of the server's
    is missing, so that what was not seen was not sent."""
    hellos: list[Told[ClientHello]] = []
    retry: Told[ServerHello] | None = None
    server_hello: Told[ServerHello] | None = None
    key_exchange: Told[ServerKeyExchange] | None = None
    certificates: Told[CertificateMessage] | None = None
    request: Told[CertificateRequest] | None = None
    alerts: list[Told[Alert]] = []
    encrypted_alerts: list[Told[EncryptedRecord]] = []
    not_tls: Told[NotTls] | None = None
    for told in reading.told:
        message = told.message
        sender = message.span.sender
        match message:
            case ClientHello() if sender is Side.CLIENT and server_hello is None and len(hellos) < 2:
                hellos.append(Told(message, told.frame, told.time_ns))
            case ServerHello(hello_retry=True) if retry is None and server_hello is None:
                retry = Told(message, told.frame, told.time_ns)
            case ServerHello(hello_retry=False) if server_hello is None:
                server_hello = Told(message, told.frame, told.time_ns)
            case ServerKeyExchange() if key_exchange is None:
                key_exchange = Told(message, told.frame, told.time_ns)
            case CertificateMessage() if sender is Side.SERVER and certificates is None:
                certificates = Told(message, told.frame, told.time_ns)
            case CertificateRequest() if sender is Side.SERVER and request is None:
                request = Told(message, told.frame, told.time_ns)
            case Alert():
                alerts.append(Told(message, told.frame, told.time_ns))
            case EncryptedRecord(content_type=21):
                encrypted_alerts.append(Told(message, told.frame, told.time_ns))
            case NotTls() if sender is Side.SERVER and not_tls is None:
                not_tls = Told(message, told.frame, told.time_ns)
            case _:
                pass
    resumed = _resumed(reading, server_hello, certificates, whole=whole)
    return {
        "client_hello": hellos[0] if hellos else None,
        "second_client_hello": hellos[1] if len(hellos) > 1 and retry is not None else None,
        "hello_retry": retry,
        "server_hello": server_hello,
        "certificates": _certificates(reading, server_hello, certificates, resumed, whole=whole),
        "key_exchange": key_exchange,
        "certificate_request": _request(reading, server_hello, request, resumed, whole=whole),
        "alerts": tuple(alerts),
        "encrypted_alerts": tuple(encrypted_alerts),
        "not_tls": not_tls,
        "resumed": resumed,
    }


def _resumed(
    reading: _Reading,
    server_hello: Told[ServerHello] | None,
    certificates: Told[CertificateMessage] | None,
    *,
    whole: bool,
) -> bool:
    """TLS 1.3: a PSK was chosen. Before: the server changes cipher without Certificate or ServerHelloDone."""
    if server_hello is None or certificates is not None:
        return False
    if is_tls13(server_hello.message.version):
        return server_hello.message.psk_chosen
    done = any(_is_server_hello_done(told.message) for told in reading.told)
    return whole and not done and reading.first(Side.SERVER, ChangeCipherSpec) is not None


def _is_server_hello_done(message: Message) -> bool:
    return (
        isinstance(message, OtherHandshake) and message.type == SERVER_HELLO_DONE and message.span.sender is Side.SERVER
    )


def _certificates(
    reading: _Reading,
    server_hello: Told[ServerHello] | None,
    certificates: Told[CertificateMessage] | None,
    resumed: bool,
    *,
    whole: bool,
) -> Told[CertificateMessage] | UnseenType | None:
    if certificates is not None:
        return certificates
    if server_hello is None:
        return UNSEEN
    absent = resumed or (whole and any(_is_server_hello_done(told.message) for told in reading.told))
    return None if absent else UNSEEN


def _request(
    reading: _Reading,
    server_hello: Told[ServerHello] | None,
    request: Told[CertificateRequest] | None,
    resumed: bool,
    *,
    whole: bool,
) -> Told[CertificateRequest] | UnseenType | None:
    """None once the server's flight is known to end without a CertificateRequest."""
    if request is not None:
        return request
    flight_ended = resumed or any(
        _is_server_hello_done(told.message)
        or (
            isinstance(told.message, OtherHandshake)
            and told.message.type == FINISHED
            and told.message.span.sender is Side.SERVER
        )
        for told in reading.told
    )
    return None if whole and server_hello is not None and flight_ended else UNSEEN


def _ending(events: Iterable[TcpEvent]) -> Ending | None:
    for event in events:
        if event.kind in (TcpEventKind.FIN, TcpEventKind.RST):
            return Ending(event.sender, event.kind.value, event.frame)
    return None


def _reaction_frame(reading: _Reading, events: Iterable[TcpEvent]) -> int | None:
    """The first frame in which the client answers the server's flight, or leaves.

    A second ClientHello and the compatibility ChangeCipherSpec (RFC 8446, D.4) show nothing of the client's opinion.
    """
    server_spoke: int | None = None
    for told in reading.told:
        message = told.message
        if message.span.sender is Side.SERVER and not (isinstance(message, ServerHello) and message.hello_retry):
            server_spoke = told.frame
            break
    hello = reading.first(Side.CLIENT, ClientHello)
    start = server_spoke if server_spoke is not None else (hello.frame if hello else None)
    tls13 = any(isinstance(t.message, ServerHello) and is_tls13(t.message.version) for t in reading.told)
    frames = [event.frame for event in events if _leaves(event) and (start is None or event.frame > start)]
    frames += [
        told.frame
        for told in reading.told
        if told.message.span.sender is Side.CLIENT
        and not isinstance(told.message, ClientHello)
        and not (tls13 and isinstance(told.message, ChangeCipherSpec))
        and start is not None
        and told.frame >= start
    ]
    return min(frames, default=None)


def _leaves(event: TcpEvent) -> bool:
    return event.sender is Side.CLIENT and event.kind in (TcpEventKind.FIN, TcpEventKind.RST)


class _Fingerprints(TypedDict):
    ja3: str | None
    ja3s: str | None
    ja4: str | None


def _fingerprints(client: Told[ClientHello] | None, server: Told[ServerHello] | None) -> _Fingerprints:
    from tlswhy.wire.fingerprint import ja3, ja3s, ja4

    return {
        "ja3": ja3(client.message).value if client else None,
        "ja3s": ja3s(server.message).value if server else None,
        "ja4": ja4(client.message).value if client else None,
    }
