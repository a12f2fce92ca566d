"""Certificates, trust, host and client alone, without any capture: an ECDHE handshake is assumed.

Rows that the server refuses do not count, nor those in which it turns away a client that has accepted it.
"""

from __future__ import annotations

from tests.oracle import recorded
from tests.pki.java_paths import moment_of
from tlswhy import diagnose, read_evidence, source_of_bytes
from tlswhy.pki.stores import read_certificates

ABOUT_CERTIFICATES = ("ok", "cert-", "trust-", "chain-", "self-", "hostname-", "ca-", "name-", "handshake-message-")
FLOOR = 1.0


def test_every_row_that_hangs_on_certificates():
    rows = [row for row in recorded.rows() if row["label"].startswith(ABOUT_CERTIFICATES)]
    assert len(rows) > 1900
    wrong = []
    for row in rows:
        report = diagnose(
            read_evidence(source_of_bytes("chain.pem", recorded.chain(row))),
            clients=[recorded.client_id(row["client"])],
            host=row["host"],
            moment=moment_of(row),
            trust=[entry.certificate.der for entry in read_certificates(recorded.trust(row))],
        )
        verdict = report.diagnoses[0].verdict
        if verdict.accepted.value != ("accepted" if row["connected"] else "refused"):
            head = verdict.refusals[0].cause if verdict.refusals else "-"
            wrong.append(f"{row['client']} {row['case']}: {verdict.accepted} {head}, recorded {row['label']}")
    assert 1 - len(wrong) / len(rows) >= FLOOR, "\n".join(wrong[:40])
