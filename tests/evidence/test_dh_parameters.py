"""Diffie-Hellman parameters in files, as openssl writes them."""

import shutil
import subprocess
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.server.keys import identity
from tlswhy.errors import BadEvidence, TlswhyError
from tlswhy.evidence import dh_parameters
from tlswhy.evidence.read import read_evidence
from tlswhy.evidence.types import ShownCertificates, ShownDhParameters
from tlswhy.source import source_of_bytes


@pytest.fixture(scope="module")
def written() -> bytes:
    """A group of RFC 7919."""
    if shutil.which("openssl") is None:
        pytest.skip("no openssl here")
    command = ["openssl", "genpkey", "-genparam", "-algorithm", "DH", "-pkeyopt", "group:ffdhe2048"]
    return subprocess.run(command, capture_output=True, check=True).stdout


def test_what_openssl_writes(written: bytes):
    (found,) = read_evidence(source_of_bytes("dh.pem", b"# ours\n" + written))
    assert isinstance(found, ShownDhParameters)
    assert (found.group.bits, found.group.generator, found.where.place) == (2048, 2, "line 2")
    assert found.group.prime is not None
    assert found.group.prime.bit_length() == 2048


def test_behind_certificates_too(written: bytes):
    chain = identity("rsa-2048").chain_pem
    shown, found = read_evidence(source_of_bytes("site.pem", chain + written))
    assert isinstance(shown, ShownCertificates)
    assert isinstance(found, ShownDhParameters)
    assert found.where.place == f"line {len(chain.splitlines()) + 1}"
    assert [type(each) for each in read_evidence(source_of_bytes("site.pem", chain))] == [ShownCertificates]


@pytest.mark.parametrize("body", ["AAAA", "MAYCAQACAQI=", "!"])
def test_broken_ones_are_refused(body: str):
    text = f"-----BEGIN DH PARAMETERS-----\n{body}\n-----END DH PARAMETERS-----\n"
    with pytest.raises(BadEvidence) as raised:
        list(dh_parameters.read(source_of_bytes("x", text.encode())))
    assert raised.value.code == "dh-parameters-broken"


@given(st.lists(st.sampled_from(["-----BEGIN DH PARAMETERS-----", "-----END DH PARAMETERS-----", "MAYCAQ", "=", "\n"])))
def test_anything_in_only_refusals_out(pieces: list[str]):
    with suppress(TlswhyError):
        list(dh_parameters.read(source_of_bytes("x", "".join(pieces).encode())))
