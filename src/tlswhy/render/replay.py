"""What ``prove`` needs of a diagnosis: the hello, whom it goes to and on which way, what was trusted, how the client is
set up. Part of the JSON of a report; read again by ``cli.prove``.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tlswhy.evidence.types import SecurityProperties, SystemProperties
from tlswhy.observe.opening import HTTP_CONNECT
from tlswhy.packets.connection import Endpoint
from tlswhy.pki.certificate import Certificate
from tlswhy.pki.pem import pem_of
from tlswhy.report import Diagnosis
from tlswhy.situation import Situation
from tlswhy.unseen import Unseen

Json = dict[str, Any]
SET_UP = {SecurityProperties: "java.security", SystemProperties: "system-properties"}


def replay(diagnosis: Diagnosis) -> Json:
    """What is needed to ask the same question again."""
    judged = diagnosis.client.members or (diagnosis.client.policy.id,)
    situation = diagnosis.situation
    hello = situation.handshake.hello if situation.handshake else None
    return {
        "client": diagnosis.client.id,
        "runtimes": [name.partition("@")[0] for name in judged],
        "host": diagnosis.host,
        "server": diagnosis.server,
        **_way(situation, diagnosis.server),
        "moment": iso_moment(diagnosis.moment),
        "hello_hex": hello.raw.hex() if hello else None,
        "record_version": hello.record_version if hello else None,
        "chain_pem": _pem(situation.flight.chain),
        "trust_pem": _pem(situation.trust),
        "set_up": [_set_up(each) for each in diagnosis.set_up],
        "profile": diagnosis.profile,
        "platforms": list(dict.fromkeys(r.platform for plan in diagnosis.plans if plan.chosen for r in plan.recipes)),
    }


def iso_moment(moment: datetime) -> str:
    """In UTC."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _way(situation: Situation, server: str | None) -> Json:
    """How to get to where TLS begins: we did ourselves, or a capture shows how somebody did."""
    asked, handshake = situation.asked, situation.handshake
    opening = handshake.opening if handshake is not None else None
    if asked is not None and asked.host:
        return {"target": str(Endpoint(asked.host, asked.port)), "starttls": asked.starttls, "proxy": asked.proxy}
    if opening is None:
        return {"target": None, "starttls": None, "proxy": None}
    if opening.target is not None:
        scheme = "http" if opening.kind == HTTP_CONNECT else "socks5"
        return {"target": opening.target, "starttls": None, "proxy": f"{scheme}://{server}"}
    return {"target": None, "starttls": opening.kind, "proxy": None}


def _set_up(given: SecurityProperties | SystemProperties) -> Json:
    places = {name: where.place for name, where in given.where.items()}
    return {"item": given.item, "kind": SET_UP[type(given)], "values": dict(given.values), "places": places}


def _pem(certificates: tuple[Certificate, ...] | Unseen | None) -> str | None:
    if certificates is None or isinstance(certificates, Unseen):
        return None
    return "".join(pem_of(certificate.der) for certificate in certificates)


__all__ = ["iso_moment", "replay"]
