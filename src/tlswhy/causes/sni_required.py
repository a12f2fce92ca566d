"""The server needs a server name (SNI) that the client did not send.

Why the client refuses
    The server does: without a name it has no certificate to show. Clients leave the name out for IP addresses, for
    names without a dot (Java), or because they are too old or were told to.
What you see
    A ClientHello without server_name, then handshake_failure(40), unrecognized_name(112) or a close.
How to fix
    Use the full name in the URL; or give the server a default certificate for clients that send none.
How to check
    ``openssl s_client -noservername -connect host:port`` against the same with ``-servername NAME``.
References
    RFC 6066, 3; sun.security.ssl.Utilities.rawToSNIHostName (a name without a dot is not sent).
"""

from __future__ import annotations

from collections.abc import Iterator

from tlswhy.changes import Change, KnowName
from tlswhy.grounds import bare_refusal
from tlswhy.model.client import Source
from tlswhy.situation import Situation
from tlswhy.verdict import Refusal, Stage

STAGE = Stage.SERVER_ANSWER
SOURCES = (Source("standard", "RFC 6066, 3"),)


def check(situation: Situation) -> Iterator[Refusal]:
    """A capture of one connection cannot show it: the server gives no reason."""
    yield from ()


def suspect(situation: Situation) -> float:
    """Only where the hello carries no name; more likely still where a hello with a name was answered."""
    handshake = situation.handshake
    if bare_refusal(situation) is None or handshake is None or handshake.hello is None:
        return 0.0
    if handshake.hello.server_name is not None:
        return 0.0
    named = any(o.hello is not None and o.hello.server_name and o.server_hello is not None for o in situation.others)
    return 0.97 if named else 0.7


def cures(situation: Situation, refusal: Refusal) -> Iterator[Change]:
    """The server answers without a name, too."""
    yield KnowName(None)
