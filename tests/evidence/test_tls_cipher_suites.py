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
from tlswhy.server.software import load_software
from tlswhy.source import source_of_bytes
from tlswhy.wire.schannel_names import LONGEST_POLICY

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


TABLE = """\
PS C:\\> Get-TlsCipherSuite | Format-Table Name, Exchange

Name                                  Exchange
----                                  --------
TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 ECDH
TLS_RSA_WITH_AES_128_CBC_SHA
"""
QUERIED = """\

HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Microsoft\\Cryptography\\Configuration\\SSL\\00010002
    Functions    REG_SZ    TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,TLS_RSA_WITH_AES_128_CBC_SHA
"""
COMMAS = "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,\nTLS_RSA_WITH_AES_128_CBC_SHA,\n"


@pytest.mark.parametrize("text", [TABLE, QUERIED, COMMAS, POLICY.strip() + ",\n", f'"{POLICY.strip()}"'])
def test_other_forms_of_it(text: str):
    assert tls_cipher_suites.likelihood(text.encode()) > 0.5
    found, *oddities = read_evidence(source_of_bytes("suites.txt", text.encode()))
    assert found.settings.suites == (0xC030, 0x002F)
    assert (found.instead, oddities) == ((), [])


def test_a_policy_with_blanks_may_count_in_part_or_not_at_all():
    text = "TLS_DHE_RSA_WITH_AES_256_CBC_SHA, TLS_RSA_WITH_AES_128_CBC_SHA,TLS_FOO_WITH_BAR_SHA"
    found, blanks, unknown = read_evidence(source_of_bytes("policy.txt", text.encode()))
    assert found.settings.suites == (0x0039, 0x002F)
    assert found.instead == ((0x0039,), ())
    assert (blanks.what, unknown.what) == ("policy-with-blanks", "configuration-suite-unknown")


def test_a_policy_that_is_too_long_may_be_cut_or_not_count():
    names = load_software("schannel/2012r2").suite_names
    text = ",".join(names)
    assert len(text) > LONGEST_POLICY
    found, odd = read_evidence(source_of_bytes("policy.txt", text.encode()))
    assert (odd.what, odd.facts) == ("policy-too-long", {"length": len(text), "most": LONGEST_POLICY})
    cut, nothing = found.instead
    assert cut == found.settings.suites[: len(cut)] != found.settings.suites
    assert nothing == ()
    fits = ",".join(names[: text[: LONGEST_POLICY + 1].count(",")])
    assert len(fits) <= LONGEST_POLICY
    (alone,) = read_evidence(source_of_bytes("policy.txt", fits.encode()))
    assert (alone.settings.suites, alone.instead) == (cut, ())


def test_names_of_ecdhe_without_a_curve_are_told():
    both = "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA,TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA_P256,TLS_RSA_WITH_AES_128_CBC_SHA"
    assert tls_cipher_suites.read_policy(both, "x", 1).curveless == {0xC014}


def test_a_text_in_which_suites_are_only_mentioned_is_none():
    assert tls_cipher_suites.likelihood(b"the suite is\nTLS_RSA_WITH_AES_128_CBC_SHA\n") == 0
    with pytest.raises(BadEvidence) as raised:
        list(tls_cipher_suites.read(source_of_bytes("x", b"nothing")))
    assert raised.value.code == "configuration-without-tls"


@given(st.lists(st.sampled_from(["\n", ",", " ", *FIELDS.split(), *POLICY.split(",")])))
def test_anything_in_only_refusals_out(pieces: list[str]):
    with suppress(TlswhyError):
        list(tls_cipher_suites.read(source_of_bytes("x", "".join(pieces).encode())))
