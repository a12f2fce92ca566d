"""The words of a judgement: Refusal, Gap, Verdict. Reasons are data; no sentence is made here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum
from typing import TYPE_CHECKING

from tlswhy.frozen import frozen
from tlswhy.model.where import Where

if TYPE_CHECKING:
    from tlswhy.model.client import Source


class Accepted(StrEnum):
    """The verdict's three values."""

    YES = "accepted"
    NO = "refused"
    CANNOT_TELL = "cannot-tell"


class Certainty(StrEnum):
    """How sure a refusal is."""

    SHOWN = "shown"
    """An alert or exception names it."""
    AGREES = "agrees"
    """The handshake ended where this would end it."""
    FORETOLD = "foretold"
    """Only the model says so."""


class Stage(StrEnum):
    """Where in the client's work a refusal happens; each client has its own order of them."""

    CONNECT = "connect"
    SERVER_ANSWER = "server-answer"
    VERSION = "version"
    SUITE = "suite"
    GROUP = "group"
    CERTIFICATE_MESSAGE = "certificate-message"
    CHAIN = "chain"
    NAME = "name"
    KEY_EXCHANGE = "key-exchange"
    HANDSHAKE_SIGNATURE = "handshake-signature"
    CLIENT_CERTIFICATE = "client-certificate"
    FINISH = "finish"
    DOCUMENT = "document"


@frozen
class Refusal:
    """One reason why the client does not accept the server. ``certainty`` is set by ``judge``.

    ``by`` tells who said no: "client" or "server" or "network". ``facts`` fill the sentence of this cause.
    """

    cause: str
    stage: Stage
    facts: Mapping[str, object]
    where: tuple[Where, ...]
    sources: tuple[Source, ...] = ()
    by: str = "client"
    order: int = 0
    """Rank within the stage, in the client's own order."""
    candidates: tuple[str, ...] = ()
    near_misses: tuple[Mapping[str, object], ...] = ()
    shown: bool = False
    """The evidence itself names this cause (an alert that only this cause has, a TCP reset …)."""
    certainty: Certainty = Certainty.FORETOLD


@frozen
class Gap:
    """Evidence that is missing: ``needs`` is a code (catalogue ``gap.<needs>``), ``cause`` what could not be judged."""

    cause: str | None
    needs: str
    facts: Mapping[str, object] = field(default_factory=dict)


@frozen
class Verdict:
    """Refusals in the client's order; the first is the headline."""

    accepted: Accepted
    refusals: tuple[Refusal, ...]
    gaps: tuple[Gap, ...]
    ruled_out: tuple[str, ...] = ()
    contradictions: tuple[Mapping[str, object], ...] = ()
