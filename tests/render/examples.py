"""Example reports out of recorded captures, made by hand: a client with stated limits, real handshakes, real judging.

They need no client profile, so that the rendering can be tested against fixed words.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from tests.oracle.recorded import capture, row, trust
from tlswhy.compare import compare
from tlswhy.evidence.read import read_evidence
from tlswhy.evidence.types import Transcript
from tlswhy.judge import judge
from tlswhy.model.client import ClientPolicy, DhLimits, Offer, Source
from tlswhy.model.handshake import Handshake, Outcome
from tlswhy.observe.flight import flight_of
from tlswhy.observe.handshake import cut_before_reaction, observe
from tlswhy.oddity import Oddity
from tlswhy.pki.certificate import Certificate, read_certificate
from tlswhy.pki.paths import PathRules
from tlswhy.report import ClientAnswer, Diagnosis, Report
from tlswhy.situation import situate
from tlswhy.source import source_of_bytes
from tlswhy.unseen import UNSEEN, Unseen, UnseenType
from tlswhy.verdict import Stage
from tlswhy.wire.numbers import TLS10, TLS11, TLS12

SOURCES = (
    Source("measured", "java.security of that build and 224 recorded connections"),
    Source("source-code", "sun.security.ssl.DHCrypt.checkConstraints, jdk8u51-b16"),
)


def client(handshake: Handshake, **changes: object) -> ClientPolicy:
    """A Java 8u51 as far as the examples ask."""
    hello = handshake.hello
    fields: dict[str, object] = {
        "id": "java/8u51",
        "runtime": "java/8u51",
        "layer": "",
        "family": "java",
        "title": "Oracle Java 8u51",
        "offer": Offer(
            versions=(TLS12, TLS11, TLS10),
            suites=hello.cipher_suites if hello else (),
            groups=(hello.groups or ()) if hello else (),
            schemes=(hello.signature_schemes or ()) if hello else (),
            schemes_cert=(),
            extensions=hello.extensions if hello else (),
            key_shares=(),
            record_version=TLS12,
        ),
        "dh": DhLimits(policy_min=768, least=512, most=2048, multiple_of=64),
        "path_rules": PathRules(),
        "name_dialect": "none",
        "disabled_tls": "SSLv3, DH keySize < 768",
        "disabled_certpath": "MD2, RSA keySize < 1024",
        "handshake_schemes": frozenset((hello.signature_schemes or ()) if hello else ()),
        "curves": frozenset((hello.groups or ()) if hello else ()),
        "longest_chain": None,
        "largest_handshake_message": None,
        "fatal_warnings": frozenset({112}),
        "check_order": tuple(Stage),
        "alerts": {"dh-key-too-small": (40,), "dh-key-too-large": (80,), "trust-anchor-missing": (46,)},
        "masks": None,
        "sources": SOURCES,
    }
    return ClientPolicy(**{**fields, **changes})


def handshake(client_id: str, case: str) -> Handshake:
    """The recorded connection of a (client, case), its capture named after the case."""
    return observed(row(client_id, case), f"captures/{case}.pcap")


def trusted(client_id: str, case: str) -> tuple[Certificate, ...]:
    """What the recorded client trusted."""
    blocks = re.findall(rb"-----BEGIN CERTIFICATE-----(.*?)-----END", trust(row(client_id, case)), re.DOTALL)
    return tuple(read_certificate(base64.b64decode(block)) for block in blocks)


def observed(row: dict[str, object], item: str) -> Handshake:
    """The row's connection."""

    found = [
        observe(evidence)
        for evidence in read_evidence(source_of_bytes(item, capture(row)))
        if isinstance(evidence, Transcript)
    ]
    return found[0]


def diagnosis(
    seen: Handshake,
    *,
    trusts: Sequence[Certificate] | UnseenType = UNSEEN,
    host: str | UnseenType = UNSEEN,
    foretell: bool = False,
    also: Sequence[Handshake] = (),
    good: Handshake | None = None,
    **changes: object,
) -> Diagnosis:
    """Judge the handshake for the example client."""
    policy = client(seen, **changes)
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=seen.first_time_ns // 1000)
    shown = cut_before_reaction(seen) if foretell else seen
    if host is UNSEEN and seen.hello and seen.hello.server_name:
        host = seen.hello.server_name
    situation = situate(
        policy,
        flight_of(shown),
        handshake=shown,
        host=host,
        moment=moment,
        trust=UNSEEN if isinstance(trusts, Unseen) else tuple(trusts),
        foretelling=foretell,
        others=(good,) if good else (),
    )
    return Diagnosis(
        client=ClientAnswer(policy.id, "named", (), policy, SOURCES),
        host=None if isinstance(host, Unseen) else host,
        server=str(seen.server),
        moment=moment,
        situation=situation,
        verdict=judge(situation),
        handshakes=(seen, *also),
        display_filter=f"ip.addr == {seen.client.address} && tcp.port == {seen.client.port}",
        comparison=compare(good, seen) if good and good.outcome is Outcome.COMPLETED else None,
    )


def report(*diagnoses: Diagnosis, oddities: Sequence[Oddity] = ()) -> Report:
    """A report of these."""
    return Report(tuple(diagnoses), tuple(oddities))
