"""The server refused with an alert that does not say why; what can lie behind it is listed as candidates.

Why the client refuses
    The server did: it answered with a fatal alert, most often handshake_failure(40), and closed.
What you see
    A ClientHello, the server's alert, nothing else. Java says "Received fatal alert: handshake_failure".
How to fix
    First find out which candidate it is: the server's own log or configuration, a survey of the server, or a
    capture of another client that succeeds decides.
How to check
    Ask the server with hellos that differ in one thing at a time.
References
    RFC 5246, 7.2.2; RFC 8446, 6.2.
"""

from __future__ import annotations

from collections.abc import Iterator

from tlswhy.grounds import (
    SERVER_ALERTS_THAT_NAME,
    about_client_certificate,
    alert_order,
    alert_place,
    rule_sources,
    server_alert,
)
from tlswhy.model.client import Source
from tlswhy.side import Side
from tlswhy.situation import Situation
from tlswhy.verdict import Refusal, Stage

STAGE = Stage.SERVER_ANSWER
SOURCES = (Source("standard", "RFC 5246, 7.2.2; RFC 8446, 6.2"),)
WARNING = 1
UNRECOGNIZED_NAME = 112
NEWER_CLIENTS_MAY = True


def check(situation: Situation) -> Iterator[Refusal]:
    """A fatal alert of the server that no other cause is named by."""
    if len(situation.flight.refused) > 1:
        yield Refusal("server-alert", STAGE, {"bare": True}, (), by="server", candidates=situation.flight.refused)
        return
    yield from _warning_taken_for_fatal(situation)
    alert = server_alert(situation)
    handshake = situation.handshake
    if alert is None or handshake is None or alert.message.description in SERVER_ALERTS_THAT_NAME:
        return
    if about_client_certificate(situation, alert.message.description):
        return
    facts = {
        "alert": alert.message.description,
        "record_version": alert.message.record_version,
        "bare": handshake.server_hello is None,
    }
    where = alert_place(situation, alert)
    yield Refusal("server-alert", STAGE, facts, where, by="server", order=alert_order(situation, alert), shown=True)


def _warning_taken_for_fatal(situation: Situation) -> Iterator[Refusal]:
    """A warning by which this client breaks off (``fatal_warnings``); unrecognized_name has a cause of its own."""
    fatal = situation.client.fatal_warnings - {UNRECOGNIZED_NAME}
    if situation.handshake is None:
        warnings = sorted(situation.flight.warnings & fatal)
        where = situation.place("server_hello")
        facts: dict[str, object] = {"bare": False}
    else:
        told = next(
            (
                alert
                for alert in situation.handshake.alerts
                if alert.message.span.sender is Side.SERVER
                and alert.message.level == WARNING
                and alert.message.description in fatal
            ),
            None,
        )
        warnings = [] if told is None else [told.message.description]
        where = () if told is None else alert_place(situation, told)
        facts = {"bare": False, "record_version": told.message.record_version if told else None}
    if warnings:
        facts["warning"] = warnings[0]
        yield Refusal(
            "server-alert", STAGE, facts, where, rule_sources(situation), shown=situation.handshake is not None
        )
