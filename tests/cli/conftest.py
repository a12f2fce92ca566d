"""A folder with recorded captures under short names."""

import pytest

from tests.oracle.recorded import capture, chain, row, trust

WEAK = ("j8u51", "dhe-512-tls10-aes128cbc")


@pytest.fixture
def folder(tmp_path):
    """A folder with captures of the recordings, under short names."""
    for name, (client, case) in {
        "weak.pcap": WEAK,
        "good.pcap": ("j8u51", "base-tls12"),
        "http.pcap": ("j8u51", "wire-http"),
        "untrusted.pcap": ("j8u51", "pss-root-sent-untrusted"),
        "tls13.pcap": ("j25.0.2", "base-tls12-13"),
    }.items():
        (tmp_path / name).write_bytes(capture(row(client, case)))
    (tmp_path / "trust.pem").write_bytes(trust(row("j8u51", "base-tls12")))
    (tmp_path / "chain.pem").write_bytes(chain(row("j8u51", "base-tls12")))
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "notes.txt").write_bytes(b"Dear colleague, please find attached\n" * 20)
    return tmp_path
