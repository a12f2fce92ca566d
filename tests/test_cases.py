"""Cases: one fault each and the same connection one fact away, the whole verdict compared.

tests/cases/<cause>/<refused-…|accepted-…|cannot-tell-…>/case.toml names a recorded connection (the evidence lies in
tests/oracle), what is changed of it, the client and, for the connection as recorded, as foretold, or both, all that the
verdict must hold. The moment is the recording's own, or ``at``: never today. Keys of a case:

    title, client               a sentence; the client's ID (none: who it is is told by the hello)
    recorded = [CLIENT, CASE]   whose capture, trust file, host and key log these are
    turns, then, prime_bits, stranger, forged    what is changed of the capture: see tests/cases/retold.py
    shown = "certificates"      the chain as a file instead of the capture
    appended = "BASE64"         one more certificate in that file
    and_recorded = [[CLIENT, CASE]]      more captures beside it
    trust = "not seen" | "empty" | "leaf" | [CLIENT, CASE]      instead of the row's own: nothing told, an empty store,
                                         the chain's first certificate, another row's
    host = "NAME" | "not told"  instead of the row's own
    at = 2026-01-01T00:00:00Z   the moment
    keys = false                without the key log
    page = {status = 200, body = "…"}    the document behind the URL; body: a text
    asked = {}                  as if the connection were our own; fault = "dns" | "unreachable", reason: there was none
"""

import tomllib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.cases.retold import retold
from tests.oracle import recorded
from tlswhy.causes import cause_ids
from tlswhy.diagnose import diagnose
from tlswhy.evidence.read import read_evidence, read_trust
from tlswhy.evidence.types import Asked, Evidence, Page, ShownCertificates
from tlswhy.report import Diagnosis
from tlswhy.source import source_of_bytes
from tlswhy.verdict import Verdict

CASES = Path(__file__).resolve().parent / "cases"
TABLES = {
    path.parent.relative_to(CASES).as_posix(): tomllib.loads(path.read_text(encoding="utf-8"))
    for path in sorted(CASES.rglob("case.toml"))
}
WAYS = {"as_recorded", "foretold"}
CHANGES = {"turns", "then", "prime_bits", "stranger", "forged", "downgraded"}
KEYS = {"title", "client", "recorded", "shown", "appended", "and_recorded", "trust", "host", "at", "keys", "asked"}
KEYS |= CHANGES | WAYS | {"page"}


@pytest.mark.parametrize(("case", "way"), [(case, way) for case in TABLES for way in sorted(WAYS & set(TABLES[case]))])
def test_the_whole_verdict(case: str, way: str):
    table = TABLES[case]
    assert told(judged(table, foretell=way == "foretold")) == table[way]


def test_every_cause_has_a_case_and_its_inverse():
    refused, accepted = ({path.parent.name for path in CASES.glob(f"*/{kind}-*")} for kind in ("refused", "accepted"))
    assert set(cause_ids()) - (refused & accepted) == set()
    assert {case.split("/")[0] for case in TABLES} <= set(cause_ids())


@pytest.mark.parametrize("case", TABLES)
def test_a_case_says_what_its_name_says(case: str):
    table, (cause, name) = TABLES[case], case.split("/")
    assert set(table) <= KEYS
    verdicts = [table[way] for way in ("as_recorded", "foretold") if way in table]
    assert name.startswith(f"{verdicts[0]['verdict']}-")
    if name.startswith("refused-"):
        head = verdicts[0]["refusals"][0]
        assert cause in {head["cause"], *head.get("candidates", ())}


def judged(table: dict[str, Any], *, foretell: bool) -> Verdict:
    return diagnosed(table, foretell=foretell).verdict


def diagnosed(table: dict[str, Any], *, foretell: bool) -> Diagnosis:
    row = recorded.row(*table["recorded"])
    host = table.get("host", row["host"])
    report = diagnose(
        list(_evidence(table, row)),
        clients=[table["client"]] if "client" in table else [],
        host=None if host == "not told" else host,
        moment=table.get("at"),
        now=datetime.fromisoformat("2026-01-01T00:00:00Z"),
        trust=_trust(table.get("trust"), row),
        foretell=foretell,
    )
    return report.diagnoses[0]


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


def _evidence(table: dict[str, Any], row: recorded.Row) -> Iterator[Evidence]:
    if (asked := table.get("asked")) is not None:
        yield Asked("capture.pcap", row["host"], 443, **asked)
        if "fault" in asked:
            return
    if (page := table.get("page")) is not None:
        body = page["body"].encode() if "body" in page else None
        yield Page("capture.pcap", "https://gadgets.example.test/g.xml", **{**page, "body": body})
    if table.get("shown") == "certificates":
        chain = recorded.chain(row)
        if "appended" in table:
            chain += b"-----BEGIN CERTIFICATE-----\n%s-----END CERTIFICATE-----\n" % table["appended"].encode()
        yield from read_evidence(source_of_bytes("chain.pem", chain))
        return
    changes = {key: table[key] for key in CHANGES & set(table)}
    capture = retold(row, **changes) if changes else recorded.capture(row)
    yield from read_evidence(source_of_bytes("capture.pcap", capture))
    for number, names in enumerate(table.get("and_recorded", ()), 2):
        yield from read_evidence(source_of_bytes(f"capture-{number}.pcap", recorded.capture(recorded.row(*names))))
    if table.get("keys", True) and (keys := recorded.keylog(row)):
        yield from read_evidence(source_of_bytes("keys.txt", keys))


def _trust(wanted: str | list[str] | None, row: recorded.Row) -> list[bytes] | None:
    if wanted == "not seen":
        return None
    if wanted == "empty":
        return []
    if wanted == "leaf":
        return _ders(recorded.chain(row))[:1]
    return _ders(recorded.trust(row if wanted is None else recorded.row(*wanted)))


def _ders(pem: bytes) -> list[bytes]:
    shown = read_trust(source_of_bytes("trust.pem", pem))
    return [der for found in shown if isinstance(found, ShownCertificates) for der in found.ders]
