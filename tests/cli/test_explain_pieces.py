"""Several pieces about one connection, end to end: capture, log, trust store and java -version, in both languages."""

import pytest

from tests.cli.command import tlswhy
from tests.oracle import recorded
from tests.oracle.test_words import as_log

VERSION = 'openjdk version "{version}"\nOpenJDK Runtime Environment (build {version}-b1)\n'
PIECES = ("gadget.pcap", "desktop.log", "version.txt", "--trust", "trust.pem")


@pytest.fixture
def folder(tmp_path):
    def put(client: str, case: str, version: str, log_of: str | None = None) -> None:
        row = recorded.row(client, case)
        (tmp_path / "gadget.pcap").write_bytes(recorded.capture(row))
        (tmp_path / "desktop.log").write_text(as_log(recorded.row(client, log_of or case)))
        (tmp_path / "trust.pem").write_bytes(recorded.trust(row))
        (tmp_path / "version.txt").write_text(VERSION.format(version=version))

    put.path = tmp_path
    return put


@pytest.mark.parametrize(
    ("language", "says"),
    [
        ("en", ["768 bits, below the 1024", "frame 6 of gadget.pcap, line 2 of desktop.log", "named by version.txt"]),
        ("zh-Hant", ["768 位元", "gadget.pcap 的封包 6、desktop.log 的第 2 行", "由 version.txt 指出"]),
    ],
)
def test_a_prime_too_small(folder, language: str, says: list[str]):
    folder("j8u212", "dhe-768-tls12-aes128cbc", "1.8.0_212")
    done = tlswhy("explain", *PIECES, "--lang", language, cwd=folder.path, env={"COLUMNS": "140"})
    assert done.returncode == 1
    for text in says:
        assert text in done.stdout
    assert done.stdout.index("dh-key-too-small") < done.stdout.index(
        "SSLHandshakeException: DHPublicKey does not comply"
    )
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("language", "says", "disagrees"),
    [
        ("en", "certificate 0, frame 6 of gadget.pcap, line 8 of desktop.log", "mean cert-expired"),
        ("zh-Hant", "憑證 0、gadget.pcap 的封包 6、desktop.log 的第 8 行", "cert-expired"),
    ],
)
def test_an_intermediate_that_is_not_sent_and_a_log_that_says_otherwise(
    folder, language: str, says: str, disagrees: str
):
    folder("j17.0.9", "missing-int", "17.0.9")
    done = tlswhy("explain", *PIECES, "--lang", language, cwd=folder.path, env={"COLUMNS": "140"})
    assert done.returncode == 1
    assert says in done.stdout
    assert "chain-incomplete" in done.stdout
    folder("j17.0.9", "missing-int", "17.0.9", log_of="expired-leaf")
    done = tlswhy("explain", *PIECES, "--lang", language, cwd=folder.path, env={"COLUMNS": "140"})
    assert done.returncode == 1
    assert disagrees in done.stdout
    assert "chain-incomplete" in done.stdout
