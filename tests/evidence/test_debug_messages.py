"""Printed messages of the server, both grammars, back to what they were on the wire."""

import pytest

from tlswhy.errors import BadEvidence
from tlswhy.evidence import debug_messages as messages
from tlswhy.side import Side
from tlswhy.wire.handshake import read_certificate, read_certificate_request, read_server_key_exchange
from tlswhy.wire.hello import read_server_hello
from tlswhy.wire.messages import Span

SPAN = Span(Side.SERVER, 0, 0)
HELLO = """\
"ServerHello": {
  "server version"      : "TLSv1.2",
  "random"              : "F68AB2E75325619478FDFD931AABB862672C70716EF3BBB774EB0D5CF73A98BD",
  "session id"          : "0A0B",
  "cipher suite"        : "TLS_AES_256_GCM_SHA384(0x1302)",
  "compression methods" : "00",
  "extensions"          : [
    "supported_versions (43)": {
      "selected version": [TLSv1.3]
    },
    "key_share (51)": {
      "server_share": {
        "named group": x25519
      },
    },
    "renegotiation_info (65,281)": {
      "renegotiated connection": [<no renegotiated connection>]
    }
  ]
}"""
CLASSIC = """\
*** ServerHello, TLSv1
RandomCookie:  GMT: -1 bytes = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, \
24, 25, 26, 27, 28 }
Session ID:  {1, 2, 255}
Cipher Suite: SSL_RSA_WITH_3DES_EDE_CBC_SHA
Compression Method: 0
Extension renegotiation_info, renegotiated_connection: <empty>"""


def test_a_server_hello_of_11_and_later():
    raw, version = messages.server_hello(HELLO.splitlines())
    hello, odd = read_server_hello(raw, SPAN, 0x0303)
    assert odd == ()
    assert (version, hello.version, hello.cipher_suite, hello.session_id) == (0x0304, 0x0304, 0x1302, b"\x0a\x0b")
    assert hello.random.hex().startswith("f68ab2e7")
    assert (hello.extensions, hello.key_share.group) == ((43, 51, 0xFF01), 29)


def test_a_server_hello_of_7_and_8():
    raw, version = messages.server_hello(CLASSIC.splitlines())
    hello, _ = read_server_hello(raw, SPAN, 0x0301)
    assert (version, hello.version, hello.cipher_suite) == (0x0301, 0x0301, 0x000A)
    assert (hello.session_id, hello.extensions) == (b"\x01\x02\xff", (0xFF01,))
    assert len(hello.random) == 32


@pytest.mark.parametrize("cut", [1, 3, 4])
def test_a_server_hello_that_is_cut_tells_nothing(cut: int):
    with pytest.raises(BadEvidence):
        messages.server_hello(HELLO.splitlines()[:cut])


def test_key_exchanges():
    prime = [0xFF] * 96
    listed = ", ".join(map(str, prime))
    said = [f"DH Modulus:  {{ {listed} }}", "DH Base:  { 2 }", "Server DH Public Key:  { 3 }"]
    signed = [*said, "Signature Algorithm SHA256withRSA", "Signed with a DSA or RSA public key"]
    found = read_server_key_exchange(messages.server_key_exchange(signed, 0x0303)[4:], SPAN, 0x0303, 0x0033)
    assert (found.dh.prime_bits, found.scheme, found.signed) == (768, 0x0401, True)
    anonymous = messages.server_key_exchange([*said, "Anonymous"], 0x0301)[4:]
    assert not read_server_key_exchange(anonymous, SPAN, 0x0301, 0x0034).signed
    curve = ['    "named group": "secp384r1"', '    "ecdh public": {', "      0000: 04 EA", "    },"]
    found = read_server_key_exchange(messages.server_key_exchange(curve, 0x0303)[4:], SPAN, 0x0303, 0xC02F)
    assert (found.ec.group, found.ec.point_length) == (24, 2)
    with pytest.raises(BadEvidence):
        messages.server_key_exchange(said[:1], 0x0303)


def test_requests_and_certificates():
    said = ["Cert Types: RSA, DSS, ECDSA", "Supported Signature Algorithms: SHA256withRSA, SHA1withECDSA"]
    found = read_certificate_request(messages.certificate_request(said, 0x0303)[4:], SPAN, 0x0303)
    assert (found.certificate_types, found.signature_schemes) == ((1, 2, 64), (0x0401, 0x0203))
    later = ['      "signature schemes": [rsa_pss_rsae_sha256, ed25519]']
    found = read_certificate_request(messages.certificate_request(later, 0x0304)[4:], SPAN, 0x0304)
    assert found.signature_schemes == (0x0804, 0x0807)
    for version in (0x0303, 0x0304):
        assert read_certificate(messages.unreadable_certificates(version)[4:], SPAN, version).certificates == (b"",)
