"""How a client took its leave of a handshake that both ends had finished.

Some clients look at the server only then: Node and Apache HttpClient let the handshake finish, judge the certificate or
its name, and go without having said a word. Owns what of that can be seen; says nothing of why.
"""

from __future__ import annotations

from tlswhy.model.handshake import Handshake, Outcome
from tlswhy.observe.handshake import CONTENT_ALERT, CONTENT_APPLICATION_DATA, FINISHED, LARGEST_ENCRYPTED_ALERT
from tlswhy.side import Side
from tlswhy.wire.messages import Alert, ApplicationData, EncryptedRecord, OtherHandshake
from tlswhy.wire.numbers import is_tls13


def left_without_a_word(handshake: Handshake) -> bool:
    """The client finished the handshake and ended the connection, and sent no application data in between.

    TLS 1.3 without keys: its first record that is too long for an alert is (the end of) its Finished, the next is data.
    """
    server_hello, ending = handshake.server_hello, handshake.ending
    if handshake.outcome is not Outcome.COMPLETED or server_hello is None or ending is None:
        return False
    tls13 = is_tls13(server_hello.message.version)
    finished, said_goodbye = not tls13, False
    for told in handshake.messages:
        message = told.message
        if message.span.sender is not Side.CLIENT:
            continue
        if isinstance(message, ApplicationData):
            return False
        if isinstance(message, OtherHandshake):
            finished |= message.type == FINISHED
        encrypted = message.content_type if isinstance(message, EncryptedRecord) else None
        said_goodbye |= isinstance(message, Alert) or encrypted == CONTENT_ALERT
        if isinstance(message, EncryptedRecord) and encrypted == CONTENT_APPLICATION_DATA:
            long = message.length > LARGEST_ENCRYPTED_ALERT
            if finished and (long or not tls13):
                return False
            said_goodbye |= finished
            finished |= long
    return ending.by is Side.CLIENT or said_goodbye
