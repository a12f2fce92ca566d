"""Programs name themselves."""

import pytest

from tlswhy.errors import BadEvidence
from tlswhy.evidence import program_version
from tlswhy.evidence.read import read_evidence
from tlswhy.evidence.types import ClientWords
from tlswhy.source import source_of_bytes


@pytest.mark.parametrize(
    ("text", "client"),
    [
        ("curl 7.88.1 (x86_64-pc-linux-gnu) libcurl/7.88.1 OpenSSL/3.0.19\nRelease-Date: 2023-02-20\n", "curl/7.88.1"),
        ("OpenSSL 3.0.19 27 Jan 2026 (Library: OpenSSL 3.0.19 27 Jan 2026)\n", "openssl/3.0.19"),
        ("OpenSSL 1.0.2k-fips  26 Jan 2017\n", "openssl/1.0.2"),
        ("v20.20.2\n", "node/20.20.2"),
        ("Python 3.11.7\n", "python/3.11.7"),
        ("go version go1.22.3 linux/amd64\n", "go/1.22.3"),
        ("git version 2.39.5\n", "git/2.39.5"),
        ("GNU Wget 1.21.3 built on linux-gnu.\n", "wget/1.21.3"),
        ("Chromium 156.0.6000.1 built on Debian\n", "chromium/156"),
    ],
)
def test_which_it_is(text: str, client: str):
    (said,) = read_evidence(source_of_bytes("version.txt", text.encode()))
    assert isinstance(said, ClientWords)
    assert said.runtime is not None
    assert said.runtime.id == client


def test_it_names_the_client_of_a_diagnosis():
    from datetime import UTC, datetime

    from tlswhy.diagnose import diagnose

    texts = ("curl 7.88.1 (x86_64) libcurl/7.88.1\n", "curl: (60) SSL certificate problem: certificate has expired\n")
    evidence = [item for text in texts for item in read_evidence(source_of_bytes("x", text.encode()))]
    (diagnosis,) = diagnose(evidence, now=datetime(2027, 1, 1, tzinfo=UTC)).diagnoses
    assert (diagnosis.client.id, diagnosis.verdict.refusals[0].cause) == ("curl/7.88.1", "cert-expired")


def test_a_longer_text_is_about_something_else():
    assert program_version.likelihood(b"v20.20.2\n" + b"x\n" * 40) == 0.0
    with pytest.raises(BadEvidence):
        list(program_version.read(source_of_bytes("x", b"nothing\n")))
