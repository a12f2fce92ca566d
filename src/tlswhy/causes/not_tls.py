"""What answers on that port does not speak TLS.

Why the client refuses
    The bytes that came back are no TLS record. Often a plain HTTP port, a proxy's error page, or a mail server's
    greeting.
What you see
    Readable text after the ClientHello. Java says "Unrecognized SSL message, plaintext connection?" (7, 8) or
    "Unsupported or unrecognized SSL message" (11 and later).
How to fix
    Use the port that speaks TLS, switch TLS on for that listener, or take the proxy out of the way.
How to check
    ``curl -v http://host:port/`` answers where it should not.
References
    RFC 8446, 5.1.
"""

from __future__ import annotations

from collections.abc import Iterator

from tlswhy.grounds import server_named
from tlswhy.model.client import Source
from tlswhy.situation import Situation
from tlswhy.verdict import Refusal, Stage

STAGE = Stage.SERVER_ANSWER
SOURCES = (Source("standard", "RFC 8446, 5.1"),)

GREETINGS = (
    (b"HTTP/", "http"),
    (b"220", "smtp-or-ftp"),
    (b"* OK", "imap"),
    (b"+OK", "pop3"),
    (b"SSH-", "ssh"),
    (b"<", "markup"),
)


def check(situation: Situation) -> Iterator[Refusal]:
    """The server's direction holds something else than TLS."""
    handshake = situation.handshake
    if handshake is None or handshake.not_tls is None or handshake.client_hello is None:
        return
    head = handshake.not_tls.message.head
    kind = next((name for start, name in GREETINGS if head.startswith(start)), "unknown")
    first_line = head.split(b"\n", 1)[0].strip()[:80].decode("ascii", "replace")
    facts = {"protocol": kind, "first_line": first_line, "server": server_named(situation)}
    where = (handshake.at(handshake.not_tls.frame),)
    yield Refusal("not-tls", STAGE, facts, where, by="server", shown=True)
