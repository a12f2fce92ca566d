"""The client that no profile knows: its own hello is all that is known of it.

It never gets a foretold "accepted": nobody knows its limits (judge asks ``ClientPolicy.known``).
"""

from __future__ import annotations

from tlswhy.model.client import ClientPolicy, DhLimits, Offer, Source
from tlswhy.pki.path_rules import PathRules
from tlswhy.tables import load_table
from tlswhy.wire.messages import ClientHello
from tlswhy.wire.numbers import is_grease

UNKNOWN_ID = "unknown"
ANY_SIZE = 1 << 20


def unknown_client(hello: ClientHello | None) -> ClientPolicy:
    """A policy that offers what the hello offers and refuses what every client refuses."""
    table = load_table("unknown_client.toml")
    return ClientPolicy(
        id=UNKNOWN_ID,
        runtime=UNKNOWN_ID,
        layer="",
        family="unknown",
        title=table["title"],
        offer=_offer(hello),
        dh=DhLimits(policy_min=0, least=0, most=ANY_SIZE, multiple_of=1),
        path_rules=PathRules(),
        name_dialect="jsse",
        disabled_tls="",
        disabled_certpath="",
        handshake_schemes=frozenset(range(0x10000)),
        curves=frozenset(range(0x10000)),
        longest_chain=None,
        largest_handshake_message=None,
        fatal_warnings=frozenset(),
        check_order=(),
        alerts={cause: tuple(numbers) for cause, numbers in table["alerts"].items()},
        masks=None,
        sources=tuple(Source(source["kind"], source["text"]) for source in table["sources"]),
        measured=False,
        known=False,
    )


def _offer(hello: ClientHello | None) -> Offer:
    """What the hello offers, GREASE left out; everything empty without one."""
    if hello is None:
        return Offer((), (), (), (), (), (), (), 0)
    versions = _real(hello.supported_versions) or tuple(range(hello.legacy_version, 0x02FF, -1))
    return Offer(
        versions=tuple(sorted(versions, reverse=True)),
        suites=_real(hello.cipher_suites),
        groups=_real(hello.groups),
        schemes=_real(hello.signature_schemes),
        schemes_cert=_real(hello.signature_schemes_cert),
        extensions=_real(hello.extensions),
        key_shares=_real(tuple(share.group for share in hello.key_shares or ())),
        record_version=hello.record_version,
        sends_server_name=hello.server_name is not None,
        alpn=hello.alpn or (),
    )


def _real(numbers: tuple[int, ...] | None) -> tuple[int, ...]:
    return tuple(number for number in numbers or () if not is_grease(number))
