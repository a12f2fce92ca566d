"""The client that no profile knows: its own hello is all that is known of it.

It never gets a foretold "accepted": nobody knows its limits (judge asks ``ClientPolicy.known``).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from tlswhy.model.client import ClientPolicy, DhLimits, Offer, Source
from tlswhy.negotiate import offer_of_hello
from tlswhy.pki.path_rules import PathRules
from tlswhy.tables import load_table
from tlswhy.wire.messages import ClientHello

UNKNOWN_ID = "unknown"
ANY_SIZE = 1 << 20
NO_OFFER = Offer((), (), (), (), (), (), (), 0)


@cache
def standard_alerts() -> Mapping[str, tuple[int, ...]]:
    """By cause, the alerts that the RFCs have for it."""
    return {cause: tuple(numbers) for cause, numbers in load_table("unknown_client.toml")["alerts"].items()}


def unknown_client(hello: ClientHello | None) -> ClientPolicy:
    """A policy that offers what the hello offers and refuses what every client refuses."""
    table = load_table("unknown_client.toml")
    return ClientPolicy(
        id=UNKNOWN_ID,
        runtime=UNKNOWN_ID,
        layer="",
        family="unknown",
        title=table["title"],
        offer=offer_of_hello(hello) if hello is not None else NO_OFFER,
        dh=DhLimits(policy_min=0, least=0, most=ANY_SIZE, multiple_of=1),
        path_rules=PathRules(),
        name_dialect="jsse",
        disabled_tls="",
        disabled_certpath="",
        handshake_schemes=_every_number(),
        curves=_every_number(),
        longest_chain=None,
        largest_handshake_message=None,
        fatal_warnings=frozenset(),
        check_order=(),
        alerts=standard_alerts(),
        masks=None,
        sources=tuple(Source(source["kind"], source["text"]) for source in table["sources"]),
        measured=False,
        known=False,
    )


@cache
def _every_number() -> frozenset[int]:
    """One for all: it takes megabytes, and a capture may hold thousands of clients that nobody knows."""
    return frozenset(range(0x10000))
