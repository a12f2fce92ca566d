"""The recorded rows of real clients, out of the packed files beside this one.

Owns where a row's capture, certificates and keys are; knows nothing of verdicts. Everything is read in memory, once a
process (a fraction of a second, the other half only when asked for), so parallel test workers share nothing.

A `Row` is the object of rows.jsonl as it was recorded (README.md in the tar names its fields), with one field more:
`half`, "java" or "others", which says where its capture lies.
"""

import functools
import io
import json
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal

import zstandard

Half = Literal["java", "others"]
Row = dict[str, Any]

HERE: Final = Path(__file__).resolve().parent
MAX_WINDOW: Final = 1 << 25
"""What tools/pack_oracle.py packs with."""


@functools.cache
def rows() -> tuple[Row, ...]:
    """The 2,688 rows of the Java clients."""
    return _rows("java")


@functools.cache
def other_rows() -> tuple[Row, ...]:
    """The 2,015 rows of clients that are not Java. `server` and `pki` are those of the Java rows of the same case."""
    configured = {row["case"]: row for row in rows()}
    return tuple(
        row | {key: configured[row["case"]][key] for key in ("server", "pki") if key not in row}
        for row in _rows("others")
    )


def row(client: str, case: str) -> Row:
    """One row by the names of the recording, as in row("j8u212", "dhe-768-tls12-aes128cbc")."""
    return _by_name()[client, case]


def capture(row: Row) -> bytes:
    """The capture of the row's connection, a classic pcap."""
    return bytes(files(row["half"])[row["pcap"]])


def chain(row: Row) -> bytes:
    """PEM of the certificates as the server sends them, leaf first."""
    return bytes(files("java")[f"{row['pki']}/chain.pem"])


def trust(row: Row) -> bytes:
    """PEM of what the client trusts; empty where the recorded store was."""
    return bytes(files("java")[f"{row['pki']}/trust.pem"])


def certificates(row: Row) -> dict[str, Any]:
    """What is special about each certificate of the case, and its SHA-256."""
    return json.loads(bytes(files("java")[f"{row['pki']}/certs.json"]))  # type: ignore[no-any-return]


def keylog(row: Row) -> bytes | None:
    """The client's TLS 1.3 secrets, of all its captures; None for a client that never got that far."""
    found = files(row["half"]).get(f"pcaps/{row['client']}/keylog.txt")
    return None if found is None else bytes(found)


@functools.cache
def clients(half: Half = "java") -> Mapping[str, dict[str, Any]]:
    """What each client runtime offers and how it is set up, by the recording's name (j8u212, curl8.14)."""
    return {
        Path(name).stem: json.loads(bytes(content))
        for name, content in files(half).items()
        if name.startswith("clients/")
    }


def client_id(recorded_as: str) -> str:
    """The product's ID of a recorded client, as contract.md §3 lays down: j8u51-unl is java/8u51-unlimited."""
    if recorded_as == "j8u51-unl":
        return "java/8u51-unlimited"
    if recorded_as.startswith("py"):
        return f"python/{recorded_as.removeprefix('py')}"
    for family in ("node", "curl", "gnutls", "nss", "go"):
        if recorded_as.startswith(family):
            return f"{family}/{recorded_as.removeprefix(family)}"
    return f"java/{recorded_as.removeprefix('j')}"


@functools.cache
def files(half: Half) -> Mapping[str, memoryview]:
    """Every packed file of one half by its name in the recordings, as views into one block of memory."""
    with (HERE / f"{half}.tar.zst").open("rb") as compressed:
        tar = zstandard.ZstdDecompressor(max_window_size=MAX_WINDOW).stream_reader(compressed).read()
    whole = memoryview(tar)
    with tarfile.open(fileobj=io.BytesIO(tar), mode="r:") as archive:
        return {member.name: whole[member.offset_data : member.offset_data + member.size] for member in archive}


def _rows(half: Half) -> tuple[Row, ...]:
    lines = bytes(files(half)["rows.jsonl"]).splitlines()
    return tuple(json.loads(line) | {"half": half} for line in lines)


@functools.cache
def _by_name() -> Mapping[tuple[str, str], Row]:
    return {(row["client"], row["case"]): row for row in (*rows(), *other_rows())}
