"""The same runtimes behind Apache HttpClient 4.1, as the gadget container uses them: its name rule, and what it shows.

Foretold where that can be; where nobody can know before the client's reaction, as recorded.
"""

from __future__ import annotations

from tests.oracle import recorded
from tests.oracle.scoreboard import OUTCOMES_THEMSELVES
from tests.oracle.test_other_client import evidence_of
from tlswhy import diagnose
from tlswhy.pki.stores import read_certificates

FLOOR = 1.0
MASK = "javax.net.ssl.SSLPeerUnverifiedException: peer not authenticated"


def test_every_row_of_the_gadget_container():
    wrong, rows = [], 0
    for row in recorded.rows():
        rows += 1
        (diagnosis,) = diagnose(
            evidence_of(row),
            clients=[f"{recorded.client_id(row['client'])}@httpclient-4.1"],
            host=row["host"],
            trust=[entry.certificate.der for entry in read_certificates(recorded.trust(row))],
            foretell=not row["cut_undecidable"] and row["label"] not in OUTCOMES_THEMSELVES,
        ).diagnoses
        finesse = row["finesse"]
        expected = "accepted" if finesse.get("peer_certs") and not finesse.get("error") else "refused"
        shows = diagnosis.shows[0] if diagnosis.shows else None
        if (diagnosis.verdict.accepted.value, shows) != (expected, row["finesse_error"]):
            wrong.append(f"{row['client']} {row['case']}: {diagnosis.verdict.accepted}, {shows}; recorded {finesse}")
        assert diagnosis.client.policy.masks == MASK
    assert rows == 2688
    assert 1 - len(wrong) / rows >= FLOOR, "\n".join(wrong[:40])
