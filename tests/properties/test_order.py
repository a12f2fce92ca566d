"""Evidence in another order is the same evidence: the same diagnosis, with the same places."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.evidence import java8_log
from tests.oracle import recorded
from tlswhy.diagnose import diagnose
from tlswhy.evidence.read import read_evidence
from tlswhy.evidence.types import Transcript
from tlswhy.observe.handshake import observe
from tlswhy.source import source_of_bytes

MOMENT = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
VERSION = b'java version "1.8.0_212"\nJava(TM) SE Runtime Environment (build 1.8.0_212-b10)\n'


def read(name: str, data: bytes):
    return list(read_evidence(source_of_bytes(name, data)))


def pieces(row):
    """Everything about one connection: the capture, the client's log, its exception, the chain, its java -version."""
    capture = read("refused.pcap", recorded.capture(row))
    seen = next(observe(item) for item in capture if isinstance(item, Transcript) and item.connection.pieces)
    trace = "\n".join(
        f"{'Caused by: ' if number else ''}{thrown['class']}: {thrown.get('message', '')}\n\tat {thrown['at']}(X.java)"
        for number, thrown in enumerate(row["exception_chain"] or [])
    )
    return {
        "capture": capture,
        "log": read("debug.log", "\n".join(java8_log.printed(seen)).encode()),
        "trace": read("catalina.out", trace.encode()) if trace else [],
        "chain": read("chain.pem", recorded.chain(row)),
        "version": read("version.txt", VERSION),
    }


def told(evidence):
    report = diagnose([item for part in evidence for item in part], now=MOMENT)
    return {
        (
            found.client.id,
            found.host,
            found.server,
            found.verdict.accepted,
            tuple((r.cause, r.certainty, frozenset(r.where), r.candidates) for r in found.verdict.refusals),
            frozenset(gap.needs for gap in found.verdict.gaps),
            frozenset(str(sorted(facts.items(), key=str)) for facts in found.verdict.contradictions),
        )
        for found in report.diagnoses
    }


ROWS = {
    name: pieces(recorded.row("j8u212", name))
    for name in ("dhe-768-tls12-aes128cbc", "expired-leaf", "untrusted-root-sent", "clientauth-requested")
    if any(row["client"] == "j8u212" and row["case"] == name for row in recorded.rows())
}


@pytest.mark.parametrize("case", sorted(ROWS))
@given(order=st.permutations(["capture", "log", "trace", "chain", "version"]), size=st.integers(2, 5))
@settings(max_examples=12, deadline=None)
def test_any_order_gives_the_same_diagnosis(case: str, order: list[str], size: int):
    parts = [ROWS[case][name] for name in order[:size]]
    first = told(parts)
    assert told(parts[::-1]) == first
    assert told([*parts[1:], parts[0]]) == first
