"""The rows that ``tools/measure`` wrote: recorded cases played again, with keys of our own, before programs of this
machine. Outcomes of all of them, connections of some; out of the packed file beside this one.

A `Row` is what a program made of a case: client, case, host, port, connected, words; ``label`` and ``accept`` are read
from its words, or, where the server refused, from what other clients' recordings say of the case.
"""

import functools
import io
import json
import tarfile
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import zstandard

from tests.oracle import recorded
from tools.measure.words import cause_of

Row = dict[str, Any]
FOUND_BY_SERVERS = frozenset(
    {
        "no-common-version",
        "no-common-cipher",
        "no-common-group",
        "no-common-signature-algorithm",
        "client-cert-required",
    }
)
"""What stands behind an alert of the server's, of which a client has nothing to say."""


@functools.cache
def rows() -> tuple[Row, ...]:
    """Every measured row, scored like a recorded one."""
    lines = bytes(_files()["rows.jsonl"]).splitlines()
    return tuple(_labelled(json.loads(line)) for line in lines)


def rows_with_captures() -> tuple[Row, ...]:
    """Those whose connection was kept."""
    return tuple(row for row in rows() if f"{_name(row)}.pcap" in _files())


def capture(row: Row) -> bytes:
    """The connection up to the end of its handshake."""
    return bytes(_files()[f"{_name(row)}.pcap"])


def trust(row: Row) -> bytes:
    """PEM of what the client trusted."""
    return bytes(_files()[f"{_name(row)}.trust.pem"])


def keylog(row: Row) -> str | None:
    """TLS 1.3 secrets of the connection, from its server."""
    found = _files().get(f"{_name(row)}.keys")
    return None if found is None else bytes(found).decode()


def _name(row: Row) -> str:
    return f"{row['client'].replace('/', '')}/{row['case']}"


def _labelled(row: Row) -> Row:
    known = _causes_of_cases()[row["case"]]
    by_server = sorted(cause for cause in known if cause in FOUND_BY_SERVERS)
    label = "ok" if row["connected"] else cause_of(row["words"]) or next(iter([*by_server, *sorted(known)]), "timeout")
    accept = [] if row["connected"] else [label, *sorted(known)]
    undecidable = row["case"] in _undecidable() and label in {"ok", "client-cert-required"}
    return row | {"label": label, "accept": accept, "bare_refusal": True, "cut_undecidable": undecidable}


@functools.cache
def _causes_of_cases() -> Mapping[str, set[str]]:
    """What an expert would say of a case, whichever client refuses it."""
    causes: dict[str, set[str]] = defaultdict(set)
    for row in (*recorded.rows(), *recorded.other_rows()):
        if not row["connected"]:
            causes[row["case"]] |= {row["label"], *row["accept"]}
    return causes


@functools.cache
def _undecidable() -> frozenset[str]:
    return frozenset(row["case"] for row in recorded.rows() if row["cut_undecidable"])


@functools.cache
def _files() -> Mapping[str, memoryview]:
    with (recorded.HERE / "measured.tar.zst").open("rb") as compressed:
        tar = zstandard.ZstdDecompressor(max_window_size=recorded.MAX_WINDOW).stream_reader(compressed).read()
    whole = memoryview(tar)
    with tarfile.open(fileobj=io.BytesIO(tar), mode="r:") as archive:
        return {member.name: whole[member.offset_data : member.offset_data + member.size] for member in archive}
