"""The name of the server has no address.

Why the client refuses
    It never gets to open a connection.
What you see
    Nothing on the wire but DNS. Java says "java.net.UnknownHostException".
How to fix
    Correct the name in the URL, or the entry in DNS. A name that only one network knows must be known where the client
    runs: a gadget is fetched by the Finesse server, not by the agent's browser.
How to check
    On the client's machine: ``nslookup NAME`` (Finesse, UCCX: ``utils network host NAME``).
References
    RFC 1035; java.net.InetAddress.
"""

from __future__ import annotations

from collections.abc import Iterator

from tlswhy.model.client import Source
from tlswhy.situation import Situation
from tlswhy.verdict import Refusal, Stage

STAGE = Stage.CONNECT
SOURCES = (Source("standard", "RFC 1035"),)
FAULT = "dns"


def arises(situation: Situation) -> bool:
    """Only whoever asked in vain can tell; other evidence does not speak of it."""
    return situation.asked is not None and situation.asked.fault is not None


def check(situation: Situation) -> Iterator[Refusal]:
    """We asked for the name ourselves, and there was none."""
    asked = situation.asked
    if asked is not None and asked.fault == FAULT:
        facts = {"name": asked.host, "said": asked.reason}
        yield Refusal("dns-failed", STAGE, facts, (), by="network", shown=True)
