"""What is known to be untellable: each entry of data/limits.toml still holds, and the list only shrinks."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.evidence import java8_log
from tests.oracle import recorded
from tlswhy.client.recognise import recognise
from tlswhy.diagnose import diagnose
from tlswhy.errors import BadEvidence
from tlswhy.evidence.read import read_evidence
from tlswhy.evidence.text import time_of
from tlswhy.evidence.types import ClientWords, Transcript
from tlswhy.observe.flight import flight_of
from tlswhy.observe.handshake import observe
from tlswhy.observe.words import meaning_of
from tlswhy.source import source_of_bytes
from tlswhy.tables import load_table
from tlswhy.unseen import UNSEEN
from tlswhy.verdict import Accepted

MOST = 10
"""Lower it when a limit falls; it is never raised."""
MOMENT = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
SAMPLES = Path(__file__).parent / "evidence" / "samples"


def read(data: bytes | str, name: str = "text.log"):
    return list(read_evidence(source_of_bytes(name, data.encode() if isinstance(data, str) else data)))


def handshakes(data: bytes | str):
    try:
        return [observe(item) for item in read(data) if isinstance(item, Transcript)]
    except BadEvidence:
        return []


def meaning(text: str):
    return next(m for said in read(text) if isinstance(said, ClientWords) and (m := meaning_of(said)))


def captured(client: str, case: str):
    return next(h for h in handshakes(recorded.capture(recorded.row(client, case))) if h.hello is not None)


def bare_handshake_failure() -> bool:
    row = next(row for row in recorded.rows() if row["bare_refusal"])
    (found,) = diagnose(read(recorded.capture(row)), now=MOMENT).diagnoses
    head = found.verdict.refusals[0]
    return head.cause == "server-alert" and 1 < len(head.candidates) <= 8


def sealed_certificates() -> bool:
    row = next(r for r in recorded.rows() if r["wire"].get("server_version") == "TLSv1.3" and r["connected"])
    return any(flight_of(h).chain is UNSEEN for h in handshakes(recorded.capture(row)) if h.server_hello is not None)


def described_certificates() -> bool:
    (told,) = handshakes((SAMPLES / "debug-25-dh.txt").read_bytes())
    return flight_of(told).chain is UNSEEN


def masked_exception() -> bool:
    found = meaning("javax.net.ssl.SSLPeerUnverifiedException: peer not authenticated")
    labels = {row["label"] for row in recorded.rows() if "peer not authenticated" in (row["finesse_error"] or "")}
    return len(found.causes) == 8 and len(labels) > 8


def no_path_found() -> bool:
    text = "sun.security.provider.certpath.SunCertPathBuilderException: "
    text += "unable to find valid certification path to requested target"
    return 1 < len(meaning(text).causes) <= 5


def one_code_for_both_dates() -> bool:
    return set(meaning("SEC_ERROR_EXPIRED_CERTIFICATE").causes) == {"cert-expired", "cert-not-yet-valid"}


def mixed_lines_of_java_8() -> bool:
    logs = [
        list(java8_log.printed(captured("j8u212", case), thread))
        for case, thread in (("dhe-768-tls12-aes128cbc", "a"), ("dhe-1536-tls12-aes128cbc", "b"))
    ]
    mixed = [line for pair in zip(*logs, strict=False) for line in pair]
    return len([h for h in handshakes("\n".join(mixed)) if h.server_hello is not None]) < 2


def clock_without_zone() -> bool:
    return time_of("2026-11-23 10:00:00.123 failed") is None and time_of("2026-11-23 10:00:00.123 CST|x") is None


def same_hello() -> bool:
    hello = captured("j17.0.20", "base-tls12").hello
    return hello is not None and len(recognise(hello).also) > 1


def revocation() -> bool:
    (found,) = diagnose(read(recorded.capture(recorded.row("j8u212", "base-tls12"))), now=MOMENT).diagnoses
    revoked = meaning("java.security.cert.CertificateRevokedException: Certificate has been revoked")
    return found.verdict.accepted is Accepted.YES and revoked.causes == ("cert-revoked",)


LIMITS = load_table("limits.toml")["limit"]


@pytest.mark.parametrize("limit", LIMITS, ids=lambda limit: limit["id"])
def test_it_still_holds(limit):
    assert set(limit) == {"id", "what", "because", "instead"}
    assert globals()[limit["id"].replace("-", "_")](), f"{limit['id']} no longer holds: take it off the list"


def test_the_list_only_shrinks():
    assert len({limit["id"] for limit in LIMITS}) == len(LIMITS) <= MOST
