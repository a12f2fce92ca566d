"""Get-TlsCipherSuite and policy strings: the suites that a Windows server has on, in its order."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlswhy.errors import BadEvidence, TlswhyError
from tlswhy.evidence import tls_cipher_suites
from tlswhy.evidence.read import read_evidence
from tlswhy.evidence.types import ServerConfiguration
from tlswhy.model.settings import Order
from tlswhy.source import source_of_bytes

FIELDS = """\
KeyType               : 0
Certificate           : RSA
Name                  : TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384
Protocols             : {771, 65277}

KeyType               : 0
Name                  : TLS_NO_SUCH_SUITE
Name                  : TLS_RSA_WITH_AES_128_CBC_SHA
"""
COLUMN = "Name\n----\nTLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384\nTLS_RSA_WITH_AES_128_CBC_SHA\n"
POLICY = "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384_P384,TLS_RSA_WITH_AES_128_CBC_SHA\n"


@pytest.mark.parametrize(("text", "place"), [(FIELDS, "line 3"), (COLUMN, "line 3"), (POLICY, "line 1")])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_the_same_list_in_every_form(text: str, place: str, encoding: str):
    found, *oddities = read_evidence(source_of_bytes("suites.txt", text.replace("\n", "\r\n").encode(encoding)))
    assert isinstance(found, ServerConfiguration)
    assert (found.settings.suites, found.settings.order) == ((0xC030, 0x002F), Order.SERVER)
    assert (found.platform, found.where["suites"].place) == (None, place)
    assert len(oddities) == (text == FIELDS)


def test_a_text_in_which_suites_are_only_mentioned_is_none():
    assert tls_cipher_suites.likelihood(b"the suite is\nTLS_RSA_WITH_AES_128_CBC_SHA\n") == 0
    with pytest.raises(BadEvidence) as raised:
        list(tls_cipher_suites.read(source_of_bytes("x", b"nothing")))
    assert raised.value.code == "configuration-without-tls"


@given(st.lists(st.sampled_from(["\n", ",", " ", *FIELDS.split(), *POLICY.split(",")])))
def test_anything_in_only_refusals_out(pieces: list[str]):
    with suppress(TlswhyError):
        list(tls_cipher_suites.read(source_of_bytes("x", "".join(pieces).encode())))
