"""Tables of many clients before one server: rows, folding, words, JSON."""

from __future__ import annotations

import json

import jsonschema
import pytest

from tests.oracle import recorded
from tlswhy.client.profiles import client_ids
from tlswhy.diagnose import diagnose
from tlswhy.evidence.read import read_evidence
from tlswhy.pki.stores import read_certificates
from tlswhy.render.ink import cells
from tlswhy.render.matrix import matrix_json, matrix_lines, matrix_text, tables
from tlswhy.render.schema import MATRIX_WRITTEN_TO
from tlswhy.render.words import load_words
from tlswhy.source import source_of_bytes

WORDS = load_words("en")
EVERY = client_ids()


def judged(case: str, *clients: str, seen: tuple[str, ...] = ("j8u51", "j8u212"), trusted: bool = True):
    """The report on a recorded server, the evidence the connections of ``seen``."""
    rows = [recorded.row(client, case) for client in seen]
    evidence = [item for row in rows for item in read_evidence(source_of_bytes(row["pcap"], recorded.capture(row)))]
    trust = [entry.certificate.der for entry in read_certificates(recorded.trust(rows[0]))] if trusted else None
    report = diagnose(evidence, clients=clients or EVERY, trust=trust, side_by_side=True)
    return report, tables(report, clients or EVERY, WORDS)


def text_of(found, width: int = 100, *, unicode: bool = True, words=WORDS) -> str:
    return matrix_text(found, words, width, color=False, unicode=unicode)


def by_client(table):
    return {row.client: row for row in table.rows}


def test_one_row_a_client_in_the_order_of_release_lines():
    _, (table,) = judged("dhe-768-tls12-aes128cbc")
    assert [row.client for row in table.rows] == list(EVERY)
    assert table.host == "gadgets.example.test"


def test_what_was_seen_and_what_is_foretold():
    _, (table,) = judged("dhe-768-tls12-aes128cbc")
    rows = by_client(table)
    assert (rows["java/8u212"].cause, rows["java/8u212"].certainty) == ("dh-key-too-small", "agrees")
    assert (rows["java/8u51"].verdict, rows["java/8u51"].certainty) == ("accepted", "shown")
    assert (rows["java/8u252"].cause, rows["java/8u252"].certainty) == ("dh-key-too-small", "foretold")
    assert (rows["java/8u71"].verdict, rows["java/8u71"].certainty) == ("accepted", "foretold")


def test_what_is_missing_stands_in_the_cell_and_how_to_get_it_once():
    _, (table,) = judged("base-tls12", trusted=False)
    open_rows = [row for row in table.rows if row.verdict == "cannot-tell"]
    assert open_rows
    assert all(row.needs and row.certainty is None and row.cause is None for row in open_rows)
    text = text_of((table,))
    assert "cannot tell · missing: what the client trusts" in text
    assert text.count("Give the client's trust store with --trust FILE") == 1


def test_equal_neighbours_are_one_row():
    clients = ("java/8u51-unlimited", "java/8u71", "java/8u121", "java/7u181", "java/7u301")
    _, found = judged("dhe-768-tls12-aes128cbc", *clients, seen=("j8u51-unl", "j8u212"))
    starts = [line[:36].rstrip() for line in text_of(found, 110).splitlines() if line.startswith(("  ✔", "  ✘"))]
    assert starts == [
        "  ✔ java/8u51-unlimited  accepted (s",
        "  ✔ java/8u71, 8u121     accepted",
        "  ✘ java/7u181, 7u301    dh-key-too-",
    ]


def test_a_reason_is_said_once_and_the_cause_each_time():
    _, found = judged("dhe-768-tls12-aes128cbc")
    text = text_of(found, 1000)
    assert text.count("the server's Diffie-Hellman prime has 768 bits, below the 1024 that this client accepts") == 1
    assert text.count("dh-key-too-small") > 1


def test_a_family_is_not_folded_into_another():
    _, found = judged("base-tls12", "finesse/11", "java/7u79", seen=("j25.0.2",), trusted=False)
    labels = [line.split()[1] for line in text_of(found).splitlines() if line.startswith(("  ?", "  ✔", "  ✘"))]
    assert labels == ["finesse/11", "java/7u79"]


@pytest.mark.parametrize("width", [24, 40, 59, 60, 80, 110])
@pytest.mark.parametrize("unicode", [True, False])
def test_no_line_is_wider_than_the_page(width, unicode):
    _, found = judged("dhe-768-tls12-aes128cbc", trusted=False)
    text = text_of(found, width, unicode=unicode)
    assert max(map(cells, text.splitlines())) <= width
    assert unicode or text.isascii()


@pytest.mark.parametrize("width", [60, 80, 100])
def test_verdicts_of_wide_characters_stand_in_one_column(width):
    words = load_words("zh-Hant")
    report, _ = judged("dhe-768-tls12-aes128cbc", trusted=False)
    shown = text_of(tables(report, EVERY, words), width, words=words).splitlines()
    assert max(map(cells, shown)) <= width
    open_rows = [line for line in shown if line.startswith("  ? ")]
    assert len({cells(line[: line.index("無法判定")]) for line in open_rows}) == 1


def test_bare_refusals_show_what_may_lie_behind():
    report, (table,) = judged("suite13-aes256gcm", "java/8u51", seen=("j8u51",))
    (row,) = table.rows
    assert row.cause == "server-alert" or row.cause is not None
    assert list(row.candidates) == list(report.diagnoses[0].verdict.refusals[0].candidates)
    if row.candidates:
        assert "behind it may be" in text_of((table,))


@pytest.mark.parametrize("case", ["dhe-768-tls12-aes128cbc", "base-tls12", "wire-http", "suite13-aes256gcm"])
def test_json_keeps_the_schema_and_says_what_the_report_says(repository, case):
    report, found = judged(case)
    schema = json.loads((repository / MATRIX_WRITTEN_TO).read_text(encoding="utf-8"))
    value = json.loads(json.dumps(matrix_json(found, report, WORDS)))
    jsonschema.validate(value, schema)
    said = {(d.server, d.host, d.client.id): d.verdict.accepted.value for d in report.diagnoses}
    lines = list(matrix_lines(found))
    assert {(line["server"], line["host"], line["client"]): line["verdict"] for line in lines} == said
    assert [row for server in value["servers"] for row in server["rows"]] == [
        {key: cell for key, cell in line.items() if key not in ("server", "host")} for line in lines
    ]
