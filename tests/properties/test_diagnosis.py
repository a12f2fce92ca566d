"""Whatever the evidence: its order does not matter, less makes nothing surer, and no bytes break the diagnosis."""

import struct
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.oracle import recorded
from tests.packets.building import pcapng, secrets
from tlswhy.diagnose import diagnose
from tlswhy.errors import TlswhyError
from tlswhy.evidence.read import read_evidence, read_trust
from tlswhy.evidence.types import Evidence, ShownCertificates
from tlswhy.report import Diagnosis, Report
from tlswhy.source import source_of_bytes
from tlswhy.verdict import Accepted

NOW = datetime(2026, 12, 1, tzinfo=UTC)
CLIENTS = ("j8u51", "j8u212", "j17.0.9", "j25.0.5")
CASES = (
    "base-tls12",
    "base-tls12-13",
    "proto-tls13-only",
    "dhe-768-tls12-aes128cbc",
    "dhe-3072-tls12-aes128cbc",
    "suite-rsa-aes128-cbc",
    "suite-rc4-rsa",
    "pss-sha384-int",
    "pss-tls13-leaf",
    "missing-int",
    "untrusted-root",
    "untrusted-root-samename",
    "cross-signed-both",
    "expired-leaf",
    "expired-selfsigned-trusted",
    "selfsigned-md5-trusted-gnutls",
    "selfsigned-untrusted",
    "name-ip-asked-dns-cert",
    "name-short-name",
    "trust-empty",
    "chain-10-ints",
    "clientauth-requested",
    "clientauth-required-tls12",
    "clientauth-required-tls13",
    "wire-sni-warning",
    "wire-cut-after-hello",
    "wire-rst",
    "wire-http",
    "wire-silent",
    "wire-closed-port",
)
OUTCOME_HIDDEN = "clientauth-required-tls13"
"""Only the server's last record contradicts the client's Finished here: without it the rest says "accepted"."""

rows = st.builds(recorded.row, st.sampled_from(CLIENTS), st.sampled_from(CASES))


def read(name: str, content: bytes) -> list[Evidence]:
    return list(read_evidence(source_of_bytes(name, content)))


def trusted(row: recorded.Row) -> list[bytes]:
    shown = read_trust(source_of_bytes("trust.pem", recorded.trust(row)))
    return [der for item in shown if isinstance(item, ShownCertificates) for der in item.ders]


def told(diagnosis: Diagnosis) -> tuple[object, ...]:
    """All that a report says of one server, without what merely names the connection that is shown."""
    verdict = diagnosis.verdict
    return (
        diagnosis.client.id,
        diagnosis.client.how,
        diagnosis.host,
        diagnosis.server,
        verdict.accepted,
        [(refusal.cause, refusal.stage, refusal.certainty, refusal.candidates) for refusal in verdict.refusals],
        sorted({gap.needs for gap in verdict.gaps}),
        sorted(verdict.ruled_out),
        len(verdict.contradictions),
        sorted((handshake.item, handshake.first_frame) for handshake in diagnosis.handshakes),
        sorted((other.verdict.accepted, len(other.handshakes)) for other in diagnosis.others),
    )


def everything(report: Report) -> list[str]:
    return sorted(repr(told(diagnosis)) for diagnosis in report.diagnoses)


@given(st.data(), st.lists(rows, min_size=1, max_size=4, unique_by=lambda row: row["pcap"]))
@settings(max_examples=60)
def test_the_order_of_the_evidence_does_not_matter(data: st.DataObject, chosen: list[recorded.Row]):
    files = [read(row["pcap"], recorded.capture(row)) for row in chosen]
    files += [read(f"{row['client']}.keys", keys) for row in chosen if (keys := recorded.keylog(row))]
    trust = trusted(chosen[0])
    one, other = (
        diagnose([item for file in order for item in file], trust=trust, foretell=foretell)
        for foretell in [data.draw(st.booleans())]
        for order in (files, data.draw(st.permutations(files)))
    )
    assert everything(one) == everything(other)


