"""Client and server have no TLS version in common.

Why the client refuses
    Either side may: the server answers protocol_version(70) to a hello whose versions are all off there, or the
    client breaks off when the server chooses a version that it has switched off.
What you see
    Alert 70 after the ClientHello; or a ServerHello with an older version and the client's alert. Java says
    "Received fatal alert: protocol_version", or "The server selected protocol version TLS10 is not accepted by
    client preferences".
How to fix
    Enable TLS 1.2 (better also 1.3) on the server. Only where that is impossible: re-enable the old version in the
    client.
How to check
    ``openssl s_client -tls1_2 -connect host:port``.
References
    RFC 8446, 4.1.3 and 6.2; RFC 8996; jdk.tls.disabledAlgorithms (TLSv1, TLSv1.1 since 8u291/8u292, 11.0.11,
    7u301).
"""

from __future__ import annotations

from collections.abc import Iterator

from tlswhy.changes import Change, EnableVersion
from tlswhy.grounds import (
    alert_order,
    alert_place,
    bare_refusal,
    hello_place,
    rule_sources,
    server_alert,
    would_be_refused,
)
from tlswhy.model.client import Source
from tlswhy.situation import Situation
from tlswhy.strength import sound_versions
from tlswhy.unseen import Unseen
from tlswhy.verdict import Refusal, Stage
from tlswhy.wire.numbers import TLS13, is_tls13

STAGE = Stage.VERSION
SOURCES = (Source("standard", "RFC 8446, 4.1.3 and 6.2; RFC 8996"),)
NEWER_CLIENTS_MAY = True
PROTOCOL_VERSION = 70


def check(situation: Situation) -> Iterator[Refusal]:
    """The server says so, or it chose a version that this client has not enabled."""
    yield from would_be_refused(situation, "no-common-version")
    if situation.flight.refused:
        return
    offered = situation.client.offer.versions
    alert = server_alert(situation)
    if alert is not None and alert.message.description == PROTOCOL_VERSION:
        facts = {"offered": offered, "by_alert": True, "record_version": alert.message.record_version}
        where = (*alert_place(situation, alert), *hello_place(situation))
        yield Refusal(
            "no-common-version",
            Stage.SERVER_ANSWER,
            facts,
            where,
            order=alert_order(situation, alert),
            by="server",
            shown=True,
        )
    chosen = situation.flight.version
    if isinstance(chosen, Unseen) or not offered:
        return
    if chosen not in offered and not _is_offered_draft(situation, chosen):
        facts = {"chosen": chosen, "offered": offered, "by_alert": False}
        yield Refusal("no-common-version", STAGE, facts, situation.place("server_hello"), rule_sources(situation))


def _is_offered_draft(situation: Situation, chosen: int) -> bool:
    """A draft of TLS 1.3 is taken by those alone that offer it in so many words."""
    hello = situation.handshake.hello if situation.handshake is not None else None
    named = hello.supported_versions if hello is not None else None
    return is_tls13(chosen) and TLS13 in situation.client.offer.versions and (named is None or chosen in named)


def suspect(situation: Situation) -> float:
    """A record version below the offer points at the version: the server answered in the language it has left."""
    alert = bare_refusal(situation)
    offered = situation.client.offer.versions
    if alert is None or not offered:
        return 0.0
    highest_before_13 = max((version for version in offered if version <= 0x0303), default=0)
    if alert.message.record_version >= highest_before_13:
        return 0.0
    chosen = {other.server_hello.message.version for other in situation.others if other.server_hello}
    return 0.05 if chosen & set(offered) else 0.95


def cures(situation: Situation, refusal: Refusal) -> Iterator[Change]:
    """A version that is sound and offered."""
    yield from (EnableVersion(version) for version in sound_versions(situation.client.offer))
