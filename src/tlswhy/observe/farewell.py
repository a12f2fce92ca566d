"""How a client took its leave of a handshake that both ends had finished.

Some clients look at the server only then: Node and Apache HttpClient let the handshake finish, judge the certificate or
its name, and go without having said a word. Owns what of that can be seen; says nothing of why.
"""

from __future__ import annotations

from tlswhy.model.handshake import Handshake, Outcome
from tlswhy.observe.outcome import LARGEST_ENCRYPTED_ALERT
from tlswhy.side import Side
from tlswhy.wire.handshake import FINISHED
from tlswhy.wire.messages import Alert, ApplicationData, EncryptedRecord, OtherHandshake
from tlswhy.wire.numbers import is_tls13
from tlswhy.wire.records import ALERT, APPLICATION_DATA


def left_without_a_word(handshake: Handshake) -> bool:
    """The client finished the handshake and ended the connection, and sent no application data in between."""
    if handshake.outcome is not Outcome.COMPLETED or handshake.server_hello is None:
        return False
    spoke, said_goodbye = _afterwards(handshake)
    closed = handshake.ending is not None and handshake.ending.by is Side.CLIENT
    return not spoke and (said_goodbye or closed)


def spoke_afterwards(handshake: Handshake) -> bool:
    """The client sent application data behind the handshake: it is content with the server."""
    return handshake.server_hello is not None and _afterwards(handshake)[0]


def _afterwards(handshake: Handshake) -> tuple[bool, bool]:
    """Whether the client sent data behind its Finished, and whether an alert.

    TLS 1.3 without keys: its first record that is too long for an alert is (the end of) its Finished, the next is data.
    """
    hello = handshake.server_hello
    tls13 = hello is not None and is_tls13(hello.message.version)
    finished, said_goodbye = not tls13, False
    for told in handshake.messages:
        message = told.message
        if message.span.sender is not Side.CLIENT:
            continue
        if isinstance(message, ApplicationData):
            return True, said_goodbye
        if isinstance(message, OtherHandshake):
            finished |= message.type == FINISHED
        encrypted = message.content_type if isinstance(message, EncryptedRecord) else None
        said_goodbye |= isinstance(message, Alert) or encrypted == ALERT
        if isinstance(message, EncryptedRecord) and encrypted == APPLICATION_DATA:
            long = message.length > LARGEST_ENCRYPTED_ALERT
            if finished and (long or not tls13):
                return True, said_goodbye
            said_goodbye |= finished
            finished |= long
    return False, said_goodbye
