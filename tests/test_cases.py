"""Cases: one fault each and the same connection one fact away, the whole verdict compared.

tests/cases/<cause>/<refused-…|accepted-…>/case.toml names a recorded connection (the evidence lies in tests/oracle) or
files beside it, the client and, for the connection as recorded and as foretold, all that the verdict must hold.
"""

import tomllib
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.oracle import recorded
from tlswhy.causes import cause_ids
from tlswhy.diagnose import diagnose
from tlswhy.evidence.read import read_evidence, read_trust
from tlswhy.evidence.types import ShownCertificates
from tlswhy.source import Source, source_of_bytes
from tlswhy.verdict import Verdict

CASES = Path(__file__).resolve().parent / "cases"
WITHOUT_A_RECORDED_ROW = {"dh-key-size-odd", "client-gave-up", "suite-refused-by-vendor"}
"""These are tested in tests/causes, by changing one fact of a recorded connection."""


@pytest.mark.parametrize("how", ["as_recorded", "foretold"])
@pytest.mark.parametrize("case", sorted(path.parent.relative_to(CASES).as_posix() for path in CASES.rglob("case.toml")))
def test_the_whole_verdict(case: str, how: str):
    table = tomllib.loads((CASES / case / "case.toml").read_text(encoding="utf-8"))
    assert told(judged(table, foretell=how == "foretold")) == table[how]


def test_every_cause_has_a_case_and_its_inverse():
    refused, accepted = ({path.parent.name for path in CASES.glob(f"*/{kind}-*")} for kind in ("refused", "accepted"))
    assert set(cause_ids()) - (refused & accepted) == WITHOUT_A_RECORDED_ROW


def test_a_case_says_what_its_name_says():
    for path in CASES.rglob("case.toml"):
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        assert table["as_recorded"]["verdict"] == path.parent.name.split("-")[0], path


def judged(table: dict[str, Any], *, foretell: bool) -> Verdict:
    row = recorded.row(*table["recorded"])
    evidence = list(read_evidence(source_of_bytes("capture.pcap", recorded.capture(row))))
    if keys := recorded.keylog(row):
        evidence += read_evidence(source_of_bytes("keys.txt", keys))
    report = diagnose(
        evidence,
        clients=[table["client"]],
        host=row["host"],
        moment=table.get("at"),
        now=datetime.fromisoformat("2026-01-01T00:00:00Z"),
        trust=_ders(source_of_bytes("trust.pem", recorded.trust(row))),
        foretell=foretell,
    )
    assert len(report.diagnoses) == 1
    return report.diagnoses[0].verdict


def told(verdict: Verdict) -> dict[str, Any]:
    """The verdict in the words of a case file; what is empty is left out."""
    said: dict[str, Any] = {"verdict": str(verdict.accepted)}
    if verdict.refusals:
        said["refusals"] = [
            {
                "cause": refusal.cause,
                "stage": str(refusal.stage),
                "certainty": str(refusal.certainty),
                "places": [where.place for where in refusal.where],
            }
            | ({"candidates": list(refusal.candidates)} if refusal.candidates else {})
            for refusal in verdict.refusals
        ]
    if verdict.gaps:
        said["gaps"] = sorted({gap.needs for gap in verdict.gaps})
    if verdict.contradictions:
        said["contradictions"] = len(verdict.contradictions)
    return said


def _ders(trust: Source) -> list[bytes]:
    return [der for shown in read_trust(trust) if isinstance(shown, ShownCertificates) for der in shown.ders]
