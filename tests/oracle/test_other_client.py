"""Captures of a case by other clients, judged for a client that is not among them: right, or honestly open.

Every fourth case by default, every case with TLSWHY_ALL_CASES=1 (half a minute). Floors only rise.
"""

from __future__ import annotations

import os
from collections import Counter, defaultdict

import pytest

from tests.oracle import recorded
from tlswhy import diagnose, read_evidence, source_of_bytes
from tlswhy.evidence.types import Secrets
from tlswhy.pki.stores import read_certificates

ANSWERED_FLOOR = 0.85
LITTLE_IN_COMMON = frozenset({"j8u51-tls10", "j11.0.5-noec"})
ANSWERED_FLOOR_OF_EACH = 0.7


def evidence_of(row) -> list:
    keys = recorded.keylog(row)
    secrets = [Secrets("keylog.txt", keys.decode())] if keys else []
    return [*secrets, *read_evidence(source_of_bytes(row["pcap"], recorded.capture(row)))]


@pytest.mark.timeout(300)
def test_a_client_is_foretold_from_captures_of_others():
    cases = defaultdict(list)
    for row in recorded.rows():
        cases[row["case"]].append(row)
    chosen = list(cases.values()) if os.environ.get("TLSWHY_ALL_CASES") else list(cases.values())[::4]
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    wrong = []
    for rows in chosen:
        evidence = {row["client"]: evidence_of(row) for row in rows}
        for row in rows:
            others = [item for client, items in evidence.items() if client != row["client"] for item in items]
            trust = [entry.certificate.der for entry in read_certificates(recorded.trust(row))]
            client = recorded.client_id(row["client"])
            (diagnosis,) = diagnose(others, clients=[client], host=row["host"], trust=trust).diagnoses
            said = diagnosis.verdict.accepted.value
            expected = "accepted" if row["connected"] else "refused"
            counts[row["client"]]["rows"] += 1
            if said == "cannot-tell":
                assert diagnosis.verdict.gaps, (row["client"], row["case"])
                continue
            counts[row["client"]]["answered"] += 1
            if said != expected:
                wrong.append(f"{row['client']} {row['case']}: {said}, recorded {expected} ({row['label']})")
    rows_in_all = sum(count["rows"] for count in counts.values())
    answered = sum(count["answered"] for count in counts.values())
    assert wrong == []
    assert answered / rows_in_all >= ANSWERED_FLOOR, dict(counts)
    few = {c: n for c, n in counts.items() if n["answered"] < ANSWERED_FLOOR_OF_EACH * n["rows"]}
    assert set(few) <= LITTLE_IN_COMMON, few
