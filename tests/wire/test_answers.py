"""What is written is read back: the strict writer against the forgiving reader."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlswhy.errors import BadEvidence
from tlswhy.side import Side
from tlswhy.wire import answers
from tlswhy.wire.handshake import read_certificate, read_certificate_request, read_server_key_exchange
from tlswhy.wire.hello import read_server_hello
from tlswhy.wire.messages import DhParameters, EcParameters, Span
from tlswhy.wire.numbers import TLS10, TLS12

SPAN = Span(Side.SERVER, 0, 0)
DHE, ECDHE = 0x0033, 0xC02F
uint16 = st.integers(0, 0xFFFF)


@given(st.sampled_from([TLS10, TLS12]), st.binary(min_size=32, max_size=32), st.binary(max_size=32), uint16)
def test_server_hello(version, random, session_id, suite):
    raw = answers.write_server_hello(
        version=version, random=random, session_id=session_id, cipher_suite=suite, extensions=[(0xFF01, b"\0")]
    )
    hello, oddities = read_server_hello(raw, SPAN, version)
    read = (hello.legacy_version, hello.random, hello.session_id, hello.cipher_suite, hello.extensions, hello.raw)
    assert read == (version, random, session_id, suite, (0xFF01,), raw)
    assert oddities == ()


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_certificates(certificates):
    raw = answers.write_certificate(certificates)
    read = read_certificate(raw[4:], SPAN, TLS12)
    assert read.certificates == tuple(certificates)
    assert int.from_bytes(raw[1:4], "big") == len(raw) - 4 == read.size


@given(st.integers(1, 1 << 600), st.integers(1, 99), st.integers(0, 1 << 600), st.binary(max_size=64))
def test_dh_key_exchange(prime, generator, public, signature):
    parameters = answers.write_dh_parameters(prime, generator, public)
    raw = answers.write_server_key_exchange(parameters, signature, 0x0401)
    read = read_server_key_exchange(raw[4:], SPAN, TLS12, DHE)
    assert (read.dh, read.scheme, read.signed) == (DhParameters(prime, generator, public), 0x0401, True)


def test_ec_key_exchange_before_and_in_tls_1_2():
    parameters = answers.write_ec_parameters(23, bytes(65))
    old = read_server_key_exchange(answers.write_server_key_exchange(parameters, b"sig", None)[4:], SPAN, TLS10, ECDHE)
    assert (old.ec, old.scheme, old.signed) == (EcParameters(23, 65), None, True)
    new = read_server_key_exchange(
        answers.write_server_key_exchange(parameters, b"sig", 0x0804)[4:], SPAN, TLS12, ECDHE
    )
    assert (new.ec, new.scheme) == (EcParameters(23, 65), 0x0804)


@pytest.mark.parametrize("version", [TLS10, TLS12])
def test_certificate_request(version):
    raw = answers.write_certificate_request(version, (1, 64), (0x0401, 0x0403), (b"name",))
    read = read_certificate_request(raw[4:], SPAN, version)
    assert (read.certificate_types, read.authorities) == ((1, 64), (b"name",))
    assert read.signature_schemes == ((0x0401, 0x0403) if version == TLS12 else ())


def test_what_no_message_can_carry_is_refused():
    with pytest.raises(BadEvidence):
        answers.write_server_hello(version=TLS12, random=b"", session_id=b"", cipher_suite=1)
    with pytest.raises(BadEvidence):
        answers.write_server_hello(version=TLS12, random=bytes(32), session_id=bytes(33), cipher_suite=1)
    with pytest.raises(BadEvidence):
        answers.write_certificate([bytes(1 << 24)])


def test_alert_and_done():
    assert answers.write_alert(TLS12, 2, 40).hex() == "15030300020228"
    assert answers.write_server_hello_done().hex() == "0e000000"
