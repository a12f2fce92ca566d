"""The server does not know the name that the client asked for (server_name, SNI).

Why the client refuses
    A fatal unrecognized_name(112) ends the handshake. As a *warning* it should be harmless, but every JSSE client
    breaks off.
What you see
    Alert 112 from the server, before or instead of its ServerHello. Java says "handshake alert:  unrecognized_name"
    (7, 8) or "Received handshake warning: unrecognized_name" (11 and later).
How to fix
    On the server: add the name to the virtual host (Apache: ServerName or ServerAlias). Switching SNI off in the
    client (jsse.enableSNIExtension=false) only hides the fault.
How to check
    ``openssl s_client -servername NAME -connect host:port``.
References
    RFC 6066, 3; sun.security.ssl.Alert.AlertConsumer (11), ClientHandshaker.handshakeAlert (8).
"""

from __future__ import annotations

from collections.abc import Iterator

from tlswhy.changes import Change, KnowName
from tlswhy.grounds import FATAL, alert_order, alert_place
from tlswhy.model.client import Source
from tlswhy.side import Side
from tlswhy.situation import Situation
from tlswhy.unseen import Unseen
from tlswhy.verdict import Refusal, Stage

STAGE = Stage.SERVER_ANSWER
SOURCES = (Source("standard", "RFC 6066, 3"),)
UNRECOGNIZED_NAME = 112


def check(situation: Situation) -> Iterator[Refusal]:
    """The alert as fatal; as a warning where this client takes it for fatal."""
    if situation.handshake is None:
        if UNRECOGNIZED_NAME in situation.flight.warnings & situation.client.fatal_warnings:
            name = None if isinstance(situation.host, Unseen) else situation.host
            yield Refusal("sni-unrecognized", STAGE, {"name": name, "warning": True}, situation.place("server_hello"))
        return
    for alert in situation.handshake.alerts:
        message = alert.message
        if message.span.sender is not Side.SERVER or message.description != UNRECOGNIZED_NAME:
            continue
        fatal = message.level == FATAL
        if fatal or UNRECOGNIZED_NAME in situation.client.fatal_warnings:
            hello = situation.handshake.hello
            facts = {"name": hello.server_name if hello else None, "warning": not fatal}
            where = alert_place(situation, alert)
            yield Refusal(
                "sni-unrecognized",
                STAGE,
                facts,
                where,
                by="server" if fatal else "client",
                order=alert_order(situation, alert),
                shown=True,
            )
            return


def cures(situation: Situation, refusal: Refusal) -> Iterator[Change]:
    """The server gets the name."""
    name = refusal.facts.get("name")
    yield KnowName(name if isinstance(name, str) else None)
