"""Hellos of javax.net.debug: names to numbers, borders, what is dropped."""

import pytest

from tlswhy.evidence.debug_hello import MOST_LINES, HelloReader

MODERN = """\
"ClientHello": {
  "client version"      : "TLSv1.2",
  "cipher suites"       : "[TLS_AES_256_GCM_SHA384(0x1302), TLS_RSA_WITH_AES_128_CBC_SHA(0x002F)]",
  "compression methods" : "00",
  "extensions"          : [
    "server_name (0)": {
      type=host_name (0), value=a.example.test
    },
    "supported_groups (10)": {
      "named groups": [x25519, secp256r1]
    },
    "application_layer_protocol_negotiation (16)": {
      [h2, http/1.1]
    },
    "signature_algorithms (13)": {
      "signature schemes": [ed25519, rsa_sha224, dsa_sha1]
    },
    "supported_versions (43)": {
      "versions": [TLSv1.3, TLSv1.2]
    },
    "key_share (51)": {
      "client_shares": [
        {
          "named group": x25519
          "key_exchange": {
            0000: BB 32 6A D2 93 EC F9 DF   C7 0D 2F 1A EC AD A4 C6  .2j......./.....
          }
        },
      ]
    },
    "renegotiation_info (65,281)": {
      "renegotiated connection": [<no renegotiated connection>]
    }
  ]
}
)"""


def hello(text: str):
    reader = HelloReader(modern=True)
    ended = [reader.feed(line) for line in text.splitlines()]
    assert not any(ended[:-1])
    return reader.hello if ended[-1] else None


def test_every_part_of_it():
    found = hello(MODERN)
    assert found is not None
    assert (found.legacy_version, found.record_version, found.supported_versions) == (0x303, 0x303, (0x304, 0x303))
    assert (found.cipher_suites, found.groups, found.alpn) == ((0x1302, 0x002F), (29, 23), ("h2", "http/1.1"))
    assert (found.signature_schemes, found.server_name) == ((0x0807, 0x0301, 0x0202), "a.example.test")
    assert found.extensions == (0, 10, 16, 13, 43, 51, 0xFF01)
    assert found.key_shares is not None
    assert [share.group for share in found.key_shares] == [29]
    assert found.signature_schemes_cert is None


@pytest.mark.parametrize(
    ("part", "other"),
    [
        ("x25519, secp256r1]", "x25519, secp256"),
        ("(0x002F)]", "(0x00"),
        ("ed25519,", "ed25519_of_tomorrow,"),
        ('"client version"      : "TLSv1.2"', '"client version"      : "TLSv9"'),
    ],
)
def test_one_that_is_not_understood_whole_is_dropped(part: str, other: str):
    assert part in MODERN
    assert hello(MODERN.replace(part, other)) is None


@pytest.mark.parametrize("between", [" ", ""], ids=["as Java 11 writes it", "as Java 17 does"])
def test_the_random_and_the_session(between: str):
    random, session = bytes(range(0xE0, 0x100)), bytes(range(32))
    written = [each.hex(between).upper() if between else each.hex() for each in (random, session)]
    lines = '  "random"              : "{}",\n  "session id"          : "{}",\n  "cipher'.format(*written)
    found = hello(MODERN.replace('  "cipher', lines, 1))
    assert found is not None
    assert (found.random, found.session_id) == (random, session)


def test_one_without_an_end_is_given_up():
    reader = HelloReader(modern=True)
    assert [reader.feed("x") for _ in range(MOST_LINES + 1)][-1]
    assert reader.hello is None
