"""Stapled responses that say nothing; those that say something are OpenSSL's own, in observe/test_noticed.py."""

import pytest

from tlswhy.pki.ocsp import Staple, read_staple


@pytest.mark.parametrize(
    ("status", "refusal"),
    [(1, "malformedRequest"), (2, "internalError"), (3, "tryLater"), (5, "sigRequired"), (6, "unauthorized")],
)
def test_a_responder_that_gives_no_answer(status, refusal):
    """RFC 6960, 4.2.1."""
    assert read_staple(bytes([0x30, 3, 0x0A, 1, status])) == Staple(refusal)


@pytest.mark.parametrize("response", [b"", b"0", b"\x30\x82\xff\xff nothing", bytes([0x30, 3, 0x0A, 1, 0])])
def test_what_is_no_response(response):
    assert read_staple(response) is None
