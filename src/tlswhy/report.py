"""What a diagnosis is: client, verdict, the evidence it stands on. Made by ``diagnose``, shown by ``render``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tlswhy.changes import Change, Machine
from tlswhy.evidence.types import SecurityProperties, SystemProperties
from tlswhy.frozen import frozen
from tlswhy.model.client import ClientPolicy, Source
from tlswhy.model.handshake import Handshake
from tlswhy.model.where import Where
from tlswhy.oddity import Oddity
from tlswhy.situation import Situation
from tlswhy.verdict import Accepted, Verdict

if TYPE_CHECKING:
    from tlswhy.observe.legs import Legs
    from tlswhy.observe.noticed import Noticed
    from tlswhy.observe.signs import Sign

SCHEMA = "tlswhy.report/1"


@frozen
class ClientAnswer:
    """Which client was judged. ``how``: named, recognised or assumed; ``also``: IDs whose hello is the same;
    ``differs``: where the nearest profile's hello differs from the one seen (empty: exact)."""

    id: str
    how: str
    also: tuple[str, ...]
    policy: ClientPolicy
    sources: tuple[Source, ...]
    differs: tuple[Mapping[str, object], ...] = ()
    members: tuple[str, ...] = ()
    """The runtimes that were judged where the ID stands for a set of them."""
    policies: tuple[ClientPolicy, ...] = ()
    """The same as clients."""
    told_by: str | None = None
    """The evidence that names it (``java -version`` output, a log's head), where nobody else did."""


@frozen
class Comparison:
    """A good and a bad connection to the same server: what differs, as (what, in the bad one, in the good one)."""

    good: Handshake
    bad: Handshake
    differences: tuple[tuple[str, object, object], ...]


@frozen
class OtherStory:
    """Connections of the same client to the same server and host that ended otherwise than the one diagnosed."""

    verdict: Verdict
    handshakes: tuple[Handshake, ...]


@frozen
class Negotiated:
    """What client and server agree on: wire numbers, the size of a Diffie-Hellman prime in bits."""

    version: int
    suite: int
    group: int | None
    dh_bits: int | None


@frozen
class Proof:
    """The client's verdict before and after the changes of a plan; ``assumes``: codes of what was taken for granted;
    ``software``: what the server's TLS is made by, where the answer is that software's own."""

    before: Accepted
    negotiated_before: Negotiated | None
    after: Accepted
    negotiated_after: Negotiated | None
    assumes: tuple[str, ...]
    software: str | None = None


@frozen
class Effect:
    """Another client for which a plan changes something. ``before`` None: not known; ``cause``: why it would refuse."""

    client: str
    before: Accepted | None
    after: Accepted
    cause: str | None


@frozen
class Recipe:
    """How one change is made on a platform. ``table`` holds its steps with places for ``values``; None: no recipe."""

    platform: str
    title: str
    change: Change
    table: Mapping[str, Any] | None
    values: Mapping[str, str]
    sources: tuple[Source, ...] = ()
    tried: str | None = None
    """On what it was tried; None: it is from documents alone."""


@frozen
class Condition:
    """What the evidence leaves open. ``code``: "client" (it is the one named in ``value``), "clients" (it is one of
    those), "certificate-demanded", "no-server-name" (that is why the server refused), "not-trusted"."""

    code: str
    value: str = ""


@frozen
class Guess:
    """Which platform the server calls itself, where nobody named one: ``sign`` says it, and where.

    ``platform`` None: one without recipes, or all are ruled out; ``also``: newer ones of the same words; ``ruled_out``:
    those whose TLS library does not have what was spoken.
    """

    platform: str | None
    also: tuple[str, ...]
    ruled_out: tuple[str, ...]
    sign: Sign


@frozen
class Plan:
    """Changes that make the client accept, most of them on the machine of ``side``, in the order to make them.

    ``chosen``: somebody named the platform of the recipes; else it is a guess.
    """

    side: Machine
    changes: tuple[Change, ...]
    proof: Proof
    recipes: tuple[Recipe, ...] = ()
    chosen: bool = False
    effects: tuple[Effect, ...] | None = None
    """None: nobody asked."""
    condition: Condition | None = None
    """Where nobody can tell: the plan for the case that this holds."""
    holds_for: tuple[str, ...] = ()
    """Where several runtimes may stand behind the client's name: those that accept after the plan."""
    not_for: tuple[str, ...] = ()
    """And those that do not."""


@frozen
class ServiceNote:
    """What a listing tells of the service on one node.

    ``code``: "not-running"; "restart-due" (``certificate`` is younger than the running service); "since" (it runs since
    then, whether after the upload nobody can tell); "since-unknown"; "node-not-shown" (of the same cluster).
    """

    code: str
    node: str | None
    service: str
    where: tuple[Where, ...]
    state: str = ""
    since: datetime | None = None
    certificate: str = ""


@frozen
class Diagnosis:
    """One (client, server, host). ``handshakes`` are all connections that tell this story, the first is judged;
    ``others`` those that tell another one (the diagnosis is the worst of them)."""

    client: ClientAnswer
    host: str | None
    server: str | None
    moment: datetime
    situation: Situation
    verdict: Verdict
    handshakes: tuple[Handshake, ...]
    display_filter: str
    shows: tuple[str | None, ...] = ()
    """For each refusal of the verdict what the client's user reads, to the letter (None: not known)."""
    comparison: Comparison | None = None
    others: tuple[OtherStory, ...] = ()
    plans: tuple[Plan, ...] = ()
    without_plan: str | None = None
    """Why there is none for a refusal, or none on the platform that was named: a code."""
    guess: Guess | None = None
    """Of the platform; None where it was named, or nothing tells it."""
    services: tuple[ServiceNote, ...] = ()
    """What the listings of an appliance tell of the service that reads its trust store."""
    set_up: tuple[SecurityProperties | SystemProperties, ...] = ()
    """What of the evidence sets clients up, in its order."""
    profile: str | None = None
    """The text of the client's profile, where the caller brought it."""
    legs: tuple[Legs, ...] = ()
    """Conversations through a proxy of which a connection of this diagnosis is one side."""
    suspicions: tuple[Mapping[str, object], ...] = ()
    """What may be the case, with its grounds (see ``suspicion``); no verdict stands on it."""
    noticed: tuple[Noticed, ...] = ()


@frozen
class Report:
    """The answer to one call; ``capture_facts`` describe captures in which no TLS was found."""

    diagnoses: tuple[Diagnosis, ...]
    oddities: tuple[Oddity, ...] = ()
    capture_facts: tuple[Mapping[str, object], ...] = field(default=())
