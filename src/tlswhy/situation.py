"""One client before one server: everything a cause may ask about.

Built by ``situate``; causes read it and nothing else. What was not seen is UNSEEN; ``path`` is worked out once, when a
cause first asks for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from tlswhy.model.client import ClientPolicy
from tlswhy.model.handshake import Handshake
from tlswhy.model.where import Where
from tlswhy.pki.certificate import Certificate
from tlswhy.pki.paths import PathOutcome
from tlswhy.unseen import UnseenType
from tlswhy.wire.messages import DhParameters


@dataclass(frozen=True, slots=True)
class Flight:
    """What the server answered to this client (or, ``foretold``, would answer), up to its own last word.

    ``chain`` is the certificates in the order sent; ``scheme`` that of ServerKeyExchange or CertificateVerify.
    ``asks_client_certificate``: UNSEEN where that message can't be read.
    """

    version: int | UnseenType
    suite: int | UnseenType
    group: int | UnseenType | None
    dh: DhParameters | UnseenType | None
    scheme: int | UnseenType | None
    chain: tuple[Certificate, ...] | UnseenType | None
    chain_size: int | UnseenType
    asks_client_certificate: bool | UnseenType
    resumed: bool = False
    foretold: bool = False
    where: Mapping[str, tuple[Where, ...]] = field(default_factory=dict)
    """Places by fact name: "version", "suite", "dh", "group", "scheme", "chain", "asks_client_certificate"."""


@dataclass(frozen=True, slots=True)
class Situation:
    """One client, one server, one moment. ``handshake`` is what this client did (cut when foretelling), if seen."""

    client: ClientPolicy
    host: str | UnseenType
    moment: datetime
    trust: tuple[Certificate, ...] | UnseenType
    trust_items: tuple[Where, ...]
    flight: Flight
    handshake: Handshake | None
    foretelling: bool
    path: PathOutcome | UnseenType
    """UNSEEN where there is no chain to judge."""
    also: tuple[Handshake, ...] = ()
    """Other connections to the same server (good ones of other clients decide between candidates)."""
