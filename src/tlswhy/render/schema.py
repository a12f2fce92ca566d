"""The JSON Schema of a report (contract.md §3) and of a handshake line (§2), from types written down once.

Needs pydantic (the extra ``schema``), which nothing else of the program imports: a report is made of plain values, and
this says what they promise; and of a matrix. ``python -m tlswhy.render.schema`` writes docs/*.schema.json.
"""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

WRITTEN_TO = "docs/report.schema.json"
MATRIX_WRITTEN_TO = "docs/matrix.schema.json"

Fact = Any
"""A value of JSON whose shape depends on the cause."""
Sha256 = str


class Strict(BaseModel):
    """No key that is not promised here."""

    model_config = ConfigDict(extra="forbid")


class Frames(Strict):
    """1-based, as Wireshark counts: the frame that completes the message."""

    client_hello: int | None
    server_hello: int | None = Field(description="Never that of a HelloRetryRequest.")


class ClientHello(Strict):
    """The first ClientHello; numbers in the wire's order, GREASE included."""

    versions: list[str] = Field(description="SSL2, SSL3, TLS1.0 to TLS1.3, TLS1.3-draft28; GREASE left out.")
    cipher_suites: list[int]
    sni: str | None
    groups: list[int]
    signature_schemes: list[int]
    alpn: list[str]


class ServerHello(Strict):
    """What the server chose."""

    version: str
    cipher_suite: int
    hello_retry: bool


class KeyExchange(Strict):
    """From ServerKeyExchange, or the key share of TLS 1.3."""

    dh_bits: int | None
    group: int | None


class Alert(Strict):
    """An alert that could be read."""

    frame: int
    sender: Literal["client", "server"] = Field(alias="from")
    level: int
    description: int
    capture: str | None = Field(default=None, description="Only where the connection goes through several captures.")


class EncryptedAlert(Strict):
    """An alert record after ChangeCipherSpec, without keys."""

    frame: int
    sender: Literal["client", "server"] = Field(alias="from")
    capture: str | None = Field(default=None, description="Only where the connection goes through several captures.")


class Captures(Strict):
    """The captures in which the frames stand, of a connection that goes through several of them."""

    client_hello: str | None
    server_hello: str | None


class Ending(Strict):
    """The first FIN or RST."""

    by: Literal["client", "server"]
    how: Literal["fin", "rst"]


class Handshake(Strict):
    """One TLS connection: a line of ``tlswhy handshakes --format jsonl``."""

    capture: str
    client: str
    server: str
    frames: Frames
    client_hello: ClientHello | None
    server_hello: ServerHello | None
    key_exchange: KeyExchange | None
    certificates: list[Sha256]
    alerts: list[Alert]
    encrypted_alerts: list[EncryptedAlert]
    ending: Ending | None
    ja3: str | None
    ja3s: str | None
    ja4: str | None
    captures: Captures | None = Field(default=None, description="Only where it goes through several captures.")


class Source(Strict):
    """Where a fact comes from."""

    kind: str
    text: str


class Client(Strict):
    """Which client was judged, and how sure that is."""

    id: str
    how: Literal["named", "recognised", "assumed"]
    also: list[str] = Field(description="IDs of clients that send the same hello.")
    sources: list[Source]
    title: str
    differs: list[dict[str, Fact]] = Field(description="Where the nearest profile's hello differs from the one seen.")
    members: list[str] = Field(description="The runtimes judged, where the ID stands for a set of them.")
    stands_for: str | None = Field(description="The ID asked for, where this profile only stands in for it.")
    masks: str | None = Field(description="What the client's user reads whatever the cause was.")
    shows: str | None = Field(description="What its user reads now, to the letter; null: nothing, or not known.")


class Where(Strict):
    """A place: frame 14, certificate 0 (the leaf), line 88, alias tomcat, byte 1024."""

    item: str
    place: str


class Refusal(Strict):
    """One reason why the client does not accept the server."""

    cause: str
    candidates: list[str] = Field(max_length=8)
    stage: str
    certainty: Literal["shown", "agrees", "foretold"]
    by: Literal["client", "server", "network"]
    facts: dict[str, Fact]
    where: list[Where]
    sources: list[Source]
    near_misses: list[dict[str, Fact]]
    message: str
    shows: str | None = Field(None, description="What the user reads if this is the reason; null: not known.")


class Gap(Strict):
    """Evidence that is missing."""

    cause: str | None = Field(description="The cause that could not be judged; null: the verdict itself.")
    code: str
    needs: str
    how_to_get_it: str


class Negotiated(Strict):
    """A verdict and what was agreed on."""

    verdict: str
    negotiated: dict[str, Fact] | None