@given(rows, st.booleans(), st.data())
@settings(max_examples=120)
def test_less_evidence_says_the_same_or_cannot_tell(row: recorded.Row, foretell: bool, data: st.DataObject):
    """Trust, key log, host and the capture's last packets are taken away, one after the other."""
    whole = {"trust": trusted(row), "keys": recorded.keylog(row), "host": row["host"], "packets": 10_000}
    left = dict(whole)
    verdict = judged(row, left, foretell=foretell)
    for what in data.draw(st.permutations(["trust", "keys", "host", "packets"])):
        if what == "packets" and row["case"] == OUTCOME_HIDDEN:
            continue
        left[what] = data.draw(st.integers(4, 16)) if what == "packets" else None
        less = judged(row, left, foretell=foretell)
        assert less in {verdict, Accepted.CANNOT_TELL}, (row["client"], row["case"], what, left["packets"])
        verdict = less


@given(rows, st.integers(4, 16), st.booleans())
def test_what_was_cut_off_is_never_accepted_unseen(row: recorded.Row, packets: int, keys: bool):
    """A capture that ends early may be refused for what is in it; accepted only by a client that accepts it."""
    left = {"trust": trusted(row), "keys": recorded.keylog(row) if keys else None, "host": row["host"]}
    verdict = judged(row, {**left, "packets": packets}, foretell=True)
    assert verdict is not Accepted.YES or row["connected"] or row["cut_undecidable"]


def judged(row: recorded.Row, left: dict[str, object], *, foretell: bool) -> Accepted:
    evidence = read("capture.pcap", first_packets(recorded.capture(row), left["packets"]))
    if left["keys"]:
        evidence += read("keys.txt", left["keys"])
    client = recorded.client_id(row["client"])
    report = diagnose(evidence, clients=[client], trust=left["trust"], host=left["host"], now=NOW, foretell=foretell)
    return report.diagnoses[0].verdict.accepted if report.diagnoses else Accepted.CANNOT_TELL


def first_packets(capture: bytes, count: int) -> bytes:
    position = 24
    for _ in range(count):
        if position >= len(capture):
            break
        position += 16 + struct.unpack("<I", capture[position + 8 : position + 12])[0]
    return capture[:position]


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A real file with a few bytes changed, taken out, put in or said twice."""
    row = draw(rows)
    whole = draw(st.sampled_from([recorded.capture, recorded.capture, recorded.chain, recorded.keylog]))(row) or b"\0"
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(whole) - 1)) if whole else 0
        size = draw(st.integers(1, 40))
        new = draw(st.one_of(st.binary(max_size=8), st.just(whole[at : at + size]), st.just(b"\xff" * 4)))
        kept = draw(st.sampled_from([0, len(new), size]))
        whole = whole[:at] + new + whole[at + kept :]
    return whole


captures_of_anything = st.builds(
    lambda packets, keys: pcapng(packets) + (secrets(keys) if keys else b""),
    st.lists(st.binary(max_size=90), max_size=6),
    st.binary(max_size=40),
)


@given(st.lists(st.one_of(st.binary(max_size=300), damaged(), captures_of_anything), min_size=1, max_size=3))
@settings(max_examples=200)
@example([b"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"])
@example([b"0\x80\0\0"])
def test_no_bytes_break_the_diagnosis(files: list[bytes]):
    evidence: list[Evidence] = []
    for number, content in enumerate(files):
        evidence += read_or_refuse(f"file-{number}", content)
    trust = trust_or_refuse(files[0])
    for clients in ((), ("java/8u51", "java/25.0.5@httpclient-4.1"), ("finesse/11",)):
        for foretell in (False, True):
            report = diagnose(
                evidence, clients=clients, trust=trust, host="gadgets.example.test", now=NOW, foretell=foretell
            )
            assert crashes(report) == []


def read_or_refuse(name: str, content: bytes) -> Iterable[Evidence]:
    try:
        return read(name, content)
    except TlswhyError:
        return []


def trust_or_refuse(content: bytes) -> Sequence[bytes] | None:
    try:
        found = list(read_trust(source_of_bytes("trust", content)))
    except TlswhyError:
        return None
    return [der for item in found if isinstance(item, ShownCertificates) for der in item.ders]


def crashes(report: Report) -> list[object]:
    return [gap for diagnosis in report.diagnoses for gap in diagnosis.verdict.gaps if gap.needs == "cause-crashed"]
