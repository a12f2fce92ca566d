"""The packed recordings are whole, and are what was recorded."""

from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256

from tests.oracle import recorded
from tools import pack_oracle


def test_every_row_has_its_evidence():
    rows = (*recorded.rows(), *recorded.other_rows())
    assert len(recorded.rows()) == 2_688
    assert len(recorded.other_rows()) == 2_015
    assert len({(row["client"], row["case"]) for row in rows}) == len(rows)
    for row in rows:
        assert recorded.capture(row)[:4] == b"\xd4\xc3\xb2\xa1", row["pcap"]
        assert recorded.chain(row).startswith(b"-----BEGIN CERTIFICATE-----"), row["pki"]


def test_an_empty_store_was_recorded_as_an_empty_file():
    assert recorded.trust(recorded.row("j8u212", "trust-empty")) == b""


def test_certificates_are_told_by_their_hash():
    row = recorded.row("j17.0.9", "base-tls12")
    told = recorded.certificates(row)
    leaf = x509.load_pem_x509_certificates(recorded.chain(row))[0]
    assert told["certs"][told["send"][0]]["sha256"] == leaf.fingerprint(SHA256()).hex()


def test_keys_belong_to_the_client_that_made_them():
    with_keys = recorded.keylog(recorded.row("j17.0.9", "base-tls12-13"))
    assert with_keys is not None
    assert with_keys.startswith(b"SERVER_HANDSHAKE_TRAFFIC_SECRET ")
    assert recorded.keylog(recorded.row("j8u51", "base-tls12")) is None


@pytest.mark.parametrize(
    ("recorded_as", "known_as"),
    [
        ("j8u212", "java/8u212"),
        ("j11.0.5-noec", "java/11.0.5-noec"),
        ("j8u51-unl", "java/8u51-unlimited"),
        ("j8u51-tls10", "java/8u51-tls10"),
        ("node8.17.0", "node/8.17.0"),
        ("py3.11", "python/3.11"),
        ("gnutls3.7", "gnutls/3.7"),
        ("go1.24", "go/1.24"),
    ],
)
def test_a_recorded_client_has_the_contracts_name(recorded_as: str, known_as: str):
    assert recorded.client_id(recorded_as) == known_as


@pytest.mark.parametrize("others", [False, True], ids=["java", "others"])
def test_packed_is_what_was_recorded(recordings: Path, others: bool):
    packed = {name: bytes(content) for name, content in recorded.files("others" if others else "java").items()}
    assert packed == {name: path.read_bytes() for name, path in pack_oracle.recordings(recordings, others=others)}


def test_packing_leaves_no_trace_of_when_and_where(tmp_path: Path):
    (tmp_path / "pki").mkdir()
    (tmp_path / "pki" / "chain.pem").write_bytes(b"certificate")
    (tmp_path / "rows.jsonl").write_bytes(b"{}")
    first = pack_oracle.packed(pack_oracle.recordings(tmp_path, others=False))
    (tmp_path / "rows.jsonl").unlink()
    (tmp_path / "rows.jsonl").write_bytes(b"{}")
    (tmp_path / "rows.jsonl").chmod(0o400)
    assert pack_oracle.packed(pack_oracle.recordings(tmp_path, others=False)) == first