class Assumption(Strict):
    """What a proof takes for granted."""

    code: str
    message: str


class Condition(Strict):
    """What the evidence leaves open; the plan is for the case that it is so."""

    code: Literal["client", "clients", "certificate-demanded", "no-server-name", "not-trusted"]
    value: str
    message: str


class ServiceNote(Strict):
    """What an appliance's listing tells of the service that reads its trust store."""

    code: Literal["not-running", "restart-due", "since", "since-unknown", "node-not-shown"]
    node: str | None
    service: str
    since: datetime | None = Field(description="Since when it runs; a listing names no zone.")
    certificate: str | None = Field(description="A trusted one that is younger than the running service.")
    where: list[Where]
    message: str


class WithoutPlan(Strict):
    """Why nothing is proposed for a refusal; "platform-cannot": not on the platform named, the plans are for others."""

    code: Literal[
        "client-unknown", "cause-open", "cause-elsewhere", "certificates-unseen", "nothing-found", "platform-cannot"
    ]
    message: str


class Proof(Strict):
    """The same question before and after a plan."""

    before: Negotiated
    after: Negotiated
    assumes: list[Assumption]
    firm_with: list[Gap] = Field(description="The evidence that would take the place of what is taken for granted.")
    software: str | None = Field(description="What the server's TLS is made by, where the answer is its own.")


class Recipe(Strict):
    """One change of a plan on one platform."""

    platform: str
    title: str
    change: str
    where: str | None
    steps: list[str] = Field(description="Each a sentence and, on the lines below, what to type.")
    texts: list[str] = Field(description="What to type or to write, alone.")
    undo: list[str]
    restart: str | None
    check: list[str]
    tried: str | None = Field(description="On what it was tried; null: it is from documents alone.")
    sources: list[Source]


class WithoutRecipe(Strict):
    """A change for which a platform has no recipe yet."""

    platform: str
    change: str


class Change(Strict):
    """What to change; the facts by kind of change."""

    change: str
    side: Literal["server", "client", "ca"]
    facts: dict[str, Fact]
    message: str


class Effect(Strict):
    """Another client for which a plan changes something."""

    client: str
    before: Literal["accepted", "refused", "cannot-tell"] | None = Field(description="null: not known.")
    after: Literal["accepted", "refused", "cannot-tell"]
    cause: str | None = Field(description="Why it would refuse.")


class Plan(Strict):
    """What to change, on which side."""

    side: Literal["server", "client", "ca"]
    condition: Condition | None
    changes: list[Change]
    recipes: list[Recipe]
    without_recipe: list[WithoutRecipe]
    platform_chosen: bool = Field(description="False: the platforms of the recipes are guesses.")
    proof: Proof
    holds_for: list[str] = Field(description="Runtimes that may stand behind the client's name and accept after it.")
    not_for: list[str] = Field(description="Those of them that do not.")
    also_affects: list[Effect]
    risk: str


class ServedChain(Strict):
    """A chain by the leaf's key and the server name that was sent."""

    key: str
    server_name: str | None
    certificates: list[Sha256]


class Survey(Strict):
    """What a live server can do; with --survey alone."""

    port: int
    versions: dict[str, list[int]]
    server_order: bool
    dh_bits: int | None
    groups: list[int]
    certificates: list[Sha256]
    schemes: list[int]
    chains: list[ServedChain]
    server_name: str | None
    without_name: bool | None
    other_name: bool | None
    intolerances: list[str]
    connections: int


class SetUp(BaseModel):
    """Properties of a java.security file, or that a Java client was started with."""

    model_config = ConfigDict(extra="allow")

    item: str
    kind: Literal["java.security", "system-properties"]
    values: dict[str, str]
    places: dict[str, str]


class PlatformGuess(Strict):
    """Which platform the server calls itself, where nobody named one."""

    platform: str | None = Field(description="null: one without recipes, or what was spoken rules it out.")
    also: list[str] = Field(description="Newer ones that call themselves the same.")
    ruled_out: list[str] = Field(description="Those whose TLS does not have what was spoken.")
    by: Literal["server", "cookie", "page", "powered", "greeting"]
    text: str
    where: list[Where]


