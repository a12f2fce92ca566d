"""No packet gets to the server: there is no route, or a router on the way says so.

Why the client refuses
    It never gets to open a connection.
What you see
    A SYN, and an ICMP message that the network or host is unreachable, or nothing at all because the own system has no
    route. Java says "java.net.NoRouteToHostException" or "Network is unreachable".
How to fix
    Correct the address, the route, or the firewall rule that rejects with ICMP.
How to check
    On the client's machine: ``traceroute ADDRESS``; ``ip route get ADDRESS``.
References
    RFC 1122, 3.2.2.1; RFC 4443, 3.1.
"""

from __future__ import annotations

from collections.abc import Iterator

from tlswhy.model.client import Source
from tlswhy.situation import Situation
from tlswhy.verdict import Refusal, Stage

STAGE = Stage.CONNECT
SOURCES = (Source("standard", "RFC 1122, 3.2.2.1; RFC 4443, 3.1"),)
FAULT = "unreachable"


def arises(situation: Situation) -> bool:
    """Only whoever asked in vain can tell; other evidence does not speak of it."""
    return situation.asked is not None and situation.asked.fault is not None


def check(situation: Situation) -> Iterator[Refusal]:
    """We tried ourselves, and the system had no way."""
    asked = situation.asked
    if asked is not None and asked.fault == FAULT:
        facts = {"name": asked.host, "port": asked.port, "said": asked.reason}
        yield Refusal("host-unreachable", STAGE, facts, (), by="network", shown=True)
