"""How far a handshake came: finished by both ends, broken off, or not to be told from what was captured.

Owns the signs of a Finished that nobody can read, and what a hole in the capture may hold. Says nothing of why.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from tlswhy.model.handshake import Ending, Outcome, Told
from tlswhy.packets.connection import Connection
from tlswhy.side import Side
from tlswhy.wire.handshake import FINISHED, SERVER_HELLO_DONE
from tlswhy.wire.messages import (
    Alert,
    ApplicationData,
    ChangeCipherSpec,
    ClientHello,
    EncryptedRecord,
    Message,
    NotTls,
    OtherHandshake,
    ServerHello,
)
from tlswhy.wire.numbers import is_tls13
from tlswhy.wire.records import APPLICATION_DATA, HANDSHAKE

FATAL = 2
LEAST_FINISHED = 37
"""Bytes of the smallest record with a Finished: 16 of its own, a tag of 16 (RFC 7905)."""
LARGEST_ENCRYPTED_ALERT = 40
"""Bytes of a TLS 1.3 record that can hold no Finished: an alert is 2 bytes, a content type and a 16-byte tag (19),
padded by some clients (the JDK's is 35); the smallest Finished is 4 + 32 + 1 + 16 = 53 (RFC 8446, 4.4.4 and 5.2)."""

Said: TypeAlias = Sequence[Told[Message]]
"""A connection's messages, in the order in which they were completed."""


def outcome_of(said: Said, ending: Ending | None, missing: Mapping[Side, int]) -> Outcome:
    """COMPLETED once both ends have finished the handshake, whatever became of the connection later.

    An alert or a plain text that can be read shows that it is not finished; an end only where both Finished were not
    among what was never captured.
    """
    if _finished(said):
        return Outcome.OPEN if _perhaps_taken_back(said) else Outcome.COMPLETED
    if any(isinstance(t.message, NotTls) or is_fatal(t.message) for t in said):
        return Outcome.BROKEN
    return Outcome.BROKEN if ending is not None and not _perhaps_finished(said, missing) else Outcome.OPEN


def missing_of(connection: Connection, said: Said) -> dict[Side, int]:
    """How many bytes of each side were never captured; where not even the beginning was, more than can be said."""
    missing = dict.fromkeys(Side, 0)
    for piece in connection.pieces:
        missing[piece.sender] += piece.missing
    if not connection.roles_shown and not any(
        isinstance(t.message, ClientHello) and t.message.span.sender is Side.CLIENT for t in said
    ):
        return {side: size + LEAST_FINISHED for side, size in missing.items()}
    return missing


def is_flight_whole(connection: Connection, said: Said) -> bool:
    """Whether the end of the server's flight was seen, and nothing before it is missing."""
    if not connection.roles_shown and not any(isinstance(told.message, ServerHello) for told in said):
        return False
    tls13 = any(isinstance(told.message, ServerHello) and is_tls13(told.message.version) for told in said)
    end = next(
        (
            told.frame
            for told in said
            if told.message.span.sender is Side.SERVER and _ends_flight(told.message, tls13=tls13)
        ),
        None,
    )
    holes = (piece.frame for piece in connection.pieces if piece.sender is Side.SERVER and piece.missing)
    return end is not None and all(frame > end for frame in holes)


def _ends_flight(message: Message, *, tls13: bool) -> bool:
    """In TLS 1.3 a ChangeCipherSpec is a dummy (RFC 8446, D.4)."""
    if isinstance(message, OtherHandshake):
        return message.type == FINISHED or (message.type == SERVER_HELLO_DONE and not tls13)
    return isinstance(message, ChangeCipherSpec) and not tls13


def is_fatal(message: Message) -> bool:
    """An alert that ends a connection."""
    return isinstance(message, Alert) and message.level == FATAL


def _perhaps_finished(said: Said, missing: Mapping[Side, int]) -> bool:
    """Whether each side may have sent its Finished, in a sealed record or among what was never captured."""
    if not any(missing.values()):
        return False
    sealed = {told.message.span.sender for told in said if _may_be_finished(told.message)}
    return all(missing[side] >= LEAST_FINISHED or side in sealed for side in Side)


def _may_be_finished(message: Message) -> bool:
    if isinstance(message, EncryptedRecord):
        short = message.content_type == APPLICATION_DATA and message.length <= LARGEST_ENCRYPTED_ALERT
        return message.content_type in (HANDSHAKE, APPLICATION_DATA) and not short
    return isinstance(message, OtherHandshake) and message.type == FINISHED


def _finished(said: Said) -> bool:
    server_hello = next(
        (t.message for t in said if isinstance(t.message, ServerHello) and not t.message.hello_retry), None
    )
    if server_hello is None:
        return False
    if is_tls13(server_hello.version):
        return _client_finished_tls13(said)
    return _both_changed_cipher(said)


def _client_finished_tls13(said: Said) -> bool:
    """With keys: the client's Finished. Without: a record that may be one, then more records from both sides."""
    for told in said:
        message = told.message
        if message.span.sender is not Side.CLIENT:
            continue
        if isinstance(message, OtherHandshake) and message.type == FINISHED:
            return True
        if isinstance(message, ApplicationData):
            return True
    opaque = [
        told.message
        for told in said
        if isinstance(told.message, EncryptedRecord) and told.message.content_type == APPLICATION_DATA
    ]
    client = [index for index, message in enumerate(opaque) if message.span.sender is Side.CLIENT]
    if not any(opaque[index].length > LARGEST_ENCRYPTED_ALERT for index in client):
        return False
    return len(client) > 1 or client[-1] < len(opaque) - 1


def _perhaps_taken_back(said: Said) -> bool:
    """TLS 1.3: behind the client's Finished the server says one thing more, short as an alert, that nobody can read.

    The client is done before the server has seen its certificate (RFC 8446, 4.4.2.4), so this may be the refusal; where
    the client closes first it is the answer to that.
    """
    finished = short = False
    for told in said:
        message = told.message
        by_server = message.span.sender is Side.SERVER
        if not isinstance(message, EncryptedRecord):
            finished |= not by_server and isinstance(message, OtherHandshake) and message.type == FINISHED
            if finished and by_server and isinstance(message, ApplicationData | OtherHandshake | Alert):
                return False
        elif message.content_type == APPLICATION_DATA:
            long = message.length > LARGEST_ENCRYPTED_ALERT
            if finished and (long if by_server else not (long or short)):
                return False
            finished |= long and not by_server
            short |= finished and by_server
    return short


def _both_changed_cipher(said: Said) -> bool:
    """TLS <= 1.2: each side's ChangeCipherSpec is followed by its (encrypted or decrypted) Finished."""
    finished: set[Side] = set()
    changed: set[Side] = set()
    for told in said:
        message = told.message
        sender = message.span.sender
        if isinstance(message, ChangeCipherSpec):
            changed.add(sender)
        elif sender in changed and (
            (isinstance(message, EncryptedRecord) and message.content_type == HANDSHAKE)
            or (isinstance(message, OtherHandshake) and message.type == FINISHED)
        ):
            finished.add(sender)
        if len(finished) == 2:
            return True
    return False