class Replay(BaseModel):
    """What is needed to ask the same question again."""

    model_config = ConfigDict(extra="allow")

    client: str
    host: str | None
    server: str | None
    target: str | None = Field(description="host:port, as it was asked by name or through a proxy.")
    starttls: str | None = Field(
        description="The protocol that switches to TLS; 'unknown' where nobody can tell which."
    )
    proxy: str | None = Field(description="The proxy on the way, without a password.")
    moment: datetime
    hello_hex: str | None
    chain_pem: str | None
    trust_pem: str | None
    record_version: int | None = Field(description="Of the record that carried the hello.")
    runtimes: list[str] = Field(description="Those that were judged, where the client is a product.")
    set_up: list[SetUp] = Field(description="What of the evidence sets the client up.")
    profile: str | None = Field(description="The text of the client's profile, where the caller brought it.")
    platforms: list[str] = Field(description="On which software changes are made, where somebody or something told.")


class Difference(Strict):
    """One fact that differs between a bad and a good connection."""

    what: str
    bad: Fact
    good: Fact


class Comparison(Strict):
    """A good and a bad connection to the same server."""

    good: Handshake
    bad: Handshake
    differences: list[Difference]


class OtherStory(Strict):
    """Connections of the same client to the same server that ended otherwise."""

    verdict: Literal["accepted", "refused", "cannot-tell"]
    refusals: list[Refusal]
    handshakes: list[Handshake]


class Legs(Strict):
    """A conversation through a proxy: ``near`` is the client's connection to it, ``far`` its own to the server."""

    how: Literal["same-hello", "same-name", "same-ends"] = Field(
        description="same-hello: passed on; same-name: TLS is inspected; same-ends: the same, transparently."
    )
    failed: Literal["near", "far", "proxy"] | None
    near: Where
    far: Where
    message: str


class Suspicion(Strict):
    """What may be the case, with its grounds; no verdict stands on it."""

    what: str
    certainty: Literal["likely", "possible"]
    facts: dict[str, Fact]
    where: list[Where]
    message: str
    grounds: list[str]
    advice: str


class Noticed(Strict):
    """An encrypted ClientHello, a stapled OCSP response, signed certificate timestamps, a client certificate that was
    asked for and not given."""

    what: str
    facts: dict[str, Fact]
    where: list[Where]
    message: str


class Diagnosis(Strict):
    """One (client, server, host)."""

    client: Client
    host: str | None
    server: str | None
    moment: datetime
    connections: int
    verdict: Literal["accepted", "refused", "cannot-tell"]
    headline: str
    refusals: list[Refusal] = Field(description="In the client's order; the first is the headline.")
    ruled_out: list[str]
    contradictions: list[dict[str, Fact]]
    gaps: list[Gap]
    plans: list[Plan]
    without_plan: WithoutPlan | None
    platform_guess: PlatformGuess | None
    services: list[ServiceNote]
    survey: Survey | None
    replay: Replay
    filter: str = Field(description="A Wireshark display filter.")
    handshakes: list[Handshake]
    comparison: Comparison | None
    others: list[OtherStory]
    legs: list[Legs]
    suspicions: list[Suspicion]
    noticed: list[Noticed]


class Oddity(Strict):
    """Something unusual that was read past."""

    item: str
    place: str
    what: str
    facts: dict[str, Fact]
    message: str


class Report(Strict):
    """What ``tlswhy explain --format json`` writes."""

    schema_: Literal["tlswhy.report/1"] = Field(alias="schema")
    diagnoses: list[Diagnosis]
    oddities: list[Oddity]


class MatrixRow(Strict):
    """One client before the server."""

    client: str
    verdict: Literal["accepted", "refused", "cannot-tell"]
    cause: str | None = Field(description="Of a refusal, the first one.")
    candidates: list[str] = Field(max_length=8, description="What may lie behind it, likeliest first.")
    certainty: Literal["shown", "agrees", "foretold"] | None = Field(description="null: cannot tell.")
    needs: list[str] = Field(description="Where it cannot be told: the evidence that would decide it.")
    message: str | None = Field(description="The reason of a refusal, as a clause.")


class MatrixServer(Strict):
    """One server under one name."""

    server: str | None = Field(description="ip:port; null where there are only certificates.")
    host: str | None
    rows: list[MatrixRow] = Field(description="Release lines in order of age, or in the order of --client.")


class Matrix(Strict):
    """What ``tlswhy matrix --format json`` writes."""

    schema_: Literal["tlswhy.matrix/1"] = Field(alias="schema")
    servers: list[MatrixServer]
    oddities: list[Oddity]


def schema_text(shape: type[BaseModel] = Report) -> str:
    """The schema of a report (or another shape), as it stands in the file."""
    schema = shape.model_json_schema(by_alias=True, mode="validation")
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
    return json.dumps(schema, indent=2, sort_keys=True) + "\n"


if __name__ == "__main__":
    for name, written in ((WRITTEN_TO, Report), (MATRIX_WRITTEN_TO, Matrix)):
        Path(name).write_text(schema_text(written), encoding="utf-8")
